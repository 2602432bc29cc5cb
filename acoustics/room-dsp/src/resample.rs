//! One resampling for clock skew and sample rate together.
//!
//! The interpolation is rubato's; ours is the bookkeeping of its delay. Its trim of the start-up delay is a whole number of samples that
//! jumps as the ratio crosses 1, and its table of phases is off by one phase, so that the output is up to a sample early.
//! The true position of every output sample is therefore computed and handed out.

use core::ops::Range;

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

/// Taps of the windowed sinc: residual below -115 dB up to 20 kHz at 48 kHz.
const TAPS: u32 = 128;

/// Phases of its table, linearly interpolated.
const PHASES: u32 = 512;

/// Input samples taken in one step.
const CHUNK: usize = 4096;

/// A resampled part of a recording that knows where its samples lie in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resampled {
    pub(crate) samples: Vec<f64>,
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

/// Resamples a part of a recording by `ratio` (output over input); a ratio of exactly 1 copies.
///
/// # Panics
/// When rubato refuses a finite positive ratio and matching buffers, which would be a fault of ours.
pub(crate) fn resample(recording: &[f32], part: Range<usize>, ratio: f64) -> Resampled {
    let start = part.start as f64;
    let input: Vec<f64> = recording[part].iter().map(|x| f64::from(*x)).collect();
    #[expect(
        clippy::float_cmp,
        reason = "exactly 1 means that nothing is known to correct"
    )]
    if ratio == 1.0 {
        return Resampled {
            samples: input,
            axis: TimeAxis {
                first: start,
                ratio,
            },
        };
    }
    let (samples, trimmed) = interpolate(input, ratio);
    let delay = (trimmed as f64 + 1.0) / ratio - f64::from(TAPS) / 2.0 + 1.0 / f64::from(PHASES);
    Resampled {
        samples,
        axis: TimeAxis {
            first: start + delay,
            ratio,
        },
    }
}

/// The interpolation, and the number of output samples that rubato trimmed.
#[expect(
    clippy::expect_used,
    reason = "rubato refuses only what is checked before: ratio, sizes"
)]
fn interpolate(input: Vec<f64>, ratio: f64) -> (Vec<f64>, usize) {
    let parameters =
        SincInterpolationParameters::new(TAPS as usize, WindowFunction::BlackmanHarris2)
            .oversampling_factor(PHASES as usize)
            .interpolation(SincInterpolationType::Linear);
    let mut resampler =
        Async::<f64>::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input)
            .expect("the ratio is finite and positive");
    let trimmed = resampler.output_delay();
    let len = input.len();
    let channels = [input];
    let adapter =
        SequentialSliceOfVecs::new(&channels, 1, len).expect("one channel of this length");
    let output = resampler
        .process_all(&adapter, len, None)
        .expect("the buffers fit");
    (output.take_data(), trimmed)
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
            let y = resample(&x, 100..x.len(), ratio);
            let worst = (2_000..y.samples.len() - 2_000)
                .map(|m| {
                    let truth = (TAU * frequency * y.axis.recorded_position(m as f64)).sin();
                    (y.samples[m] - truth).abs()
                })
                .fold(0.0, f64::max);
            assert!(worst < 3e-6, "ratio {ratio}: {worst}");
            let there = y.axis.output_position(y.axis.recorded_position(123.25));
            assert!((there - 123.25).abs() < 1e-9);
        }
    }
}
