//! From energies to arrivals: a Poisson train whose pulses carry what lies in each bin.
//!
//! As many reflections as a room has, or as the ear can tell apart (Schroeder 1962; rate min(4 pi c^3 t^2 / V, 10^4 / s)),
//! at random times with random signs; in each bin and octave their squares add up to its energy exactly.

use core::f64::consts::PI;

use crate::energy::EnergyHistogram;
use crate::octaves::PerOctave;

/// Most pulses a second: denser trains sound like noise all the same.
const RATE_MAX_HZ: f64 = 1e4;

/// How long, and in which room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    /// Pulses end here, in seconds after the emission.
    pub(crate) until_s: f64,
    /// Air in cubic metres.
    pub(crate) volume_m3: f64,
    /// Speed of sound in metres per second.
    pub(crate) speed_m_s: f64,
}

/// Delays in seconds and signed amplitudes; the same seed gives the same train.
pub(crate) fn poisson(energies: &EnergyHistogram, span: &Span, seed: u64) -> Vec<(f64, PerOctave)> {
    let octaves = energies.octaves();
    let mut train = Vec::new();
    let mut numbers = Numbers(seed);
    for (place, bin) in energies.bins().iter().enumerate() {
        let begin_s = energies.origin_s() + place as f64 * energies.bin_s();
        if begin_s >= span.until_s {
            break;
        }
        if bin.iter().all(|e| *e <= 0.0) {
            continue;
        }
        let rate = 4.0 * PI * span.speed_m_s.powi(3) * begin_s.powi(2) / span.volume_m3;
        let expected = rate.min(RATE_MAX_HZ) * energies.bin_s();
        let count = numbers.poisson(expected).max(1);
        let share = 1.0 / f64::from(count);
        for _ in 0..count {
            let delay_s = begin_s + numbers.even() * energies.bin_s();
            let sign = if numbers.even() < 0.5 { -1.0 } else { 1.0 };
            let amplitude =
                PerOctave::from_fn(octaves, |o| sign * (share * bin[o].max(0.0)).sqrt());
            train.push((delay_s, amplitude));
        }
    }
    train
}

/// Random numbers by counting and mixing (Steele, Lea and Flood 2014, `SplitMix`).
struct Numbers(u64);

impl Numbers {
    /// Even between 0 and 1.
    fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Poisson's with a mean of at most some hundreds (Knuth's product).
    fn poisson(&mut self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let mut product = self.even();
        let mut count = 0;
        while product > limit {
            product *= self.even();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octaves::Octaves;

    fn decaying() -> EnergyHistogram {
        let mut energies = EnergyHistogram::new(Octaves::ALL, 0.01, 0.0005, 1000);
        for k in 0..1000 {
            let e = |place: usize| (1.0 + place as f64) * (-0.01 * f64::from(k)).exp();
            energies.add(
                0.010_25 + 0.0005 * f64::from(k),
                &PerOctave::from_fn(Octaves::ALL, e),
            );
        }
        energies
    }

    const ROOM: Span = Span {
        until_s: 0.4,
        volume_m3: 50.0,
        speed_m_s: 343.0,
    };

    #[test]
    fn every_bin_has_its_energy_and_the_train_its_rate() {
        let energies = decaying();
        let train = poisson(&energies, &ROOM, 7);
        let mut back = EnergyHistogram::new(Octaves::ALL, 0.01, 0.0005, 1000);
        for (delay_s, amplitude) in &train {
            back.add(*delay_s, &amplitude.map(|a| a * a));
        }
        for place in [0, 8] {
            for (k, (a, b)) in energies.octave(place).zip(back.octave(place)).enumerate() {
                let truth = if k < 780 { a } else { 0.0 };
                assert!((b - truth).abs() < 1e-9 * a, "{place} {k}: {b} {truth}");
            }
        }
        let late = train.iter().filter(|(t, _)| *t > 0.1).count() as f64;
        assert!((late / 3000.0 - 1.0).abs() < 0.06, "{late}");
        let positive = train.iter().filter(|(_, a)| a[0] > 0.0).count() as f64;
        assert!((positive / train.len() as f64 - 0.5).abs() < 0.03);
    }

    #[test]
    fn a_seed_is_a_train_and_silence_is_none() {
        assert_eq!(
            poisson(&decaying(), &ROOM, 1),
            poisson(&decaying(), &ROOM, 1)
        );
        assert_ne!(
            poisson(&decaying(), &ROOM, 1),
            poisson(&decaying(), &ROOM, 2)
        );
        let silent = EnergyHistogram::new(Octaves::ALL, 0.0, 0.001, 100);
        assert!(poisson(&silent, &ROOM, 1).is_empty());
    }
}
