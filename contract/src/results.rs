//! The `results` object of an analysis: the shape that old clients read, with the documented spellings beside it.
//!
//! A null quantity has an entry under `not_evaluable` that says why. The whole evaluation stands in the stored
//! report, an [`crate::analysis::AnalysisDocument`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::{Alignment, Warning};
use crate::parameters::NotEvaluable;

/// What an analysis answers. Broadband quantities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Sampling frequency of the impulse response in hertz.
    pub samplerate_hz: u32,
    /// Reverberation.
    pub rt: Reverberation,
    /// Clarity.
    pub clarity: Clarity,
    /// Direct to reverberant.
    pub drr: Direct,
    /// How good the recording is.
    pub quality: Quality,
    /// Level over frequency.
    pub frequency_response: Response,
    /// Speech transmission.
    pub sti: Speech,
    /// What a client shows, in order.
    pub display_metrics: Vec<DisplayMetric>,
    /// Where the signal was found; null for an impulse response.
    pub alignment: Option<Alignment>,
    /// What to know about the recording.
    pub warnings: Vec<Warning>,
    /// Why a quantity is null, by its key.
    pub not_evaluable: BTreeMap<String, NotEvaluable>,
    /// Reverberation per octave, where it can be known.
    pub octaves: Vec<OctaveReverberation>,
}

/// Reverberation in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reverberation {
    /// Early decay time.
    pub edt_s: Option<f64>,
    /// T20.
    pub t20_rt60_s: Option<f64>,
    /// T30.
    pub t30_rt60_s: Option<f64>,
    /// T30, else T20.
    pub rt60_s: Option<f64>,
    /// Size and range of the decay curve.
    pub edc_db: DecaySize,
    /// T20 in the documented spelling.
    pub t20_s: Option<f64>,
    /// T30 in the documented spelling.
    pub t30_s: Option<f64>,
}

/// Size and range of the energy decay curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecaySize {
    /// Points.
    pub n: usize,
    /// Lowest level in decibels.
    pub min_db: Option<f64>,
    /// Highest level in decibels.
    pub max_db: Option<f64>,
}

/// Early to late energy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clarity {
    /// In decibels.
    pub c50_db: Option<f64>,
    /// In decibels.
    pub c80_db: Option<f64>,
    /// 0 to 1.
    pub d50: Option<f64>,
    /// 0 to 1.
    pub d80: Option<f64>,
}

/// Direct to reverberant energy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Direct {
    /// In decibels.
    pub drr_db: Option<f64>,
    /// Sample of the onset.
    pub direct_index: usize,
    /// `drr_db` in the documented spelling.
    pub direct_to_late_db: Option<f64>,
}

/// How good a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Impulse response to noise ratio, broadband, in decibels.
    pub snr_db: Option<f64>,
    /// The response's noise floor re its peak, in decibels.
    pub noise_floor_db: Option<f64>,
    /// Peak of the recording re full scale, in decibels.
    pub peak_db: Option<f64>,
}

/// Level over frequency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Ascending.
    pub bands_hz: Vec<f64>,
    /// Re the highest.
    pub magnitude_db: Vec<f64>,
}

/// Speech transmission index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// Edition 5, male.
    pub sti: Option<f64>,
    /// The same.
    pub sti_male: Option<f64>,
    /// Edition 4, female.
    pub sti_female: Option<f64>,
    /// Octaves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands_hz: Vec<f64>,
    /// Transfer index per octave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub band_ti: Vec<f64>,
    /// Modulation frequencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mod_freqs_hz: Vec<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Something to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisplayMetric {
    /// Such as `rt60`.
    pub key: String,
    /// Such as `RT60`.
    pub label: String,
    /// The value; `d50` is a fraction.
    pub value: f64,
    /// As text, in the metric's usual decimals.
    pub formatted_value: String,
    /// Such as `s`; empty for none.
    pub unit: String,
    /// In a few words.
    pub description: String,
    /// Name of an icon.
    pub icon: String,
    /// Such as `clarity`.
    pub category: String,
    /// From 0, without gaps.
    pub sort_order: usize,
}

/// Reverberation of an octave in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OctaveReverberation {
    /// Nominal centre in hertz.
    pub center_hz: f64,
    /// T20.
    pub t20_s: Option<f64>,
    /// T30.
    pub t30_s: Option<f64>,
    /// Early decay time.
    pub edt_s: Option<f64>,
}
