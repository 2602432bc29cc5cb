//! Energy decay curve and its regressions: EDT, T20, T30 and what says how straight they are.
//!
//! Backward integration (Schroeder 1965) of the squared response less its background, from the truncation time
//! on, with the exponential rest beyond it added: of the usual corrections the combination with the least bias
//! (Guski and Vorlaender 2014). Regressions by least squares over all samples between the limits (ISO
//! 3382-1:2009, 5.3.3; ISO 3382-2:2008, 6). Double precision.

use crate::noise::Truncation;
use crate::quantity::{NotEvaluable, Quantity};

/// Limits of a regression in decibels below the start, and the range over the background that it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) needed: f64,
}

/// Early decay time: 0 to -10 dB.
pub(crate) const EDT: Range = Range {
    from: 0.0,
    to: -10.0,
    needed: 25.0,
};
/// -5 to -25 dB.
pub(crate) const T20: Range = Range {
    from: -5.0,
    to: -25.0,
    needed: 35.0,
};
/// -5 to -35 dB.
pub(crate) const T30: Range = Range {
    from: -5.0,
    to: -35.0,
    needed: 45.0,
};

/// What the range found may fall short of the needed one: the error of its estimate.
pub(crate) const RANGE_TOLERANCE_DB: f64 = 2.0;

/// Decibels of a natural logarithm of energy, which is quicker to take than one to base ten.
const DB_PER_LN: f64 = 10.0 * core::f64::consts::LOG10_E;

/// Fewest points of a regression.
const POINTS_MIN: usize = 4;

/// Non-linearity from which a regression line has no decay behind it, in permille: that of a single step.
///
/// A level that stays, falls at once and stays again is no decay at all, and has 1000 (1 - 3 p (1 - p)) with the step
/// at p: 250 in the middle, more elsewhere. ISO 3382-2:2008, B.2, is suspicious from 10 on; decays of real rooms and
/// small bands reach 200 and agree with independent programs all the same.
const NONLINEARITY_MAX_PERMILLE: f64 = 250.0;

/// A regression line: level in decibels re the start of the decay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecayFit {
    /// Slope in decibels per second, negative.
    pub slope_db_per_s: f64,
    /// Level at the onset in decibels.
    pub intercept_db: f64,
    /// Non-linearity xi = 1000 (1 - r^2) in permille (ISO 3382-2:2008, B.2).
    pub nonlinearity_permille: f64,
}

impl DecayFit {
    /// Time for a fall of 60 dB in seconds.
    pub fn decay_time_s(&self) -> f64 {
        -60.0 / self.slope_db_per_s
    }

    /// The line, if the decay is near enough to it to have its slope.
    pub(crate) fn straight(self) -> Result<Self, NotEvaluable> {
        if self.nonlinearity_permille >= NONLINEARITY_MAX_PERMILLE {
            return Err(NotEvaluable::NotLinear {
                allowed_permille: NONLINEARITY_MAX_PERMILLE,
                found_permille: self.nonlinearity_permille,
            });
        }
        Ok(self)
    }
}

/// Backward-integrated energy of one band.
#[derive(Debug, Clone)]
pub(crate) struct EnergyDecayCurve {
    rate_hz: f64,
    /// Energy left from each sample after the onset on.
    left: Vec<f64>,
    /// Energy of all, what the filter rings before the onset included.
    pub(crate) total: f64,
    /// Energy beyond the truncation, extrapolated.
    pub(crate) beyond: f64,
}

impl EnergyDecayCurve {
    /// From the squared response `before` and `after` the onset.
    pub(crate) fn new(before: &[f64], after: &[f64], end: &Truncation, rate_hz: f64) -> Self {
        let sample = end.sample.min(after.len());
        let beyond = match &end.late {
            Some(late) if end.noise > 0.0 => late.energy_beyond(sample as f64 / rate_hz, rate_hz),
            _ => 0.0,
        };
        let mut left = vec![0.0; sample];
        let mut energy = beyond;
        for (l, e) in left.iter_mut().zip(&after[..sample]).rev() {
            energy += e - end.noise;
            *l = energy;
        }
        let total = energy + before.iter().map(|e| e - end.noise).sum::<f64>();
        Self {
            rate_hz,
            left,
            total,
            beyond,
        }
    }

    /// Energy left from a sample on.
    pub(crate) fn left(&self, sample: usize) -> f64 {
        self.left.get(sample).copied().unwrap_or(0.0)
    }

    /// Regression between two levels, if the curve falls so far.
    pub(crate) fn fit(&self, range: &Range) -> Result<DecayFit, NotEvaluable> {
        if self.total <= 0.0 {
            return Err(NotEvaluable::NoEnergy);
        }
        let below = |db: f64| {
            let limit = self.total * 10f64.powf(db / 10.0);
            self.left.iter().position(|e| *e <= limit)
        };
        let too_short = || {
            let last = self
                .left
                .iter()
                .copied()
                .filter(|e| *e > 0.0)
                .fold(self.total, f64::min);
            NotEvaluable::ResponseTooShort {
                needed_db: -range.to,
                found_db: 10.0 * (self.total / last).log10(),
            }
        };
        let first = if range.from < 0.0 {
            below(range.from).ok_or_else(too_short)?
        } else {
            0
        };
        let last = below(range.to).ok_or_else(too_short)?;
        let count = last.saturating_sub(first);
        if count < POINTS_MIN {
            return Err(NotEvaluable::DecayTooFast {
                needed: POINTS_MIN as f64,
                found: count as f64,
            });
        }
        self.regression(first, last + 1)
    }

    fn regression(&self, first: usize, end: usize) -> Result<DecayFit, NotEvaluable> {
        let n = (end - first) as f64;
        let levels: Vec<f64> = self.left[first..end]
            .iter()
            .map(|e| DB_PER_LN * (e / self.total).max(1e-30).ln())
            .collect();
        let mean_l = levels.iter().sum::<f64>() / n;
        let mean_i = (n - 1.0) / 2.0;
        let (mut il, mut ll) = (0.0, 0.0);
        for (i, level) in levels.iter().enumerate() {
            il += (i as f64 - mean_i) * (level - mean_l);
            ll += (level - mean_l).powi(2);
        }
        let ii = n * (n * n - 1.0) / 12.0;
        let slope = il / ii;
        if slope >= 0.0 || ll <= 0.0 {
            return Err(NotEvaluable::NoEnergy);
        }
        let slope_db_per_s = slope * self.rate_hz;
        let mean_t = (first as f64 + mean_i) / self.rate_hz;
        Ok(DecayFit {
            slope_db_per_s,
            intercept_db: mean_l - slope_db_per_s * mean_t,
            nonlinearity_permille: (1000.0 * (1.0 - il * il / (ii * ll))).max(0.0),
        })
    }

    /// At most `points` points of the curve in decibels, from the onset to the truncation, or to where more
    /// background was taken off than was there: the curve cannot fall below what lies beyond it.
    pub(crate) fn points(&self, points: usize) -> (Vec<f64>, Vec<f64>) {
        let step = self.left.len().div_ceil(points.max(1)).max(1);
        let lowest = self.beyond.max(f64::MIN_POSITIVE);
        self.left
            .iter()
            .enumerate()
            .step_by(step)
            .take_while(|(_, e)| **e >= lowest)
            .map(|(i, e)| (i as f64 / self.rate_hz, 10.0 * (e / self.total).log10()))
            .unzip()
    }
}

/// Impulse-response-to-noise ratio in decibels: level of the exponential decay at the onset over the background.
///
/// From the energy and the decay time, E k / (f n) with k = 13.8155 / T: the level that an exponential decay of
/// this energy begins with. Unlike the highest block it does not grow with the direct sound, which says nothing
/// of how far the decay can be followed.
pub(crate) fn inr_db(curve: &EnergyDecayCurve, end: &Truncation, decay_time_s: f64) -> Quantity {
    if end.noise <= 0.0 {
        return Err(NotEvaluable::NoBackground);
    }
    if curve.total <= 0.0 {
        return Err(NotEvaluable::NoEnergy);
    }
    let start = curve.total * 6.0 * core::f64::consts::LN_10 / (decay_time_s * curve.rate_hz);
    Ok(10.0 * (start / end.noise).log10())
}

/// Standard uncertainty of T20 in seconds for one position and an integrated response (ISO 3382-2:2008, 7.1, n = 10).
pub(crate) fn uncertainty_t20_s(t20_s: f64, width_hz: f64) -> f64 {
    0.88 * t20_s * ((1.0 + 1.90 / 10.0) / (width_hz * t20_s)).sqrt()
}

/// Standard uncertainty of T30 in seconds for one position and an integrated response (ISO 3382-2:2008, 7.1, n = 10).
pub(crate) fn uncertainty_t30_s(t30_s: f64, width_hz: f64) -> f64 {
    0.55 * t30_s * ((1.0 + 1.52 / 10.0) / (width_hz * t30_s)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_step_is_no_decay_wherever_it_stands() {
        for step in [100, 250, 450, 750, 900] {
            let left = (0..1000).map(|i| if i < step { 1.0 } else { 1e-2 });
            let curve = EnergyDecayCurve {
                rate_hz: 1000.0,
                left: left.collect(),
                total: 1.0,
                beyond: 0.0,
            };
            let fit = curve.regression(0, 1000).unwrap();
            let p = f64::from(step) / 1000.0;
            let expected = 1000.0 * (1.0 - 3.0 * p * (1.0 - p));
            assert!(
                (fit.nonlinearity_permille - expected).abs() < 0.01,
                "{fit:?}"
            );
            assert_eq!(fit.straight().unwrap_err().code(), "NOT_LINEAR");
        }
    }
}
