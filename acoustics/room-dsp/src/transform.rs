//! Fourier transforms of real signals, in lengths that are fast.
//!
//! The transforms come from `realfft`; what is ours is the choice of length (factors 2, 3 and 5 only, since a
//! prime length costs ten times as much) and the keeping of plans, which cost more than the transform itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, FftNum, RealFftPlanner, RealToComplex};

/// Complex value in single precision.
pub(crate) type Complex32 = Complex<f32>;

/// Complex value in double precision.
pub(crate) type Complex64 = Complex<f64>;

/// Smallest length of factors 2, 3 and 5 that is at least `minimum` and a multiple of `multiple`.
pub(crate) fn fast_len(minimum: usize, multiple: usize) -> usize {
    let mut quotient = minimum.div_ceil(multiple).max(1);
    while !is_smooth(quotient) {
        quotient += 1;
    }
    quotient * multiple
}

fn is_smooth(mut n: usize) -> bool {
    for factor in [2, 3, 5] {
        while n.is_multiple_of(factor) {
            n /= factor;
        }
    }
    n == 1
}

/// A forward and an inverse real transform of one length, plans kept.
#[derive(Clone)]
pub(crate) struct RealTransform<T: FftNum> {
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
}

impl<T: FftNum> core::fmt::Debug for RealTransform<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RealTransform")
            .field("len", &self.len())
            .finish()
    }
}

impl<T: FftNum> RealTransform<T> {
    /// Plans both directions for `len` real samples; `len` is even.
    pub(crate) fn new(len: usize) -> Self {
        debug_assert!(
            len.is_multiple_of(2),
            "real transforms here have even length"
        );
        let mut planner = RealFftPlanner::new();
        Self {
            forward: planner.plan_fft_forward(len),
            inverse: planner.plan_fft_inverse(len),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.forward.len()
    }

    /// Number of bins, `len / 2 + 1`.
    pub(crate) fn bins(&self) -> usize {
        self.len() / 2 + 1
    }

    /// Spectrum of `input`, which is used as scratch; lengths must be those of the plan.
    pub(crate) fn forward(&self, input: &mut [T]) -> Vec<Complex<T>> {
        let mut spectrum = self.forward.make_output_vec();
        self.forward_into(input, &mut spectrum);
        spectrum
    }

    /// As [`RealTransform::forward`], into a buffer of [`RealTransform::bins`] bins.
    pub(crate) fn forward_into(&self, input: &mut [T], spectrum: &mut [Complex<T>]) {
        let outcome = self.forward.process(input, spectrum);
        debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
    }

    /// Signal of a spectrum, scaled by 1/len; the spectrum is used as scratch.
    pub(crate) fn inverse(&self, spectrum: &mut [Complex<T>]) -> Vec<T> {
        let mut output = self.inverse.make_output_vec();
        self.inverse_into(spectrum, &mut output);
        output
    }

    /// As [`RealTransform::inverse`], into a buffer of `len` samples.
    pub(crate) fn inverse_into(&self, spectrum: &mut [Complex<T>], output: &mut [T]) {
        let last = spectrum.len() - 1;
        spectrum[0].im = T::zero();
        spectrum[last].im = T::zero();
        let outcome = self.inverse.process(spectrum, output);
        debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
        let scale = T::one() / T::from_usize(self.len()).unwrap_or_else(T::one);
        for y in output {
            *y = *y * scale;
        }
    }
}

/// Plans by length, made when first asked for and kept: planning costs more than transforming.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plans {
    by_len: Arc<Mutex<BTreeMap<usize, RealTransform<f64>>>>,
}

impl Plans {
    /// The transform of an even length.
    pub(crate) fn real(&self, len: usize) -> RealTransform<f64> {
        // A poisoned lock means that another thread panicked while planning; the map itself is whole.
        let mut by_len = self.by_len.lock().unwrap_or_else(PoisonError::into_inner);
        by_len
            .entry(len)
            .or_insert_with(|| RealTransform::new(len))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The obviously right transform: one sum per bin.
    fn naive_dft(x: &[f64]) -> Vec<Complex64> {
        let n = x.len();
        (0..=n / 2)
            .map(|k| {
                x.iter()
                    .enumerate()
                    .map(|(i, &v)| {
                        let turn = ((k * i) % n) as f64 / n as f64;
                        Complex64::from_polar(v, -core::f64::consts::TAU * turn)
                    })
                    .sum()
            })
            .collect()
    }

    #[test]
    fn lengths_are_smooth_and_sufficient() {
        assert_eq!(fast_len(7, 1), 8);
        assert_eq!(fast_len(719_993, 1), 720_000);
        assert_eq!(fast_len(100_000, 64) % 64, 0);
        assert!(fast_len(100_000, 64) >= 100_000);
    }

    #[test]
    fn forward_is_the_naive_dft_and_inverse_undoes_it() {
        let x: Vec<f64> = (0..360)
            .map(|i: i32| f64::from((i * i * 7 + 3) % 101) / 50.0 - 1.0)
            .collect();
        let transform = RealTransform::new(x.len());
        let mut spectrum = transform.forward(&mut x.clone());
        for (fast, slow) in spectrum.iter().zip(naive_dft(&x)) {
            assert!((fast - slow).norm() < 1e-10, "{fast} {slow}");
        }
        let back = transform.inverse(&mut spectrum);
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
