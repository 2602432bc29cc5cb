//! Nine octaves that fill the spectrum without gap or overlap: their weights sum to one at every frequency.
//!
//! Octaves 63 Hz to 16 kHz by IEC 61260-1:2014 base ten; the lowest reaches down to 0 Hz, the highest up to
//! half the rate. These weights make sound; they are not the filters that measure it.

use core::f64::consts::FRAC_PI_2;

/// Number of octaves: 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000 Hz.
pub const OCTAVES: usize = 9;

/// Position of 1 kHz among the octaves.
const ONE_KILOHERTZ: f64 = 4.0;

/// Width of the cross-over between neighbours, in octaves, centred on the common band edge.
const CROSSOVER: f64 = 1.0 / 6.0;

/// Weight of octave `index` at a (signed) frequency in hertz.
pub(super) fn weight(index: usize, hz: f64) -> f64 {
    let position = ONE_KILOHERTZ + (hz.abs() / 1000.0).log10() / 0.3;
    above_edge(index, position) - above_edge(index + 1, position)
}

/// 1 above the lower edge of octave `index`, 0 below, a squared sine in between.
fn above_edge(index: usize, position: f64) -> f64 {
    if index == 0 {
        return 1.0;
    }
    if index >= OCTAVES {
        return 0.0;
    }
    let way = (position - (index as f64 - 0.5)) / CROSSOVER + 0.5;
    (FRAC_PI_2 * way.clamp(0.0, 1.0)).sin().powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Band;

    #[test]
    fn the_weights_sum_to_one_everywhere() {
        for step in 0..24_000 {
            let hz = f64::from(step);
            let sum: f64 = (0..OCTAVES).map(|i| weight(i, hz)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{hz} Hz: {sum}");
        }
    }

    #[test]
    fn each_octave_owns_its_mid_and_half_of_its_edges() {
        for (i, band) in Band::octaves().enumerate() {
            assert!((weight(i, band.mid_hz()) - 1.0).abs() < 1e-12);
            assert!((weight(i, -band.mid_hz()) - 1.0).abs() < 1e-12);
            if i > 0 {
                assert!((weight(i, band.lower_hz()) - 0.5).abs() < 1e-9);
                assert!((weight(i - 1, band.lower_hz()) - 0.5).abs() < 1e-9);
            }
        }
    }
}
