//! Whole-length complex transforms and what is done in them: shaping a spectrum, convolving, raising the rate.
//!
//! Every spectrum here has all its bins, negative frequencies included: twice the work of the analysis' real
//! transforms, and nothing about packing to get wrong.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

/// All `length` bins of the transform of `samples`, padded with zeros or cut to `length`.
pub(super) fn forward(samples: &[f64], length: usize) -> Vec<Complex<f64>> {
    let mut bins: Vec<Complex<f64>> = samples.iter().map(|x| Complex::new(*x, 0.0)).collect();
    bins.resize(length, Complex::new(0.0, 0.0));
    FftPlanner::new()
        .plan_fft_forward(length)
        .process(&mut bins);
    bins
}

/// The real part of the inverse transform, scaled so that it undoes [`forward`].
pub(super) fn inverse(mut bins: Vec<Complex<f64>>) -> Vec<f64> {
    let length = bins.len();
    FftPlanner::new()
        .plan_fft_inverse(length)
        .process(&mut bins);
    bins.iter().map(|x| x.re / length as f64).collect()
}

/// Frequency in hertz of bin `k` of `length`, negative in the upper half.
pub(super) fn frequency_hz(k: usize, length: usize, rate_hz: f64) -> f64 {
    let turns = k as f64 / length as f64;
    rate_hz * if 2 * k > length { turns - 1.0 } else { turns }
}

/// Multiplies the spectrum of a periodic signal by a real weight of the (signed) frequency in hertz: zero phase.
pub(super) fn shape(samples: &[f64], rate_hz: f64, weight: impl Fn(f64) -> f64) -> Vec<f64> {
    let length = samples.len();
    let mut bins = forward(samples, length);
    for (k, bin) in bins.iter_mut().enumerate() {
        *bin *= weight(frequency_hz(k, length, rate_hz));
    }
    inverse(bins)
}

/// Linear convolution of `a` and `b`, times a transfer function of the (signed) frequency in hertz.
///
/// `room` samples of zeros behind the convolution hold what the transfer function rings; the result is that
/// much longer.
pub(super) fn convolve(
    a: &[f64],
    b: &[f64],
    room: usize,
    rate_hz: f64,
    transfer: impl Fn(f64) -> Complex<f64>,
) -> Vec<f64> {
    let wanted = a.len() + b.len() + room;
    let length = wanted.next_power_of_two();
    let mut bins = forward(a, length);
    for (k, (bin, other)) in bins.iter_mut().zip(forward(b, length)).enumerate() {
        *bin *= other * transfer(frequency_hz(k, length, rate_hz));
    }
    let mut product = inverse(bins);
    product.truncate(wanted);
    product
}

/// Applies a polynomial of at most third degree as if to the continuous signal: at twice the rate, what folds
/// lands above the band and is removed.
pub(super) fn without_aliasing(samples: &[f64], polynomial: impl Fn(f64) -> f64) -> Vec<f64> {
    let length = (samples.len() + 1).next_power_of_two();
    let half = length / 2;
    let base = forward(samples, length);
    let mut wide = vec![Complex::new(0.0, 0.0); 2 * length];
    wide[..half].copy_from_slice(&base[..half]);
    wide[2 * length - half + 1..].copy_from_slice(&base[half + 1..]);
    let bent: Vec<f64> = inverse(wide).iter().map(|x| polynomial(2.0 * x)).collect();
    let bins = forward(&bent, 2 * length);
    let mut narrow = vec![Complex::new(0.0, 0.0); length];
    narrow[..half].copy_from_slice(&bins[..half]);
    narrow[half + 1..].copy_from_slice(&bins[2 * length - half + 1..]);
    let mut result = inverse(narrow);
    result.truncate(samples.len());
    for x in &mut result {
        *x *= 0.5;
    }
    result
}

#[cfg(test)]
mod tests {
    use core::f64::consts::TAU;

    use super::*;

    #[test]
    fn convolution_is_the_double_sum() {
        let a = [1.0, -2.0, 0.5, 3.0];
        let b = [0.25, 1.0, -1.0];
        let found = convolve(&a, &b, 0, 1.0, |_| Complex::new(1.0, 0.0));
        for (n, value) in found.iter().enumerate() {
            let expected: f64 = (0..b.len())
                .filter(|k| n >= *k && n - k < a.len())
                .map(|k| a[n - k] * b[k])
                .sum();
            assert!((value - expected).abs() < 1e-12, "{n}: {value}");
        }
    }

    #[test]
    fn a_cube_makes_one_third_harmonic_and_no_alias() {
        let n = 4096;
        let tone = |cycles: usize| -> Vec<f64> {
            (0..n - 1)
                .map(|i| (TAU * (cycles * i) as f64 / n as f64).cos())
                .collect()
        };
        // cos^3 = 3/4 cos + 1/4 cos 3x; 3 x 1000 of 4096 cycles exceed the band and must vanish, not fold to 1096.
        for (cycles, third) in [(300, 0.25), (1000, 0.0)] {
            let bent = without_aliasing(&tone(cycles), |x| x.powi(3));
            let middle = 1000..3000;
            for i in middle {
                let turn = TAU * (cycles * i) as f64 / n as f64;
                let expected = 0.75 * turn.cos() + third * (3.0 * turn).cos();
                assert!((bent[i] - expected).abs() < 1e-3, "{i}: {}", bent[i]);
            }
        }
    }
}
