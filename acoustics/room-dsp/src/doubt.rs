//! Which frequencies of a response a fault of the recording has reached.
//!
//! An exponential sweep plays each frequency at one moment, so that what happens at a moment happens to a
//! frequency: a dropout at 4 s spoils the bands that were played then and leaves the others right.

/// A fault that makes parameters of the bands it reached doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// Peaks were cut.
    Clipping,
    /// Sound is missing.
    Dropout,
    /// The gain changed.
    GainChange,
    /// Loudspeaker or microphone do not carry the band.
    BandLimitedSource,
    /// A short loud noise.
    ImpulsiveNoise,
}

impl Cause {
    /// Stable code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Clipping => "CLIPPING",
            Self::Dropout => "DROPOUT",
            Self::GainChange => "GAIN_CHANGE",
            Self::BandLimitedSource => "BAND_LIMITED_SOURCE",
            Self::ImpulsiveNoise => "IMPULSIVE_NOISE",
        }
    }
}

/// A range of frequencies that a fault has reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// The fault.
    pub cause: Cause,
    /// Lowest and highest frequency in hertz.
    pub range_hz: (f64, f64),
}

impl Doubt {
    /// A fault that reaches every frequency.
    pub(crate) const fn everywhere(cause: Cause) -> Self {
        Self {
            cause,
            range_hz: (0.0, f64::INFINITY),
        }
    }

    /// Whether it reaches into a range.
    pub fn reaches(&self, low_hz: f64, high_hz: f64) -> bool {
        self.range_hz.0 < high_hz && self.range_hz.1 > low_hz
    }
}
