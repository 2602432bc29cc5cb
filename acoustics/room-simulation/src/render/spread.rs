//! The inner loops of both renderers: a block of arrivals is added to samples.
//!
//! Places and phases of a whole block are found first, then every arrival is added to each band. A place is found by
//! adding 1.5 * 2^52: the sum rounds to an integer that stands in the low bits, so that no conversion is needed. Loops
//! run over arrays of fixed size, compiled for AVX-512, AVX2 and the baseline and chosen at run time; no fused
//! multiply-add, so that every machine computes the same bits. Arrivals outside the samples are left out.

use multiversion::multiversion;

use super::kernel::{PHASES, Phase, WIDTH};
use super::taper::TAPS;
use crate::arrival::BLOCK;

/// Phases of the table of pulses.
pub(crate) const PULSES: usize = 512;

/// 1.5 * 2^52.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Later phases are as late as this one, 2^40: beyond the samples of any response.
const LATEST: f64 = 1_099_511_627_776.0;

/// Where a band lies among the samples of all bands, and how delays become places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planes {
    /// Samples from a band to the next.
    pub(crate) stride: usize,
    /// Samples of a band that may be written.
    pub(crate) len: usize,
    /// Points per sample of delay.
    pub(crate) scale: f64,
    /// Place of the emission.
    pub(crate) origin: f64,
}

/// Whole phases from the beginning of the samples, and the rest of a phase, for each of a block.
struct Places {
    whole: [usize; BLOCK],
    rest: [f32; BLOCK],
}

/// Spreads a block over a grid with the kernel of eight points.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn spread<const BANDS: usize>(
    phases: &[Phase; PHASES],
    planes: Planes,
    count: usize,
    delays: &[f64; BLOCK],
    amplitudes: &[[f32; BLOCK]; BANDS],
    samples: &mut [f32],
) {
    let places = places(delays, planes, PHASES as f64, 0.0);
    for i in 0..count.min(BLOCK) {
        let phase = &phases[places.whole[i] % PHASES];
        let rest = places.rest[i];
        let [values, slopes, bends] = phase;
        let mut kernel = *values;
        for (k, (slope, bend)) in kernel.iter_mut().zip(slopes.iter().zip(bends)) {
            *k += rest * (slope + rest * bend);
        }
        let first = (places.whole[i] / PHASES).wrapping_sub(3);
        if first >= planes.len.saturating_sub(WIDTH) {
            continue;
        }
        for (band, amplitude) in amplitudes.iter().enumerate() {
            add(
                &mut samples[band * planes.stride + first..],
                &kernel,
                amplitude[i],
            );
        }
    }
}

/// Adds a block of pulses of 128 samples, each between two phases of the table.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn pulses(
    table: &[[f32; TAPS]],
    planes: Planes,
    count: usize,
    delays: &[f64; BLOCK],
    amplitudes: &[f32; BLOCK],
    samples: &mut [f32],
) {
    let places = places(delays, planes, PULSES as f64, -0.5);
    for (i, amplitude) in amplitudes.iter().enumerate().take(count) {
        let phase = places.whole[i] % PULSES;
        let (before, after) = (&table[phase], &table[phase + 1]);
        let late = amplitude * (places.rest[i] + 0.5);
        let early = amplitude - late;
        let first = (places.whole[i] / PULSES).wrapping_sub(TAPS / 2 - 1);
        if first >= planes.len.saturating_sub(TAPS) {
            continue;
        }
        if let Some(here) = samples[first..].first_chunk_mut::<TAPS>() {
            for tap in 0..TAPS {
                here[tap] += early * before[tap] + late * after[tap];
            }
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "must be compiled with its caller's features"
)]
#[inline(always)]
fn add(samples: &mut [f32], kernel: &[f32; WIDTH], amplitude: f32) {
    if let Some(here) = samples.first_chunk_mut::<WIDTH>() {
        for (sample, k) in here.iter_mut().zip(kernel) {
            *sample += amplitude * k;
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "must be compiled with its caller's features"
)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "phases are below 2^40 and rests below one"
)]
#[expect(clippy::manual_clamp, reason = "clamp would keep what is no number")]
#[inline(always)]
fn places(delays: &[f64; BLOCK], planes: Planes, phases: f64, shift: f64) -> Places {
    let mut places = Places {
        whole: [0; BLOCK],
        rest: [0.0; BLOCK],
    };
    let (scale, origin) = (planes.scale * phases, planes.origin * phases + shift);
    let each = places.whole.iter_mut().zip(&mut places.rest).zip(delays);
    for ((whole, rest), delay) in each {
        // What is early or no number lies on the first place, before all that are written.
        let phase = (delay * scale + origin).max(0.0).min(LATEST);
        let rounded = phase + ROUND;
        *whole = rounded.to_bits().wrapping_sub(ROUND.to_bits()) as usize;
        *rest = (phase - (rounded - ROUND)) as f32;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::kernel::{kernel, shape};
    use super::super::taper::pulse;
    use super::*;

    fn block() -> ([f64; BLOCK], [[f32; BLOCK]; 2]) {
        let delays = core::array::from_fn(|i| 17.31 * i as f64 + 0.003 * (i * i) as f64);
        let first = core::array::from_fn(|i| if i % 3 == 0 { -0.7 } else { 0.4 });
        (delays, [first, first.map(|a| 0.5 * a)])
    }

    /// The twin: every sample of every arrival by the formula.
    #[test]
    fn spreading_is_the_sum_of_kernels() {
        let (delays, amplitudes) = block();
        let planes = Planes {
            stride: 2500,
            len: 2400,
            scale: 2.0,
            origin: 40.0,
        };
        let mut samples = vec![0.0; 5000];
        spread(
            kernel().phases(),
            planes,
            50,
            &delays,
            &amplitudes,
            &mut samples,
        );
        for (place, sample) in samples.iter().enumerate() {
            let (band, point) = (place / 2500, (place % 2500) as f64);
            let twin: f64 = (0..50)
                .map(|i| f64::from(amplitudes[band][i]) * shape(point - 2.0 * delays[i] - 40.0))
                .sum();
            assert!((f64::from(*sample) - twin).abs() < 3e-7, "{place}");
        }
    }

    #[test]
    fn pulses_are_the_sum_of_pulses() {
        let (delays, amplitudes) = block();
        let table = super::super::direct::table();
        let planes = Planes {
            stride: 0,
            len: 1500,
            scale: 1.0,
            origin: 64.0,
        };
        let mut samples = vec![0.0; 1500];
        pulses(table, planes, 50, &delays, &amplitudes[0], &mut samples);
        for (point, sample) in samples.iter().enumerate() {
            let twin: f64 = (0..50)
                .map(|i| f64::from(amplitudes[0][i]) * pulse(point as f64 - 64.0 - delays[i]))
                .sum();
            assert!((f64::from(*sample) - twin).abs() < 3e-6, "{point}");
        }
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let planes = Planes {
            stride: 100,
            len: 100,
            scale: 2.0,
            origin: 10.0,
        };
        let mut samples = vec![0.0; 100];
        let mut delays = [0.0; BLOCK];
        for (delay, wrong) in
            delays
                .iter_mut()
                .zip([-20.0, 60.0, 2f64.powi(26) + 10.0, f64::NAN, f64::INFINITY])
        {
            *delay = wrong;
        }
        spread(
            kernel().phases(),
            planes,
            5,
            &delays,
            &[[1.0; BLOCK]],
            &mut samples,
        );
        assert!(samples.iter().all(|s| s.abs() < 1e-30));
    }
}
