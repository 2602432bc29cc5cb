//! One resampling for clock skew and sample rate together.
//!
//! The interpolation is rubato's; ours is the bookkeeping of its delay. Its trim of the start-up delay is a whole number of samples that
//! jumps as the ratio crosses 1, and its table of phases is off by one phase, so that the output is up to a sample early.
//! The true position of every output sample is therefore computed and handed out.

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

/// A resampled signal that knows where its samples lie in the input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resampled {
    pub(crate) samples: Vec<f64>,
    /// Position of the first output sample, in input samples.
    first: f64,
    /// Output samples per input sample.
    ratio: f64,
}

impl Resampled {
    /// Output position (fractional samples) of an input position.
    pub(crate) fn output_position(&self, input: f64) -> f64 {
        (input - self.first) * self.ratio
    }

    /// Input position of an output position.
    pub(crate) fn input_position(&self, output: f64) -> f64 {
        self.first + output / self.ratio
    }
}

/// Resamples by `ratio` (output over input, 1/16 to 256); a ratio of exactly 1 copies.
///
/// # Errors
/// What rubato refuses, which for checked ratios is nothing.
pub(crate) fn resample(input: Vec<f64>, ratio: f64) -> Result<Resampled, String> {
    #[expect(
        clippy::float_cmp,
        reason = "exactly 1 means that nothing is known to correct"
    )]
    if ratio == 1.0 {
        return Ok(Resampled {
            samples: input,
            first: 0.0,
            ratio,
        });
    }
    let parameters =
        SincInterpolationParameters::new(TAPS as usize, WindowFunction::BlackmanHarris2)
            .oversampling_factor(PHASES as usize)
            .interpolation(SincInterpolationType::Linear);
    let mut resampler =
        Async::<f64>::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input)
            .map_err(|e| e.to_string())?;
    let trimmed = resampler.output_delay() as f64;
    let len = input.len();
    let channels = [input];
    let adapter = SequentialSliceOfVecs::new(&channels, 1, len).map_err(|e| e.to_string())?;
    let output = resampler
        .process_all(&adapter, len, None)
        .map_err(|e| e.to_string())?;
    let first = (trimmed + 1.0) / ratio - f64::from(TAPS) / 2.0 + 1.0 / f64::from(PHASES);
    Ok(Resampled {
        samples: output.take_data(),
        first,
        ratio,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::TAU;

    /// A sine is known everywhere, so every output sample can be checked where it claims to lie.
    #[test]
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
            let x: Vec<f64> = (0..20_000)
                .map(|i| (TAU * frequency * f64::from(i)).sin())
                .collect();
            let y = resample(x, ratio).unwrap();
            let worst = (2_000..y.samples.len() - 2_000)
                .map(|m| {
                    let truth = (TAU * frequency * y.input_position(m as f64)).sin();
                    (y.samples[m] - truth).abs()
                })
                .fold(0.0, f64::max);
            assert!(worst < 3e-6, "ratio {ratio}: {worst}");
            let there = y.output_position(y.input_position(123.25));
            assert!((there - 123.25).abs() < 1e-9);
        }
    }
}
