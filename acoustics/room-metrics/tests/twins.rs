//! Slow twins of the fast evaluation, obviously right and sharing no code with it.
//!
//! The filters are the Butterworth formula applied to a transform of the whole response at its full rate; energies
//! are sums over that spectrum (Parseval); the modulation transfer is one complex sum over all samples per
//! frequency; the decay curve is a sum of its own for each point. Exponential decays have closed forms. The
//! responses end in silence, so that the background is nothing and plays no part.

#![expect(
    clippy::shadow_unrelated,
    reason = "pairs of found and expected values keep their short names"
)]

use core::f64::consts::{LN_10, PI, TAU};
use core::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use room_dsp::synthetic::{DIRECT_SAMPLE, RoomRecipe, room_response};
use room_dsp::{Band, ImpulseResponse, SampleRate};
use room_metrics::{
    BandParameters, Bands, EvaluationOptions, Evaluator, MODULATION_HZ, RoomParameters,
};
use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

const RATE: SampleRate = SampleRate::STANDARD;

/// Samples of silence around the made response.
const LEAD: usize = 36_000;
const SILENCE: usize = 36_000;

/// Index of the onset.
const ONSET: usize = LEAD + DIRECT_SAMPLE;

/// A room that falls by 105 dB, then silence.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn samples(seed: u64) -> Vec<f64> {
    let recipe = RoomRecipe {
        decay_time_s: [0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35],
        direct_to_reverberant_db: -2.0,
        reflections: vec![
            (11.0, -9.0).into(),
            (47.0, -12.0).into(),
            (53.0, -13.0).into(),
        ],
        duration_s: 1.6,
        ..RoomRecipe::uniform(0.5, seed)
    };
    let mut samples = vec![0.0; LEAD];
    samples.extend(room_response(RATE, &recipe).unwrap());
    samples.resize(samples.len() + SILENCE, 0.0);
    samples
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn evaluate(samples: Vec<f64>) -> RoomParameters {
    let response = ImpulseResponse::new(RATE, samples, (0.0, 24_000.0)).unwrap();
    let options = EvaluationOptions {
        bands: Bands::Octaves,
        ..EvaluationOptions::default()
    };
    Evaluator::new(RATE, options).evaluate(&response)
}

/// Octaves that every room is judged by, 125 Hz to 8 kHz.
fn speech_octaves(p: &RoomParameters) -> Vec<(Band, &BandParameters)> {
    let bands = p
        .octaves
        .iter()
        .filter_map(|b| b.band.map(|band| (band, b)));
    bands
        .filter(|(band, _)| (100.0..9_000.0).contains(&band.mid_hz()))
        .collect()
}

/// Response of the seven-pole Butterworth low-pass, turned into a band-pass, run backwards in time.
///
/// The bilinear transform, at the lowest halving of the rate that is 32 times the upper edge or more, maps f to
/// tan(pi f / rate); the band-pass maps w to (w^2 - low high) / (w (high - low)).
fn butterworth(band: Band, hz: f64) -> Complex64 {
    let mut rate_hz = RATE.as_f64();
    while rate_hz / 2.0 >= 32.0 * band.upper_hz() {
        rate_hz /= 2.0;
    }
    if hz >= rate_hz / 2.0 {
        return Complex64::default();
    }
    let warp = |f: f64| (PI * f / rate_hz).tan();
    let (low, high, w) = (warp(band.lower_hz()), warp(band.upper_hz()), warp(hz));
    if w <= 0.0 {
        return Complex64::default();
    }
    let s = Complex64::new(0.0, (w * w - low * high) / (w * (high - low)));
    let pole = |k: usize| Complex64::from_polar(1.0, PI * (2.0 * k as f64 + 8.0) / 14.0);
    let h = (0..7).map(|k| 1.0 / (s - pole(k))).product::<Complex64>();
    h.conj()
}

/// Spectrum of what lies within a range of the samples, long enough for filters to ring out in both directions.
fn spectrum(samples: &[f64], kept: Range<usize>) -> Vec<Complex64> {
    let mut x = vec![Complex64::default(); 2 * samples.len()];
    for i in kept {
        x[i].re = samples[i];
    }
    FftPlanner::new().plan_fft_forward(x.len()).process(&mut x);
    x
}

/// The positive frequencies of a spectrum through a band filter.
fn filtered(mut spectrum: Vec<Complex64>, band: Band) -> Vec<Complex64> {
    let n = spectrum.len();
    for (k, bin) in spectrum.iter_mut().enumerate() {
        *bin *= if 2 * k < n {
            butterworth(band, k as f64 * RATE.as_f64() / n as f64)
        } else {
            Complex64::default()
        };
    }
    spectrum
}

/// Energy of a part of the response in a band.
fn energy(samples: &[f64], kept: Range<usize>, band: Band) -> f64 {
    filtered(spectrum(samples, kept), band)
        .iter()
        .map(Complex64::norm_sqr)
        .sum()
}

/// The squared band response of the whole, with the time of each sample after the onset.
fn squared(samples: &[f64], band: Band) -> Vec<(f64, f64)> {
    let mut x = filtered(spectrum(samples, 0..samples.len()), band);
    FftPlanner::new().plan_fft_inverse(x.len()).process(&mut x);
    let time = |i: usize| (i as f64 - ONSET as f64) / RATE.as_f64();
    let squares = x[..samples.len()].iter().enumerate();
    squares.map(|(i, x)| (time(i), x.re * x.re)).collect()
}

/// The part from the lead on, 4 over the bandwidth before the onset.
fn from_lead(mut squared: Vec<(f64, f64)>, band: Band) -> Vec<(f64, f64)> {
    let lead_s = (4.0 / band.width_hz()).max(0.005);
    squared.retain(|(t, _)| *t >= -lead_s);
    squared
}

/// Energy centroid in seconds.
fn centroid(squared: &[(f64, f64)]) -> f64 {
    let total: f64 = squared.iter().map(|(_, e)| e).sum();
    squared.iter().map(|(t, e)| t * e).sum::<f64>() / total
}

#[test]
fn clarity_and_definition_are_ratios_of_energies_filtered_apart() {
    for seed in [1, 2] {
        let samples = samples(seed);
        let found = evaluate(samples.clone());
        for (band, parameters) in speech_octaves(&found) {
            let ratio = |limit_s: f64| {
                let cut = ONSET + RATE.samples(limit_s);
                energy(&samples, 0..cut, band) / energy(&samples, cut..samples.len(), band)
            };
            let (fifty, eighty) = (ratio(0.050), ratio(0.080));
            for (found, twin) in [(parameters.c50_db, fifty), (parameters.c80_db, eighty)] {
                let (found, twin) = (found.unwrap(), 10.0 * twin.log10());
                assert!(
                    (found - twin).abs() < 1e-3,
                    "{band:?}: {found} and {twin} dB"
                );
            }
            let (d50, twin) = (parameters.d50.unwrap(), fifty / (1.0 + fifty));
            assert!((d50 - twin).abs() < 1e-4, "{band:?}: {d50} and {twin}");
        }
    }
}

#[test]
fn direct_to_reverberant_ratios_are_ratios_of_energies_filtered_apart() {
    let samples = samples(3);
    let found = evaluate(samples.clone());
    let cut = ONSET + RATE.samples(0.0025) + 1;
    for (band, parameters) in speech_octaves(&found) {
        match parameters.drr_db {
            Ok(found) => {
                let late = energy(&samples, cut..samples.len(), band);
                let twin = 10.0 * (energy(&samples, 0..cut, band) / late).log10();
                assert!(
                    (found - twin).abs() < 1e-3,
                    "{band:?}: {found} and {twin} dB"
                );
            }
            // 3.5 ms resolve 286 Hz.
            Err(why) => assert!(
                band.width_hz() < 286.0 && why.code() == "BAND_TOO_NARROW",
                "{why:?}"
            ),
        }
    }
}

#[test]
fn centre_time_is_the_centroid_less_that_of_the_filter() {
    let samples = samples(4);
    let mut pulse = vec![0.0; samples.len()];
    pulse[ONSET] = 1.0;
    let found = evaluate(samples.clone());
    for (band, parameters) in speech_octaves(&found) {
        let whole = from_lead(squared(&samples, band), band);
        let twin = centroid(&whole) - centroid(&squared(&pulse, band));
        let found_ms = parameters.ts_ms.unwrap();
        assert!(
            (found_ms - 1e3 * twin).abs() < 0.05,
            "{band:?}: {found_ms} ms and {twin} s"
        );
    }
}

#[test]
fn modulation_transfer_is_a_complex_sum_over_all_samples() {
    let samples = samples(5);
    let found = evaluate(samples.clone());
    let speech = found.speech.as_ref().unwrap();
    for ((band, _), row) in speech_octaves(&found).into_iter().zip(&speech.mtf) {
        let squared = from_lead(squared(&samples, band), band);
        let total: f64 = squared.iter().map(|(_, e)| e).sum();
        // There, energy within a block of 0.25 ms counts at its middle: at most 0.01 of a radian off at 12.5 Hz.
        for (f, found) in MODULATION_HZ.iter().zip(row) {
            let turn = |(t, e): &(f64, f64)| Complex64::from_polar(*e, -TAU * f * t);
            let twin = squared.iter().map(turn).sum::<Complex64>().norm() / total;
            assert!(
                (found - twin).abs() < 1e-3,
                "{band:?} {f} Hz: {found} and {twin}"
            );
        }
    }
}

#[test]
fn the_decay_curve_is_all_energy_that_follows() {
    let samples = samples(6);
    let found = evaluate(samples.clone());
    let left = |from: usize| samples[from..].iter().map(|x| x * x).sum::<f64>();
    let all = left(0);
    let curve = &found.broadband.decay;
    let points = curve.time_s.iter().zip(&curve.level_db);
    let judged: Vec<_> = points.filter(|(_, level)| **level > -80.0).collect();
    assert!(judged.len() > 50, "{} points", judged.len());
    for (time_s, level_db) in judged {
        let twin = 10.0 * (left(ONSET + RATE.samples(*time_s)) / all).log10();
        assert!(
            (level_db - twin).abs() < 1e-5,
            "{time_s} s: {level_db} and {twin} dB"
        );
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 16,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_102),
        ..Config::default()
    })]

    /// Energy e^(-kt) with k = 6 ln 10 / T: all decay times are T, C = 10 lg(e^(k te) - 1), D = 1 - e^(-k te), Ts
    /// = 1 / k.
    #[test]
    fn a_pure_exponential_has_closed_forms(octaves in 0.0..4.643_856) {
        // 0.2 to 5 s.
        let decay_time_s = 0.2 * 2f64.powf(octaves);
        let k = 6.0 * LN_10 / decay_time_s;
        let mut samples = vec![0.0; RATE.samples(0.1)];
        let decay = (0..RATE.samples(1.6 * decay_time_s)).map(|i| (-0.5 * k * i as f64 / RATE.as_f64()).exp());
        samples.extend(decay);
        let found = evaluate(samples).broadband;
        for time_s in [found.edt_s, found.t20_s, found.t30_s] {
            let time_s = time_s.unwrap();
            prop_assert!((time_s / decay_time_s - 1.0).abs() < 1e-5, "{time_s} for {decay_time_s} s");
        }
        for (found, te) in [(found.c50_db, 0.05), (found.c80_db, 0.08)] {
            let (found, exact) = (found.unwrap(), 10.0 * (k * te).exp_m1().log10());
            prop_assert!((found - exact).abs() < 1e-4, "{found} for {exact} dB");
        }
        let (d50, exact) = (found.d50.unwrap(), -(-k * 0.05).exp_m1());
        prop_assert!((d50 - exact).abs() < 1e-5, "{d50} for {exact}");
        // The sum over samples is half a sample earlier than the integral.
        let (ts_ms, exact) = (found.ts_ms.unwrap(), 1e3 * (1.0 / k - 0.5 / RATE.as_f64()));
        prop_assert!((ts_ms - exact).abs() < 1e-2, "{ts_ms} for {exact} ms");
    }
}
