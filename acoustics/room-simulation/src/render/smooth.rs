//! A smooth function over an interval as a Chebyshev series: transforms of kernels are asked for at every bin of a
//! spectrum, and a series costs a few nanoseconds where the integral costs microseconds.

use core::f64::consts::PI;

/// A fitted function.
#[derive(Debug, Clone)]
pub(crate) struct Smooth {
    middle: f64,
    half: f64,
    coefficients: Vec<f64>,
}

impl Smooth {
    /// Fits `f` between two places, by its values at the `terms` Chebyshev points (Press et al., Numerical Recipes,
    /// 5.8).
    pub(crate) fn fit(from: f64, to: f64, terms: usize, f: impl Fn(f64) -> f64) -> Self {
        let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
        let angle = |i: usize| PI * (i as f64 + 0.5) / terms as f64;
        let values: Vec<f64> = (0..terms)
            .map(|i| f(middle + half * angle(i).cos()))
            .collect();
        let coefficients = (0..terms)
            .map(|order| {
                let sum: f64 = values
                    .iter()
                    .enumerate()
                    .map(|(i, v)| v * (order as f64 * angle(i)).cos())
                    .sum();
                sum * if order == 0 { 1.0 } else { 2.0 } / terms as f64
            })
            .collect();
        Self {
            middle,
            half,
            coefficients,
        }
    }

    /// The function at a place of the interval (Clenshaw's recurrence).
    pub(crate) fn at(&self, x: f64) -> f64 {
        let y = (x - self.middle) / self.half;
        let (mut b1, mut b2) = (0.0, 0.0);
        for c in self.coefficients.iter().skip(1).rev() {
            (b1, b2) = (2.0 * y * b1 - b2 + c, b1);
        }
        y * b1 - b2 + self.coefficients.first().unwrap_or(&0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_its_function() {
        let series = Smooth::fit(-1.0, 3.0, 30, |x| (0.7 * x).exp() * x.sin());
        for i in 0..=100 {
            let x = -1.0 + 0.04 * f64::from(i);
            assert!((series.at(x) - (0.7 * x).exp() * x.sin()).abs() < 1e-12);
        }
    }
}
