//! Speech transmission tables: exponential decays in noise, with and without masking, in closed form.

use std::path::Path;

use room_metrics::{
    MODULATION_HZ, ModulationTransfer, SPEECH_BANDS, SpeechConditions, SpeechTransmission, Talker,
};
use serde::Deserialize;

use crate::TaskError;

#[derive(Debug, Clone, Deserialize)]
struct Expected {
    id: String,
    #[serde(rename = "T_s")]
    decay_time_s: [f64; SPEECH_BANDS],
    snr_db: [f64; SPEECH_BANDS],
    sti_male_no_masking: f64,
    sti_female_ed4_no_masking: f64,
    level_db: Option<[f64; SPEECH_BANDS]>,
    sti_male_full: Option<f64>,
}

/// Errors of one row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Name of the case.
    pub id: String,
    /// Male weights, noise but no masking.
    pub male: f64,
    /// Female weights of edition 4, noise but no masking.
    pub female: f64,
    /// Male weights with masking and reception threshold.
    pub masked: Option<f64>,
}

/// Computes every row.
///
/// # Errors
/// When the golden data cannot be read.
pub fn run(root: &Path) -> Result<Vec<Row>, TaskError> {
    let expected: Vec<Expected> = super::expectations(root, "expected_sti_tables.json")?;
    Ok(expected.iter().map(row).collect())
}

fn row(case: &Expected) -> Row {
    let room = exponential(&case.decay_time_s);
    // Any speech level will do where only its ratio to the noise counts.
    let speech = case.level_db.unwrap_or([60.0; SPEECH_BANDS]);
    let noise = core::array::from_fn(|i| speech[i] - case.snr_db[i]);
    let sti = |talker, masking| {
        let conditions = SpeechConditions {
            talker,
            speech_level_db: Some(speech),
            noise_level_db: Some(noise),
            masking,
        };
        SpeechTransmission::from_room(&room, conditions).sti
    };
    Row {
        id: case.id.clone(),
        male: sti(Talker::Edition5Male, false) - case.sti_male_no_masking,
        female: sti(Talker::Edition4Female, false) - case.sti_female_ed4_no_masking,
        masked: case
            .sti_male_full
            .map(|truth| sti(Talker::Edition5Male, true) - truth),
    }
}

/// Modulation transfer of exponential decays: m(F) = 1 / sqrt(1 + (2 pi F T / 13.8155)^2) (Houtgast and Steeneken).
fn exponential(decay_time_s: &[f64; SPEECH_BANDS]) -> ModulationTransfer {
    decay_time_s.map(|t| {
        MODULATION_HZ.map(|f| {
            1.0 / (core::f64::consts::TAU * f * t / (6.0 * core::f64::consts::LN_10)).hypot(1.0)
        })
    })
}
