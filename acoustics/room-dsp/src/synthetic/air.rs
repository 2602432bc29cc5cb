//! What reaches the converter besides the measured sound: noise, mains hum, knocks and a constant voltage.

use core::f64::consts::TAU;

use super::amplitude;
use super::error::{RecipeError, require};
use super::noise::Noise;
use crate::signal::SampleRate;

/// Decay time (60 dB) of a click in seconds: something hard falls on the table.
const CLICK_DECAY_S: f64 = 0.02;

/// Names of the random streams; each kind of disturbance has its own.
mod stream {
    pub(super) const WHITE: u64 = 0x57;
    pub(super) const PINK: u64 = 0x50;
    pub(super) const HUM: u64 = 0x48;
    pub(super) const CLICK: u64 = 0x43;
}

/// Mains hum: a fundamental and harmonics whose amplitudes fall as 1/k.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hum {
    pub(super) fundamental_hz: f64,
    /// Root-mean-square level of all partials together.
    pub(super) level_db: f64,
    /// Number of partials, the fundamental included.
    pub(super) partials: u32,
}

/// A knock: a burst of noise that starts with its peak.
#[derive(Debug, Clone, Copy)]
pub(super) struct Click {
    pub(super) time_s: f64,
    /// Level of the peak.
    pub(super) peak_db: f64,
}

/// All disturbances; the default is silence.
#[derive(Debug, Clone, Default)]
pub(super) struct Air {
    pub(super) white_db: Option<f64>,
    pub(super) pink_db: Option<f64>,
    pub(super) hum: Vec<Hum>,
    pub(super) clicks: Vec<Click>,
    pub(super) offset: f64,
}

impl Air {
    pub(super) fn validate(&self, file_s: f64) -> Result<(), RecipeError> {
        if let Some(level) = self.white_db {
            require("white_noise_db", level, -200.0..=20.0)?;
        }
        if let Some(level) = self.pink_db {
            require("pink_noise_db", level, -200.0..=20.0)?;
        }
        for hum in &self.hum {
            require("hum fundamental_hz", hum.fundamental_hz, 1.0..=10_000.0)?;
            require("hum level_db", hum.level_db, -200.0..=20.0)?;
            require("hum partials", f64::from(hum.partials), 1.0..=1000.0)?;
        }
        for click in &self.clicks {
            require("click time_s", click.time_s, 0.0..=file_s)?;
            require("click peak_db", click.peak_db, -200.0..=60.0)?;
        }
        require("dc_offset", self.offset, -1.0..=1.0)
    }

    /// Adds everything to the samples taken at `times_s`. Hum and clicks are the same for every `microphone`,
    /// noise is its own.
    pub(super) fn add_to(
        &self,
        samples: &mut [f64],
        times_s: &[f64],
        rate: SampleRate,
        (seed, microphone): (u64, u64),
    ) {
        let own = |kind: u64| Noise::stream(seed, kind + (microphone << 8));
        if let Some(level) = self.white_db {
            let noise = own(stream::WHITE).white(samples.len(), level);
            add(samples, &noise);
        }
        if let Some(level) = self.pink_db {
            let noise = own(stream::PINK).pink(rate, samples.len(), level);
            add(samples, &noise);
        }
        let mut phases = Noise::stream(seed, stream::HUM);
        for hum in &self.hum {
            hum.add_to(samples, times_s, &mut phases);
        }
        let mut bursts = Noise::stream(seed, stream::CLICK);
        for click in &self.clicks {
            click.add_to(samples, rate, &mut bursts);
        }
        for x in samples {
            *x += self.offset;
        }
    }
}

impl Hum {
    fn add_to(&self, samples: &mut [f64], times_s: &[f64], phases: &mut Noise) {
        let orders = || (1..=self.partials).map(f64::from);
        let power: f64 = orders().map(|k| 0.5 / (k * k)).sum();
        let scale = amplitude(self.level_db) / power.sqrt();
        for order in orders() {
            let phase = TAU * phases.uniform();
            let angular = TAU * order * self.fundamental_hz;
            for (x, t) in samples.iter_mut().zip(times_s) {
                *x += scale / order * (angular * t + phase).sin();
            }
        }
    }
}

impl Click {
    fn add_to(&self, samples: &mut [f64], rate: SampleRate, bursts: &mut Noise) {
        let length = rate.samples(2.0 * CLICK_DECAY_S);
        let mut burst = bursts.white(length, 0.0);
        for (n, x) in burst.iter_mut().enumerate() {
            *x *= amplitude(-60.0 * n as f64 / rate.as_f64() / CLICK_DECAY_S);
        }
        let peak = burst.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let scale = amplitude(self.peak_db) / peak.max(f64::MIN_POSITIVE);
        for x in &mut burst {
            *x *= scale;
        }
        let from = rate.samples(self.time_s).min(samples.len());
        add(&mut samples[from..], &burst);
    }
}

/// Adds one sound to another, as far as both last.
fn add(samples: &mut [f64], other: &[f64]) {
    for (x, y) in samples.iter_mut().zip(other) {
        *x += y;
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::rms;
    use super::*;

    fn added(air: &Air, microphone: u64) -> Vec<f64> {
        let times: Vec<f64> = (0..96_000).map(|n| f64::from(n) / 48_000.0).collect();
        let mut samples = vec![0.0; times.len()];
        air.add_to(&mut samples, &times, SampleRate::STANDARD, (5, microphone));
        samples
    }

    fn tone_level_db(samples: &[f64], hz: f64) -> f64 {
        let (re, im) = samples
            .iter()
            .enumerate()
            .fold((0.0, 0.0), |(re, im), (n, x)| {
                let (s, c) = (TAU * hz * n as f64 / 48_000.0).sin_cos();
                (re + x * c, im + x * s)
            });
        20.0 * (re.hypot(im) * 2.0_f64.sqrt() / samples.len() as f64).log10()
    }

    #[test]
    fn hum_has_its_level_and_falling_partials() {
        let hum = Hum {
            fundamental_hz: 50.0,
            level_db: -30.0,
            partials: 5,
        };
        let sound = added(
            &Air {
                hum: vec![hum],
                ..Air::default()
            },
            0,
        );
        assert!((20.0 * rms(&sound).log10() + 30.0).abs() < 1e-6);
        let first = tone_level_db(&sound, 50.0);
        for k in 2..=5 {
            let step = tone_level_db(&sound, 50.0 * f64::from(k)) - first;
            assert!(
                (step + 20.0 * f64::from(k).log10()).abs() < 1e-6,
                "{k}: {step}"
            );
        }
        assert!(tone_level_db(&sound, 300.0) < -120.0);
    }

    #[test]
    fn a_click_begins_at_its_time_with_its_peak_and_is_short() {
        let click = Click {
            time_s: 0.5,
            peak_db: -6.0,
        };
        let sound = added(
            &Air {
                clicks: vec![click],
                ..Air::default()
            },
            0,
        );
        assert!(rms(&sound[..24_000]) < 1e-300);
        let peak = sound.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        assert!((peak - 10f64.powf(-0.3)).abs() < 1e-12);
        assert!(rms(&sound[24_000..24_480]) > 0.05);
        assert!(rms(&sound[24_000 + 1920..]) < 1e-300);
    }

    #[test]
    fn noise_belongs_to_a_microphone_and_hum_to_the_wire() {
        let noisy = Air {
            white_db: Some(-60.0),
            pink_db: Some(-60.0),
            ..Air::default()
        };
        assert_eq!(added(&noisy, 0), added(&noisy, 0));
        assert_ne!(added(&noisy, 0), added(&noisy, 1));
        let level = 20.0 * rms(&added(&noisy, 0)).log10();
        assert!((level + 56.99).abs() < 0.1, "{level} dB");
        let offset = Air {
            offset: 0.05,
            ..Air::default()
        };
        assert_eq!(added(&offset, 0), added(&offset, 1));
        assert!((added(&offset, 0)[7] - 0.05).abs() < 1e-15);
    }
}
