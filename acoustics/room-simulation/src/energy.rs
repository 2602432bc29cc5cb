//! Energies over time, per octave: what decay times and energy ratios of a simulation are made from.

use crate::octaves::{OCTAVES_MAX, Octaves, PerOctave};

/// Energies of a receiver in bins of equal width; free field at a metre is 1.
///
/// The first bin begins at `origin_s` after the emission. Callers lay it so that the direct sound falls on the
/// beginning of a bin: then limits of 50 and 80 ms are beginnings of bins too.
#[derive(Debug, Clone, PartialEq)]
pub struct EnergyHistogram {
    octaves: Octaves,
    origin_s: f64,
    bin_s: f64,
    bins: Vec<[f64; OCTAVES_MAX]>,
}

impl EnergyHistogram {
    /// An empty one.
    pub fn new(octaves: Octaves, origin_s: f64, bin_s: f64, count: usize) -> Self {
        Self {
            octaves,
            origin_s,
            bin_s,
            bins: vec![[0.0; OCTAVES_MAX]; count],
        }
    }

    /// The same bins without any energy.
    #[must_use]
    pub(crate) fn silent(&self) -> Self {
        Self::new(self.octaves, self.origin_s, self.bin_s, self.bins.len())
    }

    /// Adds energies at a time after the emission; what lies outside the bins is not kept.
    pub fn add(&mut self, time_s: f64, energies: &PerOctave) {
        let place = ((time_s - self.origin_s) / self.bin_s).floor();
        if place < 0.0 || place >= self.bins.len() as f64 {
            return;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "just checked to be a place"
        )]
        let bin = &mut self.bins[place as usize];
        for (sum, energy) in bin.iter_mut().zip(energies.values()) {
            *sum += energy;
        }
    }

    /// The octaves.
    pub const fn octaves(&self) -> Octaves {
        self.octaves
    }

    /// Beginning of the first bin in seconds after the emission.
    pub const fn origin_s(&self) -> f64 {
        self.origin_s
    }

    /// Width of a bin in seconds.
    pub const fn bin_s(&self) -> f64 {
        self.bin_s
    }

    /// Number of bins.
    pub fn len(&self) -> usize {
        self.bins.len()
    }

    /// Whether there are no bins.
    pub fn is_empty(&self) -> bool {
        self.bins.is_empty()
    }

    /// The bin of a time after the emission; those before the first count as the first.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "times are seconds"
    )]
    pub(crate) fn bin_of(&self, time_s: f64) -> usize {
        ((time_s - self.origin_s) / self.bin_s).floor().max(0.0) as usize
    }

    /// The first bin in which an octave has this share of the most that it has in any; 0 where all are empty.
    pub(crate) fn first_above(&self, share: f64) -> usize {
        let loudest: Vec<f64> = self
            .octaves
            .iter()
            .map(|place| self.octave(place).fold(0.0, f64::max))
            .collect();
        let is_loud = |bin: &[f64; OCTAVES_MAX]| {
            let pairs = loudest.iter().zip(bin);
            pairs
                .into_iter()
                .any(|(most, own)| *own > 0.0 && *own >= share * most)
        };
        self.bins.iter().position(is_loud).unwrap_or(0)
    }

    /// The same without the bins before one.
    #[must_use]
    pub(crate) fn beginning_at(&self, first: usize) -> Self {
        Self {
            octaves: self.octaves,
            origin_s: self.origin_s + self.bin_s * first as f64,
            bin_s: self.bin_s,
            bins: self.bins.get(first..).unwrap_or_default().to_vec(),
        }
    }

    /// Adds the energies of a histogram of the same bins.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (sums, own) in self.bins.iter_mut().zip(&other.bins) {
            for (sum, energy) in sums.iter_mut().zip(own) {
                *sum += energy;
            }
        }
    }

    /// Adds energies of bins that follow each other from a place on.
    pub(crate) fn add_bins(&mut self, first: usize, bins: &[PerOctave]) {
        for (sums, own) in self.bins.iter_mut().skip(first).zip(bins) {
            for (sum, energy) in sums.iter_mut().zip(own.values()) {
                *sum += energy;
            }
        }
    }

    /// Energies of one octave, bin after bin.
    pub fn octave(&self, place: usize) -> impl DoubleEndedIterator<Item = f64> + '_ {
        self.bins.iter().map(move |bin| bin[place])
    }

    /// Bins with the energies of every octave.
    pub(crate) fn bins(&self) -> &[[f64; OCTAVES_MAX]] {
        &self.bins
    }

    /// Bins with the energies of every octave, for kernels.
    pub(crate) fn bins_mut(&mut self) -> &mut [[f64; OCTAVES_MAX]] {
        &mut self.bins
    }

    /// Whether there is no energy in any octave.
    pub(crate) fn is_silent(&self) -> bool {
        let octaves = self.octaves.len();
        self.bins
            .iter()
            .all(|bin| bin[..octaves].iter().all(|e| *e <= 0.0))
    }

    /// Total energy of every octave.
    pub fn total(&self) -> PerOctave {
        PerOctave::from_fn(self.octaves, |place| self.octave(place).sum())
    }
}
