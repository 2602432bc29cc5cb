//! What rays have counted: energies of receivers and of the whole room, in heaps of batches, with their errors.

use rayon::prelude::*;
use room_metrics::{DecayTime, energies_reach};

use super::Bins;
use super::decay::{Estimate, Quantity, Samples};
use crate::energy::EnergyHistogram;
use crate::octaves::{OCTAVES_MAX, Octaves, PerOctave};

/// Energies in eight heaps of batches, each an unbiased estimate of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Batches {
    heaps: Vec<EnergyHistogram>,
    mean: EnergyHistogram,
}

impl Batches {
    pub(crate) fn new(heaps: Vec<EnergyHistogram>, octaves: Octaves) -> Self {
        let first = heaps.first();
        let mut mean = first.map_or_else(
            || EnergyHistogram::new(octaves, 0.0, 1.0, 0),
            |h| EnergyHistogram::new(octaves, h.origin_s(), h.bin_s(), h.len()),
        );
        let share = 1.0 / heaps.len().max(1) as f64;
        let parts = mean.bins_mut().par_chunks_mut(BLOCK);
        parts.enumerate().for_each(|(place, part)| {
            for heap in &heaps {
                for (bin, own) in part.iter_mut().zip(&heap.bins()[place * BLOCK..]) {
                    for (sum, energy) in bin.iter_mut().zip(own) {
                        *sum += share * energy;
                    }
                }
            }
        });
        Self { heaps, mean }
    }

    /// The energies: the mean of all heaps.
    pub const fn energies(&self) -> &EnergyHistogram {
        &self.mean
    }

    /// The heaps.
    pub fn heaps(&self) -> &[EnergyHistogram] {
        &self.heaps
    }

    /// A quantity of an octave with its standard error, on top of energies in the same bins that are known without
    /// error; nothing where the energies do not hold it.
    pub fn estimate(
        &self,
        octave: usize,
        quantity: Quantity,
        known: Option<&EnergyHistogram>,
    ) -> Option<Estimate> {
        let heaps = self
            .heaps
            .iter()
            .map(|h| h.octave(octave).collect::<Vec<f64>>());
        let samples = Samples {
            heaps: heaps.collect(),
            known: known.map(|h| h.octave(octave).collect()),
            bin_s: self.mean.bin_s(),
        };
        let [found] = samples.estimates([quantity]);
        found
    }

    /// Quantities of every octave with their standard errors, as by [`Self::estimate`], from the bin `first` on.
    pub(crate) fn estimates<const N: usize>(
        &self,
        quantities: [Quantity; N],
        known: &EnergyHistogram,
        first: usize,
    ) -> Vec<[Option<Estimate>; N]> {
        let heaps: Vec<Columns> = self.heaps.par_iter().map(|h| columns(h, first)).collect();
        let known = columns(known, first);
        let of = |place: usize| {
            let samples = Samples {
                heaps: heaps.iter().map(|h| &h[place][..]).collect(),
                known: Some(&known[place][..]),
                bin_s: self.mean.bin_s(),
            };
            samples.estimates(quantities)
        };
        let octaves = self.mean.octaves().iter();
        octaves.into_par_iter().map(of).collect()
    }
}

/// Energies of each octave, bin after bin.
type Columns = Vec<Vec<f64>>;

/// Bins that stay in the nearest cache while they are gone through several times.
const BLOCK: usize = 128;

/// The energies of each octave from a bin on: all in one pass, since bins hold all octaves.
fn columns(energies: &EnergyHistogram, first: usize) -> Columns {
    let bins = energies.bins().get(first..).unwrap_or_default();
    let mut columns = vec![Vec::with_capacity(bins.len()); energies.octaves().len()];
    for block in bins.chunks(BLOCK) {
        for (place, column) in columns.iter_mut().enumerate() {
            column.extend(block.iter().map(|bin| bin[place]));
        }
    }
    columns
}

/// Everything that rays have counted.
#[derive(Debug, Clone, PartialEq)]
pub struct RayEnergies {
    /// Energies of every receiver; free field at a metre is 1.
    pub receivers: Vec<Batches>,
    /// Mean energy of the whole room in each bin, a share of what began on the source's axis.
    pub room: Option<Batches>,
    /// How the rays fared.
    pub report: RayReport,
}

impl RayEnergies {
    /// Whether the energies of some octave of a receiver end before T30 can be told, whatever its error.
    pub(crate) fn are_too_short(&self, known: &[EnergyHistogram]) -> bool {
        let is_short = |(place, receiver): (usize, &Batches)| {
            let mut whole = receiver.mean.clone();
            if let Some(known) = known.get(place) {
                whole.merge(known);
            }
            let mut octaves = whole.octaves().iter();
            octaves.any(|octave| {
                let energies: Vec<f64> = whole.octave(octave).collect();
                energies_reach(&energies, DecayTime::T30).is_err()
            })
        };
        self.receivers.iter().enumerate().any(is_short)
    }
}

/// How the rays fared.
#[derive(Debug, Clone, PartialEq)]
pub struct RayReport {
    /// Rays of each group of octaves.
    pub rays: u32,
    /// Batches that they came in.
    pub batches: u32,
    /// Groups of octaves that were traced one after the other.
    pub groups: usize,
    /// Reflections of all groups.
    pub hits: u64,
    /// Mean way between reflections, in metres; exact for a diffuse field when time ended the rays.
    pub mean_free_path_m: f64,
    /// Rays that left the room through a seam.
    pub leaks: u64,
    /// Share of all energy that they took with them.
    pub leaked: PerOctave,
    /// Whether the accuracy that was asked for was reached.
    pub reached: Option<bool>,
}

/// A heap while it grows: sums over its batches.
#[derive(Debug, Clone)]
pub(crate) struct Heap {
    pub(crate) receivers: Vec<EnergyHistogram>,
    /// Losses of the room: one row for each bin, the last for what is later.
    pub(crate) lost: Vec<[f64; OCTAVES_MAX]>,
    pub(crate) hits: u64,
    pub(crate) way_m: f64,
    pub(crate) leaks: u64,
    pub(crate) leaked: [f64; OCTAVES_MAX],
}

impl Heap {
    /// Weighs all energies.
    pub(crate) fn weigh(&mut self, share: f64) {
        let receivers = self.receivers.iter_mut().map(EnergyHistogram::bins_mut);
        for bin in receivers.flatten().chain(&mut self.lost) {
            for energy in bin {
                *energy *= share;
            }
        }
    }
}

/// What turns what rays carry into energies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) octaves: Octaves,
    pub(crate) speed_m_s: f64,
    pub(crate) attenuation_per_m: PerOctave,
    /// Rays of a batch.
    pub(crate) rays: f64,
}

impl Scale {
    /// What a receiver's sum in each bin counts: four for each ray, less what air takes, which is its mean over the bin.
    pub(crate) fn factors(&self, bins: &Bins) -> Vec<[f64; OCTAVES_MAX]> {
        let air = self.attenuation_per_m.map(|m| m * self.speed_m_s);
        let within = air.map(|rate| 4.0 / self.rays * mean_of_decay(rate * bins.width_s));
        let begin = within.values().iter().zip(air.values());
        let begin = begin.map(|(own, rate)| own * (-rate * bins.origin_s).exp());
        let mut factors = [0.0; OCTAVES_MAX];
        for (factor, own) in factors.iter_mut().zip(begin) {
            *factor = own;
        }
        let mut steps = [0.0; OCTAVES_MAX];
        for (step, rate) in steps.iter_mut().zip(air.values()) {
            *step = (-rate * bins.width_s).exp();
        }
        let of_bin = |_| {
            let own = factors;
            for (factor, step) in factors.iter_mut().zip(steps) {
                *factor *= step;
            }
            own
        };
        (0..bins.count).map(of_bin).collect()
    }

    /// Mean energy of the room in each bin from its losses: what is lost later is still there.
    pub(crate) fn room(&self, lost: &[[f64; OCTAVES_MAX]], bin_s: f64) -> EnergyHistogram {
        let count = lost.len().saturating_sub(1);
        let mut room = EnergyHistogram::new(self.octaves, 0.0, bin_s, count);
        for place in self.octaves.iter() {
            let rate = self.attenuation_per_m[place] * self.speed_m_s;
            let left =
                |k: usize, energy: f64| energy / self.rays * (-rate * bin_s * k as f64).exp();
            let mut there = lost.last().map_or(0.0, |row| row[place]);
            for k in (0..count).rev() {
                let end = left(k + 1, there);
                there += lost[k][place];
                room.bins_mut()[k][place] = 0.5 * (left(k, there) + end);
            }
        }
        room
    }
}

/// Mean of exp(-x) for x from 0 to `over`.
fn mean_of_decay(over: f64) -> f64 {
    if over > 0.0 {
        -(-over).exp_m1() / over
    } else {
        1.0
    }
}
