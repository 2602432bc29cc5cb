//! Documents survive the wire, keep the order of their fields, and read what a newer version adds.

use contract::analysis::{
    ANALYSIS_SCHEMA, Alignment, AnalysisDocument, BackgroundNoise, Engine, Failure,
    ImpulseResponse, Input, Noise, NoiseLevel, NoiseWithheld, Outcome, Warning,
};
use contract::comparison::{
    COMPARISON_SCHEMA, ComparedFile, Comparison, ComparisonDocument, Difference, NotCompared,
    Place, Verdict,
};
use contract::curves::{
    Curves, DecayCurve, EnergyTimeCurve, Fit, Fits, Fraction, FrequencyResponse,
};
use contract::parameters::{Mid, NotEvaluable, Parameters, Reasons};
use contract::speech::{SpeechTransmission, Sti, StiWithheld};
use contract::summary::{MidSummary, OctaveSummary, PositionFile, Spread, SummaryDocument};
use serde_json::{Value, json};

fn reason() -> NotEvaluable {
    NotEvaluable {
        code: "DECAY_RANGE".into(),
        message: "T30 needs a decay range of 45 dB, found 31.5 dB".into(),
        needed: Some(45.0),
        found: Some(31.5),
    }
}

fn parameters(center_hz: Option<f64>) -> Parameters {
    Parameters {
        center_hz,
        edt_s: Some(0.4),
        t20_s: Some(0.1 + 0.2),
        flags: vec!["LOW_INR".into()],
        not_evaluable: Reasons::from([("t30_s".into(), reason())]),
        ..Parameters::default()
    }
}

fn input() -> Input {
    Input {
        file: "a \"b\".wav".into(),
        sha256: "00".repeat(32),
        sample_rate_hz: Some(48_000),
        channels: Some(2),
        channel_used: Some(1),
        duration_s: Some(17.25),
        lossy: Some(false),
    }
}

fn curves() -> Curves {
    let fit = Fit {
        slope_db_per_s: -120.0,
        intercept_db: 0.5,
    };
    Curves {
        bands: vec![DecayCurve {
            center_hz: None,
            fraction: Fraction::Broadband,
            time_s: vec![0.0, 0.1],
            edc_db: vec![0.0, -12.0],
            fits: Fits {
                t20: Some(fit),
                ..Fits::default()
            },
        }],
        etc: EnergyTimeCurve {
            time_s: vec![0.0],
            level_db: vec![0.0],
        },
    }
}

fn speech() -> Sti {
    Sti::Evaluated(Box::new(SpeechTransmission {
        sti: 0.81,
        rating: "A+".into(),
        words: "excellent".into(),
        edition: "IEC 60268-16:2020".into(),
        spectrum: "male".into(),
        mti: [0.7; 7],
        mtf: [[0.9; 14]; 7],
        with_noise: false,
        with_masking: false,
    }))
}

fn good() -> AnalysisDocument {
    AnalysisDocument {
        schema: ANALYSIS_SCHEMA.into(),
        outcome: Outcome::Ok,
        failure: None,
        warnings: vec![Warning {
            code: "CLIPPING".into(),
            message: "12 samples at full scale".into(),
            remedy: "Turn the loudspeaker down and measure again.".into(),
            data: json!({"samples": 12}),
        }],
        input: input(),
        alignment: Some(Alignment {
            start_chirp_sample: Some(38_640.25),
            end_chirp_sample: Some(700_000.5),
            skew_ppm: None,
            snr_db: Some(41.0),
        }),
        impulse_response: Some(ImpulseResponse {
            sample_rate_hz: 48_000,
            onset_sample: 480,
            length_samples: 96_000,
        }),
        broadband: Some(parameters(None)),
        octaves: vec![parameters(Some(500.0)), parameters(Some(1000.0))],
        thirds: vec![],
        mid: Some(Mid::default()),
        sti: Some(speech()),
        frequency_response: Some(FrequencyResponse {
            smoothing: "1/6 octave".into(),
            frequency_hz: vec![20.0, 20_000.0],
            level_db: vec![-10.0, -20.0],
        }),
        curves: Some(curves()),
        noise: Some(Noise::Measured(BackgroundNoise {
            octaves: vec![NoiseLevel {
                center_hz: 125.0,
                level_dbfs: -71.5,
                level_db_spl: None,
            }],
            duration_s: 0.75,
            measured_from: "before_signal".into(),
        })),
        engine: Engine {
            name: "sonalyze".into(),
            version: "0.1.0".into(),
        },
    }
}

fn failed() -> AnalysisDocument {
    AnalysisDocument {
        outcome: Outcome::Failed,
        failure: Some(Failure {
            code: "NO_SYNC".into(),
            message: "no alignment chirp was found".into(),
            remedy: "Play the signal louder.".into(),
            data: json!({}),
        }),
        warnings: vec![],
        alignment: None,
        impulse_response: None,
        broadband: None,
        octaves: vec![],
        mid: None,
        sti: None,
        frequency_response: None,
        curves: None,
        noise: None,
        ..good()
    }
}

fn back(document: &AnalysisDocument) -> serde_json::Result<AnalysisDocument> {
    serde_json::from_str(&serde_json::to_string(document)?)
}

#[test]
fn documents_come_back_as_they_went() {
    assert_eq!(back(&good()).unwrap(), good());
    assert_eq!(back(&failed()).unwrap(), failed());
}

#[test]
fn withheld_parts_are_null_with_a_reason() {
    let mut document = good();
    document.sti = Some(Sti::Withheld(StiWithheld {
        sti: (),
        reason: reason(),
    }));
    document.noise = Some(Noise::Withheld(NoiseWithheld {
        octaves: (),
        reason: reason(),
    }));
    let wire = serde_json::to_value(&document).unwrap();
    assert_eq!(wire["sti"]["sti"], Value::Null);
    assert_eq!(wire["sti"]["reason"]["code"], "DECAY_RANGE");
    assert_eq!(wire["noise"]["octaves"], Value::Null);
    assert_eq!(back(&document).unwrap(), document);
}

#[test]
fn fields_stand_in_the_documented_order() {
    let wire = serde_json::to_string(&good()).unwrap();
    let mut from = 0;
    for field in [
        "schema",
        "outcome",
        "failure",
        "warnings",
        "input",
        "alignment",
        "impulse_response",
        "broadband",
        "octaves",
        "thirds",
        "mid",
        "sti",
        "frequency_response",
        "curves",
        "noise",
        "engine",
    ] {
        let key = format!("\"{field}\":");
        let at = wire[from..].find(&key).unwrap_or_else(|| panic!("{field}"));
        from += at + key.len();
    }
}

#[test]
fn null_quantities_are_written_and_a_band_less_row_has_no_centre() {
    let wire = serde_json::to_value(good()).unwrap();
    let broadband = wire["broadband"].as_object().unwrap();
    assert!(!broadband.contains_key("center_hz"));
    assert_eq!(broadband["t30_s"], Value::Null);
    assert_eq!(wire["octaves"][0]["center_hz"], 500.0);
    assert_eq!(wire["outcome"], "ok");
    assert_eq!(wire["curves"]["bands"][0]["fraction"], "broadband");
    assert_eq!(wire["curves"]["bands"][0]["center_hz"], Value::Null);
}

#[test]
fn unknown_fields_and_codes_do_not_stop_a_reader() {
    let mut wire = serde_json::to_value(good()).unwrap();
    wire["new_field"] = json!([1, 2]);
    wire["warnings"][0]["code"] = json!("SOMETHING_NEW");
    let document: AnalysisDocument = serde_json::from_value(wire).unwrap();
    assert_eq!(document.warnings[0].code, "SOMETHING_NEW");
}

#[test]
fn a_wrong_outcome_is_refused() {
    let mut wire = serde_json::to_value(good()).unwrap();
    wire["outcome"] = json!("perhaps");
    assert!(serde_json::from_value::<AnalysisDocument>(wire).is_err());
}

#[test]
fn summaries_come_back_as_they_went() {
    let spread = Spread {
        mean: Some(0.53),
        standard_deviation: Some(0.04),
        n: 3,
    };
    let summary = SummaryDocument {
        schema: contract::summary::SUMMARY_SCHEMA.into(),
        files: vec![PositionFile {
            file: "p1.wav".into(),
            sha256: "00".repeat(32),
            outcome: Outcome::Ok,
            failure_code: None,
            warning_codes: vec!["MAINS_HUM".into()],
        }],
        octaves: vec![OctaveSummary {
            center_hz: 500.0,
            edt_s: spread,
            t20_s: spread,
            t30_s: spread,
            c50_db: spread,
            c80_db: spread,
            d50: spread,
            ts_ms: Spread::default(),
        }],
        mid: MidSummary::default(),
        sti: spread,
        engine: good().engine,
    };
    let wire = serde_json::to_string(&summary).unwrap();
    assert_eq!(
        serde_json::from_str::<SummaryDocument>(&wire).unwrap(),
        summary
    );
}

#[test]
fn comparisons_come_back_as_they_went() {
    let file = |name: &str| ComparedFile {
        file: name.into(),
        sha256: "00".repeat(32),
        outcome: Outcome::Ok,
        warning_codes: vec!["CLIPPING".into()],
    };
    let comparison = ComparisonDocument {
        schema: COMPARISON_SCHEMA.into(),
        reference: file("a.wav"),
        comparisons: vec![Comparison {
            other: file("b.wav"),
            differences: vec![Difference {
                place: Place::Octave,
                center_hz: Some(500.0),
                quantity: "t20_s".into(),
                reference: 0.5,
                value: 0.55,
                difference: 0.05,
                just_noticeable: 0.025,
                in_jnd: 2.0,
                verdict: Verdict::Noticeable,
                flags: vec!["CLIPPING".into()],
            }],
            not_compared: vec![NotCompared {
                place: Place::Sti,
                center_hz: None,
                quantity: "sti".into(),
                reason: "both: there is no energy to compare".into(),
            }],
        }],
        engine: good().engine,
    };
    let wire = serde_json::to_value(&comparison).unwrap();
    assert_eq!(wire["schema"], "sonalyze.comparison/1");
    let first = &wire["comparisons"][0];
    assert_eq!(first["differences"][0]["verdict"], "noticeable");
    assert_eq!(first["not_compared"][0]["center_hz"], Value::Null);
    assert_eq!(
        serde_json::from_value::<ComparisonDocument>(wire).unwrap(),
        comparison
    );
}
