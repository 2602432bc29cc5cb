//! The loudspeaker of a phone: bends the sound, then lets only a band of it out.
//!
//! Distortion is a memoryless polynomial applied free of aliasing; the band limit is a fourth-order Butterworth
//! high-pass and low-pass (24 dB per octave), causal, evaluated as an analogue transfer function. No cabinet
//! resonances, no compression.

use core::f64::consts::PI;

use rustfft::num_complex::Complex;

use super::error::{RecipeError, require};
use super::spectrum::without_aliasing;

/// Order of the high-pass and of the low-pass.
const ORDER: u32 = 4;

/// Seconds that the high-pass rings, as a multiple of the period of its corner: -120 dB.
const RINGING_PERIODS: f64 = 6.0;

/// Settings of the loudspeaker; the default changes nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Loudspeaker {
    /// Factors of the square and of the cube.
    pub(super) bend: Option<(f64, f64)>,
    /// Corners of high-pass and low-pass in hertz.
    pub(super) band_hz: Option<(f64, f64)>,
}

impl Loudspeaker {
    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        if let Some((second, third)) = self.bend {
            require("distortion second", second, -1.0..=1.0)?;
            require("distortion third", third, -1.0..=1.0)?;
        }
        if let Some((low, high)) = self.band_hz {
            require("band_limit low", low, 1.0..=high)?;
            require("band_limit high", high, low..=1e6)?;
        }
        Ok(())
    }

    /// What leaves the loudspeaker's membrane, before the band limit.
    pub(super) fn bend(&self, played: &[f64]) -> Vec<f64> {
        self.bend.map_or_else(
            || played.to_vec(),
            |(second, third)| without_aliasing(played, |x| x + x * x * (second + third * x)),
        )
    }

    /// Transfer function of the band limit at a (signed) frequency in hertz.
    pub(super) fn transfer(&self, hz: f64) -> Complex<f64> {
        let Some((low, high)) = self.band_hz else {
            return Complex::new(1.0, 0.0);
        };
        if hz == 0.0 {
            return Complex::new(0.0, 0.0);
        }
        let low_pass = butterworth(Complex::new(0.0, hz / high));
        let high_pass = butterworth(Complex::new(0.0, hz / low).inv());
        low_pass * high_pass
    }

    /// Seconds that the band limit goes on ringing.
    pub(super) fn ringing_s(&self) -> f64 {
        self.band_hz.map_or(0.0, |(low, _)| RINGING_PERIODS / low)
    }
}

/// The normalised low-pass `1 / prod(s - p)` over the poles of the left half-plane.
fn butterworth(s: Complex<f64>) -> Complex<f64> {
    (0..ORDER)
        .map(|k| PI * f64::from(2 * k + ORDER + 1) / f64::from(2 * ORDER))
        .map(|angle| s - Complex::from_polar(1.0, angle))
        .product::<Complex<f64>>()
        .inv()
}

#[cfg(test)]
mod tests {
    use super::super::spectrum::convolve;
    use super::*;
    use crate::signal::SampleRate;

    const RATE: SampleRate = SampleRate::STANDARD;

    fn phone() -> Loudspeaker {
        Loudspeaker {
            bend: None,
            band_hz: Some((350.0, 8000.0)),
        }
    }

    #[test]
    fn the_band_limit_is_butterworth() {
        for hz in [50.0, 175.0, 350.0, 1000.0, 8000.0, 16_000.0_f64] {
            let high_pass = 1.0 + (350.0 / hz).powi(8);
            let low_pass = 1.0 + (hz / 8000.0).powi(8);
            let expected = -10.0 * (high_pass * low_pass).log10();
            let found = 20.0 * phone().transfer(hz).norm().log10();
            assert!((found - expected).abs() < 1e-9, "{hz} Hz: {found} dB");
            let mirrored = phone().transfer(-hz).conj() - phone().transfer(hz);
            assert!(mirrored.norm() < 1e-12);
        }
    }

    #[test]
    fn the_band_limit_is_causal() {
        // A smooth pulse: one sample alone would ring at half the rate, whatever the filter.
        let rise = |n: i32| (PI * f64::from(n) / 40.0).sin().powi(4);
        let pulse: Vec<f64> = (0..1040).map(|n| rise((n - 1000).max(0))).collect();
        let out = convolve(&pulse, &[1.0], 4800, 48_000.0, |hz| phone().transfer(hz));
        let energy = |part: &[f64]| part.iter().map(|x| x * x).sum::<f64>();
        assert!(energy(&out[..1000]) < 1e-8 * energy(&out));
        let rung = 1040 + RATE.samples(phone().ringing_s());
        assert!(energy(&out[rung..]) < 1e-10 * energy(&out));
    }

    #[test]
    fn the_default_changes_nothing() {
        let x = [0.5, -1.0, 0.25];
        assert_eq!(Loudspeaker::default().bend(&x), x);
        assert!((Loudspeaker::default().transfer(0.0).re - 1.0).abs() < 1e-15);
    }
}
