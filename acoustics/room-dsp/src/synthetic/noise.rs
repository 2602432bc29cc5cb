//! Random numbers that are the same for ever: a seed is part of a recipe, and a library's generator may change.
//!
//! `SplitMix64` (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators") and the polar-free
//! form of Box and Muller (1958). Good enough for sound, unfit for secrets.

use core::f64::consts::TAU;

use super::amplitude;
use super::spectrum::shape;
use crate::signal::SampleRate;

/// Lowest frequency of pink noise in hertz; below it there is none, so that its level is finite.
const PINK_FROM_HZ: f64 = 20.0;

/// A deterministic stream of random numbers.
#[derive(Debug, Clone)]
pub struct Noise {
    state: u64,
    spare: Option<f64>,
}

impl Noise {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self {
            state: seed,
            spare: None,
        }
    }

    /// One of many independent streams of a seed, so that switching one fault on leaves the others as they were.
    pub fn stream(seed: u64, name: u64) -> Self {
        let key = Self::new(seed).next_u64() ^ name;
        Self::new(Self::new(key).next_u64())
    }

    /// The next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `0.0..1.0`, with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Gaussian with mean 0 and variance 1.
    pub fn gaussian(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Gaussian white noise of `length` samples whose expected root-mean-square level is `level_db`.
    pub fn white(&mut self, length: usize, level_db: f64) -> Vec<f64> {
        let scale = amplitude(level_db);
        (0..length).map(|_| scale * self.gaussian()).collect()
    }

    /// Gaussian noise with power falling as 1/f from 20 Hz to half the rate, whose realised root-mean-square
    /// level is `level_db`.
    pub fn pink(&mut self, rate: SampleRate, length: usize, level_db: f64) -> Vec<f64> {
        let white = self.white(length.next_power_of_two(), 0.0);
        let mut pink = shape(&white, rate.as_f64(), |hz| {
            if hz.abs() < PINK_FROM_HZ {
                0.0
            } else {
                hz.abs().sqrt().recip()
            }
        });
        pink.truncate(length);
        let found = rms(&pink);
        if found > 0.0 {
            let scale = amplitude(level_db) / found;
            for x in &mut pink {
                *x *= scale;
            }
        }
        pink
    }
}

/// Root-mean-square value; 0 for no samples.
pub(super) fn rms(samples: &[f64]) -> f64 {
    let energy: f64 = samples.iter().map(|x| x * x).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::spectrum::{forward, frequency_hz};
    use super::*;

    #[test]
    fn the_bits_are_those_of_the_published_generator() {
        let mut noise = Noise::new(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| noise.next_u64()).collect();
        assert_eq!(
            found,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn gaussian_moments() {
        let x = Noise::new(3).white(200_000, 0.0);
        let n = x.len() as f64;
        let moment = |p: i32| x.iter().map(|v| v.powi(p)).sum::<f64>() / n;
        assert!(moment(1).abs() < 0.01, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.01, "variance {}", moment(2));
        assert!(moment(3).abs() < 0.03, "skewness {}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.1, "kurtosis {}", moment(4));
        let lag: f64 = x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n;
        assert!(lag.abs() < 0.01, "neighbours correlate by {lag}");
    }

    #[test]
    fn white_level_is_the_asked_one() {
        let level = 20.0 * rms(&Noise::new(9).white(480_000, -66.0)).log10();
        assert!((level + 66.0).abs() < 0.03, "{level} dB");
    }

    #[test]
    fn pink_has_equal_energy_in_every_octave_and_its_level() {
        let rate = SampleRate::STANDARD;
        let x = Noise::new(5).pink(rate, 480_000, -45.0);
        assert!((20.0 * rms(&x).log10() + 45.0).abs() < 1e-9);
        let bins = forward(&x, x.len());
        let energy = |low: f64| -> f64 {
            bins.iter()
                .enumerate()
                .filter(|(k, _)| {
                    (low..2.0 * low).contains(&frequency_hz(*k, x.len(), rate.as_f64()))
                })
                .map(|(_, bin)| bin.norm_sqr())
                .sum()
        };
        for low in [200.0, 800.0, 3200.0, 10_000.0] {
            let step = 10.0 * (energy(low) / energy(100.0)).log10();
            assert!(step.abs() < 0.6, "{low} Hz: {step} dB");
        }
    }

    #[test]
    fn streams_differ_from_each_other_and_by_seed() {
        let first = |seed, name| Noise::stream(seed, name).next_u64();
        assert_eq!(first(1, 1), first(1, 1));
        assert_ne!(first(1, 1), first(1, 2));
        assert_ne!(first(1, 1), first(2, 1));
        assert_ne!(first(1, 2), first(2, 1));
    }
}
