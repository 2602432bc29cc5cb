//! What a client may choose of the signal, checked in full before anything is computed.

use std::fmt;

use chassis::fields::{Fields, Read};
use chassis::problem::Problem;
use contract::session::Announced;
use room_dsp::{Excitation, ExcitationFault, ExcitationParameters, SampleRate};

/// Sampling frequencies in hertz that may be asked for.
const SAMPLE_RATES: std::ops::RangeInclusive<i64> = 8_000..=192_000;

/// Frequencies in hertz at which the sweep may begin and end.
const SWEEP_HZ: std::ops::RangeInclusive<f64> = 20.0..=20_000.0;

/// The sweep ends at least so many times above its beginning.
const SWEEP_RATIO_MIN: f64 = 1.5;

/// Names of the three parameters, in queries and in `data` of events.
const SAMPLE_RATE: &str = "sample_rate";
const SWEEP_START: &str = "sweep_f_start";
const SWEEP_END: &str = "sweep_f_end";

/// A file that the signal can be had as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// RIFF WAVE, 16 bits.
    Wav,
    /// FLAC, 16 bits.
    Flac,
}

impl Format {
    /// `flac` in any case; everything else is WAV, as old clients have it.
    pub(crate) fn asked(text: Option<&str>) -> Self {
        match text {
            Some(text) if text.eq_ignore_ascii_case("flac") => Self::Flac,
            _ => Self::Wav,
        }
    }

    /// End of a file's name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
        }
    }

    /// Media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
        }
    }
}

/// Why announced values make no signal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NoSignal(Vec<ExcitationFault>);

impl fmt::Display for NoSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.0.iter().map(ExcitationFault::to_string).collect();
        f.write_str(&each.join("; "))
    }
}

/// Reads the three parameters of a query or of an event.
///
/// # Errors
/// Every fault at once, each with what is allowed.
pub(crate) fn read(mut fields: Fields<'_>) -> Result<Excitation, Problem> {
    let default = ExcitationParameters::reference();
    let rate = fields
        .optional_integer(SAMPLE_RATE, SAMPLE_RATES)
        .or(i64::from(default.sample_rate.hz()));
    let start = fields
        .optional_number(SWEEP_START, SWEEP_HZ)
        .or(default.sweep_start_hz);
    let end = fields
        .optional_number(SWEEP_END, SWEEP_HZ)
        .or(default.sweep_end_hz);
    check(&mut fields, &rate, &start, &end);
    let (rate, start, end) = fields.finish((rate, start, end))?;
    let rate = u32::try_from(rate).map_err(Problem::internal)?;
    excitation(rate, start, end).map_err(Problem::internal)
}

/// The signal that a session announced.
///
/// # Errors
/// [`NoSignal`] with every value that is out of range.
pub(crate) fn of_announced(announced: &Announced) -> Result<Excitation, NoSignal> {
    excitation(
        announced.sample_rate,
        announced.sweep_f_start,
        announced.sweep_f_end,
    )
}

/// The signal with these parameters and the reference layout.
///
/// # Errors
/// [`NoSignal`] with every value that is out of range.
pub(crate) fn excitation(
    sample_rate: u32,
    sweep_start_hz: f64,
    sweep_end_hz: f64,
) -> Result<Excitation, NoSignal> {
    let rate_fault = ExcitationFault {
        field: SAMPLE_RATE,
        found: f64::from(sample_rate),
        allowed: (f64::from(SampleRate::MIN_HZ), f64::from(SampleRate::MAX_HZ)),
    };
    let sample_rate = SampleRate::new(sample_rate).map_err(|_| NoSignal(vec![rate_fault]))?;
    Excitation::new(ExcitationParameters {
        sample_rate,
        sweep_start_hz,
        sweep_end_hz,
        ..ExcitationParameters::reference()
    })
    .map_err(NoSignal)
}

/// What the parameters must be to each other: below half the rate, and the sweep rising.
fn check(fields: &mut Fields<'_>, rate: &Read<i64>, start: &Read<f64>, end: &Read<f64>) {
    let chirp_end_hz = ExcitationParameters::reference().chirp_end_hz;
    if let Some(rate) = rate.peek() {
        let nyquist_hz = *rate as f64 / 2.0;
        if nyquist_hz < chirp_end_hz {
            let least = 2.0 * chirp_end_hz;
            note(
                fields,
                SAMPLE_RATE,
                format!(
                    "{SAMPLE_RATE} should be at least {least}, because the chirps of the signal reach {chirp_end_hz} \
                     Hz; {rate} carries frequencies up to {nyquist_hz} Hz"
                ),
            );
        } else if let Some(end) = end.peek().filter(|end| **end > nyquist_hz) {
            note(
                fields,
                SWEEP_END,
                format!(
                    "{SWEEP_END} should be at most {nyquist_hz}, half of {SAMPLE_RATE} {rate}; it is {end}"
                ),
            );
        }
    }
    if let (Some(start), Some(end)) = (start.peek(), end.peek())
        && start * SWEEP_RATIO_MIN > *end
    {
        let most = end / SWEEP_RATIO_MIN;
        note(
            fields,
            SWEEP_START,
            format!(
                "{SWEEP_START} should be at most {most}, {SWEEP_END} over {SWEEP_RATIO_MIN}; {start} to {end} Hz is \
                 no sweep"
            ),
        );
    }
}

fn note(fields: &mut Fields<'_>, name: &str, msg: String) {
    let noted: Read<()> = fields.fault(name, "value_error", msg);
    debug_assert!(noted.peek().is_none(), "a fault has no value");
}

#[cfg(test)]
mod tests {
    use contract::problem::{Detail, Fault};
    use serde_json::{Map, Value, json};

    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Result<Excitation, Vec<Fault>> {
        let map: Map<String, Value> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        read(Fields::query(&map)).map_err(|problem| {
            assert_eq!(problem.status(), 422);
            match &problem.body().detail {
                Detail::Faults(faults) => faults.clone(),
                Detail::Text(text) => panic!("{text}"),
            }
        })
    }

    fn places(faults: &[Fault]) -> Vec<String> {
        faults
            .iter()
            .map(|fault| json!(fault.loc).to_string())
            .collect()
    }

    #[test]
    fn nothing_asked_is_the_reference() {
        assert_eq!(query(&[]).unwrap(), Excitation::reference());
    }

    #[test]
    fn what_is_asked_is_what_is_made() {
        let found = query(&[
            ("sample_rate", "44100"),
            ("sweep_f_start", "200"),
            ("sweep_f_end", "12000.5"),
        ])
        .unwrap();
        let p = found.parameters();
        assert_eq!(
            (p.sample_rate.hz(), p.sweep_start_hz, p.sweep_end_hz),
            (44_100, 200.0, 12_000.5)
        );
    }

    #[test]
    fn all_faults_come_at_once_with_what_is_allowed() {
        let faults = query(&[
            ("sample_rate", "7999"),
            ("sweep_f_start", "19.9"),
            ("sweep_f_end", "20000.1"),
        ])
        .unwrap_err();
        assert_eq!(
            places(&faults),
            [
                r#"["query","sample_rate"]"#,
                r#"["query","sweep_f_start"]"#,
                r#"["query","sweep_f_end"]"#
            ]
        );
        for (fault, allowed) in faults.iter().zip(["8000", "20", "20000"]) {
            assert!(fault.msg.contains(allowed), "{}", fault.msg);
        }
    }

    #[test]
    fn every_bound_is_inside() {
        for (rate, start, end) in [
            ("192000", "20", "20000"),
            ("20000", "20", "10000"),
            ("40000", "13333", "20000"),
        ] {
            let asked = [
                ("sample_rate", rate),
                ("sweep_f_start", start),
                ("sweep_f_end", end),
            ];
            assert!(query(&asked).is_ok(), "{asked:?}");
        }
    }

    #[test]
    fn no_signal_aliases_falls_or_stands_still() {
        let cases: [(&[(&str, &str)], &str); 6] = [
            (&[("sample_rate", "8000")], "at least 20000"),
            (&[("sample_rate", "22050")], "at most 11025"),
            (
                &[("sweep_f_start", "1000"), ("sweep_f_end", "1000")],
                "no sweep",
            ),
            (
                &[("sweep_f_start", "2000"), ("sweep_f_end", "200")],
                "no sweep",
            ),
            (&[("sweep_f_start", "nan")], "number"),
            (&[("sample_rate", "48000.5")], "integer"),
        ];
        for (asked, told) in cases {
            let faults = query(asked).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].msg.contains(told), "{}", faults[0].msg);
        }
    }

    #[test]
    fn only_flac_is_flac() {
        assert_eq!(Format::asked(Some("FlaC")), Format::Flac);
        for other in [None, Some("wav"), Some("mp3"), Some("")] {
            assert_eq!(Format::asked(other), Format::Wav);
        }
    }

    #[test]
    fn an_announced_signal_is_checked_too() {
        let announced = |sample_rate, sweep_f_end| Announced {
            sample_rate,
            sweep_f_start: 200.0,
            sweep_f_end,
        };
        assert!(of_announced(&announced(48_000, 12_000.0)).is_ok());
        for (rate, end, told) in [
            (48_000, 210.0, "sweep_start_hz is 200"),
            (1, 12_000.0, "sample_rate is 1"),
        ] {
            let why = of_announced(&announced(rate, end)).unwrap_err();
            assert!(why.to_string().contains(told), "{why}");
        }
    }
}
