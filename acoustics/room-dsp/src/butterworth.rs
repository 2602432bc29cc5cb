//! Design of the band filters: Butterworth band-pass of order 14 in second-order sections.
//!
//! Class 1 of IEC 61260-1:2014 is not enough for decays: a neighbour with a longer reverberation time leaks
//! through 20 dB of attenuation one octave away and bends the decay. Seven prototype poles give more than 42 dB
//! there (also what IEC 60268-16 annex C asks of STI filters). Sections always: the polynomial form of the 125
//! Hz octave at 48 kHz is unstable in double precision.

use core::f64::consts::PI;

use crate::transform::Complex64;

/// Poles of the low-pass prototype, and second-order sections of the band-pass.
pub(crate) const SECTIONS: usize = 7;

/// A band-pass as a cascade of sections (1 - z^-2) / (1 + a1 z^-1 + a2 z^-2), with one gain for all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BandPass {
    pub(crate) a1: [f64; SECTIONS],
    pub(crate) a2: [f64; SECTIONS],
    pub(crate) gain: f64,
}

impl BandPass {
    /// The band-pass between two edges (its -3.01 dB points) at a sampling frequency; all in hertz, `0 < lower
    /// < upper < rate / 2`.
    ///
    /// Bilinear transform with both edges prewarped.
    pub(crate) fn new(lower_hz: f64, upper_hz: f64, rate_hz: f64) -> Self {
        let warp = |f: f64| (PI * f / rate_hz).tan();
        let (low, high) = (warp(lower_hz), warp(upper_hz));
        let (width, centre_squared) = (high - low, low * high);
        let mut a1 = [0.0; SECTIONS];
        let mut a2 = [0.0; SECTIONS];
        for (k, pole) in upper_half_poles(width, centre_squared)
            .into_iter()
            .enumerate()
        {
            let z = (1.0 + pole) / (1.0 - pole);
            a1[k] = -2.0 * z.re;
            a2[k] = z.norm_sqr();
        }
        let mut filter = Self { a1, a2, gain: 1.0 };
        let centre_hz = rate_hz / PI * centre_squared.sqrt().atan();
        filter.gain = 1.0 / filter.response(centre_hz, rate_hz).norm();
        filter
    }

    /// Complex response at a frequency.
    pub(crate) fn response(&self, frequency_hz: f64, rate_hz: f64) -> Complex64 {
        let z1 = Complex64::from_polar(1.0, -2.0 * PI * frequency_hz / rate_hz);
        let z2 = z1 * z1;
        self.a1
            .iter()
            .zip(&self.a2)
            .fold(Complex64::new(self.gain, 0.0), |h, (a1, a2)| {
                h * (1.0 - z2) / (1.0 + z1 * *a1 + z2 * *a2)
            })
    }
}

/// The band-pass poles of the upper half plane: each prototype pole p gives the two roots of s^2 - p B s + w0^2 = 0.
fn upper_half_poles(width: f64, centre_squared: f64) -> Vec<Complex64> {
    let order = SECTIONS as f64;
    let mut poles = Vec::with_capacity(SECTIONS);
    for k in 0..SECTIONS {
        let angle = PI * (2.0 * k as f64 + 1.0 + order) / (2.0 * order);
        let half = Complex64::from_polar(0.5 * width, angle);
        let root = (half * half - centre_squared).sqrt();
        poles.extend(
            [half + root, half - root]
                .into_iter()
                .filter(|s| s.im > 0.0),
        );
    }
    poles.truncate(SECTIONS);
    poles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Band;

    fn level_db(filter: &BandPass, f: f64, rate: f64) -> f64 {
        20.0 * filter.response(f, rate).norm().log10()
    }

    #[test]
    fn edges_are_at_minus_three_decibels_and_poles_inside_the_unit_circle() {
        for band in Band::octaves()
            .filter(|b| b.upper_hz() < 22_000.0)
            .chain(Band::thirds().take(24))
        {
            let filter = BandPass::new(band.lower_hz(), band.upper_hz(), 48_000.0);
            for edge in [band.lower_hz(), band.upper_hz()] {
                let level = level_db(&filter, edge, 48_000.0);
                assert!((level + 3.0103).abs() < 1e-4, "{edge} Hz: {level} dB");
            }
            assert!(filter.a2.iter().all(|r2| *r2 < 1.0), "{band:?}");
        }
    }

    /// IEC 61260-1:2014 table 1, class 1, minimum attenuation, and 42 dB one octave away (stricter than the class).
    #[test]
    fn attenuation_exceeds_class_one() {
        let g = 10f64.powf(0.3);
        let filter = BandPass::new(1000.0 / g.sqrt(), 1000.0 * g.sqrt(), 48_000.0);
        for (octaves, least_db) in [(1.0, 42.0), (2.0, 42.0), (3.0, 61.0), (4.0, 70.0)] {
            for f in [1000.0 * g.powf(octaves), 1000.0 / g.powf(octaves)] {
                assert!(-level_db(&filter, f, 48_000.0) > least_db, "{f} Hz");
            }
        }
        for eighths in [0.0, 1.0, 2.0] {
            let f = 1000.0 * g.powf(eighths / 8.0);
            assert!(level_db(&filter, f, 48_000.0).abs() < 0.4, "{f} Hz");
        }
    }
}
