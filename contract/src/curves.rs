//! Curves of a response, thinned for drawing.
//!
//! They serve reports only; no quantity is computed from them.

use serde::{Deserialize, Serialize};

/// Most points of a decay curve.
pub const DECAY_POINTS_MAX: usize = 400;

/// Most points of an energy-time curve.
pub const ETC_POINTS_MAX: usize = 2000;

/// Decay curves per band and the energy-time curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Decay curves: the unfiltered one, the octaves and the thirds, each ascending.
    pub bands: Vec<DecayCurve>,
    /// Energy-time curve of the unfiltered response.
    pub etc: EnergyTimeCurve,
}

/// Backward-integrated decay of one band (ISO 3382-1:2009, 5.3.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecayCurve {
    /// Nominal mid frequency in hertz; null for the unfiltered response.
    pub center_hz: Option<f64>,
    /// Width of the band.
    pub fraction: Fraction,
    /// Seconds after the onset, ascending, at most [`DECAY_POINTS_MAX`].
    pub time_s: Vec<f64>,
    /// Level in dB re the total energy, one per time.
    pub edc_db: Vec<f64>,
    /// Regression lines.
    pub fits: Fits,
}

/// Width of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fraction {
    /// No filter.
    Broadband,
    /// One octave.
    Octave,
    /// A third of an octave.
    Third,
}

/// Regression lines of a decay; null where the quantity was not evaluable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fits {
    /// From 0 to -10 dB.
    pub edt: Option<Fit>,
    /// From -5 to -25 dB.
    pub t20: Option<Fit>,
    /// From -5 to -35 dB.
    pub t30: Option<Fit>,
}

/// A line `level = intercept + slope * time`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Decibels a second, negative for a decay.
    pub slope_db_per_s: f64,
    /// Decibels at the onset.
    pub intercept_db: f64,
}

/// Level of the squared response over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EnergyTimeCurve {
    /// Seconds after the onset (negative before it), ascending, at most [`ETC_POINTS_MAX`].
    pub time_s: Vec<f64>,
    /// Level in dB re the maximum, one per time.
    pub level_db: Vec<f64>,
}

/// Smoothed level over frequency, for an uncalibrated microphone a shape only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrequencyResponse {
    /// Smoothing in words, e.g. `1/6 octave`.
    pub smoothing: String,
    /// Hertz, ascending.
    pub frequency_hz: Vec<f64>,
    /// Decibels, one per frequency.
    pub level_db: Vec<f64>,
}
