//! A parameter is a number, or the reason why the data cannot carry it: never NaN, never a silent nothing.

/// A number in the unit that its name says, or why there is none.
pub type Quantity = Result<f64, NotEvaluable>;

/// Why a quantity has no value.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum NotEvaluable {
    /// The decay does not stand far enough out of the background (ISO 3382-2:2008, 5.3.3 and 7.2: range plus 10 dB).
    DecayRange {
        /// Range that the quantity needs, in decibels.
        needed_db: f64,
        /// Range found, in decibels.
        found_db: f64,
    },
    /// The response ends before the decay has fallen far enough.
    ResponseTooShort {
        /// Fall that the quantity needs, in decibels.
        needed_db: f64,
        /// Fall within the response, in decibels.
        found_db: f64,
    },
    /// The decay is over within a few samples, faster than the band can show.
    DecayTooFast {
        /// Points that a regression needs.
        needed: f64,
        /// Points found.
        found: f64,
    },
    /// The decay is no straight line, so that its slope is no decay time (ISO 3382-2:2008, B.2).
    NotLinear {
        /// Non-linearity below which a slope is given, in permille.
        allowed_permille: f64,
        /// Non-linearity of the regression.
        found_permille: f64,
    },
    /// The band does not lie within the excited range.
    BandNotExcited {
        /// Edges of the band in hertz.
        band_hz: (f64, f64),
        /// Edges of the excited range in hertz.
        range_hz: (f64, f64),
    },
    /// The band is narrower than the time window of the quantity resolves.
    BandTooNarrow {
        /// Bandwidth that the quantity needs, in hertz.
        needed_hz: f64,
        /// Bandwidth of the band.
        found_hz: f64,
    },
    /// The response ends too soon for the modulation of speech to be seen.
    TooShortForSpeech {
        /// Length from the onset that is needed, in seconds.
        needed_s: f64,
        /// Length found.
        found_s: f64,
    },
    /// There is no energy in the band, or none in the part that the quantity divides by.
    NoEnergy,
    /// The response has no background at all, so that its range is unlimited.
    NoBackground,
    /// A simulation has no background noise that would make its decay uncertain; what its rays leave to chance is told
    /// as standard errors beside it.
    NoChance,
    /// A quantity that this one is made from is missing.
    Incomplete,
}

impl NotEvaluable {
    /// Stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DecayRange { .. } => "DECAY_RANGE",
            Self::ResponseTooShort { .. } => "RESPONSE_TOO_SHORT",
            Self::DecayTooFast { .. } => "DECAY_TOO_FAST",
            Self::NotLinear { .. } => "NOT_LINEAR",
            Self::BandNotExcited { .. } => "BAND_NOT_EXCITED",
            Self::BandTooNarrow { .. } => "BAND_TOO_NARROW",
            Self::TooShortForSpeech { .. } => "TOO_SHORT_FOR_SPEECH",
            Self::NoEnergy => "NO_ENERGY",
            Self::NoBackground => "NO_BACKGROUND",
            Self::NoChance => "NO_CHANCE",
            Self::Incomplete => "INCOMPLETE",
        }
    }

    /// What is needed and what was found, in words.
    pub fn message(&self) -> String {
        match self {
            Self::DecayRange {
                needed_db,
                found_db,
            } => {
                format!(
                    "the decay spans {found_db:.1} dB over the background; {needed_db:.0} dB are needed"
                )
            }
            Self::ResponseTooShort {
                needed_db,
                found_db,
            } => {
                format!(
                    "the response ends after a fall of {found_db:.1} dB; {needed_db:.0} dB are needed"
                )
            }
            Self::DecayTooFast { needed, found } => {
                format!(
                    "the decay is faster than the band can show: a line needs {needed:.0} samples of it, found {found:.0}"
                )
            }
            Self::NotLinear {
                allowed_permille,
                found_permille,
            } => format!(
                "the decay is no straight line: its non-linearity is {found_permille:.0} permille, \
                 a single step has {allowed_permille:.0}"
            ),
            Self::BandNotExcited { band_hz, range_hz } => format!(
                "the band from {:.0} to {:.0} Hz does not lie within the excited {:.0} to {:.0} Hz",
                band_hz.0, band_hz.1, range_hz.0, range_hz.1
            ),
            Self::BandTooNarrow {
                needed_hz,
                found_hz,
            } => format!(
                "the band is {found_hz:.0} Hz wide; its time window needs {needed_hz:.0} Hz"
            ),
            Self::TooShortForSpeech { needed_s, found_s } => format!(
                "the impulse response ends {:.1} ms after its onset; {:.1} ms are needed",
                1e3 * found_s,
                1e3 * needed_s
            ),
            Self::NoEnergy => "there is no energy to compare".into(),
            Self::NoBackground => "the response has no background, its range is unlimited".into(),
            Self::NoChance => "a simulated decay has no noise to be uncertain of; the standard errors of its rays are \
                               told beside it"
                .into(),
            Self::Incomplete => "a quantity that this one is made from is missing".into(),
        }
    }

    /// Needed (for a non-linearity: allowed) and found value, where the reason has them (in the unit of the reason's
    /// name; hertz for bands: the upper edges).
    pub const fn needed_found(&self) -> Option<(f64, f64)> {
        match *self {
            Self::DecayRange {
                needed_db,
                found_db,
            }
            | Self::ResponseTooShort {
                needed_db,
                found_db,
            } => Some((needed_db, found_db)),
            Self::DecayTooFast { needed, found } => Some((needed, found)),
            Self::NotLinear {
                allowed_permille,
                found_permille,
            } => Some((allowed_permille, found_permille)),
            Self::BandNotExcited { band_hz, range_hz } => Some((band_hz.1, range_hz.1)),
            Self::BandTooNarrow {
                needed_hz,
                found_hz,
            } => Some((needed_hz, found_hz)),
            Self::TooShortForSpeech { needed_s, found_s } => Some((needed_s, found_s)),
            Self::NoEnergy | Self::NoBackground | Self::NoChance | Self::Incomplete => None,
        }
    }
}

/// A finite number, or that there is no energy.
pub(crate) fn finite(x: f64) -> Quantity {
    if x.is_finite() {
        Ok(x)
    } else {
        Err(NotEvaluable::NoEnergy)
    }
}
