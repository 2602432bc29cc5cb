//! Exponential and double-slope decays in noise of known range.

use std::collections::BTreeMap;
use std::path::Path;

use room_dsp::ImpulseResponse;
use room_metrics::{BandParameters, EvaluationOptions, Evaluator, Quantity};
use serde::Deserialize;

use crate::TaskError;

#[derive(Debug, Clone, Deserialize)]
struct Expected {
    id: String,
    file: String,
    inr_db_env: Option<f64>,
    bands: Vec<ExpectedBand>,
    tolerance: Tolerance,
}

#[derive(Debug, Clone, Deserialize)]
struct ExpectedBand {
    hz: u32,
    theory: BTreeMap<String, Option<f64>>,
    realised_noise_free: Option<BTreeMap<String, Option<f64>>>,
    expect: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, Deserialize)]
struct Tolerance {
    t_rel: f64,
    edt_rel: f64,
    reference: String,
}

/// One decay time of one band.
#[derive(Debug, Clone)]
pub struct Decay {
    /// Name of the case.
    pub id: String,
    /// Octave in hertz.
    pub octave_hz: u32,
    /// Name of the quantity.
    pub quantity: &'static str,
    /// Range that the case was made with; none for a clean decay.
    pub inr_true_db: Option<f64>,
    /// Range that was found.
    pub inr_found_db: Option<f64>,
    /// Relative error; none when the value was withheld.
    pub error: Option<f64>,
    /// Largest relative error allowed.
    pub allowed: f64,
    /// Whether the golden file wants a value.
    pub wanted: bool,
    /// Whether the band carries a flag.
    pub flagged: bool,
}

/// Evaluates every golden decay.
///
/// # Errors
/// When the golden data cannot be read.
pub fn run(root: &Path) -> Result<Vec<Decay>, TaskError> {
    let expected: Vec<Expected> = super::expectations(root, "expected_decays.json")?;
    let mut decays = Vec::new();
    for case in &expected {
        let signal = super::sound(root, &case.file)?.signal;
        let samples = signal.channels()[0].iter().map(|x| f64::from(*x)).collect();
        let range_hz = (0.0, 0.5 * signal.rate().as_f64());
        let response = ImpulseResponse::new(signal.rate(), samples, range_hz)
            .map_err(|e| format!("{}: {e}", case.id))?;
        let found = Evaluator::new(signal.rate(), EvaluationOptions::default()).evaluate(&response);
        for band in &case.bands {
            let octave = found.octaves.iter().find(|p| {
                p.band
                    .is_some_and(|b| (b.nominal_hz() - f64::from(band.hz)).abs() < 0.5)
            });
            if let Some(octave) = octave {
                decays.extend(of_band(case, band, octave));
            }
        }
    }
    Ok(decays)
}

fn of_band(case: &Expected, band: &ExpectedBand, found: &BandParameters) -> Vec<Decay> {
    let realised = case.tolerance.reference == "realised_noise_free";
    let truth = band
        .realised_noise_free
        .as_ref()
        .filter(|_| realised)
        .unwrap_or(&band.theory);
    let judged: [(&'static str, &str, Quantity, f64); 3] = [
        ("edt_s", "edt_valid", found.edt_s, case.tolerance.edt_rel),
        ("t20_s", "t20_valid", found.t20_s, case.tolerance.t_rel),
        ("t30_s", "t30_valid", found.t30_s, case.tolerance.t_rel),
    ];
    judged
        .into_iter()
        .filter_map(|(quantity, valid, value, allowed)| {
            let truth = truth.get(quantity).copied().flatten()?;
            Some(Decay {
                id: case.id.clone(),
                octave_hz: band.hz,
                quantity,
                inr_true_db: case.inr_db_env,
                inr_found_db: found.inr_db.ok(),
                error: value.ok().map(|x| x / truth - 1.0),
                allowed,
                wanted: band.expect.get(valid).copied().unwrap_or(false),
                flagged: !found.flags.is_empty(),
            })
        })
        .collect()
}
