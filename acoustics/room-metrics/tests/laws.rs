//! Laws that every evaluation keeps: parameters of a room depend neither on gain nor on when the recording was
//! started.
//!
//! Delay by whole samples changes nothing at all. Delay by a part of a sample is judged at an onset held fast: by
//! itself the onset, being a whole sample, may move by some samples when the direct sound spreads over its
//! neighbours.

#![expect(
    clippy::shadow_unrelated,
    reason = "pairs of found and expected values keep their short names"
)]

use proptest::prelude::*;
use proptest::test_runner::Config;
use room_dsp::synthetic::{Noise, OCTAVES, RoomRecipe, room_response};
use room_dsp::{Band, ImpulseResponse, SampleRate, find_onset};
use room_metrics::{BandParameters, Bands, EvaluationOptions, Evaluator, Quantity, RoomParameters};
use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

const RATE: SampleRate = SampleRate::STANDARD;

/// Samples of background before the direct sound.
const LEAD: usize = 30_000;

/// Level of the background; the ranges of the decays are 50 to 70 dB.
const BACKGROUND_DB: f64 = -95.0;

/// Between these frequencies the made responses fade out, in hertz.
const FADE_HZ: (f64, f64) = (14_000.0, 20_000.0);

fn config(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_260_101),
        ..Config::default()
    }
}

prop_compose! {
    fn recipe()(
        decay_time_s in proptest::array::uniform9(0.4..1.2),
        direct_to_reverberant_db in -8.0..8.0,
        delay_ms in 2.0..40.0,
        level_db in -20.0..-6.0,
        seed in 0u64..1_000,
    ) -> RoomRecipe {
        let decay_time_s: [f64; OCTAVES] = decay_time_s;
        RoomRecipe {
            decay_time_s,
            direct_to_reverberant_db,
            reflections: vec![(delay_ms, level_db).into()],
            duration_s: 1.0,
            ..RoomRecipe::uniform(0.5, seed)
        }
    }
}

/// The room in background noise, its frequencies above hearing faded out.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn samples(recipe: &RoomRecipe) -> Vec<f64> {
    let room = room_response(RATE, recipe).unwrap();
    let mut samples = Noise::new(!recipe.seed).white(LEAD + room.len() + 12_000, BACKGROUND_DB);
    for (sample, h) in samples[LEAD..].iter_mut().zip(&room) {
        *sample += h;
    }
    shifted(&samples, 0.0)
}

/// The band-limited samples, later by a number of samples that need not be whole: a turn of phase.
fn shifted(samples: &[f64], by: f64) -> Vec<f64> {
    let n = samples.len();
    let mut planner = FftPlanner::new();
    let mut x: Vec<Complex64> = samples.iter().map(|x| Complex64::new(*x, 0.0)).collect();
    planner.plan_fft_forward(n).process(&mut x);
    for (k, bin) in x.iter_mut().enumerate() {
        let signed = if 2 * k < n {
            k as f64
        } else {
            k as f64 - n as f64
        };
        let turns = signed / n as f64;
        let way = (turns.abs() * RATE.as_f64() - FADE_HZ.0) / (FADE_HZ.1 - FADE_HZ.0);
        let open = (core::f64::consts::FRAC_PI_2 * way.clamp(0.0, 1.0)).cos();
        *bin *= Complex64::from_polar(open / n as f64, -core::f64::consts::TAU * turns * by);
    }
    planner.plan_fft_inverse(n).process(&mut x);
    x.iter().map(|x| x.re).collect()
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn evaluate(samples: Vec<f64>) -> RoomParameters {
    let onset = find_onset(&samples).unwrap();
    evaluate_from(samples, onset)
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn evaluate_from(samples: Vec<f64>, onset: usize) -> RoomParameters {
    let response = ImpulseResponse::with_onset(RATE, samples, onset, (20.0, 24_000.0)).unwrap();
    let options = EvaluationOptions {
        bands: Bands::Octaves,
        ..EvaluationOptions::default()
    };
    Evaluator::new(RATE, options).evaluate(&response)
}

fn bands(p: &RoomParameters) -> impl Iterator<Item = &BandParameters> {
    p.octaves.iter().chain([&p.broadband])
}

/// Whether two quantities are the same number up to a tolerance, or both withheld for reasons of the same name.
fn same(a: &Quantity, b: &Quantity, tolerance: impl Fn(f64) -> f64) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => (a - b).abs() <= tolerance(*a),
        (Err(a), Err(b)) => a.code() == b.code(),
        _ => false,
    }
}

/// What one sample more or less at both ends of a regression over `span_db` make of a decay time, in seconds.
///
/// A band is filtered at 32 times its upper edge or more, or at the rate; its regression begins and ends on
/// whole samples, and so does the time zero that levels refer to.
fn grain(band: &BandParameters, span_db: f64) -> f64 {
    let upper_hz = band.band.map_or(f64::INFINITY, Band::upper_hz);
    let sample_s = 1.0 / RATE.as_f64().min(32.0 * upper_hz);
    2.0 * sample_s * 60.0 / span_db
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn gain_changes_nothing(recipe in recipe(), gain_db in -80.0..80.0, turned in any::<bool>()) {
        let before = samples(&recipe);
        let gain = 10f64.powf(gain_db / 20.0) * if turned { -1.0 } else { 1.0 };
        let after = before.iter().map(|x| gain * x).collect();
        let (before, after) = (evaluate(before), evaluate(after));
        for (a, b) in bands(&before).zip(bands(&after)) {
            for ((name, a), (_, b)) in a.quantities().iter().zip(&b.quantities()) {
                // Decibels and times alike: relative, but never finer than the digits of a level near 0 dB.
                prop_assert!(same(a, b, |x| 1e-9 * x.abs().max(1.0)), "{name}: {a:?} and {b:?}");
            }
            prop_assert_eq!(&a.flags, &b.flags);
        }
        let (a, b) = (before.speech.unwrap(), after.speech.unwrap());
        prop_assert!((a.sti - b.sti).abs() < 1e-9);
        // Levels far below the highest are differences of sums and keep fewer digits.
        let (a, b) = (&before.frequency_response.level_db, &after.frequency_response.level_db);
        let highest = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (a, b) in a.iter().zip(b).filter(|(a, _)| **a > highest - 60.0) {
            let follows: f64 = b - a - gain_db;
            prop_assert!(follows.abs() < 1e-6, "a level follows the gain: {a} and {b}");
        }
    }

    #[test]
    fn a_delay_by_whole_samples_changes_nothing(recipe in recipe(), delay in 1usize..5_000, seed in any::<u64>()) {
        let before = samples(&recipe);
        let mut after = Noise::new(seed).white(delay, BACKGROUND_DB);
        after.extend(&before);
        prop_assert_eq!(evaluate(before), evaluate(after));
    }

    #[test]
    fn a_delay_by_a_part_of_a_sample_changes_next_to_nothing(recipe in recipe(), delay in -0.5..0.5) {
        let before = samples(&recipe);
        let after = shifted(&before, delay);
        // Twice through the fade, as the delayed one is.
        let before = shifted(&before, 0.0);
        let onset = find_onset(&before).unwrap();
        let (before, after) = (evaluate_from(before, onset), evaluate_from(after, onset));
        for (a, b) in bands(&before).zip(bands(&after)) {
            // What crosses a time limit is a share of all energy, of C and D alike.
            let early = |c: Quantity| c.map(|db| 1.0 / (1.0 + 10f64.powf(-db / 10.0)));
            // The regression of EDT begins in the direct sound itself, whose samples share its energy differently.
            let edt = grain(a, 10.0) + 0.005 * a.edt_s.unwrap_or(0.0);
            let tolerances: [(&str, Quantity, Quantity, f64); 9] = [
                ("edt_s", a.edt_s, b.edt_s, edt),
("t20_s", a.t20_s, b.t20_s, grain(a, 20.0)),
                ("t30_s", a.t30_s, b.t30_s, grain(a, 30.0)),
                ("c50", early(a.c50_db), early(b.c50_db), 0.005),
                ("c80", early(a.c80_db), early(b.c80_db), 0.005),
                ("d50", a.d50, b.d50, 0.005),
                ("ts_ms", a.ts_ms, b.ts_ms, 0.15),
                ("drr_db", a.drr_db, b.drr_db, 0.2),
                ("inr_db", a.inr_db, b.inr_db, 0.5),
            ];
            for (name, x, y, tolerance) in tolerances {
                prop_assert!(same(&x, &y, |_| tolerance), "{:?} {name}: {x:?} and {y:?}", a.band);
            }
        }
        let (a, b) = (before.speech.unwrap(), after.speech.unwrap());
        prop_assert!((a.sti - b.sti).abs() < 5e-4, "{} and {}", a.sti, b.sti);
    }
}
