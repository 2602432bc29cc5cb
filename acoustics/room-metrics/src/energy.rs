//! Energy ratios of one band: clarity, definition, centre time, direct-to-reverberant ratio.
//!
//! ISO 3382-1:2009, A.2.3 to A.2.5; the direct-to-reverberant ratio is not in the standard, its window is
//! stated. Time limits cut the response *before* it is filtered, since a filter smears them; filtering being
//! linear, the late part is the whole less the early part. Energy is collected from a lead before the onset,
//! because the time-reversed filters ring there and because a pulse cut at its first samples changes its gain.

use crate::decay::RANGE_TOLERANCE_DB;
use crate::noise::Truncation;
use crate::quantity::{NotEvaluable, Quantity, finite};

/// Early limits of C50 (and D50) and C80 in seconds.
pub(crate) const EARLY_LIMITS_S: [f64; 2] = [0.050, 0.080];

/// The direct sound lasts until this long after its first arrival, in seconds.
pub(crate) const DIRECT_S: f64 = 0.0025;

/// Range over the background that energy ratios need, in decibels.
const NEEDED_DB: f64 = 20.0;

/// Energies of one band (mean square times samples), background taken off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    early: f64,
    late: f64,
}

/// What the energy quantities of a band are made from; slices begin at the start of the lead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// The filtered response.
    pub(crate) whole: &'a [f64],
    /// Index of the onset.
    pub(crate) onset: usize,
    /// First sample of the lead.
    pub(crate) first: usize,
    /// First sample of what cut parts ring before it.
    pub(crate) ringing: usize,
    pub(crate) rate_hz: f64,
    pub(crate) end: &'a Truncation,
    /// Energy beyond the truncation.
    pub(crate) beyond: f64,
}

impl Parts<'_> {
    /// Splits at a limit: `early` is the filtered response of what lies before `limit_s` after the onset.
    pub(crate) fn split(&self, early: &[f64], limit_s: f64) -> Split {
        let last = (self.onset + self.end.sample).min(self.whole.len());
        let limit = self.onset as f64 + limit_s * self.rate_hz;
        let noise_before = self.end.noise * (limit - self.ringing as f64);
        let noise_after = self.end.noise * (last as f64 - limit).max(0.0);
        let stop = early.len().min(last);
        let first = self.ringing.min(stop);
        let early_energy: f64 = early[first..stop].iter().map(|e| e * e).sum();
        let overlap: f64 = self.whole[first..stop]
            .iter()
            .zip(&early[first..stop])
            .map(|(w, e)| (w - e) * (w - e))
            .sum();
        let rest: f64 = self.whole[stop..last].iter().map(|w| w * w).sum();
        Split {
            early: early_energy - noise_before,
            late: overlap + rest - noise_after + self.beyond,
        }
    }

    /// Energy centroid after the onset in seconds, the filter's own taken off.
    pub(crate) fn centre_time_s(&self, filter_centroid_s: f64) -> Quantity {
        let last = (self.onset + self.end.sample).min(self.whole.len());
        let time = |i: usize| (i as f64 - self.onset as f64) / self.rate_hz;
        let (mut total, mut moment) = (self.beyond, 0.0);
        if let Some(late) = &self.end.late {
            moment += self.beyond * (time(last) + 1.0 / late.rate_per_s());
        }
        for (i, w) in self.whole[..last].iter().enumerate().skip(self.first) {
            let e = w * w - self.end.noise;
            total += e;
            moment += e * time(i);
        }
        if total > 0.0 {
            finite(moment / total - filter_centroid_s)
        } else {
            Err(NotEvaluable::NoEnergy)
        }
    }
}

impl Split {
    /// Early-to-late ratio in decibels.
    pub(crate) fn ratio_db(&self) -> Quantity {
        if self.early <= 0.0 || self.late <= 0.0 {
            return Err(NotEvaluable::NoEnergy);
        }
        finite(10.0 * (self.early / self.late).log10())
    }

    /// Early-to-total ratio, 0 to 1.
    pub(crate) fn fraction(&self) -> Quantity {
        let late = self.late.max(0.0);
        if self.early <= 0.0 {
            return Err(NotEvaluable::NoEnergy);
        }
        finite(self.early / (self.early + late))
    }
}

/// Whether the band stands far enough out of its background for energy ratios.
pub(crate) fn range_suffices(inr_db: &Quantity) -> Result<(), NotEvaluable> {
    match inr_db {
        Ok(found_db) if *found_db < NEEDED_DB - RANGE_TOLERANCE_DB => {
            Err(NotEvaluable::DecayRange {
                needed_db: NEEDED_DB,
                found_db: *found_db,
            })
        }
        _ => Ok(()),
    }
}

/// Lead of a band in seconds: 4 / B, at least 5 ms. Energy before it is background.
pub(crate) fn lead_s(width_hz: f64) -> f64 {
    (4.0 / width_hz).max(0.005)
}

/// Time before the onset over which the energy of cut parts is collected: the lead, and the ringing of what was
/// cut there.
pub(crate) fn ringing_s(width_hz: f64) -> f64 {
    3.0 * lead_s(width_hz)
}
