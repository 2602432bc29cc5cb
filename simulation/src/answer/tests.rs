//! Old answers of hand-made simulations.

use chassis::problem::Problem;
use room_simulation::{
    Caution, Convergence, EnergyHistogram, Method, Octaves, PerOctave, Searched, StandardErrors,
    Statistics, Unwatched, Used,
};
use serde_json::{Map, Value, json};

use super::*;
use crate::document::document;
use crate::request;
use crate::request::limits::{PAIR_BYTES, SAMPLE_BYTES};

/// Two sources, two microphones, at 16 kHz.
fn asked(change: impl FnOnce(&mut Value)) -> Request {
    let mut body = json!({
        "room": {"type": "shoebox", "dimensions_m": [5, 4, 2.5]},
        "sources": [{"id": "a", "position_m": [1, 1, 1]}, {"id": "b", "position_m": [2, 1, 1]}],
        "microphones": [{"id": "m", "position_m": [4, 1, 1]}, {"id": "n", "position_m": [4, 3, 1]}],
        "include_rir": true,
    });
    change(&mut body);
    let body: Map<String, Value> = body.as_object().unwrap().clone();
    request::read(&body)
        .map_err(|refusal| -> Problem { refusal.problem(&[]) })
        .unwrap()
}

/// An exponential decay of alternating signs: 0.5 s for 60 dB, 1.2 s long, from sample 100 on.
#[expect(
    clippy::cast_possible_truncation,
    reason = "samples are single precision"
)]
fn decaying(pre_samples: usize) -> Vec<f32> {
    let mut samples = vec![0.0; pre_samples + 100];
    let sample = |n: u32| {
        let level = (-6.907_755 * f64::from(n) / 16_000.0 / 0.5).exp();
        let sign = if n.wrapping_mul(2_654_435_761) >> 31 == 0 {
            1.0
        } else {
            -1.0
        };
        (sign * level) as f32
    };
    samples.extend((0..19_200).map(sample));
    samples
}

fn energies(octaves: Octaves, decay_time_s: f64) -> EnergyHistogram {
    let bin_s = 0.5e-3;
    let mut histogram = EnergyHistogram::new(octaves, 0.0, bin_s, 2000);
    for bin in 0..2000 {
        let level = (-13.815_51 * f64::from(bin) * bin_s / decay_time_s).exp();
        histogram.add(
            (f64::from(bin) + 0.5) * bin_s,
            &PerOctave::flat(octaves, level),
        );
    }
    histogram
}

fn pair(request: &Request, source: usize, receiver: usize) -> Pair {
    Pair {
        source,
        receiver,
        distance_m: 3.0,
        images: 12,
        diffracted: 0,
        searched: Searched {
            max_order: None,
            horizon_s: None,
        },
        is_cut: false,
        complete_until_s: Some(0.05),
        order_limited: false,
        pre_samples: request.plan.pre_samples,
        rate: request.plan.rate,
        channels: vec![decaying(request.plan.pre_samples)],
        onset_sample: request.plan.pre_samples + 100,
        energies: energies(request.scene.octaves(), 0.5),
        convergence: None,
    }
}

fn simulated(request: &Request) -> Simulation {
    let places = [(0, 0), (0, 1), (1, 0), (1, 1)];
    Simulation {
        pairs: places.map(|(s, r)| pair(request, s, r)).to_vec(),
        statistics: Statistics::of(&request.scene),
        used: Used {
            method: Method::Hybrid,
            max_order: Some(12),
            horizon_s: None,
            rays: 0,
            seed: 7,
        },
        cautions: Vec::new(),
    }
}

fn answered(request: &Request, simulation: &Simulation) -> SimulationAnswer {
    answer(request, simulation.clone(), &Unwatched).unwrap()
}

/// Every number of a value is finite, so that none was written as null by chance.
fn nulls_have_reasons(metrics: &Value) {
    let reasons = metrics["not_evaluable"].as_object().unwrap();
    for (key, value) in metrics.as_object().unwrap() {
        assert_eq!(
            value.is_null(),
            reasons.contains_key(key),
            "{key}: {metrics}"
        );
    }
}

#[test]
fn pairs_stand_by_microphone_then_source_with_every_metric() {
    let request = asked(|_| ());
    let answer = answered(&request, &simulated(&request));
    let ids: Vec<(&str, &str)> = answer
        .pairs
        .iter()
        .map(|p| (p.microphone_id.as_str(), p.source_id.as_str()))
        .collect();
    assert_eq!(ids, [("m", "a"), ("m", "b"), ("n", "a"), ("n", "b")]);
    let metrics = &answer.pairs[0].metrics;
    assert!((metrics.rt60_s.unwrap() - 0.5).abs() < 0.01, "{metrics:?}");
    assert!((metrics.edt_s.unwrap() - 0.5).abs() < 0.03, "{metrics:?}");
    let d50 = 1.0 - (-13.815_51f64 * 0.05 / 0.5).exp();
    assert!((metrics.d50.unwrap() - d50).abs() < 0.01, "{metrics:?}");
    assert_eq!(metrics.sti_method.as_deref(), Some("mtf"));
    assert!(metrics.not_evaluable.is_empty());
    let shown = serde_json::to_value(&answer).unwrap();
    let keys = [
        "rt60_s",
        "edt_s",
        "d50",
        "c50_db",
        "c80_db",
        "drr_db",
        "sti",
        "sti_method",
    ];
    assert!(
        keys.iter()
            .all(|key| !shown["pairs"][0]["metrics"][key].is_null()),
        "{shown}"
    );
    assert_eq!(
        (&shown["sample_rate_hz"], &shown["seed"]),
        (&json!(16000), &json!(7))
    );
    assert_eq!(
        (&shown["method"], &shown["warnings"]),
        (&json!("hybrid"), &json!([]))
    );
    let parameters = &shown["pairs"][0]["parameters"];
    assert_eq!(parameters["octaves"].as_array().unwrap().len(), 8);
    assert!((parameters["mid"]["t30_s"].as_f64().unwrap() - 0.5).abs() < 1e-3);
}

#[test]
fn a_response_begins_at_the_emission_and_is_cut() {
    let request = asked(|b| {
        b["pre_samples"] = json!(64);
        b["rir_duration_s"] = json!(0.01);
    });
    let answer = answered(&request, &simulated(&request));
    let rir = answer.pairs[0].rir.as_ref().unwrap();
    assert_eq!((rir.len(), rir[99], rir[100]), (160, 0.0, 1.0));
    assert!(
        (answer.pairs[0].metrics.rt60_s.unwrap() - 0.5).abs() < 0.01,
        "of the whole response"
    );
    let without = asked(|b| b["include_rir"] = json!(false));
    let silent = answered(&without, &simulated(&without));
    assert_eq!(
        (&silent.pairs[0].rir, &silent.pairs[0].rir_channels),
        (&None, &None)
    );
}

#[test]
fn every_channel_of_an_ambisonic_microphone_is_answered() {
    let request = asked(|_| ());
    let mut simulation = simulated(&request);
    simulation.pairs[0].channels = vec![decaying(0); 4];
    let answer = answered(&request, &simulation);
    assert_eq!(answer.pairs[0].rir_channels.as_ref().map(Vec::len), Some(4));
    assert_eq!(answer.pairs[2].rir_channels, None);
}

#[test]
fn direct_sound_alone_has_nulls_with_reasons_and_no_200_decibels() {
    let request = asked(|b| b["max_order"] = json!(0));
    let mut simulation = simulated(&request);
    for pair in &mut simulation.pairs {
        pair.channels = vec![[vec![0.0; 140], vec![0.3], vec![0.0; 100]].concat()];
        pair.onset_sample = 140;
        let octaves = request.scene.octaves();
        pair.energies = EnergyHistogram::new(octaves, 0.0, 0.5e-3, 200);
        pair.energies.add(0.0, &PerOctave::flat(octaves, 0.1));
    }
    let answer = answered(&request, &simulation);
    let shown = serde_json::to_value(&answer.pairs[0].metrics).unwrap();
    assert!(
        shown["rt60_s"].is_null() && shown["c50_db"].is_null(),
        "{shown}"
    );
    nulls_have_reasons(&shown);
}

#[test]
fn a_pair_that_nothing_reaches_says_so() {
    let request = asked(|_| ());
    let mut simulation = simulated(&request);
    simulation.pairs[0].channels = vec![vec![0.0; 100]];
    simulation.pairs[0].energies = energies(request.scene.octaves(), 0.5);
    simulation.cautions = vec![Caution::NothingArrives {
        source: 0,
        receiver: 0,
    }];
    let answer = answered(&request, &simulation);
    let pair = &answer.pairs[0];
    assert_eq!(pair.rir, Some(vec![0.0; 100]), "asked for, so answered");
    assert_eq!(
        pair.warnings,
        ["nothing of the source \"a\" reaches the microphone \"m\""]
    );
    assert_eq!(pair.metrics.rt60_s, None);
    assert!(
        answer.warnings[0]
            .starts_with("nothing of the source \"a\" reaches the microphone \"m\"; ")
    );
    assert_eq!(
        answer.notices[0].data,
        json!({"source_id": "a", "receiver_id": "m"})
    );
}

#[test]
fn without_the_octaves_of_speech_the_index_is_withheld_with_the_reason() {
    let request = asked(|b| b["sample_rate_hz"] = json!(8000));
    let mut simulation = simulated(&request);
    for pair in &mut simulation.pairs {
        pair.rate = request.plan.rate;
    }
    let answer = answered(&request, &simulation);
    assert_eq!(
        (
            answer.pairs[0].metrics.sti,
            &answer.pairs[0].metrics.sti_method
        ),
        (None, &None)
    );
    assert!(answer.pairs[0].warnings[0].starts_with("STI not available: "));
    nulls_have_reasons(&serde_json::to_value(&answer.pairs[0].metrics).unwrap());
}

#[test]
fn warnings_of_the_request_come_before_those_of_the_engine() {
    let mut request = asked(|b| b["sources"][1]["id"] = json!("a"));
    request.options.include_rir = false;
    let mut simulation = simulated(&request);
    simulation.cautions = vec![Caution::OrderLimited {
        max_order: 3,
        complete_until_s: 0.02,
    }];
    let answer = answered(&request, &simulation);
    let codes: Vec<&str> = answer.notices.iter().map(|n| n.code.as_str()).collect();
    assert_eq!(codes, ["REPEATED_ID", "ORDER_LIMITED"]);
    assert_eq!(answer.warnings.len(), 2);
}

#[test]
fn nobody_waits_for_an_answer_that_nobody_wants() {
    struct Gone;
    impl Watch for Gone {
        fn stopped(&self) -> bool {
            true
        }
        fn progress(&self, _share: f64, _phase: room_simulation::Phase) {}
    }
    let request = asked(|_| ());
    assert_eq!(answer(&request, simulated(&request), &Gone), Err(Stopped));
}

#[test]
fn the_document_holds_what_was_really_used() {
    let request = asked(|_| ());
    let mut simulation = simulated(&request);
    simulation.pairs[1].convergence = Some(Convergence {
        rays: 8000,
        degrees_of_freedom: 7,
        octaves: vec![
            StandardErrors {
                level_db: Ok(0.1),
                c50_db: Ok(0.2),
                t20_s: Ok(0.01),
                t30_s: Err(NotEvaluable::NoEnergy),
            };
            8
        ],
        reached: true,
        leaked: 0.0,
    });
    simulation.cautions = vec![Caution::FormulaDisagrees {
        octave_hz: 1000.0,
        simulated_s: 0.7,
        formulas: vec![("Sabine", 0.5)],
    }];
    let shown = serde_json::to_value(document(&request, &simulation, true)).unwrap();
    assert_eq!(shown["schema"], "sonalyze.simulation/1");
    assert_eq!(
        shown["bands_hz"],
        json!([63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])
    );
    let ids = |i: usize| {
        (
            &shown["pairs"][i]["source_id"],
            &shown["pairs"][i]["receiver_id"],
        )
    };
    assert_eq!(ids(1), (&json!("a"), &json!("n")));
    let octave = &shown["pairs"][1]["convergence"]["octaves"][3];
    assert_eq!(
        (&octave["center_hz"], &octave["t30_s"]),
        (&json!(500.0), &Value::Null)
    );
    assert_eq!(octave["not_evaluable"]["t30_s"]["code"], "NO_ENERGY");
    assert!(shown["pairs"][0]["convergence"].is_null());
    assert!((shown["pairs"][0]["broadband"]["t30_s"].as_f64().unwrap() - 0.5).abs() < 1e-3);
    let curves = &shown["pairs"][0]["curves"];
    assert_eq!(curves["bands"].as_array().unwrap().len(), 9);
    assert_eq!(curves["etc"]["level_db"][0], json!(0.0));
    let statistics = &shown["statistics"];
    assert!((statistics["volume_m3"].as_f64().unwrap() - 50.0).abs() < 1e-9);
    assert!((statistics["schroeder_hz"].as_f64().unwrap() - 200.0).abs() < 1.0);
    assert!(statistics["octaves"][4]["sabine_s"].as_f64().unwrap() > 0.3);
    assert_eq!(
        statistics["disagreement"],
        "T30 at 1000 Hz is 0.70 s as simulated, but 0.50 s by Sabine"
    );
    assert_eq!(shown["warnings"][0]["code"], "FORMULA_DISAGREES");
    let back: contract::simulation::SimulationDocument = serde_json::from_value(shown).unwrap();
    assert_eq!(back, document(&request, &simulation, true));
}

/// A pair about which there is as much to say as there can be: the longest ids, every octave, and a reason for each
/// quantity instead of a value.
fn longest_pair() -> PairAnswer {
    let id = "\u{1}".repeat(room_simulation::ID_MAX);
    let request = asked(|b| {
        b["sample_rate_hz"] = json!(48_000);
        b["sources"][0]["id"] = json!(id);
        b["microphones"][0]["id"] = json!(id);
        b["include_rir"] = json!(false);
    });
    let mut pair = pair(&request, 0, 0);
    let octaves = request.scene.octaves();
    pair.channels = vec![vec![0.0; 100]];
    pair.energies = EnergyHistogram::new(octaves, 0.0, 0.5e-3, 200);
    let none = Err(NotEvaluable::NoEnergy);
    let errors = StandardErrors {
        level_db: none,
        c50_db: none,
        t20_s: none,
        t30_s: none,
    };
    pair.convergence = Some(Convergence {
        rays: 20_000_000,
        degrees_of_freedom: 7,
        octaves: vec![errors; octaves.len()],
        reached: false,
        leaked: 0.0,
    });
    pair_answer(pair, &request.options)
}

#[test]
fn no_pair_is_longer_than_answers_have_room_for() {
    let found = serde_json::to_string(&longest_pair()).unwrap().len() as u64;
    assert!(found <= PAIR_BYTES, "{found} of {PAIR_BYTES}");
    assert!(2 * found > PAIR_BYTES, "{found}: no more room than needed");
    let longest = [f32::MIN_POSITIVE, f32::MAX, 1.234_567_8e-10]
        .map(|x| serde_json::to_string(&vec![-x; 1000]));
    for text in longest {
        assert!(text.unwrap().len() as u64 <= 1001 * SAMPLE_BYTES);
    }
}
