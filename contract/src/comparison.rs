//! Differences between analyses of the same room, schema `sonalyze.comparison/1`.
//!
//! Each difference stands in the unit of its quantity and in just-noticeable differences (ISO 3382-1:2009, table A.1;
//! 0.03 for the speech transmission index). Octaves, single-number values and the speech transmission index are
//! compared; the tables of just-noticeable differences say nothing about thirds or the unfiltered response.

use serde::{Deserialize, Serialize};

use crate::analysis::{Engine, Outcome};

/// Value of [`ComparisonDocument::schema`] of the documents that this version writes.
pub const COMPARISON_SCHEMA: &str = "sonalyze.comparison/1";

/// One analysis as the reference, and how others differ from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonDocument {
    /// [`COMPARISON_SCHEMA`].
    pub schema: String,
    /// What the others are compared with.
    pub reference: ComparedFile,
    /// One comparison per other document, in the order given.
    pub comparisons: Vec<Comparison>,
    /// The program that made the document.
    pub engine: Engine,
}

/// Where one of the compared documents came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedFile {
    /// Name of the file that was analysed.
    pub file: String,
    /// SHA-256 of that file's bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Whether there are metrics.
    pub outcome: Outcome,
    /// Codes of the warnings that the analysis gave.
    pub warning_codes: Vec<String>,
}

/// How one document differs from the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The other document.
    pub other: ComparedFile,
    /// Every quantity that both have: octaves ascending, then the single numbers, then speech.
    pub differences: Vec<Difference>,
    /// What could not be compared.
    pub not_compared: Vec<NotCompared>,
}

/// Where a quantity stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In an octave.
    Octave,
    /// Among the single-number values.
    Mid,
    /// The speech transmission index.
    Sti,
}

/// One quantity in both documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where it stands.
    pub place: Place,
    /// Nominal mid frequency in hertz; null outside octaves.
    pub center_hz: Option<f64>,
    /// Name of the quantity with its unit, e.g. `t30_s`.
    pub quantity: String,
    /// Value of the reference.
    pub reference: f64,
    /// Value of the other.
    pub value: f64,
    /// The other less the reference, in the quantity's unit.
    pub difference: f64,
    /// The just-noticeable difference around the reference, in the quantity's unit.
    pub just_noticeable: f64,
    /// `difference` in just-noticeable differences.
    pub in_jnd: f64,
    /// How much that is.
    pub verdict: Verdict,
    /// Flags that the band carries in either document: they cast doubt on the difference.
    pub flags: Vec<String>,
}

/// How large a difference is to the ear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At most one just-noticeable difference.
    NotNoticeable,
    /// More than one, at most three.
    Noticeable,
    /// More than three.
    Clear,
}

/// A quantity that at least one of the documents lacks, or that means something else in each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotCompared {
    /// Where it stands.
    pub place: Place,
    /// Nominal mid frequency in hertz; null outside octaves.
    pub center_hz: Option<f64>,
    /// Name of the quantity with its unit, e.g. `t30_s`.
    pub quantity: String,
    /// Why, in words.
    pub reason: String,
}
