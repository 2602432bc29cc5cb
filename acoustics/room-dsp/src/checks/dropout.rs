//! Dropouts: stretches of the sweep in which the recorder delivered nothing (dither at most), or the same again.
//!
//! A stretch of equal samples is natural at the crest of a slow, quantised sine, one of tiny samples around its
//! zero; the sweep's frequency is known at every moment, and with it the longest natural stretch. Lost samples,
//! which shorten the file, are another matter: see `checkpoints`.

use core::ops::Range;

use crate::excitation::Excitation;
use crate::finding::Finding;

/// Shortest stretch of equal samples.
const RUN_MIN: usize = 32;

/// Shortest stretch that repeats an earlier block.
const REPEAT_MIN: usize = 64;

/// Block lengths that audio systems exchange, in samples.
const BLOCKS: [usize; 9] = [128, 256, 441, 480, 512, 882, 960, 1024, 2048];

/// The signal around a stretch must exceed the quantisation step by this factor.
const LOUDNESS_MIN: f32 = 64.0;

/// Quantisation steps within which dithered silence stays.
const DITHER: f64 = 1.5;

/// Samples on either side that say how loud it is there.
const NEIGHBOURHOOD: usize = 960;

/// Where the sweep lies in a recording.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SweepPlace<'a> {
    pub(crate) excitation: &'a Excitation,
    /// First sample of the sweep; may lie before the recording.
    pub(crate) start: f64,
    /// Recorded samples per second of the player's clock.
    pub(crate) samples_per_s: f64,
}

impl SweepPlace<'_> {
    /// Samples of the recording within the sweep, without its first 50 ms.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the recording"
    )]
    fn range(&self, len: usize) -> Range<usize> {
        let duration_s = self.excitation.sweep_end_s() - self.excitation.sweep_start_s();
        let start = (self.start + 0.05 * self.samples_per_s).max(0.0) as usize;
        let end = (self.start + duration_s * self.samples_per_s).max(0.0) as usize;
        start.min(len)..end.min(len)
    }

    /// Frequency of the sweep at a sample of the recording, in hertz.
    pub(crate) fn frequency_hz(&self, sample: usize) -> f64 {
        let t = (sample as f64 - self.start) / self.samples_per_s;
        self.excitation.parameters().sweep_start_hz * (t / self.excitation.sweep_rate_s()).exp()
    }
}

/// A stretch of the recording that holds no new sound, in samples.
pub(crate) type Stretch = Range<usize>;

/// Stretches within the sweep that are constant or repeated.
pub(crate) fn find(samples: &[f32], place: &SweepPlace<'_>) -> Vec<Stretch> {
    let range = place.range(samples.len());
    if range.len() < 2 * RUN_MIN {
        return Vec::new();
    }
    let step = quantisation_step(&samples[range.clone()]);
    let same =
        |distance: usize| move |i: usize| samples[i].to_bits() == samples[i - distance].to_bits();
    let natural = |run: &Stretch| {
        let quantum = f64::from(step / loudness(samples, run).max(step));
        let omega = core::f64::consts::TAU * place.frequency_hz(run.start) / place.samples_per_s;
        // Around a crest, where the sine stays within one step; around a zero, where it stays within the dither.
        (2.0 * (2.0 * quantum).sqrt()).max(2.0 * DITHER * quantum) / omega
    };
    let silence = f64::from(step) * DITHER;
    let from = range.start.max(1)..range.end;
    let mut stretches = runs(&from, RUN_MIN, same(1));
    stretches.extend(runs(&range, RUN_MIN, |i| {
        f64::from(samples[i].abs()) <= silence
    }));
    stretches.retain(|run| run.len() as f64 > 4.0 * natural(run) && !is_ceiling(samples, run));
    for block in BLOCKS {
        let repeatable = range.start.max(block)..range.end;
        let repeats = runs(&repeatable, REPEAT_MIN, same(block));
        stretches.extend(
            repeats
                .into_iter()
                .filter(|r| !is_constant(&samples[r.clone()])),
        );
    }
    stretches.retain(|run| loudness(samples, run) >= LOUDNESS_MIN * step);
    stretches.sort_unstable_by_key(|run| run.start);
    stretches.dedup_by(|b, a| {
        let overlaps = b.start <= a.end;
        if overlaps {
            a.end = a.end.max(b.end);
        }
        overlaps
    });
    stretches
}

/// The finding that stretches make.
pub(crate) fn finding(stretches: &[Stretch], rate_hz: f64) -> Option<Finding> {
    let first = stretches.first()?;
    Some(Finding::Dropout {
        count: stretches.len(),
        total_s: stretches.iter().map(ExactSizeIterator::len).sum::<usize>() as f64 / rate_hz,
        first_s: first.start as f64 / rate_hz,
    })
}

/// Stretches of at least `min` samples that all have a property: such a stretch holds a multiple of `min`, so
/// only those are tried.
fn runs(range: &Range<usize>, min: usize, holds: impl Fn(usize) -> bool) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for seed in (range.start.next_multiple_of(min)..range.end).step_by(min) {
        if !holds(seed) || found.last().is_some_and(|last| last.contains(&seed)) {
            continue;
        }
        let start = (range.start..seed)
            .rev()
            .take_while(|i| holds(*i))
            .last()
            .unwrap_or(seed);
        let end = (seed..range.end).find(|i| !holds(*i)).unwrap_or(range.end);
        if end - start >= min {
            found.push(start..end);
        }
    }
    found
}

fn is_constant(samples: &[f32]) -> bool {
    samples.windows(2).all(|w| w[0].to_bits() == w[1].to_bits())
}

/// Whether a stretch is a cut peak rather than a gap: nothing beside it reaches higher.
fn is_ceiling(samples: &[f32], run: &Stretch) -> bool {
    let level = samples[run.start].abs();
    let from = run.start.saturating_sub(NEIGHBOURHOOD);
    let to = samples.len().min(run.end + NEIGHBOURHOOD);
    samples[from..to].iter().all(|x| x.abs() <= 1.02 * level)
}

/// The smallest difference between neighbours, which is the quantisation step or less.
fn quantisation_step(samples: &[f32]) -> f32 {
    let differences = samples.windows(2).map(|w| (w[1] - w[0]).abs());
    let step = differences
        .filter(|d| *d > 0.0)
        .fold(f32::INFINITY, f32::min);
    if step.is_finite() {
        step.max(1e-7)
    } else {
        1e-7
    }
}

/// The quieter of the two peaks beside a stretch, so that a pause between loud parts does not count.
fn loudness(samples: &[f32], run: &Stretch) -> f32 {
    let peak = |x: &[f32]| x.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let before = peak(&samples[run.start.saturating_sub(NEIGHBOURHOOD)..run.start]);
    let after = peak(&samples[run.end..samples.len().min(run.end + NEIGHBOURHOOD)]);
    before.min(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(fault: impl Fn(&mut [f32])) -> usize {
        let excitation = Excitation::reference();
        let mut samples = excitation.signal().channels()[0].clone();
        for x in &mut samples {
            *x = (*x * 3_000.0).round() / 32_768.0;
        }
        fault(&mut samples);
        let start = excitation.sweep_start_s() * 48_000.0;
        let place = SweepPlace {
            excitation: &excitation,
            start,
            samples_per_s: 48_000.0,
        };
        find(&samples, &place).len()
    }

    #[test]
    fn a_clean_quantised_sweep_has_none() {
        assert_eq!(recording(|_| ()), 0);
    }

    #[test]
    fn a_millisecond_of_silence_and_a_repeated_block_are_found() {
        let dithered = |x: &mut [f32]| {
            for (v, level) in x[400_000..400_480]
                .iter_mut()
                .zip([-1.0, 0.0, 1.0, 0.0, 0.0].iter().cycle())
            {
                *v = level / 32_768.0;
            }
        };
        assert_eq!(recording(dithered), 1);
        assert_eq!(recording(|x| x[400_000..400_048].fill(0.0)), 1);
        assert_eq!(recording(|x| x.copy_within(399_872..400_000, 400_000)), 1);
        assert_eq!(
            recording(|x| x[400_000..400_020].fill(0.0)),
            0,
            "twenty samples are below the limit"
        );
    }
}
