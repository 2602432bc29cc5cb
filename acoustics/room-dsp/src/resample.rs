//! One resampling for clock skew and sample rate together.
//!
//! The interpolation is rubato's; ours is the bookkeeping of its delay. Its trim of the start-up delay is a
//! whole number of samples that jumps as the ratio crosses 1, and its table of phases is off by one phase, so
//! that the output is up to a sample early. The true position of every output sample is therefore computed and
//! handed out. Single precision, as recordings are; positions in double.

use core::ops::Range;

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

/// Taps of the windowed sinc: the test holds its residual below 3e-6 at a ninth of the rate.
const TAPS: u32 = 128;

/// Phases of its table, linearly interpolated.
const PHASES: u32 = 256;

/// Input samples taken in one step.
const CHUNK: usize = 4096;

/// A resampled part of a recording that knows where its samples lie in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resampled {
    pub(crate) samples: Vec<f32>,
    pub(crate) axis: TimeAxis,
}

/// Relation between positions in the recording and in its resampled part, both in fractional samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TimeAxis {
    /// Position of the first output sample in the recording.
    first: f64,
    /// Output samples per recorded sample.
    ratio: f64,
}

impl TimeAxis {
    /// Output position of a position in the recording.
    pub(crate) fn output_position(&self, recorded: f64) -> f64 {
        (recorded - self.first) * self.ratio
    }

    /// Position in the recording of an output position.
    pub(crate) fn recorded_position(&self, output: f64) -> f64 {
        self.first + output / self.ratio
    }
}

/// Resamples parts of one recording by one ratio; the table of the interpolation is made once.
pub(crate) struct Resampling {
    ratio: f64,
    /// None for a ratio of exactly 1, which copies.
    interpolation: Option<Async<f32>>,
}

impl core::fmt::Debug for Resampling {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Resampling")
            .field("ratio", &self.ratio)
            .finish_non_exhaustive()
    }
}

impl Resampling {
    /// By `ratio`, output over input.
    ///
    /// # Panics
    /// When rubato refuses a finite positive ratio, which would be a fault of ours.
    #[expect(
        clippy::expect_used,
        reason = "rubato refuses only ratios that are not finite and positive"
    )]
    pub(crate) fn new(ratio: f64) -> Self {
        #[expect(
            clippy::float_cmp,
            reason = "exactly 1 means that nothing is known to correct"
        )]
        let copies = ratio == 1.0;
        let parameters =
            SincInterpolationParameters::new(TAPS as usize, WindowFunction::BlackmanHarris2)
                .oversampling_factor(PHASES as usize)
                .interpolation(SincInterpolationType::Linear);
        let interpolation = (!copies).then(|| {
            Async::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input)
                .expect("the ratio is finite and positive")
        });
        Self {
            ratio,
            interpolation,
        }
    }

    /// A part of a recording.
    ///
    /// # Panics
    /// When rubato refuses buffers of the sizes that it asked for, which would be a fault of ours.
    #[expect(
        clippy::expect_used,
        reason = "rubato refuses only buffers that do not fit"
    )]
    pub(crate) fn part(&mut self, recording: &[f32], part: Range<usize>) -> Resampled {
        let start = part.start as f64;
        let input = vec![recording[part].to_vec()];
        let ratio = self.ratio;
        let (samples, delay) = match &mut self.interpolation {
            None => (input.into_iter().flatten().collect(), 0.0),
            Some(interpolation) => {
                let len = input[0].len();
                let trimmed = interpolation.output_delay() as f64;
                let adapter = SequentialSliceOfVecs::new(&input, 1, len).expect("one channel");
                let output = interpolation
                    .process_all(&adapter, len, None)
                    .expect("buffers fit");
                let delay =
                    (trimmed + 1.0) / ratio - f64::from(TAPS) / 2.0 + 1.0 / f64::from(PHASES);
                (output.take_data(), delay)
            }
        };
        Resampled {
            samples,
            axis: TimeAxis {
                first: start + delay,
                ratio,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::TAU;

    /// A sine is known everywhere, so every output sample can be checked where it claims to lie.
    #[test]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "single precision is the input format"
    )]
    fn samples_lie_where_they_claim_at_both_signs_of_skew_and_other_rates() {
        for ratio in [
            1.0,
            1.00005,
            0.99995,
            1.00025,
            0.99975,
            48.0 / 44.1,
            0.5,
            3.0,
        ] {
            let frequency = 0.11;
            let x: Vec<f32> = (0..20_000)
                .map(|i| (TAU * frequency * f64::from(i)).sin() as f32)
                .collect();
            let y = Resampling::new(ratio).part(&x, 100..x.len());
            let inner = 2_000..y.samples.len() - 2_000;
            let pairs: Vec<(f64, f64)> = inner
                .map(|m| {
                    let truth = (TAU * frequency * y.axis.recorded_position(m as f64)).sin();
                    (f64::from(y.samples[m]), truth)
                })
                .collect();
            // The table is normalised in single precision: a constant gain of less than 0.0002 dB.
            let power: f64 = pairs.iter().map(|(_, t)| t * t).sum();
            let gain = pairs.iter().map(|(found, t)| found * t).sum::<f64>() / power;
            assert!((gain - 1.0).abs() < 2e-5, "ratio {ratio}: gain {gain}");
            let worst = pairs
                .iter()
                .map(|(found, t)| (found - gain * t).abs())
                .fold(0.0, f64::max);
            assert!(worst < 3e-6, "ratio {ratio}: {worst}");
            let there = y.axis.output_position(y.axis.recorded_position(123.25));
            assert!((there - 123.25).abs() < 1e-9);
        }
    }
}
