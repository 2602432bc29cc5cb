//! Clipping: peaks cut flat, also below full scale when the recorder scaled the clipped signal afterwards.
//!
//! A flat top is a run of at least three samples within 0.05 % of the highest value of its sign. The crest of a
//! slow sine is flat too, but then the parabola through its edges, of slope s over half the run, rises by no
//! more than that tolerance.

use crate::finding::Finding;

/// Flat tops that make a finding below full scale; at full scale one is enough.
const RUNS_MIN: usize = 5;

/// Highest values from here on are full scale.
const FULL_SCALE: f32 = 0.9995;

/// Samples of a flat top.
const RUN_LEN_MIN: u16 = 3;

/// Relative depth of the band under the highest value that counts as flat.
const TOLERANCE: f32 = 5e-4;

/// Rise from the edge of a flat top to the crest that a parabola of its slope there would have, re the ceiling,
/// from which a peak is cut: a crest that fits into the tolerance rises by that and a few quantisation steps at
/// most.
const RISE_MIN: f32 = 3e-3;

/// Looks for flat tops of either sign.
pub(crate) fn check(samples: &[f32]) -> Option<Finding> {
    let (highs, ceiling) = flat_tops(samples.iter().copied());
    let (lows, floor) = flat_tops(samples.iter().map(|x| -x));
    let runs = highs + lows;
    let level = if highs >= lows { ceiling } else { floor };
    let needed = if highs.max(lows) > 0 && level >= FULL_SCALE {
        1
    } else {
        RUNS_MIN
    };
    (runs >= needed).then(|| Finding::Clipping {
        runs,
        ceiling_dbfs: 20.0 * f64::from(level).log10(),
    })
}

/// Number of flat tops at the highest value, and that value.
fn flat_tops(samples: impl Iterator<Item = f32> + Clone) -> (usize, f32) {
    let ceiling = samples.clone().fold(0.0, f32::max);
    if ceiling <= 0.0 {
        return (0, 0.0);
    }
    let (mut runs, mut len, mut slope) = (0, 0_u16, 0.0);
    let mut before = [0.0_f32; 2];
    for x in samples {
        if x >= ceiling * (1.0 - TOLERANCE) {
            if len == 0 {
                slope = before[1] - before[0];
            }
            len = len.saturating_add(1);
        } else {
            let rise = 0.25 * slope * f32::from(len + 1);
            runs += usize::from(len >= RUN_LEN_MIN && rise > RISE_MIN * ceiling);
            len = 0;
        }
        before = [before[1], x];
    }
    (runs, ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(amplitude: f32, clip: f32, frequency: f32) -> Vec<f32> {
        (0..48_000_u16)
            .map(|i| {
                (amplitude * (core::f32::consts::TAU * frequency * f32::from(i) / 48_000.0).sin())
                    .clamp(-clip, clip)
            })
            .map(|x| (x * 32_767.0).round() / 32_767.0)
            .collect()
    }

    #[test]
    fn cut_peaks_are_found_below_full_scale_too() {
        assert!(check(&sine(1.0, 0.45, 440.0)).is_some());
        for frequency in [30.0, 60.0, 440.0, 1_000.0] {
            assert!(
                check(&sine(0.5, 0.48, frequency)).is_some(),
                "{frequency} Hz"
            );
        }
    }

    #[test]
    fn the_crests_of_clean_sines_are_not() {
        for frequency in [20.0, 50.0, 150.0, 1_000.0, 8_000.0] {
            assert_eq!(check(&sine(0.9, 1.0, frequency)), None, "{frequency} Hz");
        }
    }
}
