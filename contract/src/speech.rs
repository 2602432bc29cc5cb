//! The speech transmission index as it stands in a document (IEC 60268-16:2020).

use serde::{Deserialize, Serialize};

use crate::parameters::NotEvaluable;

/// Octaves of the index: 125 Hz to 8 kHz.
pub const STI_BANDS: usize = 7;

/// Modulation frequencies of the full method: 0.63 Hz to 12.5 Hz in thirds of an octave.
pub const STI_MODULATIONS: usize = 14;

/// The speech transmission index, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sti {
    /// It was evaluated.
    Evaluated(Box<SpeechTransmission>),
    /// It was not.
    Withheld(StiWithheld),
}

/// The speech transmission index and what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeechTransmission {
    /// The index, 0 to 1.
    pub sti: f64,
    /// Qualification letter, `A+` to `U` (annex F).
    pub rating: String,
    /// Quality in a word: bad, poor, fair, good, excellent.
    pub words: String,
    /// Edition of the standard.
    pub edition: String,
    /// Speech spectrum, e.g. `male`.
    pub spectrum: String,
    /// Modulation transfer index per octave, 125 Hz to 8 kHz.
    pub mti: [f64; STI_BANDS],
    /// Modulation transfer ratio per octave and modulation frequency, both ascending.
    pub mtf: [[f64; STI_MODULATIONS]; STI_BANDS],
    /// Whether the background noise lowers the index.
    pub with_noise: bool,
    /// Whether auditory masking and the hearing threshold lower the index.
    pub with_masking: bool,
}

/// Why there is no index: `{"sti": null, "reason": {...}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StiWithheld {
    /// Always null.
    pub sti: (),
    /// Why.
    pub reason: NotEvaluable,
}
