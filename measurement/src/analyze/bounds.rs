//! How long a sound may be for one analysis, so that a small file does not take the memory of the others.
//!
//! What counts are samples after conversion: a recording is brought to the rate of its reference before it is
//! divided, so that a minute at 8 kHz divided by a signal at 192 kHz is as much as twenty-four of them. At these bounds
//! a process peaked at 464 MB (a division at 48 kHz; 441 MB an impulse response at 192 kHz, 346 MB a recording of the
//! layout at 192 kHz, 270 MB ten minutes of it at 48 kHz), 17 to 49 MB before.

use contract::analysis::Failure;
use contract::code::FailureCode;
use room_dsp::Signal;
use serde_json::json;

/// Most samples of a file over all channels: ten minutes of 48 kHz mono.
pub(crate) const FILE_SAMPLES_MAX: usize = 28_800_000;

/// Most samples of a channel of an impulse response: a minute of 48 kHz, a quarter of one of 192 kHz.
const RESPONSE_SAMPLES_MAX: f64 = 3_000_000.0;

/// Most samples of recording and reference together, both at the rate of the reference: four minutes of 48 kHz.
const DIVISION_SAMPLES_MAX: f64 = 12_000_000.0;

/// Refuses an impulse response that is too long.
pub(super) fn response(signal: &Signal) -> Result<(), Failure> {
    let found = samples(signal.duration_s(), signal);
    let what = format!(
        "the impulse response lasts {:.1} s at {} Hz",
        signal.duration_s(),
        signal.rate().hz()
    );
    within(
        found,
        RESPONSE_SAMPLES_MAX,
        &what,
        "cut the silence after the decay",
    )
}

/// Refuses a recording that together with its reference is too long to be divided by it.
pub(super) fn division(recording: &Signal, name: &str, reference: &Signal) -> Result<(), Failure> {
    let both_s = recording.duration_s() + reference.duration_s();
    let what = format!(
        "the recording and the reference '{name}' last {both_s:.1} s together, at the reference's {} Hz",
        reference.rate().hz()
    );
    let remedy = "cut what lies before and after the signal, or give the reference at 48 kHz";
    within(
        samples(both_s, reference),
        DIVISION_SAMPLES_MAX,
        &what,
        remedy,
    )
}

fn samples(duration_s: f64, of_rate: &Signal) -> f64 {
    (duration_s * of_rate.rate().as_f64()).round()
}

fn within(found: f64, allowed: f64, what: &str, remedy: &str) -> Result<(), Failure> {
    if found <= allowed {
        return Ok(());
    }
    Err(Failure {
        code: FailureCode::TooLong.as_str().to_owned(),
        message: format!("{what}, {found:.0} samples; at most {allowed:.0} are analysed"),
        remedy: remedy.to_owned(),
        data: json!({"samples": found, "samples_max": allowed}),
    })
}

#[cfg(test)]
mod tests {
    use room_dsp::SampleRate;

    use super::*;

    fn signal(rate_hz: u32, samples: usize) -> Signal {
        Signal::mono(SampleRate::new(rate_hz).unwrap(), vec![0.0; samples])
    }

    #[test]
    fn a_response_of_a_minute_is_taken_and_a_sample_more_is_not() {
        assert_eq!(response(&signal(48_000, 3_000_000)), Ok(()));
        let refused = response(&signal(192_000, 3_000_001)).unwrap_err();
        assert_eq!(refused.code, "TOO_LONG");
        assert_eq!(
            refused.message,
            "the impulse response lasts 15.6 s at 192000 Hz, 3000001 samples; at most 3000000 are analysed"
        );
    }

    #[test]
    fn a_recording_counts_at_the_rate_of_its_reference() {
        let reference = signal(192_000, 192_000);
        assert_eq!(
            division(&signal(8_000, 8_000 * 60), "s", &reference),
            Ok(())
        );
        let refused = division(&signal(8_000, 8_000 * 62), "s", &reference).unwrap_err();
        assert_eq!(refused.code, "TOO_LONG");
        assert_eq!(refused.data["samples"], json!(12_096_000.0));
        assert!(
            refused.message.contains("63.0 s together"),
            "{}",
            refused.message
        );
    }
}
