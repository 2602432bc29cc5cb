//! From late energies to sound: a Poisson train of arrivals.
//!
//! Reflections of a room arrive ever more densely, 4 pi c^3 t^2 / V a second; above ten thousand a second they are
//! heard as noise, and no denser ones are made (Schroeder 2011, section 5.3.4). Signs are random, so that the train is
//! incoherent: its energies in a bin are the sum of squares, which is made exact for each octave and bin.

use glam::DVec3;

use crate::directivity::on_sphere;
use crate::energy::EnergyHistogram;
use crate::octaves::PerOctave;
use crate::rays::Chance;

/// Arrivals in ascending order of delay, in little memory: amplitudes are those of a bin, signs and directions are
/// drawn again when they are asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tail {
    arrivals: Vec<Arrival>,
    /// Amplitudes of the bins that have any.
    amplitudes: Vec<PerOctave>,
    chance: Chance,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Arrival {
    delay_s: f64,
    /// Place of its amplitude.
    amplitude: u32,
    /// Numbers that were drawn before its own.
    drawn: u32,
}

impl Tail {
    /// No arrivals.
    pub(crate) const SILENCE: Self = Self {
        arrivals: Vec::new(),
        amplitudes: Vec::new(),
        chance: Chance::new(0),
    };

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.arrivals.len()
    }

    /// Whether all arrivals are alike in all octaves.
    pub(crate) fn is_flat(&self) -> bool {
        self.amplitudes.iter().all(PerOctave::is_flat)
    }

    /// When the last arrival comes, in seconds; 0 where there is none.
    pub(crate) fn end_s(&self) -> f64 {
        self.arrivals.last().map_or(0.0, |arrival| arrival.delay_s)
    }

    /// Delays and signed amplitudes, with a gain that depends on where an arrival comes from: late sound comes from
    /// everywhere alike.
    pub(crate) fn heard(
        &self,
        gain: impl Fn(&dyn Fn() -> DVec3) -> f64,
    ) -> impl Iterator<Item = (f64, PerOctave)> {
        self.arrivals.iter().map(move |arrival| {
            let number = |k: u64| self.chance.again(u64::from(arrival.drawn) + k);
            let sign = if number(1) < 0.5 { -1.0 } else { 1.0 };
            let gain = sign * gain(&|| on_sphere(number(2), number(3)));
            let amplitude = self.amplitudes[arrival.amplitude as usize].map(|a| gain * a);
            (arrival.delay_s, amplitude)
        })
    }
}

/// Densest train, in arrivals a second.
const DENSEST: f64 = 1e4;

/// The train of energies per bin and octave, in ascending order of delay. `seed` draws delays and signs.
///
/// A bin that has energy and no arrival of the train gets one. The bin's energy is shared out evenly; octaves without
/// energy are silent, and bins without any are empty.
pub(crate) fn poisson(
    energies: &EnergyHistogram,
    volume_m3: f64,
    speed_m_s: f64,
    seed: u64,
) -> Tail {
    let octaves = energies.octaves();
    let mut chance = Chance::new(seed);
    let mut train = Train::new(volume_m3, speed_m_s);
    train.expected = train.expected_until(energies.origin_s());
    let over_s = energies.origin_s() + energies.bin_s() * energies.len() as f64;
    let mut next_s = train.next(&mut chance);
    let mut arrivals = Vec::with_capacity(count(train.expected_until(over_s) - train.expected));
    let mut amplitudes = Vec::new();
    let mut delays = Vec::new();
    for (place, bin) in energies.bins().iter().enumerate() {
        let begin_s = energies.origin_s() + energies.bin_s() * place as f64;
        let end_s = begin_s + energies.bin_s();
        delays.clear();
        while next_s < end_s {
            delays.push(next_s.max(begin_s));
            next_s = train.next(&mut chance);
        }
        if bin.iter().all(|e| *e <= 0.0) {
            continue;
        }
        if delays.is_empty() {
            delays.push(begin_s + energies.bin_s() * chance.number());
        }
        let share = 1.0 / delays.len() as f64;
        let amplitude = small(amplitudes.len() as u64);
        amplitudes.push(PerOctave::from_fn(octaves, |o| {
            (bin[o].max(0.0) * share).sqrt()
        }));
        for delay_s in &delays {
            arrivals.push(Arrival {
                delay_s: *delay_s,
                amplitude,
                drawn: small(chance.skip(3)),
            });
        }
    }
    Tail {
        arrivals,
        amplitudes,
        chance,
    }
}

/// Memory for arrivals: somewhat more than are expected.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most half a minute of arrivals"
)]
fn count(expected: f64) -> usize {
    (1.05 * expected) as usize
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most half a minute of bins and arrivals, with a handful of numbers each"
)]
const fn small(number: u64) -> u32 {
    number as u32
}

/// Moments of a Poisson process whose rate grows as t^2 until it is densest.
struct Train {
    /// Arrivals expected until t are `cubic` t^3, at first.
    cubic: f64,
    /// When the densest begins, in seconds, and what is expected until then.
    bend_s: f64,
    until_bend: f64,
    expected: f64,
}

impl Train {
    fn new(volume_m3: f64, speed_m_s: f64) -> Self {
        let cubic = 4.0 / 3.0 * core::f64::consts::PI * speed_m_s.powi(3) / volume_m3;
        let bend_s = (DENSEST / (3.0 * cubic)).sqrt();
        Self {
            cubic,
            bend_s,
            until_bend: cubic * bend_s.powi(3),
            expected: 0.0,
        }
    }

    /// Arrivals expected until a time.
    fn expected_until(&self, time_s: f64) -> f64 {
        if time_s <= self.bend_s {
            self.cubic * time_s.max(0.0).powi(3)
        } else {
            self.until_bend + DENSEST * (time_s - self.bend_s)
        }
    }

    /// The next moment: unit steps of an exponential law on the scale of what is expected.
    fn next(&mut self, chance: &mut Chance) -> f64 {
        self.expected -= (1.0 - chance.number()).ln();
        if self.expected <= self.until_bend {
            (self.expected / self.cubic).cbrt()
        } else {
            self.bend_s + (self.expected - self.until_bend) / DENSEST
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octaves::Octaves;

    fn decay(volume: f64, seed: u64) -> (EnergyHistogram, Vec<(f64, PerOctave)>) {
        let octaves = Octaves::from_centres(&[500.0, 1000.0, 2000.0]).unwrap();
        let mut energies = EnergyHistogram::new(octaves, 0.02, 0.002, 500);
        for k in 0..500 {
            let time = 0.0201 + 0.002 * f64::from(k);
            let value = |o: usize| match o {
                _ if (100..120).contains(&k) => 0.0,
                1 if k > 300 => 0.0,
                _ => (-20.0 * time).exp() / (o as f64 + 1.0),
            };
            energies.add(time, &PerOctave::from_fn(octaves, value));
        }
        let tail = poisson(&energies, volume, 343.0, seed);
        (energies, tail.heard(|_| 1.0).collect())
    }

    #[test]
    fn energies_of_every_bin_and_octave_are_exact() {
        for volume in [60.0, 10_000.0] {
            let (energies, arrivals) = decay(volume, 3);
            let octaves = energies.octaves();
            let mut sums = EnergyHistogram::new(octaves, 0.02, 0.002, 500);
            for (delay_s, amplitude) in &arrivals {
                sums.add(*delay_s, &amplitude.map(|a| a * a));
            }
            let pairs = octaves
                .iter()
                .flat_map(|o| sums.octave(o).zip(energies.octave(o)));
            for (found, expected) in pairs {
                assert!(
                    (found - expected).abs() <= 1e-12 * expected,
                    "{found} {expected}"
                );
            }
            assert!(arrivals.windows(2).all(|w| w[0].0 <= w[1].0));
        }
    }

    #[test]
    fn arrivals_come_at_the_rate_of_the_room_and_signs_are_even() {
        let (_, arrivals) = decay(10_000.0, 5);
        // 4 pi c^3 t^2 / V reaches 10^4 a second at 0.444 s.
        let early = arrivals.iter().filter(|a| a.0 >= 0.3 && a.0 < 0.4).count() as f64;
        let cubic = 4.0 / 3.0 * core::f64::consts::PI * 343f64.powi(3) / 10_000.0;
        let expected = cubic * (0.4f64.powi(3) - 0.3f64.powi(3));
        assert!(
            (early - expected).abs() < 4.0 * expected.sqrt(),
            "{early} {expected}"
        );
        let late = arrivals.iter().filter(|a| a.0 >= 0.6 && a.0 < 1.0).count() as f64;
        assert!((late - 4000.0).abs() < 4.0 * 4000f64.sqrt(), "{late}");
        let up = arrivals.iter().filter(|a| a.1[0] > 0.0).count() as f64;
        let n = arrivals.len() as f64;
        assert!((up - n / 2.0).abs() < 2.0 * n.sqrt());
        assert_eq!(decay(10_000.0, 5).1, arrivals);
        assert_ne!(decay(10_000.0, 6).1, arrivals);
    }

    #[test]
    fn nothing_sounds_where_there_is_no_energy() {
        let (_, arrivals) = decay(60.0, 1);
        assert!(!arrivals.iter().any(|a| a.0 > 0.2201 && a.0 < 0.2599));
        assert!(
            arrivals
                .iter()
                .filter(|a| a.0 > 0.63)
                .all(|a| a.1[1].abs() <= 0.0)
        );
    }
}
