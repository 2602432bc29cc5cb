//! Lengths, transforms and weights of a response: made once, kept and shared, since they cost more than the response.
//!
//! All grids of a response last equally long, so that a bin is one frequency in each; the weight of an octave, the
//! taper, the kernel's inverse and the scale of the transforms are one factor a bin. Lengths come from a ladder of
//! products of 2, 3 and 5, about an eighth apart, so that few plans serve many rooms.

use core::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::kernel::kernel;
use super::layout::{FULL, Shared, common, groups};
use super::taper::{TAPS, taper};
use crate::octaves::Octaves;

/// Plans that are kept.
const KEPT: usize = 16;

/// Samples of all plans that are kept, of which each costs some tens of bytes; the newest is kept whatever it has.
const KEPT_SAMPLES: usize = 1 << 24;

/// Seconds before the emission and behind the end in which filters of octaves ring: 2048 samples at 48 kHz.
pub(crate) const RINGING_S: f64 = 2048.0 / 48_000.0;

/// What a response of some length is made with.
pub(crate) struct Plan {
    rate_hz: f64,
    octaves: Option<Octaves>,
    before: usize,
    len: usize,
    pub(crate) inverse: Arc<dyn ComplexToReal<f32>>,
    pub(crate) groups: Vec<Group>,
}

/// The grid of some octaves.
pub(crate) struct Group {
    /// Places of the octaves; 0..1 where all are one.
    pub(crate) octaves: Range<usize>,
    /// Points.
    pub(crate) points: usize,
    /// Points per sample.
    pub(crate) scale: f64,
    /// Transform of the grid.
    pub(crate) forward: Arc<dyn RealToComplex<f32>>,
    /// Factors of every octave.
    pub(crate) weights: Vec<Weights>,
    skews: OnceLock<Vec<f32>>,
}

/// Factors of the bins where an octave has weight.
#[derive(Debug)]
pub(crate) struct Weights {
    /// First bin.
    pub(crate) first: usize,
    /// Factors from there on.
    pub(crate) factors: Vec<f32>,
}

impl core::fmt::Debug for Plan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Plan")
            .field("rate_hz", &self.rate_hz)
            .field("octaves", &self.octaves)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl Plan {
    /// The plan for `samples` after the emission; without octaves there is one band over all frequencies.
    pub(crate) fn shared(rate_hz: f64, octaves: Option<Octaves>, samples: usize) -> Arc<Self> {
        static PLANS: Mutex<Vec<Arc<Plan>>> = Mutex::new(Vec::new());
        let (before, len, shared) = sizes(rate_hz, octaves, samples);
        // A poisoned lock means that another thread panicked while planning; the list itself is whole.
        let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |p: &&Arc<Self>| {
            p.len == len && p.octaves == octaves && p.rate_hz.to_bits() == rate_hz.to_bits()
        };
        if let Some(plan) = plans.iter().find(same) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(Self::new(rate_hz, octaves, before, len, &shared));
        plans.push(Arc::clone(&plan));
        forget(&mut plans, |p| p.len);
        plan
    }

    fn new(
        rate_hz: f64,
        octaves: Option<Octaves>,
        before: usize,
        len: usize,
        shared: &[Shared],
    ) -> Self {
        let mut planner = RealFftPlanner::new();
        let groups = shared
            .iter()
            .map(|group| {
                let points = 3 * len / (2 * group.coarser);
                let weights = |place| Weights::new(rate_hz, octaves, place, len, points);
                Group {
                    octaves: group.octaves.clone(),
                    points,
                    scale: FULL / group.coarser as f64,
                    forward: planner.plan_fft_forward(points),
                    weights: group.octaves.clone().map(weights).collect(),
                    skews: OnceLock::new(),
                }
            })
            .collect();
        Self {
            rate_hz,
            octaves,
            before,
            len,
            inverse: planner.plan_fft_inverse(len),
            groups,
        }
    }

    /// Samples of the whole transform.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Samples before the emission.
    pub(crate) const fn before(&self) -> usize {
        self.before
    }
}

impl Group {
    /// What a decay does to the kernel's transform at every bin, see [`super::kernel::Kernel::skew`].
    pub(crate) fn skews(&self) -> &[f32] {
        self.skews.get_or_init(|| {
            let end = self.weights.iter().map(|w| w.first + w.factors.len()).max();
            (0..end.unwrap_or(0))
                .map(|bin| single(kernel().skew(bin as f64 / self.points as f64)))
                .collect()
        })
    }
}

impl Weights {
    fn new(
        rate_hz: f64,
        octaves: Option<Octaves>,
        place: usize,
        len: usize,
        points: usize,
    ) -> Self {
        let spacing_hz = rate_hz / len as f64;
        let factor = |bin: usize| {
            let frequency_hz = bin as f64 * spacing_hz;
            let weight = octaves.map_or(1.0, |o| o.weight(place, frequency_hz));
            let inverse = kernel().transform(bin as f64 / points as f64) * len as f64;
            single(weight * taper(frequency_hz / rate_hz) / inverse)
        };
        let range = octaves.map_or(0..len / 2 + 1, |o| bins(o, place, spacing_hz, len));
        Self {
            first: range.start,
            factors: range.map(factor).collect(),
        }
    }
}

/// Drops the oldest plans until few enough and little enough is kept.
fn forget<P>(plans: &mut Vec<P>, len: impl Fn(&P) -> usize) {
    let is_too_much =
        |all: &[P]| all.len() > KEPT || all.iter().map(&len).sum::<usize>() > KEPT_SAMPLES;
    while plans.len() > 1 && is_too_much(plans) {
        plans.remove(0);
    }
}

/// Bins where an octave has weight.
fn bins(octaves: Octaves, place: usize, spacing_hz: f64, len: usize) -> Range<usize> {
    let centre = octaves.centre_hz(place) / spacing_hz;
    let all = len / 2 + 1;
    let start = if place == 0 { 0 } else { whole(0.5 * centre) };
    let end = if place + 1 == octaves.len() {
        all
    } else {
        whole(2.0 * centre) + 1
    };
    start.min(all)..end.min(all)
}

/// Samples before the emission, length of the transform and the grids.
fn sizes(rate_hz: f64, octaves: Option<Octaves>, samples: usize) -> (usize, usize, Vec<Shared>) {
    let (before, shared) = octaves.map_or_else(
        || {
            let all = Shared {
                octaves: 0..1,
                coarser: 1,
            };
            (TAPS, vec![all])
        },
        |o| (whole(RINGING_S * rate_hz).max(TAPS), groups(rate_hz, o)),
    );
    let len = rung(samples + 2 * before, 4 * common(&shared));
    (before, len, shared)
}

/// The lowest rung of the ladder that is at least `minimum`: `multiple` times one of these times a power of two.
fn rung(minimum: usize, multiple: usize) -> usize {
    const RUNGS: [usize; 7] = [16, 18, 20, 24, 25, 27, 30];
    let quotient = minimum.div_ceil(multiple);
    let mut octave = 1;
    loop {
        if let Some(rung) = RUNGS.iter().find(|r| *r * octave >= quotient) {
            return rung * octave * multiple;
        }
        octave *= 2;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that is not negative"
)]
fn whole(x: f64) -> usize {
    x.ceil() as usize
}

#[expect(clippy::cast_possible_truncation, reason = "grids are single")]
const fn single(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_are_close_and_smooth() {
        for minimum in (100..100_000).step_by(997) {
            let found = rung(minimum, 24);
            assert!(found >= minimum && found.is_multiple_of(24));
            assert!(
                found < 400 || found * 4 < minimum * 5 + 4 * 24,
                "{minimum} {found}"
            );
        }
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_all() {
        let mut many: Vec<usize> = (0..40).collect();
        forget(&mut many, |_| 10);
        assert_eq!(many, (24..40).collect::<Vec<usize>>());
        let mut long = vec![1 << 20, 1 << 23, 1 << 23, 1 << 22];
        forget(&mut long, |len| *len);
        assert_eq!(long, [1 << 23, 1 << 22]);
        let mut longest = vec![1 << 25];
        forget(&mut longest, |len| *len);
        assert_eq!(longest, [1 << 25]);
    }

    #[test]
    fn a_plan_is_made_once() {
        let a = Plan::shared(48_000.0, Some(Octaves::ALL), 10_000);
        let b = Plan::shared(48_000.0, Some(Octaves::ALL), 10_001);
        assert!(Arc::ptr_eq(&a, &b));
        assert_eq!(a.before(), 2048);
        assert!(a.len() >= 10_001 + 4096);
    }
}
