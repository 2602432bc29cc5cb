//! Results of responses whose truth is known, and of responses of which little can be known.

use contract::analysis::{AnalysisDocument, Engine};
use room_dsp::synthetic::{RoomRecipe, room_response};
use room_dsp::{ImpulseResponse, SampleRate, Signal};
use room_metrics::EvaluationOptions;
use serde_json::Value;

use super::*;
use crate::analysis::{Analysis, Analyst, Played, Sound};

fn analysed(samples: Vec<f32>) -> (AnalysisDocument, ImpulseResponse) {
    let signal = Signal::mono(SampleRate::STANDARD, samples);
    let wav = audio_file::write_wav(&signal, audio_file::WavFormat::Float32).unwrap();
    let engine = Engine {
        name: "test".to_owned(),
        version: "0".to_owned(),
    };
    let sound = Sound::decode("ir.wav", &wav, &audio_file::Limits::default());
    let Analysis {
        document,
        impulse_response,
    } = Analyst::new(EvaluationOptions::default(), engine).analyze(sound, &Played::Response);
    (document, impulse_response.unwrap())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "files are single precision"
)]
fn room(decay_time_s: f64) -> (AnalysisDocument, ImpulseResponse) {
    let response =
        room_response(SampleRate::STANDARD, &RoomRecipe::uniform(decay_time_s, 3)).unwrap();
    analysed(response.iter().map(|x| *x as f32).collect())
}

#[test]
fn a_known_room_is_told_in_both_spellings() {
    let (document, response) = room(0.6);
    let results = of(&document, &response, 0.5).unwrap();
    let broadband = document.broadband.unwrap();
    assert_eq!(results.rt.rt60_s, broadband.t30_s);
    assert!((results.rt.rt60_s.unwrap() - 0.6).abs() < 0.03);
    assert_eq!(
        (results.rt.t20_s, results.rt.t30_s),
        (results.rt.t20_rt60_s, results.rt.t30_rt60_s)
    );
    assert_eq!(results.drr.drr_db, results.drr.direct_to_late_db);
    assert_eq!(results.quality.snr_db, broadband.inr_db);
    assert!((results.quality.peak_db.unwrap() + 6.0206).abs() < 1e-3);
    assert_eq!(results.sti.sti, results.sti.sti_male);
    assert_eq!(results.drr.direct_index, response.onset());
    let female = results.sti.sti_female.unwrap();
    assert!((female - results.sti.sti.unwrap()).abs() < 0.05, "{female}");
    assert!(
        results.not_evaluable.is_empty(),
        "{:?}",
        results.not_evaluable
    );
}

#[test]
fn d80_and_c80_are_of_the_same_energies() {
    let (document, response) = room(1.0);
    let clarity = of(&document, &response, 1.0).unwrap().clarity;
    let early_over_late = clarity.d80.unwrap() / (1.0 - clarity.d80.unwrap());
    assert!((10.0 * early_over_late.log10() - clarity.c80_db.unwrap()).abs() < 1e-9);
    assert!(clarity.d80 > clarity.d50);
}

#[test]
fn metrics_have_their_order_texts_and_decimals() {
    let (document, response) = room(0.6);
    let results = of(&document, &response, 1.0).unwrap();
    let shown: Vec<(&str, usize)> = results
        .display_metrics
        .iter()
        .map(|m| (m.key.as_str(), m.sort_order))
        .collect();
    let keys = ["rt60", "edt", "sti", "c50", "c80", "d50", "drr", "snr"];
    let expected: Vec<(&str, usize)> = keys.into_iter().zip(0..).collect();
    assert_eq!(shown, expected);
    let d50 = &results.display_metrics[5];
    assert_eq!(
        d50.formatted_value,
        format!("{:.0}", 100.0 * results.clarity.d50.unwrap())
    );
    assert_eq!(
        (d50.unit.as_str(), d50.value),
        ("%", results.clarity.d50.unwrap())
    );
    assert_eq!(
        results.display_metrics[0].formatted_value,
        format!("{:.2}", results.rt.rt60_s.unwrap())
    );
}

/// A twentieth of a second is the least: what ends before it would seem to have no reverberation at all.
#[test]
fn a_response_that_ends_at_once_has_no_speech_transmission_index() {
    let cut = |from_onset: usize| {
        let mut samples = vec![0.0; 100];
        samples.push(0.5);
        samples.resize(100 + from_onset, 1e-4);
        let (document, response) = analysed(samples);
        assert_eq!(response.onset(), 100);
        of(&document, &response, 0.5).unwrap()
    };
    let results = cut(2399);
    let shown = &results.sti;
    assert_eq!(
        (shown.sti, shown.sti_male, shown.sti_female),
        (None, None, None)
    );
    assert_eq!(shown.note.as_deref(), Some("IR too short for STI"));
    let reason = &results.not_evaluable["sti"];
    assert_eq!(reason.code, "TOO_SHORT_FOR_SPEECH");
    assert_eq!(reason.needed, Some(0.05));
    assert!((reason.found.unwrap() - 2399.0 / 48_000.0).abs() < 1e-9);
    assert!(cut(2400).sti.sti.is_some());
}

/// A pulse in noise 20 dB below: no decay can be seen.
#[test]
fn what_is_null_has_a_reason_and_is_not_shown() {
    let mut noise = room_dsp::synthetic::Noise::stream(7, 1);
    let mut samples = noise.white(48_000, -30.0);
    samples[24_000] = 0.5;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "files are single precision"
    )]
    let (document, response) = analysed(samples.iter().map(|x| *x as f32).collect());
    let results = of(&document, &response, 0.5).unwrap();
    assert_eq!((results.rt.t30_s, results.rt.rt60_s), (None, None));
    let json = serde_json::to_value(&results).unwrap();
    let nulls = null_keys(&json);
    assert!(nulls.contains(&"rt60_s".to_owned()), "{nulls:?}");
    for key in nulls.iter().filter(|key| *key != "alignment") {
        let known = results.not_evaluable.contains_key(key);
        assert!(known, "{key} has no reason");
    }
    assert!(!json.to_string().to_lowercase().contains("nan\""));
    assert!(results.display_metrics.iter().all(|m| m.key != "rt60"));
    let orders: Vec<usize> = results
        .display_metrics
        .iter()
        .map(|m| m.sort_order)
        .collect();
    assert_eq!(orders, (0..orders.len()).collect::<Vec<_>>());
}

/// Keys of null quantities outside of lists and reasons.
fn null_keys(value: &Value) -> Vec<String> {
    let Value::Object(map) = value else {
        return Vec::new();
    };
    map.iter()
        .filter(|(key, _)| *key != "not_evaluable")
        .flat_map(|(key, inner)| {
            if inner.is_null() {
                vec![key.clone()]
            } else {
                null_keys(inner)
            }
        })
        .collect()
}

#[test]
fn a_response_that_ends_in_digital_silence_has_no_noise_floor() {
    let mut samples = vec![0.0; 9600];
    samples[100] = 1.0;
    samples[200] = 0.5;
    let (document, response) = analysed(samples);
    let results = of(&document, &response, 1.0).unwrap();
    assert_eq!(results.quality.noise_floor_db, None);
    assert_eq!(results.not_evaluable["noise_floor_db"].code, "NO_ENERGY");
    assert_eq!(results.quality.peak_db, Some(0.0));
}

#[test]
fn the_frequency_response_is_relative_to_its_highest_point() {
    let (document, response) = room(0.4);
    let shown = of(&document, &response, 1.0).unwrap().frequency_response;
    assert_eq!(shown.bands_hz.len(), shown.magnitude_db.len());
    assert!(shown.bands_hz.is_sorted());
    let highest = shown.magnitude_db.iter().copied().reduce(f64::max);
    assert_eq!(highest, Some(0.0));
}
