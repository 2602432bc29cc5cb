//! The analysis of one recording or one impulse response, schema `sonalyze.analysis/1`.
//!
//! The same document is written whether or not the recording could be used: a failed one has
//! `outcome: "failed"`, a [`Failure`], its input, and no metrics (`null` or empty lists).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::curves::{Curves, FrequencyResponse};
use crate::parameters::{Mid, NotEvaluable, Parameters};
use crate::speech::Sti;

/// Value of [`AnalysisDocument::schema`] of the documents that this version writes.
pub const ANALYSIS_SCHEMA: &str = "sonalyze.analysis/1";

/// What the analysis of one file gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisDocument {
    /// [`ANALYSIS_SCHEMA`].
    pub schema: String,
    /// Whether there are metrics.
    pub outcome: Outcome,
    /// Why there are none; null if the outcome is ok.
    pub failure: Option<Failure>,
    /// What the reader has to know about the recording, most important first.
    pub warnings: Vec<Warning>,
    /// The file that was analysed.
    pub input: Input,
    /// Where the signal lies in the recording; null for an impulse response.
    pub alignment: Option<Alignment>,
    /// The impulse response that the parameters come from.
    pub impulse_response: Option<ImpulseResponse>,
    /// Parameters of the unfiltered response.
    pub broadband: Option<Parameters>,
    /// Parameters per octave, ascending.
    pub octaves: Vec<Parameters>,
    /// Parameters per third of an octave, ascending.
    pub thirds: Vec<Parameters>,
    /// Single-number values.
    pub mid: Option<Mid>,
    /// Speech transmission index, or why there is none; null in a failed document.
    pub sti: Option<Sti>,
    /// Level over frequency of the response.
    pub frequency_response: Option<FrequencyResponse>,
    /// Decay and energy-time curves; null if they were not asked for.
    pub curves: Option<Curves>,
    /// Background noise, or why it is unknown; null in a failed document.
    pub noise: Option<Noise>,
    /// The program that made the document.
    pub engine: Engine,
}

/// Whether a file could be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// There are metrics, perhaps with warnings.
    Ok,
    /// There are none; `failure` says why.
    Failed,
}

/// Why a file could not be evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// One of [`crate::code::FailureCode`], or a code of a newer version.
    pub code: String,
    /// What happened, with the values seen.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The values seen: an object, empty if there are none.
    pub data: Value,
}

/// Something that the reader of the metrics has to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// One of [`crate::code::WarningCode`], or a code of a newer version.
    pub code: String,
    /// What was found, with the values seen.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The values seen: an object, empty if there are none.
    pub data: Value,
}

/// The file that was analysed. What could not be read from it is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Name as it was given, without any meaning.
    pub file: String,
    /// SHA-256 of the file's bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Samples a second, as stored.
    pub sample_rate_hz: Option<u32>,
    /// Number of channels.
    pub channels: Option<u32>,
    /// The channel that was analysed, counted from 0.
    pub channel_used: Option<u32>,
    /// Length in seconds.
    pub duration_s: Option<f64>,
    /// Whether the coding loses information (MP3, AAC, Opus ...).
    pub lossy: Option<bool>,
}

/// Where the played signal lies in the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// First arrival of the start chirp in samples of the input file; null if it is missing.
    pub start_chirp_sample: Option<f64>,
    /// First arrival of the end chirp in samples of the input file; null if it is missing.
    pub end_chirp_sample: Option<f64>,
    /// Rate of the recorder's clock against the player's in parts per million; positive: the
    /// recorder is fast; null if unknown.
    pub skew_ppm: Option<f64>,
    /// Chirp level over background in decibels; null if unknown.
    pub snr_db: Option<f64>,
}

/// The impulse response that the parameters come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpulseResponse {
    /// Samples a second.
    pub sample_rate_hz: u32,
    /// Index of the onset (ISO 3382-1:2009, A.3.4), counted from 0.
    pub onset_sample: u64,
    /// Length in samples.
    pub length_samples: u64,
}

/// Background noise of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Noise {
    /// It was measured.
    Measured(BackgroundNoise),
    /// It is unknown.
    Withheld(NoiseWithheld),
}

/// Background noise per octave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackgroundNoise {
    /// Level per octave, ascending.
    pub octaves: Vec<NoiseLevel>,
    /// Seconds that were averaged.
    pub duration_s: f64,
    /// Part of the recording that was averaged, e.g. `before_signal`.
    pub measured_from: String,
}

/// Background noise of one octave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseLevel {
    /// Nominal mid frequency in hertz.
    pub center_hz: f64,
    /// Level in dB re full scale.
    pub level_dbfs: f64,
    /// Sound pressure level in dB re 20 µPa; null without a calibration.
    pub level_db_spl: Option<f64>,
}

/// Why the background noise is unknown: `{"octaves": null, "reason": {...}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseWithheld {
    /// Always null.
    pub octaves: (),
    /// Why.
    pub reason: NotEvaluable,
}

/// The program that made a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}
