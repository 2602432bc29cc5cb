//! Several positions of one room taken together, schema `sonalyze.summary/1`.
//!
//! ISO 3382-2:2008, 8.2 averages over positions; the spread tells how far one position speaks for
//! the room. A position at which a quantity was not evaluable does not count for that quantity.

use serde::{Deserialize, Serialize};

use crate::analysis::{Engine, Outcome};

/// Value of [`SummaryDocument::schema`] of the documents that this version writes.
pub const SUMMARY_SCHEMA: &str = "sonalyze.summary/1";

/// Means and spreads over positions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryDocument {
    /// [`SUMMARY_SCHEMA`].
    pub schema: String,
    /// The positions, in the order given.
    pub files: Vec<PositionFile>,
    /// Spread per octave, ascending.
    pub octaves: Vec<OctaveSummary>,
    /// Spread of the single-number values.
    pub mid: MidSummary,
    /// Spread of the speech transmission index.
    pub sti: Spread,
    /// The program that made the document.
    pub engine: Engine,
}

/// One position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionFile {
    /// Name as it was given.
    pub file: String,
    /// SHA-256 of the file's bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Whether it counts.
    pub outcome: Outcome,
    /// Code of the failure; null if it counts.
    pub failure_code: Option<String>,
    /// Codes of the warnings.
    pub warning_codes: Vec<String>,
}

/// Spread of each quantity in one octave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OctaveSummary {
    /// Nominal mid frequency in hertz.
    pub center_hz: f64,
    /// Early decay time in seconds.
    pub edt_s: Spread,
    /// Reverberation time T20 in seconds.
    pub t20_s: Spread,
    /// Reverberation time T30 in seconds.
    pub t30_s: Spread,
    /// Clarity C50 in decibels.
    pub c50_db: Spread,
    /// Clarity C80 in decibels.
    pub c80_db: Spread,
    /// Definition, 0 to 1.
    pub d50: Spread,
    /// Centre time in milliseconds.
    pub ts_ms: Spread,
}

/// Spread of the single-number values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MidSummary {
    /// T20, mean of 500 and 1000 Hz, in seconds.
    pub t20_s: Spread,
    /// T30, mean of 500 and 1000 Hz, in seconds.
    pub t30_s: Spread,
    /// EDT, mean of 500 and 1000 Hz, in seconds.
    pub edt_s: Spread,
    /// C50, mean of 500 to 2000 Hz, in decibels.
    pub c50_db: Spread,
}

/// Mean and spread of one quantity over positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Arithmetic mean; null if no position gave a value.
    pub mean: Option<f64>,
    /// Sample standard deviation (n - 1); null for fewer than two positions.
    pub standard_deviation: Option<f64>,
    /// Number of positions that gave a value.
    pub n: u32,
}
