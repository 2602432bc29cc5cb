//! Renderers against exact sums of exponentials, and against each other.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of samples and bins are small and not negative"
)]

use core::f64::consts::TAU;

use super::taper::taper;
use super::{Content, Renderer, Rendering};
use crate::octaves::{Octaves, PerOctave};

/// Arrivals with amplitudes of either sign that differ between octaves.
fn arrivals(octaves: Octaves, flat: bool, end_s: f64) -> Vec<(f64, PerOctave)> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..300)
        .map(|_| {
            let delay_s = 0.001 + (end_s - 0.001) * next();
            let all = next() - 0.4;
            let amplitudes = PerOctave::from_fn(octaves, |_| if flat { all } else { next() - 0.4 });
            (delay_s, amplitudes)
        })
        .collect()
}

/// Error of samples re the sum of all arrivals at many frequencies, in dB, up to a share of the rate; the sum carries
/// `loss` per second in every octave besides.
fn error_db(
    samples: &[f32],
    pre_samples: usize,
    rate_hz: f64,
    list: &[(f64, PerOctave)],
    loss: &PerOctave,
    up_to: f64,
) -> f64 {
    let (mut error, mut all) = (0.0, 0.0);
    let count = 90;
    for i in 0..count {
        let f = 15.0 * (up_to * rate_hz / 15.0).powf(f64::from(i) / f64::from(count - 1));
        let weights = loss.octaves().weights(f);
        let mut truth = [0.0; 2];
        for (delay_s, amplitudes) in list {
            let amplitude: f64 = (0..loss.octaves().len())
                .map(|b| weights[b] * amplitudes[b] * (-loss[b] * delay_s).exp())
                .sum();
            let (sin, cos) = (TAU * f * delay_s).sin_cos();
            truth[0] += amplitude * cos * taper(f / rate_hz);
            truth[1] -= amplitude * sin * taper(f / rate_hz);
        }
        let mut found = [0.0; 2];
        for (n, h) in samples.iter().enumerate() {
            let time = (n as f64 - pre_samples as f64) / rate_hz;
            let (sin, cos) = (TAU * f * time).sin_cos();
            found[0] += f64::from(*h) * cos;
            found[1] -= f64::from(*h) * sin;
        }
        error += (found[0] - truth[0]).powi(2) + (found[1] - truth[1]).powi(2);
        all += truth[0].powi(2) + truth[1].powi(2);
    }
    10.0 * (error / all).log10()
}

fn octaves(centres: &[f64]) -> Octaves {
    Octaves::from_centres(centres).unwrap()
}

fn render(
    rate_hz: f64,
    content: Content,
    rendering: Rendering,
    samples: usize,
    list: &[(f64, PerOctave)],
    pre_samples: usize,
) -> Vec<f32> {
    let mut renderer = Renderer::new(rate_hz, content, samples, list.len(), rendering);
    renderer.add(list);
    renderer.finish(pre_samples)
}

#[test]
fn one_band_is_the_exact_sum_up_to_half_the_rate() {
    let one = octaves(&[1000.0]);
    for rate_hz in [8_000.0, 44_100.0, 48_000.0] {
        let list = arrivals(one, true, 0.1);
        let samples = (0.1 * rate_hz) as usize + 128;
        for rendering in [Rendering::Gridded, Rendering::Direct] {
            let found = render(rate_hz, Content::Flat, rendering, samples, &list, 128);
            let lossless = PerOctave::flat(one, 0.0);
            let error = error_db(&found, 128, rate_hz, &list, &lossless, 0.499);
            println!("{rate_hz} {rendering:?}: {error:.1} dB");
            assert!(error < -100.0, "{rate_hz} {rendering:?}: {error}");
        }
    }
}

#[test]
fn octaves_are_the_exact_sum_where_their_ringing_is_kept() {
    let nine: Vec<f64> = Octaves::ALL.centres_hz().collect();
    for (rate_hz, count, first) in [
        (16_000.0, 8, 0),
        (44_100.0, 9, 0),
        (48_000.0, 9, 0),
        (48_000.0, 8, 0),
        (48_000.0, 6, 1),
        (22_050.0, 7, 2),
        (96_000.0, 1, 4),
    ] {
        let octaves = octaves(&nine[first..first + count]);
        let list = arrivals(octaves, false, 0.2);
        let before = (2048.0 * rate_hz / 48_000.0_f64).ceil() as usize;
        let samples = (0.2 * rate_hz) as usize + before;
        let content = Content::Octaves(octaves);
        let found = render(rate_hz, content, Rendering::Cheaper, samples, &list, before);
        let lossless = PerOctave::flat(octaves, 0.0);
        let error = error_db(&found, before, rate_hz, &list, &lossless, 0.45);
        println!("{rate_hz} {count} octaves: {error:.1} dB");
        assert!(error < -70.0, "{rate_hz} {count}: {error}");
    }
}

/// The cut ringing is what limits octaves above; far from it nothing is left but rounding.
#[test]
fn octaves_without_low_ones_are_exact_to_rounding() {
    let octaves = octaves(&[500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0]);
    let list = arrivals(octaves, false, 0.2);
    let content = Content::Octaves(octaves);
    let found = render(48_000.0, content, Rendering::Cheaper, 12_000, &list, 2048);
    let lossless = PerOctave::flat(octaves, 0.0);
    let error = error_db(&found, 2048, 48_000.0, &list, &lossless, 0.45);
    println!("{error:.1} dB");
    assert!(error < -100.0, "{error}");
}

/// A list beside one band with a gain in time takes grids of its own.
#[test]
fn lists_may_differ_between_octaves_where_images_do_not() {
    let octaves = octaves(&[500.0, 1000.0, 2000.0, 4000.0]);
    let list = arrivals(octaves, false, 0.1);
    let content = Content::FlatInAir(PerOctave::flat(octaves, 1e-4));
    let found = render(16_000.0, content, Rendering::Cheaper, 2_400, &list, 683);
    let direct = Content::Octaves(octaves);
    let twin = render(16_000.0, direct, Rendering::Cheaper, 2_400, &list, 683);
    assert!(found.iter().zip(&twin).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn pre_samples_shift_the_response_and_nothing_else() {
    let one = octaves(&[1000.0]);
    let list = arrivals(one, true, 0.02);
    for rendering in [Rendering::Gridded, Rendering::Direct] {
        let without = render(16_000.0, Content::Flat, rendering, 500, &list, 0);
        let with = render(16_000.0, Content::Flat, rendering, 500, &list, 1000);
        assert_eq!((without.len(), with.len()), (500, 1500));
        let same = without.iter().zip(&with[1000..]);
        assert!(same.clone().all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}
