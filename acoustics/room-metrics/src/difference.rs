//! Differences between two results in just-noticeable differences (ISO 3382-1:2009, table A.1; STI after Bradley 1999).

/// A quantity that can be compared by ear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compared {
    /// EDT, T20 or T30 in seconds: 5 % of the reference.
    DecayTime,
    /// C50 or C80 in decibels: 1 dB.
    Clarity,
    /// D50: 0.05.
    Definition,
    /// Centre time in milliseconds: 10 ms.
    CentreTime,
    /// Speech transmission index: 0.03.
    SpeechTransmission,
}

impl Compared {
    /// The just-noticeable difference around a reference value, in the quantity's unit.
    pub fn just_noticeable(self, reference: f64) -> f64 {
        match self {
            Self::DecayTime => 0.05 * reference.abs(),
            Self::Clarity => 1.0,
            Self::Definition => 0.05,
            Self::CentreTime => 10.0,
            Self::SpeechTransmission => 0.03,
        }
    }

    /// `value` less `reference` in just-noticeable differences; none for a reference decay time of zero.
    pub fn in_jnd(self, value: f64, reference: f64) -> Option<f64> {
        let jnd = self.just_noticeable(reference);
        (jnd > 0.0).then(|| (value - reference) / jnd)
    }
}
