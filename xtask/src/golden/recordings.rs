//! Whole phone recordings: outcome, warnings, clock, position, and every quantity of every valid octave.

use std::collections::BTreeMap;
use std::path::Path;

use room_dsp::{Analyzer, Excitation, Finding};
use room_metrics::{BandParameters, EvaluationOptions, Evaluator, Quantity, RoomParameters};
use serde::Deserialize;

use crate::TaskError;

/// What the golden file says of one recording.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    /// Name of the case.
    pub id: String,
    file: String,
    sample_rate: u32,
    outcome: String,
    warnings: Vec<String>,
    failure: Option<String>,
    skew_ppm: f64,
    skew_tol_ppm: f64,
    start_chirp_sample: Option<f64>,
    start_tol_samples: f64,
    valid_octaves: Vec<u32>,
    t_valid: String,
    tolerance: Tolerance,
    truth: Option<Truth>,
}

#[derive(Debug, Clone, Deserialize)]
struct Tolerance {
    t_rel: f64,
    edt_rel: f64,
    c_db: f64,
    d: f64,
    ts_ms: f64,
    drr_db: f64,
    sti: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct Truth {
    broadband: BTreeMap<String, Option<f64>>,
    octaves: BTreeMap<String, BTreeMap<String, Option<f64>>>,
    sti_no_noise_male: f64,
}

/// One figure against its truth.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Octave centre in hertz; none for the whole response.
    pub octave_hz: Option<u32>,
    /// Name of the quantity.
    pub quantity: String,
    /// Error in the unit of the tolerance (relative for decay times); none when the value was withheld.
    pub error: Option<f64>,
    /// Largest error allowed by the golden file.
    pub allowed: f64,
    /// Decay range of the band in decibels.
    pub inr_db: Option<f64>,
}

impl Comparison {
    /// Whether there is a value and it lies within the tolerance.
    pub fn holds(&self) -> bool {
        self.error.is_some_and(|e| e.abs() <= self.allowed)
    }
}

/// What an analysis of one recording gave, against its truth.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name of the case.
    pub id: String,
    /// Faults of outcome, warnings, clock and position, in words; empty when right.
    pub faults: Vec<String>,
    /// Every figure that the golden file gives.
    pub comparisons: Vec<Comparison>,
    /// Skew less its truth in ppm, where both chirps were heard.
    pub skew_error_ppm: Option<f64>,
    /// Position of the first arrival less its truth in samples of the file.
    pub start_error: Option<f64>,
    /// Codes raised.
    pub codes: Vec<&'static str>,
    /// The parameters.
    pub parameters: Option<RoomParameters>,
}

/// Codes that clean recordings never raise, and the clean recordings.
const CLEAN: [&str; 5] = [
    "r01_ideal_office",
    "r02_skew_p120_class",
    "r03_skew_m200_hall",
    "r04_44k1_skew_p35",
    "r21_late_start_7s",
];
const NEVER_ON_CLEAN: [&str; 8] = [
    "CLIPPING",
    "DROPOUT",
    "GAIN_CHANGE",
    "MAINS_HUM",
    "DISTORTION",
    "IMPULSIVE_NOISE",
    "TRUNCATED_TAIL",
    "CHANNEL_SELECTED",
];

/// Analyses every golden recording.
///
/// # Errors
/// When the golden data cannot be read.
pub fn run(root: &Path) -> Result<Vec<Outcome>, TaskError> {
    let analyzer = Analyzer::new(Excitation::reference());
    let evaluator = Evaluator::new(analyzer.excitation().rate(), EvaluationOptions::default());
    let expected: Vec<Expected> = super::expectations(root, "expected_recordings.json")?;
    expected
        .iter()
        .map(|e| analyse(root, &analyzer, &evaluator, e))
        .collect()
}

fn analyse(
    root: &Path,
    analyzer: &Analyzer,
    evaluator: &Evaluator,
    expected: &Expected,
) -> Result<Outcome, TaskError> {
    let audio = super::sound(root, &expected.file)?;
    let mut outcome = Outcome {
        id: expected.id.clone(),
        faults: Vec::new(),
        comparisons: Vec::new(),
        skew_error_ppm: None,
        start_error: None,
        codes: Vec::new(),
        parameters: None,
    };
    if audio.signal.rate().hz() != expected.sample_rate {
        outcome
            .faults
            .push(format!("rate {} Hz", audio.signal.rate().hz()));
    }
    match analyzer.measure(&audio.signal) {
        Err(refusal) => {
            if expected.failure.as_deref() != Some(refusal.code()) {
                outcome.faults.push(format!("refused: {refusal}"));
            }
        }
        Ok(_) if expected.outcome != "ok" => {
            outcome
                .faults
                .push(format!("accepted; expected {:?}", expected.failure));
        }
        Ok(measured) => {
            let parameters = evaluator.evaluate(&measured.impulse_response);
            outcome.codes = codes(&measured.findings, &parameters);
            outcome.skew_error_ppm = measured.alignment.skew_ppm.map(|s| s - expected.skew_ppm);
            let start = measured.alignment.start_chirp_sample;
            outcome.start_error = expected.start_chirp_sample.map(|s| start - s);
            outcome.comparisons = compare(expected, &parameters);
            outcome.parameters = Some(parameters);
            judge(expected, &mut outcome);
        }
    }
    Ok(outcome)
}

/// Codes of the recording, and those that its bands add up to.
fn codes(findings: &[Finding], parameters: &RoomParameters) -> Vec<&'static str> {
    let of_bands = parameters.notices().into_iter().map(|n| n.code());
    findings.iter().map(Finding::code).chain(of_bands).collect()
}

fn judge(expected: &Expected, outcome: &mut Outcome) {
    let missing = expected
        .warnings
        .iter()
        .filter(|w| !outcome.codes.contains(&w.as_str()));
    let mut faults: Vec<String> = missing.map(|w| format!("no {w}")).collect();
    if CLEAN.contains(&expected.id.as_str()) {
        let false_alarms = outcome.codes.iter().filter(|c| NEVER_ON_CLEAN.contains(c));
        faults.extend(false_alarms.map(|c| format!("false {c}")));
    }
    if let Some(error) = outcome
        .skew_error_ppm
        .filter(|e| e.abs() > expected.skew_tol_ppm)
    {
        faults.push(format!("skew off by {error} ppm"));
    }
    if let Some(error) = outcome
        .start_error
        .filter(|e| e.abs() > expected.start_tol_samples)
    {
        faults.push(format!("start off by {error} samples"));
    }
    outcome.faults.extend(faults);
}

fn compare(expected: &Expected, parameters: &RoomParameters) -> Vec<Comparison> {
    let Some(truth) = &expected.truth else {
        return Vec::new();
    };
    let mut comparisons = band(expected, None, &truth.broadband, &parameters.broadband);
    for hz in &expected.valid_octaves {
        let found = parameters.octaves.iter().find(|p| nominal(p) == Some(*hz));
        if let (Some(found), Some(truth)) = (found, truth.octaves.get(&hz.to_string())) {
            comparisons.extend(band(expected, Some(*hz), truth, found));
        }
    }
    comparisons.push(Comparison {
        octave_hz: None,
        quantity: "sti".to_owned(),
        error: parameters
            .speech
            .as_ref()
            .ok()
            .map(|s| s.sti - truth.sti_no_noise_male),
        allowed: expected.tolerance.sti,
        inr_db: None,
    });
    comparisons
}

fn nominal(p: &BandParameters) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "63 to 16000"
    )]
    p.band.map(|b| b.nominal_hz() as u32)
}

fn band(
    expected: &Expected,
    octave_hz: Option<u32>,
    truth: &BTreeMap<String, Option<f64>>,
    found: &BandParameters,
) -> Vec<Comparison> {
    let t = &expected.tolerance;
    let mut judged: Vec<(&str, Quantity, f64, bool)> = vec![
        ("edt_s", found.edt_s, t.edt_rel, true),
        ("t20_s", found.t20_s, t.t_rel, true),
        ("c50_db", found.c50_db, t.c_db, false),
        ("c80_db", found.c80_db, t.c_db, false),
        ("d50", found.d50, t.d, false),
        ("ts_ms", found.ts_ms, t.ts_ms, false),
        ("drr_db", found.drr_db, t.drr_db, false),
    ];
    if expected.t_valid == "t30" {
        judged.push(("t30_s", found.t30_s, t.t_rel, true));
    }
    judged
        .into_iter()
        .filter_map(|(name, quantity, allowed, relative)| {
            let truth = truth.get(name).copied().flatten()?;
            let error = |x: f64| if relative { x / truth - 1.0 } else { x - truth };
            Some(Comparison {
                octave_hz,
                quantity: name.to_owned(),
                error: quantity.ok().map(error),
                allowed,
                inr_db: found.inr_db.ok(),
            })
        })
        .collect()
}
