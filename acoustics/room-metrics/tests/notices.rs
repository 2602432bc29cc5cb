//! For every flag, notice and reason of a decay: a made fault that raises it, and a close neighbour that does not.
//!
//! Codes of recordings are tested where recordings are made, in room-dsp.

#![expect(
    clippy::shadow_unrelated,
    reason = "pairs of found and expected values keep their short names"
)]

use room_dsp::synthetic::{Noise, OCTAVES, RoomRecipe, SecondSlope, room_response};
use room_dsp::{ImpulseResponse, SampleRate};
use room_metrics::{
    BandParameters, Bands, EvaluationOptions, Evaluator, Flag, NotEvaluable, Notice, RoomParameters,
};

const RATE: SampleRate = SampleRate::STANDARD;

/// Every frequency of the rate.
const ALL_HZ: (f64, f64) = (0.0, 24_000.0);

/// A tail that carries nearly all energy, so that its level at the onset is the level of the decay.
fn room(decay_time_s: f64) -> RoomRecipe {
    RoomRecipe {
        direct_to_reverberant_db: -15.0,
        ..RoomRecipe::uniform(decay_time_s, 4)
    }
}

/// The room with its decay standing `range_db` out of white noise in every octave, evaluated in octaves.
///
/// The tail of a uniform room is white, of energy E and mean square E k / rate at its start, with k = 6 ln 10 / T.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn evaluate(recipe: &RoomRecipe, range_db: f64, range_hz: (f64, f64)) -> RoomParameters {
    let response = room_response(RATE, recipe).unwrap();
    let energy: f64 = response.iter().map(|x| x * x).sum();
    let k = 6.0 * core::f64::consts::LN_10 / recipe.decay_time_s[0];
    let start_db = 10.0 * (energy * k / RATE.as_f64()).log10();
    let lead = RATE.samples(0.6);
    let len = lead + response.len() + RATE.samples(1.0);
    let mut samples = Noise::new(recipe.seed + 1).white(len, start_db - range_db);
    for (sample, h) in samples[lead..].iter_mut().zip(&response) {
        *sample += h;
    }
    let response = ImpulseResponse::new(RATE, samples, range_hz).unwrap();
    let options = EvaluationOptions {
        bands: Bands::Octaves,
        ..EvaluationOptions::default()
    };
    Evaluator::new(RATE, options).evaluate(&response)
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn octave(p: &RoomParameters, hz: f64) -> &BandParameters {
    let is_it = |b: &&BandParameters| b.band.is_some_and(|b| (b.nominal_hz() - hz).abs() < 0.5);
    p.octaves.iter().find(is_it).unwrap()
}

fn codes(p: &RoomParameters) -> Vec<&'static str> {
    p.notices().iter().map(Notice::code).collect()
}

#[test]
fn a_double_slope_is_a_curved_decay_and_a_single_one_is_not() {
    // Long enough that a single slope of noise is straight in every octave: at 63 Hz, 0.6 s would already bend by
    // chance.
    let single = room(2.0);
    let coupled = |level_db| RoomRecipe {
        second_slope: Some(SecondSlope {
            level_db,
            decay_time_s: [6.0; OCTAVES],
        }),
        duration_s: 5.0,
        ..single.clone()
    };
    let found = evaluate(&coupled(-20.0), 75.0, ALL_HZ);
    assert_eq!(codes(&found), ["CURVED_DECAY"]);
    let Some(Notice::CurvedDecay {
        octaves_hz,
        largest_pct,
    }) = found.notices().pop()
    else {
        panic!("{:?}", found.notices());
    };
    assert!(
        octaves_hz.contains(&1000.0) && largest_pct > 10.0,
        "{octaves_hz:?} {largest_pct} %"
    );
    assert!(octave(&found, 1000.0).flags.contains(&Flag::CurvedDecay));
    for straight in [single.clone(), coupled(-60.0)] {
        let found = evaluate(&straight, 75.0, ALL_HZ);
        assert_eq!(codes(&found), [""; 0]);
        assert!(octave(&found, 1000.0).curvature_pct.unwrap().abs() < 5.0);
    }
}

#[test]
fn a_decay_that_is_no_line_has_no_time_and_says_how_far_it_is_from_one() {
    let recipe = room(0.3);
    let with_echo = |level_db: f64| {
        let room = room_response(RATE, &recipe).unwrap();
        let (lead, echo) = (RATE.samples(0.6), RATE.samples(1.1));
        let gain = 10f64.powf(level_db / 20.0);
        let mut samples = vec![0.0; echo + room.len() + RATE.samples(0.5)];
        for (i, h) in room.iter().enumerate() {
            samples[lead + i] += h;
            samples[echo + i] += gain * h;
        }
        let response = ImpulseResponse::new(RATE, samples, ALL_HZ).unwrap();
        Evaluator::new(RATE, EvaluationOptions::default()).evaluate(&response)
    };
    let found = with_echo(-15.0);
    let band = octave(&found, 1000.0);
    for time in [band.t20_s, band.t30_s] {
        let Err(NotEvaluable::NotLinear {
            allowed_permille,
            found_permille,
        }) = time
        else {
            panic!("{time:?}");
        };
        assert!(found_permille > allowed_permille, "{time:?}");
    }
    assert!(band.fits.t20.is_none() && band.fits.t30.is_none());
    assert!(
        band.nonlinearity_permille_t30
            .is_ok_and(|found| found > 250.0)
    );
    assert!(band.edt_s.is_ok(), "the first 10 dB are a line");
    assert!(band.curvature_pct.is_err() && !band.flags.contains(&Flag::CurvedDecay));
    let clean = with_echo(-120.0);
    assert!(octave(&clean, 1000.0).t30_s.is_ok());
}

#[test]
fn a_range_of_55_db_is_noticed_and_one_of_65_db_is_not() {
    let low = evaluate(&room(0.8), 55.0, ALL_HZ);
    let Some(Notice::LowInrBands {
        octaves_hz,
        lowest_db,
    }) = low.notices().pop()
    else {
        panic!("{:?}", low.notices());
    };
    assert_eq!(
        octaves_hz,
        [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0]
    );
    assert!((50.0..57.0).contains(&lowest_db), "{lowest_db} dB");
    assert_eq!(codes(&low), ["LOW_INR_BANDS"]);
    let good = evaluate(&room(0.8), 65.0, ALL_HZ);
    assert_eq!(codes(&good), [""; 0]);
}

#[test]
fn the_range_found_is_the_range_made() {
    for range_db in [30.0, 45.0, 60.0] {
        let found = evaluate(&room(0.8), range_db, ALL_HZ);
        for hz in [500.0, 1000.0, 2000.0, 4000.0, 8000.0] {
            let inr_db = octave(&found, hz).inr_db.unwrap();
            assert!(
                (inr_db - range_db).abs() < 1.5,
                "{hz} Hz: {inr_db} dB, made {range_db}"
            );
        }
    }
}

#[test]
fn decay_times_are_withheld_at_a_range_of_30_db_and_given_at_60() {
    let low = evaluate(&room(0.8), 30.0, ALL_HZ);
    let octave_low = octave(&low, 1000.0);
    for (quantity, need_db) in [(octave_low.t20_s, 35.0), (octave_low.t30_s, 45.0)] {
        let Err(NotEvaluable::DecayRange {
            needed_db,
            found_db,
        }) = quantity
        else {
            panic!("{quantity:?}");
        };
        assert!(
            (needed_db - need_db).abs() < 1e-9 && (28.0..32.0).contains(&found_db),
            "{quantity:?}"
        );
    }
    assert!(octave_low.edt_s.is_ok() && octave_low.c50_db.is_ok());
    let good = evaluate(&room(0.8), 60.0, ALL_HZ);
    let octave_good = octave(&good, 1000.0);
    for time_s in [octave_good.t20_s, octave_good.t30_s] {
        // The tail is noise: three of the standard uncertainties that come with the value.
        let (time_s, three_sigma_s) = (
            time_s.unwrap(),
            3.0 * octave_good.uncertainty_t20_s.unwrap(),
        );
        assert!(
            (time_s - 0.8).abs() < three_sigma_s && three_sigma_s < 0.1,
            "{time_s} s"
        );
    }
    assert_eq!(octave_good.flags, []);
}

#[test]
fn a_range_just_above_the_need_is_flagged() {
    let near = evaluate(&room(0.8), 49.0, ALL_HZ);
    assert_eq!(octave(&near, 1000.0).flags, [Flag::LowInr]);
    let clear = evaluate(&room(0.8), 57.0, ALL_HZ);
    assert_eq!(octave(&clear, 1000.0).flags, []);
}

#[test]
fn no_energy_ratio_without_a_range_of_20_db() {
    let buried = evaluate(&room(0.8), 12.0, ALL_HZ);
    let octave_buried = octave(&buried, 1000.0);
    for (name, quantity) in octave_buried.quantities() {
        let ratio = ["c50_db", "c80_db", "d50", "ts_ms", "drr_db"].contains(&name);
        assert!(
            !ratio || quantity.is_err_and(|e| e.code() == "DECAY_RANGE"),
            "{name} {quantity:?}"
        );
    }
    assert!(
        octave(&evaluate(&room(0.8), 25.0, ALL_HZ), 1000.0)
            .c50_db
            .is_ok()
    );
}

#[test]
fn bands_that_reach_out_of_the_excited_range_are_withheld() {
    let narrow = evaluate(&room(0.6), 70.0, (200.0, 5000.0));
    let wider = evaluate(&room(0.6), 70.0, (177.0, 5700.0));
    for hz in [250.0, 4000.0] {
        for (name, quantity) in octave(&narrow, hz).quantities() {
            assert!(
                quantity.is_err_and(|e| e.code() == "BAND_NOT_EXCITED"),
                "{hz} Hz {name} {quantity:?}"
            );
        }
        assert!(octave(&wider, hz).t30_s.is_ok(), "{hz} Hz");
    }
    for hz in [500.0, 1000.0, 2000.0] {
        assert!(octave(&narrow, hz).t30_s.is_ok(), "{hz} Hz");
    }
    // Speech needs every octave from 125 Hz to 8 kHz.
    assert!(narrow.speech.is_err_and(|e| e.code() == "BAND_NOT_EXCITED"));
}

#[test]
fn decays_shorter_than_four_over_the_bandwidth_are_limited_by_the_filter() {
    // The octave at 250 Hz is 178 Hz wide, 4 over its width is 22 ms; that at 1 kHz four times as wide.
    for (decay_time_s, limited) in [(0.018, true), (0.035, false)] {
        let found = decaying_tones(decay_time_s, &[250.0, 1000.0]);
        let is_limited = |hz| octave(&found, hz).flags.contains(&Flag::FilterLimited);
        let low = octave(&found, 250.0);
        assert_eq!(
            is_limited(250.0),
            limited,
            "{decay_time_s} s: {:?} {:?}",
            low.t20_s,
            low.t30_s
        );
        assert!(!is_limited(1000.0), "{decay_time_s} s");
    }
}

/// Tones that begin together and decay, 75 dB out of white noise.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn decaying_tones(decay_time_s: f64, tones_hz: &[f64]) -> RoomParameters {
    let onset = RATE.samples(0.6);
    let mut samples = Noise::new(9).white(2 * onset, -100.0);
    for (i, sample) in samples[onset..].iter_mut().enumerate() {
        let t = i as f64 / RATE.as_f64();
        let tones: f64 = tones_hz
            .iter()
            .map(|f| (core::f64::consts::TAU * f * t).cos())
            .sum();
        *sample += tones * (-3.0 * core::f64::consts::LN_10 * t / decay_time_s).exp();
    }
    let response = ImpulseResponse::new(RATE, samples, ALL_HZ).unwrap();
    Evaluator::new(RATE, EvaluationOptions::default()).evaluate(&response)
}

#[test]
fn the_whole_response_alone_is_evaluated_as_among_all_bands() {
    let samples = room_response(RATE, &room(0.8)).unwrap();
    let response = ImpulseResponse::new(RATE, samples, ALL_HZ).unwrap();
    let options = EvaluationOptions {
        bands: Bands::Octaves,
        curves: false,
        ..EvaluationOptions::default()
    };
    let alone = room_metrics::evaluate_broadband(&response);
    assert!(alone.t30_s.is_ok(), "{alone:?}");
    assert_eq!(
        alone,
        Evaluator::new(RATE, options).evaluate(&response).broadband
    );
}
