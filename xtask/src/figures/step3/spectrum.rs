//! Spectra at the frequencies of the golden data, and how far two of them are apart.

use serde::Deserialize;

/// An exact spectrum.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Spectrum {
    f_hz: Vec<f64>,
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Spectrum {
    /// The part of it up to a frequency.
    pub(super) fn until(&self, most_hz: f64) -> Self {
        let kept = |values: &[f64]| {
            let pairs = self.f_hz.iter().zip(values).filter(|(f, _)| **f <= most_hz);
            pairs.map(|(_, v)| *v).collect()
        };
        Self {
            f_hz: kept(&self.f_hz),
            re: kept(&self.re),
            im: kept(&self.im),
        }
    }

    /// Real and imaginary parts.
    pub(super) fn values(&self) -> Vec<[f64; 2]> {
        let pairs = self.re.iter().zip(&self.im);
        pairs.map(|(re, im)| [*re, *im]).collect()
    }

    /// Spectrum of samples at the same frequencies; `pre_samples` stand before the emission.
    pub(super) fn of_samples(
        &self,
        samples: &[f32],
        pre_samples: usize,
        rate_hz: f64,
    ) -> Vec<[f64; 2]> {
        let at = |f: &f64| {
            let mut sum = [0.0; 2];
            for (n, h) in samples.iter().enumerate() {
                let time = n as f64 - pre_samples as f64;
                let (sin, cos) = (core::f64::consts::TAU * f * time / rate_hz).sin_cos();
                sum[0] += f64::from(*h) * cos;
                sum[1] -= f64::from(*h) * sin;
            }
            sum
        };
        self.f_hz.iter().map(at).collect()
    }
}

/// Distance of two spectra re the second, in decibels.
pub(super) fn error_db(found: &[[f64; 2]], truth: &[[f64; 2]]) -> f64 {
    let (mut error, mut all) = (0.0, 0.0);
    for (a, b) in found.iter().zip(truth) {
        error += power(&[a[0] - b[0], a[1] - b[1]]);
        all += power(b);
    }
    10.0 * (error / all).log10()
}

/// Level of each octave re the truth in decibels, over the frequencies that lie in it.
pub(super) fn levels_off_db(truth: &Spectrum, found: &[[f64; 2]]) -> Vec<(f64, f64)> {
    let octaves = (-4..=4).map(|k| 1000.0 * f64::from(k).exp2());
    octaves
        .filter_map(|centre_hz| {
            let own = |f: &f64| (f / centre_hz).log2().abs() <= 0.5;
            let (mut ours, mut exact) = (0.0, 0.0);
            let pairs = found.iter().zip(truth.values()).zip(&truth.f_hz);
            for ((a, b), _) in pairs.filter(|(_, f)| own(f)) {
                ours += power(a);
                exact += power(&b);
            }
            (exact > 0.0).then(|| (centre_hz, 10.0 * f64::log10(ours / exact)))
        })
        .collect()
}

fn power(h: &[f64; 2]) -> f64 {
    h[0] * h[0] + h[1] * h[1]
}
