//! Magnitude over frequency, smoothed over a fraction of an octave.
//!
//! Transform of the response from 5 ms before the onset to its truncation (half a second at most, faded out),
//! averaged in power within a window of constant relative width by prefix sums. Levels are relative: a phone is
//! not calibrated.

use realfft::RealFftPlanner;
use room_dsp::ImpulseResponse;

/// Points per octave.
const POINTS_PER_OCTAVE: f64 = 24.0;

/// Longest part of the response that enters, in seconds after the onset.
const LENGTH_MAX_S: f64 = 0.5;

/// Shortest part, in seconds after the onset.
const LENGTH_MIN_S: f64 = 0.02;

/// Part before the onset in seconds.
const LEAD_S: f64 = 0.005;

/// Share of the length over which it fades out.
const FADE: f64 = 0.25;

/// A smoothed frequency response.
#[derive(Debug, Clone, PartialEq)]
pub struct FrequencyResponse {
    /// Smoothing: 3 for a third of an octave, 12 for a twelfth.
    pub fraction: u8,
    /// Frequencies in hertz, 24 to the octave.
    pub frequency_hz: Vec<f64>,
    /// Level in decibels re a path of gain 1.
    pub level_db: Vec<f64>,
}

/// Smoothed response over `range_hz`; `end_s` is the truncation time after the onset.
pub(crate) fn frequency_response(
    response: &ImpulseResponse,
    range_hz: (f64, f64),
    end_s: f64,
    fraction: u8,
) -> FrequencyResponse {
    let rate = response.rate();
    let part = windowed(response, end_s.clamp(LENGTH_MIN_S, LENGTH_MAX_S));
    // Fine enough for three bins within the narrowest window.
    let finest_hz = range_hz.0.max(10.0) / f64::from(fraction) / 3.0;
    let len = part
        .len()
        .max(rate.samples(1.0 / finest_hz))
        .next_power_of_two();
    let mut padded = part;
    padded.resize(len, 0.0);
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(len);
    let mut spectrum = transform.make_output_vec();
    let outcome = transform.process(&mut padded, &mut spectrum);
    debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    sums.extend(spectrum.iter().map(|x| {
        sum += x.norm_sqr();
        sum
    }));
    let bin_hz = rate.as_f64() / len as f64;
    let half = 2f64.powf(0.5 / f64::from(fraction));
    let frequency_hz = grid(range_hz);
    let level_db = frequency_hz
        .iter()
        .map(|f| {
            let (low, high) = ((f / half).max(range_hz.0), (f * half).min(range_hz.1));
            let from = bin(low / bin_hz, spectrum.len() - 1);
            let to = bin(high / bin_hz, spectrum.len() - 1) + 1;
            10.0 * ((sums[to] - sums[from]) / (to - from) as f64)
                .max(1e-30)
                .log10()
        })
        .collect();
    FrequencyResponse {
        fraction,
        frequency_hz,
        level_db,
    }
}

fn grid(range_hz: (f64, f64)) -> Vec<f64> {
    let low = range_hz.0.max(10.0);
    let octaves = (range_hz.1 / low).log2().max(0.0);
    let count = bin(octaves * POINTS_PER_OCTAVE, 1000);
    (0..=count)
        .map(|i| low * 2f64.powf(i as f64 / POINTS_PER_OCTAVE))
        .collect()
}

fn windowed(response: &ImpulseResponse, length_s: f64) -> Vec<f64> {
    let rate = response.rate();
    let from = response.onset() - response.onset().min(rate.samples(LEAD_S));
    let to = (response.onset() + rate.samples(length_s)).min(response.samples().len());
    let mut part = response.samples()[from..to].to_vec();
    let fade = bin(FADE * part.len() as f64, part.len());
    for (i, x) in part.iter_mut().rev().take(fade).enumerate() {
        *x *= 0.5 * (1.0 - (core::f64::consts::PI * (i as f64 + 0.5) / fade as f64).cos());
    }
    part
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=max"
)]
fn bin(x: f64, max: usize) -> usize {
    x.round().clamp(0.0, max as f64) as usize
}
