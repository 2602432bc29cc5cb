//! Levels, clarity and decay times of energies in bins, and how far they can be trusted.
//!
//! The definitions are those of room-metrics. The spread comes from the batches, each left out once (the jackknife of
//! Quenouille and Tukey); the 95 % interval is Student's with seven degrees of freedom.

use room_metrics::{DecayTime, EnergyCurve};

/// A quantity of energies over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Total energy in dB; free field at a metre is 0.
    LevelDb,
    /// Early to late energy in dB, split at 50 ms after the first bin that has energy.
    C50Db,
    /// Early decay time in seconds.
    EdtS,
    /// T20 in seconds.
    T20S,
    /// T30 in seconds.
    T30S,
}

/// A value with its spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value, in the unit of its quantity.
    pub value: f64,
    /// Standard error, in the same unit.
    pub standard_error: f64,
}

/// Student's t for 95 % and seven degrees of freedom.
const STUDENT_7: f64 = 2.364_624_252;

impl Estimate {
    /// Half the width of the 95 % interval.
    pub fn half_width(&self) -> f64 {
        STUDENT_7 * self.standard_error
    }
}

impl Quantity {
    /// Its value for energies in bins of `bin_s` seconds; nothing where they do not hold it.
    pub fn of(self, energies: &[f64], bin_s: f64) -> Option<f64> {
        let [found] = all_of([self], energies, bin_s);
        found
    }

    /// Its value for a decay that begins with what is heard first.
    fn of_decay(self, decay: &EnergyCurve<'_>) -> Option<f64> {
        match self {
            Self::LevelDb => Some(10.0 * decay.total().log10()),
            Self::C50Db => decay.c50_db().ok(),
            Self::EdtS => decay.decay_time_s(DecayTime::Edt).ok(),
            Self::T20S => decay.decay_time_s(DecayTime::T20).ok(),
            Self::T30S => decay.decay_time_s(DecayTime::T30).ok(),
        }
    }
}

/// Quantities of energies, from one decay curve.
fn all_of<const N: usize>(
    quantities: [Quantity; N],
    energies: &[f64],
    bin_s: f64,
) -> [Option<f64>; N] {
    let Some(first) = energies.iter().position(|e| *e > 0.0) else {
        return [None; N];
    };
    let decay = EnergyCurve::new(&energies[first..], bin_s);
    quantities.map(|quantity| quantity.of_decay(&decay))
}

/// Energies of an octave in heaps of batches, on top of what is known without error, in the same bins.
#[derive(Debug, Clone)]
pub(crate) struct Samples<'a> {
    pub(crate) heaps: Vec<&'a [f64]>,
    pub(crate) known: Option<&'a [f64]>,
    pub(crate) bin_s: f64,
}

impl Samples<'_> {
    /// Quantities of the mean of all heaps with their spread; nothing where it does not hold one, or loses it with a
    /// heap.
    pub(crate) fn estimates<const N: usize>(
        &self,
        quantities: [Quantity; N],
    ) -> [Option<Estimate>; N] {
        let n = self.heaps.len() as f64;
        let sum = self.sum();
        let whole: Vec<f64> = sum.iter().map(|energy| energy / n).collect();
        let mut bins = self.with_known(whole);
        let values = all_of(quantities, &bins, self.bin_s);
        let without = self.heaps.iter().map(|heap| {
            bins.clear();
            // Rounding must not leave a negative energy where a heap was all there was.
            let rest = sum.iter().zip(*heap).map(|(all, own)| (all - own).max(0.0));
            bins.extend(rest.map(|energy| energy / (n - 1.0)));
            bins = self.with_known(core::mem::take(&mut bins));
            all_of(quantities, &bins, self.bin_s)
        });
        let without: Vec<[Option<f64>; N]> = without.collect();
        core::array::from_fn(|k| {
            let each: Option<Vec<f64>> = without.iter().map(|found| found[k]).collect();
            Some(Estimate {
                value: values[k]?,
                standard_error: spread(&each?),
            })
        })
    }

    /// The sum of all heaps.
    fn sum(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.heaps.first().map_or(0, |heap| heap.len())];
        for heap in &self.heaps {
            for (sum, energy) in sums.iter_mut().zip(*heap) {
                *sum += energy;
            }
        }
        sums
    }

    /// Energies with those that are known.
    fn with_known(&self, mut energies: Vec<f64>) -> Vec<f64> {
        for (energy, known) in energies.iter_mut().zip(self.known.unwrap_or_default()) {
            *energy += known;
        }
        energies
    }
}

/// Standard error of a mean of samples by its values without each of them.
fn spread(without: &[f64]) -> f64 {
    let n = without.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    let square: f64 = without.iter().map(|x| (x - mean).powi(2)).sum();
    ((n - 1.0) / n * square).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(time_s: f64, bin_s: f64, count: u32) -> Vec<f64> {
        let rate = 6.0 * 10f64.ln() / time_s;
        (0..count)
            .map(|k| (-rate * bin_s * f64::from(k)).exp())
            .collect()
    }

    #[test]
    fn an_exponential_has_its_own_decay_time() {
        let energies = exponential(0.5, 0.002, 400);
        for quantity in [Quantity::EdtS, Quantity::T20S, Quantity::T30S] {
            let found = quantity.of(&energies, 0.002).unwrap();
            assert!((found - 0.5).abs() < 1e-3, "{quantity:?} {found}");
        }
        let expected = 10.0 * (10f64.powf(6.0 * 0.05 / 0.5) - 1.0).log10();
        let c50 = Quantity::C50Db.of(&energies, 0.002).unwrap();
        assert!((c50 - expected).abs() < 1e-6);
        assert!(Quantity::T30S.of(&energies[..120], 0.002).is_none());
        assert!(Quantity::LevelDb.of(&[0.0; 9], 0.002).is_none());
    }

    #[test]
    fn the_spread_of_a_mean_is_that_of_its_batches() {
        let batches: Vec<Vec<f64>> = (0..8)
            .map(|k| vec![1.0 + 0.001 * f64::from(k), 1.0])
            .collect();
        let samples = Samples {
            heaps: batches.iter().map(|b| &b[..]).collect(),
            known: None,
            bin_s: 1.0,
        };
        let [found] = samples.estimates([Quantity::LevelDb]);
        let found = found.unwrap();
        // Variance of 0..7 is 6 (n - 1 below): standard error of the mean, in dB of a total of 2.0035.
        let linear = 0.001 * (6.0f64 / 8.0).sqrt();
        let db = 10.0 / 10f64.ln() * linear / 2.0035;
        assert!((found.standard_error / db - 1.0).abs() < 1e-3);
    }
}
