//! Room-acoustic parameters of one band, each a number or the reason why there is none.
//!
//! Quantities after ISO 3382-1:2009 and ISO 3382-2:2008, except the direct-to-reverberant ratio,
//! which neither defines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Reasons by the name of the quantity that they withhold, e.g. `t30_s`.
pub type Reasons = BTreeMap<String, NotEvaluable>;

/// Parameters of one band, or of the unfiltered response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Nominal mid frequency in hertz; absent for the unfiltered response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub center_hz: Option<f64>,
    /// Early decay time in seconds.
    pub edt_s: Option<f64>,
    /// Reverberation time from -5 to -25 dB in seconds.
    pub t20_s: Option<f64>,
    /// Reverberation time from -5 to -35 dB in seconds.
    pub t30_s: Option<f64>,
    /// Early-to-late energy ratio at 50 ms in decibels.
    pub c50_db: Option<f64>,
    /// Early-to-late energy ratio at 80 ms in decibels.
    pub c80_db: Option<f64>,
    /// Early-to-total energy ratio at 50 ms, 0 to 1.
    pub d50: Option<f64>,
    /// Centre time in milliseconds.
    pub ts_ms: Option<f64>,
    /// Direct-to-reverberant energy ratio in decibels.
    pub drr_db: Option<f64>,
    /// Impulse-response-to-noise ratio in decibels: the decay range above the noise.
    pub inr_db: Option<f64>,
    /// Curvature 100 (T30 / T20 - 1) in per cent (ISO 3382-2:2008, B.3).
    pub curvature_pct: Option<f64>,
    /// Departure of the T20 range from a straight line in per mille (ISO 3382-2:2008, B.2).
    pub nonlinearity_permille_t20: Option<f64>,
    /// Departure of the T30 range from a straight line in per mille (ISO 3382-2:2008, B.2).
    pub nonlinearity_permille_t30: Option<f64>,
    /// Standard uncertainty of `t20_s` in seconds.
    pub uncertainty_t20_s: Option<f64>,
    /// Standard uncertainty of `t30_s` in seconds.
    pub uncertainty_t30_s: Option<f64>,
    /// Time after the onset at which the decay meets the noise, in seconds.
    pub truncation_s: Option<f64>,
    /// What limits the values given, e.g. `LOW_INR`, `FILTER_LIMITED`, `CURVED_DECAY`.
    pub flags: Vec<String>,
    /// Why a quantity is null, by its name.
    pub not_evaluable: Reasons,
}

/// Why a quantity has no value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotEvaluable {
    /// Kind of reason, e.g. `DECAY_RANGE`, `BAND_NOT_EXCITED`.
    pub code: String,
    /// The reason in words.
    pub message: String,
    /// What the quantity needs, in the unit that the message names; null if it is no number.
    pub needed: Option<f64>,
    /// What was found, in the unit that the message names; null if it is no number.
    pub found: Option<f64>,
}

/// Single-number values: means over octaves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mid {
    /// Mean of 500 and 1000 Hz in seconds.
    pub t20_s: Option<f64>,
    /// Mean of 500 and 1000 Hz in seconds.
    pub t30_s: Option<f64>,
    /// Mean of 500 and 1000 Hz in seconds.
    pub edt_s: Option<f64>,
    /// Mean of 500, 1000 and 2000 Hz in decibels.
    pub c50_db: Option<f64>,
    /// Why a quantity is null, by its name.
    pub not_evaluable: Reasons,
}
