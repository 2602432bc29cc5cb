//! The upper end of a response: complete up to 0.45 of the rate, nothing at half of it.
//!
//! The direct renderer cuts a sinc of 128 points with a Kaiser window; where it must hold -90 dB at 0.45 of the rate,
//! its length and that width fix how it falls. The grid takes the transform of that very kernel as its taper, so that
//! both renderers give one response over the whole band. It is somewhat steeper than cos^2 and lies within 0.11 of it.

use core::f64::consts::TAU;
use std::sync::LazyLock;

use super::smooth::Smooth;

/// Points of the kernel.
pub(crate) const TAPS: usize = 128;

/// Half its length in samples.
const HALF: f64 = 64.0;

/// Middle of the fall, re the rate.
const MIDDLE: f64 = 0.475;

/// From here to half the rate the taper differs from one.
const FALL: f64 = 0.445;

/// Kaiser's shape for 100 dB, 0.1102 (A - 8.7), which 128 points and a fall over 0.05 of the rate allow: A = 14.36 *
/// 128
/// * 0.05 + 7.95 (Kaiser 1974).
const BETA: f64 = 10.06;

/// Response in time of an ideal arrival, at an offset in samples.
pub(crate) fn pulse(offset: f64) -> f64 {
    let x = offset / HALF;
    let inside = 1.0 - x * x;
    if inside < 0.0 {
        return 0.0;
    }
    let phase = TAU * MIDDLE * offset;
    let sinc = if phase.abs() < 1e-9 {
        1.0
    } else {
        phase.sin() / phase
    };
    2.0 * MIDDLE * sinc * bessel(BETA * inside.sqrt()) / bessel(BETA)
}

/// The taper at a frequency re the rate.
pub(crate) fn taper(frequency: f64) -> f64 {
    static FALLING: LazyLock<Smooth> = LazyLock::new(|| Smooth::fit(FALL, 0.5, 40, transform));
    if frequency <= FALL {
        1.0
    } else if frequency <= 0.5 {
        FALLING.at(frequency)
    } else {
        0.0
    }
}

/// Transform of the pulse, by the trapezoidal rule at half a sample: it is limited to half the rate.
fn transform(frequency: f64) -> f64 {
    let step = 0.5;
    let one_side: f64 = (1..=TAPS)
        .map(|i| step * i as f64)
        .map(|t| pulse(t) * (TAU * frequency * t).cos())
        .sum();
    step * (pulse(0.0) + 2.0 * one_side)
}

/// Modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// cos^2 from 0.45 to 0.5 of the rate: what the plan names, for comparison.
#[cfg(test)]
fn raised_cosine(frequency: f64) -> f64 {
    let way = ((frequency - 0.45) / 0.05).clamp(0.0, 1.0);
    (core::f64::consts::FRAC_PI_2 * way).cos().powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pulse_is_complete_up_to_0_45_and_gone_at_half_the_rate() {
        for i in 0..=450 {
            let error = (transform(0.001 * f64::from(i)) - 1.0).abs();
            assert!(20.0 * error.log10() < -96.0, "{i}: {error}");
        }
        assert!(20.0 * transform(0.5).abs().log10() < -96.0);
    }

    #[test]
    fn the_fall_is_about_cos_squared() {
        let worst = (445..=500)
            .map(|i| 0.001 * f64::from(i))
            .map(|f| (taper(f) - raised_cosine(f)).abs())
            .fold(0.0, f64::max);
        assert!(worst < 0.11, "{worst}");
        assert!((taper(0.4449) - taper(0.4451)).abs() < 1e-4);
    }
}
