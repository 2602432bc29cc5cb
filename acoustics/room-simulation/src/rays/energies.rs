//! What rays have counted: energies of receivers and of the whole room, in heaps of batches, with their errors.

use super::decay::{Estimate, Quantity};
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
        for (heap, place) in heaps
            .iter()
            .flat_map(|h| octaves.iter().map(move |o| (h, o)))
        {
            for (bin, energy) in mean.bins_mut().iter_mut().zip(heap.octave(place)) {
                bin[place] += share * energy;
            }
        }
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

    /// The same without the bins before one.
    #[must_use]
    pub(crate) fn beginning_at(&self, first: usize) -> Self {
        Self {
            heaps: self.heaps.iter().map(|h| h.beginning_at(first)).collect(),
            mean: self.mean.beginning_at(first),
        }
    }

    /// A quantity of an octave with its standard error, on top of energies in the same bins that are known without
    /// error; nothing where the energies do not hold it.
    pub fn estimate(
        &self,
        octave: usize,
        quantity: Quantity,
        known: Option<&EnergyHistogram>,
    ) -> Option<Estimate> {
        let heaps: Vec<Vec<f64>> = self
            .heaps
            .iter()
            .map(|h| h.octave(octave).collect())
            .collect();
        let known: Option<Vec<f64>> = known.map(|h| h.octave(octave).collect());
        quantity.of_batches(&heaps, known.as_deref(), self.mean.bin_s())
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

/// A heap while it grows: plain sums.
#[derive(Debug, Clone)]
pub(crate) struct Heap {
    pub(crate) receivers: Vec<EnergyHistogram>,
    /// Losses of the room: one row for each bin, the last for what is later.
    pub(crate) lost: Vec<[f64; OCTAVES_MAX]>,
}

/// What turns plain sums into energies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) octaves: Octaves,
    pub(crate) speed_m_s: f64,
    pub(crate) attenuation_per_m: PerOctave,
    /// Rays of a heap.
    pub(crate) rays: f64,
}

impl Scale {
    /// A receiver's energies: four for each ray, less what air takes, which is its mean over each bin.
    pub(crate) fn receiver(&self, sums: &EnergyHistogram) -> EnergyHistogram {
        let mut energies = sums.clone();
        let (origin_s, bin_s) = (sums.origin_s(), sums.bin_s());
        let air = self.attenuation_per_m.map(|m| m * self.speed_m_s);
        for (k, bin) in energies.bins_mut().iter_mut().enumerate() {
            let time_s = origin_s + bin_s * k as f64;
            for (energy, rate) in bin.iter_mut().zip(air.values()) {
                *energy *= 4.0 / self.rays * (-rate * time_s).exp() * mean_of_decay(rate * bin_s);
            }
        }
        energies
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
