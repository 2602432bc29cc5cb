//! Clipping: peaks cut flat, also below full scale when the recorder scaled the clipped signal afterwards.
//!
//! A flat top is a run of at least three samples within 0.05 % of the highest value of its sign *that the signal enters steeply*: the crest of
//! a slow sine is flat too, but a straight line through the two samples before it does not overshoot.

use crate::finding::Finding;

/// Flat tops that make a finding.
const RUNS_MIN: usize = 20;

/// Samples of a flat top.
const RUN_LEN_MIN: usize = 3;

/// Relative depth of the band under the highest value that counts as flat.
const TOLERANCE: f32 = 5e-4;

/// Overshoot of the straight line into the run, re the ceiling, that a cut peak has.
const OVERSHOOT_MIN: f32 = 5e-3;

/// Looks for flat tops of either sign.
pub(crate) fn check(samples: &[f32]) -> Option<Finding> {
    let (highs, ceiling) = flat_tops(samples.iter().copied());
    let (lows, floor) = flat_tops(samples.iter().map(|x| -x));
    let runs = highs + lows;
    let level = if highs >= lows { ceiling } else { floor };
    (runs > RUNS_MIN).then(|| Finding::Clipping {
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
    let (mut runs, mut len, mut steep) = (0, 0, false);
    let mut before = [0.0_f32; 2];
    for x in samples {
        if x >= ceiling * (1.0 - TOLERANCE) {
            if len == 0 {
                steep = 2.0 * before[1] - before[0] > ceiling * (1.0 + OVERSHOOT_MIN);
            }
            len += 1;
            runs += usize::from(len == RUN_LEN_MIN && steep);
        } else {
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
    }

    #[test]
    fn the_crests_of_clean_sines_are_not() {
        for frequency in [20.0, 50.0, 150.0, 1_000.0, 8_000.0] {
            assert_eq!(check(&sine(0.9, 1.0, frequency)), None, "{frequency} Hz");
        }
    }
}
