//! Responses whose parameters are known exactly: sparse taps, and direct sound with a random-sign exponential.

use std::collections::BTreeMap;
use std::path::Path;

use room_dsp::{Band, ImpulseResponse};
use room_metrics::{BandParameters, EvaluationOptions, Evaluator, Quantity};
use serde::Deserialize;

use crate::TaskError;

#[derive(Debug, Clone, Deserialize)]
struct Expected {
    id: String,
    file: String,
    onset_sample: usize,
    #[serde(rename = "expected")]
    truth: BTreeMap<String, serde_json::Value>,
    tolerance: BTreeMap<String, f64>,
    per_band_tolerance: BTreeMap<String, f64>,
    per_band_valid: bool,
}

/// One figure of an exact case.
#[derive(Debug, Clone)]
pub struct Exact {
    /// Name of the case.
    pub id: String,
    /// Octave in hertz; none for the whole response.
    pub octave_hz: Option<f64>,
    /// Name of the quantity.
    pub quantity: &'static str,
    /// Error in the unit of the tolerance; none when the value was withheld.
    pub error: Option<f64>,
    /// Largest error allowed.
    pub allowed: f64,
}

/// Octaves that the exact cases speak of: 125 Hz to 8 kHz.
const OCTAVES: core::ops::Range<usize> = 1..8;

/// Evaluates every exact case.
///
/// # Errors
/// When the golden data cannot be read.
pub fn run(root: &Path) -> Result<Vec<Exact>, TaskError> {
    let expected: Vec<Expected> = super::expectations(root, "expected_exact.json")?;
    let mut all = Vec::new();
    for case in &expected {
        let signal = super::sound(root, &case.file)?.signal;
        let samples = signal.channels()[0].iter().map(|x| f64::from(*x)).collect();
        let range_hz = (0.0, 0.5 * signal.rate().as_f64());
        let response = ImpulseResponse::new(signal.rate(), samples, range_hz)
            .map_err(|e| format!("{}: {e}", case.id))?;
        if response.onset() != case.onset_sample {
            return Err(format!("{}: onset at {}", case.id, response.onset()).into());
        }
        let found = Evaluator::new(signal.rate(), EvaluationOptions::default()).evaluate(&response);
        all.extend(of_band(case, &found.broadband, &case.tolerance));
        if case.per_band_valid {
            for octave in &found.octaves[OCTAVES] {
                all.extend(of_band(case, octave, &case.per_band_tolerance));
            }
        }
        let speech = case
            .truth
            .get("sti_no_noise_male")
            .and_then(serde_json::Value::as_f64);
        if let (Some(truth), true) = (speech, case.per_band_valid) {
            all.push(Exact {
                id: case.id.clone(),
                octave_hz: None,
                quantity: "sti",
                error: found.speech.as_ref().ok().map(|s| s.sti - truth),
                allowed: case.tolerance["sti"],
            });
        }
    }
    Ok(all)
}

fn of_band(case: &Expected, found: &BandParameters, allowed: &BTreeMap<String, f64>) -> Vec<Exact> {
    let judged: [(&'static str, &str, Quantity, bool); 8] = [
        ("edt_s", "edt_rel", found.edt_s, true),
        ("t20_s", "t_rel", found.t20_s, true),
        ("t30_s", "t_rel", found.t30_s, true),
        ("c50_db", "c_db", found.c50_db, false),
        ("c80_db", "c_db", found.c80_db, false),
        ("d50", "d", found.d50, false),
        ("ts_ms", "ts_ms", found.ts_ms, false),
        ("drr_db", "drr_db", found.drr_db, false),
    ];
    judged
        .into_iter()
        .filter_map(|(quantity, tolerance, value, relative)| {
            let truth = case.truth.get(quantity)?.as_f64()?;
            let allowed = *allowed.get(tolerance)?;
            let error = value
                .ok()
                .map(|x| if relative { x / truth - 1.0 } else { x - truth });
            let octave_hz = found.band.map(Band::nominal_hz);
            Some(Exact {
                id: case.id.clone(),
                octave_hz,
                quantity,
                error,
                allowed,
            })
        })
        .collect()
}
