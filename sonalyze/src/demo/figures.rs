//! What was measured against what is true: single figures of every pair, with the tolerances that they must keep.
//!
//! Decay times, definition and C80 are means of the octaves 500 Hz and 1 kHz, C50 of 500 Hz to 2 kHz (ISO 3382-1,
//! table A.1); the speech transmission index is that of the document. Both sides are computed in the same way.

use contract::analysis::AnalysisDocument;
use contract::parameters::Parameters;
use contract::speech::Sti;
use room_metrics::Compared;

/// Octaves of most figures, and those of C50, in hertz.
const MIDDLE_HZ: &[f64] = &[500.0, 1000.0];
const SPEECH_HZ: &[f64] = &[500.0, 1000.0, 2000.0];

/// Largest difference of a figure from the truth, in just-noticeable differences: half of what an ear could tell.
pub const TOLERANCE_JND: f64 = 0.5;

type Read = fn(&AnalysisDocument) -> Option<f64>;

/// Name, unit, kind and place of every figure.
const FIGURES: [(&str, &str, Compared, Read); 7] = [
    ("T20", "s", Compared::DecayTime, |d| {
        mean(d, MIDDLE_HZ, |p| p.t20_s)
    }),
    ("T30", "s", Compared::DecayTime, |d| {
        mean(d, MIDDLE_HZ, |p| p.t30_s)
    }),
    ("EDT", "s", Compared::DecayTime, |d| {
        mean(d, MIDDLE_HZ, |p| p.edt_s)
    }),
    ("C50", "dB", Compared::Clarity, |d| {
        mean(d, SPEECH_HZ, |p| p.c50_db)
    }),
    ("C80", "dB", Compared::Clarity, |d| {
        mean(d, MIDDLE_HZ, |p| p.c80_db)
    }),
    ("D50", "", Compared::Definition, |d| {
        mean(d, MIDDLE_HZ, |p| p.d50)
    }),
    ("STI", "", Compared::SpeechTransmission, sti),
];

/// One figure of one pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Such as `T30`.
    pub name: &'static str,
    /// Such as `s`; empty for ratios.
    pub unit: &'static str,
    /// What the true response has; none where it has no such figure.
    pub truth: Option<f64>,
    /// What was measured; none where it was withheld.
    pub measured: Option<f64>,
    /// Measured less true, in just-noticeable differences.
    pub in_jnd: Option<f64>,
}

impl Figure {
    /// Whether it keeps the tolerance. A figure that only one side has does not.
    pub fn holds(&self) -> bool {
        match (self.truth, self.measured) {
            (None, None) => true,
            _ => self.in_jnd.is_some_and(|jnd| jnd.abs() <= TOLERANCE_JND),
        }
    }
}

/// All figures of a pair.
pub fn figures(truth: &AnalysisDocument, measured: &AnalysisDocument) -> Vec<Figure> {
    let figure = |(name, unit, kind, read): &(&'static str, &'static str, Compared, Read)| {
        let (truth, measured) = (read(truth), read(measured));
        Figure {
            name,
            unit,
            truth,
            measured,
            in_jnd: truth.zip(measured).and_then(|(t, m)| kind.in_jnd(m, t)),
        }
    };
    FIGURES.iter().map(figure).collect()
}

/// The mean over octaves; none where one of them has no value.
fn mean(
    document: &AnalysisDocument,
    octaves_hz: &[f64],
    read: fn(&Parameters) -> Option<f64>,
) -> Option<f64> {
    let values: Option<Vec<f64>> = octaves_hz
        .iter()
        .map(|hz| {
            let is_it = |p: &&Parameters| p.center_hz.is_some_and(|found| (found - hz).abs() < 1.0);
            document.octaves.iter().find(is_it).and_then(read)
        })
        .collect();
    let values = values?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

fn sti(document: &AnalysisDocument) -> Option<f64> {
    match document.sti.as_ref()? {
        Sti::Evaluated(speech) => Some(speech.sti),
        Sti::Withheld(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(truth: Option<f64>, measured: Option<f64>) -> Figure {
        let in_jnd = truth
            .zip(measured)
            .and_then(|(t, m)| Compared::DecayTime.in_jnd(m, t));
        Figure {
            name: "T20",
            unit: "s",
            truth,
            measured,
            in_jnd,
        }
    }

    #[test]
    fn half_a_noticeable_difference_is_the_limit() {
        assert!(figure(Some(1.0), Some(1.024)).holds());
        assert!(!figure(Some(1.0), Some(1.026)).holds());
        assert!(!figure(Some(1.0), Some(0.974)).holds());
    }

    #[test]
    fn what_one_side_lacks_is_no_agreement() {
        assert!(!figure(Some(1.0), None).holds());
        assert!(!figure(None, Some(1.0)).holds());
        assert!(figure(None, None).holds());
    }
}
