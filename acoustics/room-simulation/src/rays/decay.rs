//! Levels, clarity and decay times of energies in bins, and how far they can be trusted.
//!
//! The definitions are those of room-metrics. The spread comes from the batches, each left out once (the jackknife of
//! Quenouille and Tukey); the 95 % interval is Student's with seven degrees of freedom.

use room_metrics::{DecayTime, energy_c50_db, energy_decay_time_s};

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
        let first = energies.iter().position(|e| *e > 0.0)?;
        let heard = &energies[first..];
        match self {
            Self::LevelDb => Some(10.0 * heard.iter().sum::<f64>().log10()),
            Self::C50Db => energy_c50_db(heard, bin_s).ok(),
            Self::EdtS => energy_decay_time_s(heard, bin_s, DecayTime::Edt).ok(),
            Self::T20S => energy_decay_time_s(heard, bin_s, DecayTime::T20).ok(),
            Self::T30S => energy_decay_time_s(heard, bin_s, DecayTime::T30).ok(),
        }
    }

    /// Its value and spread for the mean of batches, on top of what is known without error.
    pub(crate) fn of_batches(
        self,
        batches: &[Vec<f64>],
        known: Option<&[f64]>,
        bin_s: f64,
    ) -> Option<Estimate> {
        let length = batches.first()?.len();
        let sum: Vec<f64> = (0..length)
            .map(|k| batches.iter().map(|b| b[k]).sum())
            .collect();
        let known = |k: usize| known.and_then(|e| e.get(k)).copied().unwrap_or(0.0);
        let n = batches.len() as f64;
        let all: Vec<f64> = (0..length).map(|k| sum[k] / n + known(k)).collect();
        let value = self.of(&all, bin_s)?;
        let without = |batch: &Vec<f64>| {
            // Rounding must not leave a negative energy where a batch was all there was.
            let rest = |k: usize| ((sum[k] - batch[k]) / (n - 1.0)).max(0.0) + known(k);
            let rest: Vec<f64> = (0..length).map(rest).collect();
            self.of(&rest, bin_s)
        };
        let each: Option<Vec<f64>> = batches.iter().map(without).collect();
        let each = each?;
        let mean = each.iter().sum::<f64>() / n;
        let square: f64 = each.iter().map(|x| (x - mean).powi(2)).sum();
        Some(Estimate {
            value,
            standard_error: ((n - 1.0) / n * square).sqrt(),
        })
    }
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
        let found = Quantity::LevelDb.of_batches(&batches, None, 1.0).unwrap();
        // Variance of 0..7 is 6 (n - 1 below): standard error of the mean, in dB of a total of 2.0035.
        let linear = 0.001 * (6.0f64 / 8.0).sqrt();
        let db = 10.0 / 10f64.ln() * linear / 2.0035;
        assert!((found.standard_error / db - 1.0).abs() < 1e-3);
    }
}
