//! What rays have counted: energies of receivers and of the whole room, in heaps of batches, with their errors.

use rayon::prelude::*;
use room_metrics::{DecayTime, energies_reach};

use super::Bins;
use super::decay::{Estimate, Quantity, Samples};
use crate::energy::EnergyHistogram;
use crate::octaves::{OCTAVES_MAX, Octaves, PerOctave};

/// Energies of each octave, bin after bin.
pub(crate) type Columns = Vec<Vec<f64>>;

/// Energies in eight heaps of batches, each an unbiased estimate of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Batches {
    heaps: Vec<Columns>,
    mean: EnergyHistogram,
}

/// Bins whose sums stay in the nearest cache.
const BLOCK: usize = 128;

impl Batches {
    /// Heaps with their mean, which is put into an empty histogram of their bins.
    pub(crate) fn new(heaps: Vec<Columns>, mut mean: EnergyHistogram) -> Self {
        let octaves = mean.octaves();
        let blocks = mean.bins_mut().par_chunks_mut(BLOCK).enumerate();
        blocks.for_each(|(place, block)| {
            for octave in octaves.iter() {
                put_mean(&heaps, octave, place * BLOCK, block);
            }
        });
        Self { heaps, mean }
    }

    /// The energies: the mean of all heaps.
    pub const fn energies(&self) -> &EnergyHistogram {
        &self.mean
    }

    /// A quantity of an octave with its standard error, on top of energies in the same bins that are known without
    /// error; nothing where the energies do not hold it.
    pub fn estimate(
        &self,
        octave: usize,
        quantity: Quantity,
        known: Option<&EnergyHistogram>,
    ) -> Option<Estimate> {
        let [found] = self.in_octave(octave, [quantity], known, 0);
        found
    }

    /// Quantities of every octave with their standard errors, as by [`Self::estimate`], from the bin `first` on.
    pub(crate) fn estimates<const N: usize>(
        &self,
        quantities: [Quantity; N],
        known: &EnergyHistogram,
        first: usize,
    ) -> Vec<[Option<Estimate>; N]> {
        let octaves = self.mean.octaves().iter().into_par_iter();
        let of = |octave| self.in_octave(octave, quantities, Some(known), first);
        octaves.map(of).collect()
    }

    fn in_octave<const N: usize>(
        &self,
        octave: usize,
        quantities: [Quantity; N],
        known: Option<&EnergyHistogram>,
        first: usize,
    ) -> [Option<Estimate>; N] {
        let heaps = self.heaps.iter().map(|heap| &heap[octave]);
        let known = known.map(|h| h.octave(octave).skip(first).collect::<Vec<f64>>());
        let samples = Samples {
            heaps: heaps.map(|h| h.get(first..).unwrap_or_default()).collect(),
            known: known.as_deref(),
            bin_s: self.mean.bin_s(),
        };
        samples.estimates(quantities)
    }
}

/// Puts the mean of some bins of an octave into its column of a block.
fn put_mean(heaps: &[Columns], octave: usize, first: usize, block: &mut [[f64; OCTAVES_MAX]]) {
    let share = 1.0 / heaps.len() as f64;
    let mut sums = [0.0; BLOCK];
    for heap in heaps {
        for (sum, energy) in sums.iter_mut().zip(&heap[octave][first..]) {
            *sum += energy;
        }
    }
    for (bin, sum) in block.iter_mut().zip(sums) {
        bin[octave] = share * sum;
    }
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
    pub(crate) receivers: Vec<Columns>,
    /// Losses of the room in each bin, the last for what is later.
    pub(crate) lost: Columns,
    pub(crate) hits: u64,
    pub(crate) way_m: f64,
    pub(crate) leaks: u64,
    pub(crate) leaked: [f64; OCTAVES_MAX],
}

impl Heap {
    /// Weighs all energies.
    pub(crate) fn weigh(&mut self, share: f64) {
        let columns = self.receivers.iter_mut().flatten().chain(&mut self.lost);
        for energy in columns.flatten() {
            *energy *= share;
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
    /// What a receiver's sum in each bin counts: four for each ray, less what air takes, in the mean over the bin.
    pub(crate) fn factors(&self, bins: &Bins) -> Columns {
        let in_octave = |place: usize| {
            let rate = self.attenuation_per_m[place] * self.speed_m_s;
            let within = 4.0 / self.rays * mean_of_decay(rate * bins.width_s);
            let mut factor = within * (-rate * bins.origin_s).exp();
            let step = (-rate * bins.width_s).exp();
            let of_bin = |_| {
                let own = factor;
                factor *= step;
                own
            };
            (0..bins.count).map(of_bin).collect()
        };
        self.octaves.iter().map(in_octave).collect()
    }

    /// Mean energy of the room in each bin from its losses: what is lost later is still there.
    pub(crate) fn room(&self, all: &Columns, bin_s: f64) -> Columns {
        let in_octave = |(place, lost): (usize, &Vec<f64>)| {
            let rate = self.attenuation_per_m[place] * self.speed_m_s;
            let left =
                |k: usize, energy: f64| energy / self.rays * (-rate * bin_s * k as f64).exp();
            let count = lost.len().saturating_sub(1);
            let mut there = lost.last().copied().unwrap_or(0.0);
            let mut room = vec![0.0; count];
            for k in (0..count).rev() {
                let end = left(k + 1, there);
                there += lost[k];
                room[k] = 0.5 * (left(k, there) + end);
            }
            room
        };
        all.iter().enumerate().map(in_octave).collect()
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
