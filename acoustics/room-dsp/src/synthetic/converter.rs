//! The recorder's gain and its analogue-to-digital conversion, with what phones do wrong there.
//!
//! In this order: automatic gain steps, dither and quantiser with its limit, noise gate.

use super::amplitude;
use super::error::{RecipeError, require};
use super::noise::Noise;
use crate::signal::SampleRate;

/// From `time_s` on, the gain is `gain_db` relative to the start.
#[derive(Debug, Clone, Copy)]
pub(super) struct GainStep {
    pub(super) time_s: f64,
    pub(super) gain_db: f64,
}

/// A gate that turns down whatever stays below a threshold for a while.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    pub(super) threshold_db: f64,
    pub(super) attenuation_db: f64,
    /// Seconds below the threshold after which it closes.
    pub(super) hold_s: f64,
}

/// Settings of the conversion.
#[derive(Debug, Clone)]
pub(super) struct Converter {
    pub(super) gain_steps: Vec<GainStep>,
    /// Largest magnitude that passes.
    pub(super) clip: Option<f64>,
    /// Bits of an integer sample; none for a recorder that stores floating-point samples.
    pub(super) bits: Option<u32>,
    pub(super) dither: bool,
    pub(super) gate: Option<Gate>,
}

impl Default for Converter {
    fn default() -> Self {
        Self {
            gain_steps: Vec::new(),
            clip: None,
            bits: Some(16),
            dither: true,
            gate: None,
        }
    }
}

impl Converter {
    pub(super) fn validate(&self, file_s: f64) -> Result<(), RecipeError> {
        for step in &self.gain_steps {
            require("gain_steps time_s", step.time_s, 0.0..=file_s)?;
            require("gain_steps gain_db", step.gain_db, -120.0..=60.0)?;
        }
        if let Some(level) = self.clip {
            require("clip", level, 0.0..=1.0)?;
        }
        if let Some(bits) = self.bits {
            require("bits", f64::from(bits), 2.0..=24.0)?;
        }
        if let Some(gate) = self.gate {
            require("noise_gate threshold_db", gate.threshold_db, -200.0..=0.0)?;
            require(
                "noise_gate attenuation_db",
                gate.attenuation_db,
                0.0..=200.0,
            )?;
            require("noise_gate hold_s", gate.hold_s, 0.0..=10.0)?;
        }
        Ok(())
    }

    /// Converts the samples of one channel in place; the dither is drawn from `dither`.
    pub(super) fn convert(&self, samples: &mut [f64], rate: SampleRate, dither: Noise) {
        self.step_gain(samples, rate);
        match self.bits {
            Some(bits) => self.quantise(samples, bits, dither),
            None => self.limit(samples),
        }
        if let Some(gate) = self.gate {
            gate.apply(samples, rate);
        }
    }

    fn step_gain(&self, samples: &mut [f64], rate: SampleRate) {
        let mut steps = self.gain_steps.clone();
        steps.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        for (k, step) in steps.iter().enumerate() {
            let from = rate.samples(step.time_s).min(samples.len());
            let to = steps.get(k + 1).map_or(samples.len(), |next| {
                rate.samples(next.time_s).min(samples.len())
            });
            let gain = amplitude(step.gain_db);
            samples[from..to].iter_mut().for_each(|x| *x *= gain);
        }
    }

    /// Rounds to whole steps, after triangular dither of two steps' width; what exceeds the limit stays exactly on it.
    fn quantise(&self, samples: &mut [f64], bits: u32, mut noise: Noise) {
        let steps = 2f64.powf(f64::from(bits - 1));
        let limit = (self.clip.unwrap_or(1.0) * steps).round().min(steps - 1.0);
        for x in samples {
            let dither = if self.dither {
                noise.uniform() - noise.uniform()
            } else {
                0.0
            };
            *x = (*x * steps + dither).round().clamp(-limit, limit) / steps;
        }
    }

    fn limit(&self, samples: &mut [f64]) {
        if let Some(level) = self.clip {
            for x in samples {
                *x = x.clamp(-level, level);
            }
        }
    }
}

impl Gate {
    fn apply(self, samples: &mut [f64], rate: SampleRate) {
        let threshold = amplitude(self.threshold_db);
        let gain = amplitude(-self.attenuation_db);
        let hold = rate.samples(self.hold_s);
        let mut quiet_for = 0_usize;
        for x in samples {
            quiet_for = if x.abs() >= threshold {
                0
            } else {
                quiet_for + 1
            };
            if quiet_for > hold {
                *x *= gain;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::rms;
    use super::*;

    const RATE: SampleRate = SampleRate::STANDARD;

    fn converted(converter: &Converter, input: &[f64]) -> Vec<f64> {
        let mut samples = input.to_vec();
        converter.convert(&mut samples, RATE, Noise::new(1));
        samples
    }

    fn plain() -> Converter {
        Converter {
            bits: None,
            ..Converter::default()
        }
    }

    #[test]
    fn gain_steps_hold_from_their_time_to_the_next() {
        let step = |time_s, gain_db| GainStep { time_s, gain_db };
        let converter = Converter {
            gain_steps: vec![step(0.75, 20.0), step(0.25, -20.0)],
            ..plain()
        };
        let out = converted(&converter, &vec![0.01; 48_000]);
        for (index, expected) in [
            (11_999, 0.01),
            (12_000, 0.001),
            (35_999, 0.001),
            (36_000, 0.1),
        ] {
            assert!(
                (out[index] - expected).abs() < 1e-12,
                "{index}: {}",
                out[index]
            );
        }
    }

    #[test]
    fn dither_frees_the_error_from_the_signal_and_costs_its_known_noise() {
        let steps = 32_768.0;
        for (dither, expected) in [
            (true, (3.0_f64 / 12.0).sqrt()),
            (false, (1.0_f64 / 12.0).sqrt()),
        ] {
            let input: Vec<f64> = (0..200_000)
                .map(|n| 0.3 * (0.01 * f64::from(n)).sin())
                .collect();
            let converter = Converter {
                dither,
                ..Converter::default()
            };
            let out = converted(&converter, &input);
            let error: Vec<f64> = out
                .iter()
                .zip(&input)
                .map(|(a, b)| steps * (a - b))
                .collect();
            assert!(
                (rms(&error) / expected - 1.0).abs() < 0.02,
                "{}",
                rms(&error)
            );
            assert!(out.iter().all(|x| (x * steps).fract().abs() < 1e-9));
        }
    }

    #[test]
    fn clipped_tops_are_flat_even_with_dither() {
        let converter = Converter {
            clip: Some(0.45),
            ..Converter::default()
        };
        let input: Vec<f64> = (0..4800).map(|n| (0.05 * f64::from(n)).sin()).collect();
        let out = converted(&converter, &input);
        let top = (0.45_f64 * 32_768.0).round() / 32_768.0;
        let flat = out.iter().filter(|x| (x.abs() - top).abs() < 1e-12).count();
        let above = input.iter().filter(|x| x.abs() > 0.451).count();
        assert!(flat >= above && above > 2000, "{flat} of {above}");
        assert!(out.iter().all(|x| x.abs() <= top));
    }

    #[test]
    fn full_scale_is_the_largest_code() {
        let out = converted(&Converter::default(), &[3.0, -3.0]);
        assert!((out[0] - 32_767.0 / 32_768.0).abs() < 1e-12);
        assert!((out[1] + 32_767.0 / 32_768.0).abs() < 1e-12);
    }

    #[test]
    fn the_gate_closes_after_its_hold_and_opens_at_once() {
        let gate = Gate {
            threshold_db: -40.0,
            attenuation_db: 60.0,
            hold_s: 0.01,
        };
        let converter = Converter {
            gate: Some(gate),
            ..plain()
        };
        let mut input = vec![0.001; 2000];
        input[0] = 0.5;
        input[1500] = 0.5;
        let out = converted(&converter, &input);
        assert!((out[480] - 0.001).abs() < 1e-12);
        assert!((out[481] - 1e-6).abs() < 1e-12);
        assert!((out[1499] - 1e-6).abs() < 1e-12);
        assert!((out[1501] - 0.001).abs() < 1e-12);
    }
}
