//! Sinks that add energies to a histogram.

use crate::arrival::{Arrivals, Sink};
use crate::energy::EnergyHistogram;
use crate::octaves::{OCTAVES_MAX, PerOctave};

/// Rounding must not put the first arrival before the beginning of the first bin, on which it lies.
const FORGIVEN: f64 = 1e-9;

/// Bins of a histogram for arrivals in samples, octave by octave.
#[derive(Debug)]
pub(crate) struct Bins<'a> {
    energies: &'a mut [[f64; OCTAVES_MAX]],
    first: usize,
    per_sample: f64,
    origin: f64,
}

impl<'a> Bins<'a> {
    /// For arrivals whose bands are the octaves from `first` on, at a rate.
    pub(crate) fn new(histogram: &'a mut EnergyHistogram, first: usize, rate_hz: f64) -> Self {
        Self {
            per_sample: 1.0 / (histogram.bin_s() * rate_hz),
            origin: histogram.origin_s() / histogram.bin_s() - FORGIVEN,
            energies: histogram.bins_mut(),
            first,
        }
    }
}

impl<const BANDS: usize> Sink<BANDS> for Bins<'_> {
    fn take(&mut self, arrivals: &Arrivals<BANDS>) {
        for (i, delay) in arrivals.delays().iter().enumerate().take(arrivals.count()) {
            let place = place_of(delay * self.per_sample - self.origin);
            let Some(bin) = place.and_then(|p| self.energies.get_mut(p)) else {
                continue;
            };
            for (sum, band) in bin[self.first..].iter_mut().zip(arrivals.bands()) {
                *sum += f64::from(band[i]) * f64::from(band[i]);
            }
        }
    }
}

/// Longest slice in seconds: over half of it the air's exponential is a parabola, but for 1e-6 where it takes most.
const SLICE_S: f64 = 0.5e-3;

/// Energies of arrivals that are alike in all octaves but for the air.
///
/// An arrival adds `MOMENTS` numbers to its slice of time instead of one exponential an octave. Without air its energy
/// is all there is to know; with air three are needed: the energy, and that times the distance from the middle of the
/// slice and its square. The air takes its share of every slice at the end.
#[derive(Debug)]
pub(crate) struct Alike<const MOMENTS: usize> {
    slices: Vec<[f64; MOMENTS]>,
    in_bin: usize,
    per_sample: f64,
    origin: f64,
}

impl<const MOMENTS: usize> Alike<MOMENTS> {
    /// For the bins of a histogram and arrivals at a rate.
    pub(crate) fn new(histogram: &EnergyHistogram, rate_hz: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bins are milliseconds"
        )]
        let in_bin = (histogram.bin_s() / SLICE_S - FORGIVEN).ceil().max(1.0) as usize;
        let slice_s = histogram.bin_s() / in_bin as f64;
        Self {
            slices: vec![[0.0; MOMENTS]; histogram.len() * in_bin],
            in_bin,
            per_sample: 1.0 / (slice_s * rate_hz),
            origin: histogram.origin_s() / slice_s - FORGIVEN,
        }
    }
}

impl Alike<1> {
    /// Adds what was taken to every octave of the histogram.
    pub(crate) fn add_to(&self, histogram: &mut EnergyHistogram) {
        let octaves = histogram.octaves().len();
        let bins = histogram.bins_mut().iter_mut();
        for (bin, slices) in bins.zip(self.slices.chunks_exact(self.in_bin)) {
            let energy: f64 = slices.iter().map(|[energy]| energy).sum();
            bin.iter_mut().take(octaves).for_each(|sum| *sum += energy);
        }
    }
}

impl Alike<3> {
    /// Adds what was taken to every octave of the histogram, less what the air takes, in 1/s of energy.
    pub(crate) fn add_in_air_to(&self, histogram: &mut EnergyHistogram, air_per_s: &PerOctave) {
        let slice_s = histogram.bin_s() / self.in_bin as f64;
        let first_s = histogram.origin_s() + 0.5 * slice_s;
        let mut air = [Air::default(); OCTAVES_MAX];
        for (own, rate) in air.iter_mut().zip(air_per_s.values()) {
            *own = Air {
                kept: (-rate * first_s).exp(),
                per_slice: (-rate * slice_s).exp(),
                taken: rate * slice_s,
            };
        }
        let octaves = air_per_s.octaves().len();
        let bins = histogram.bins_mut().iter_mut();
        for (bin, slices) in bins.zip(self.slices.chunks_exact(self.in_bin)) {
            for slice in slices {
                let each = bin.iter_mut().zip(&mut air).take(octaves);
                each.for_each(|(sum, own)| *sum += own.next(slice));
            }
        }
    }
}

/// What the air leaves of an octave from slice to slice.
#[derive(Debug, Clone, Copy, Default)]
struct Air {
    kept: f64,
    per_slice: f64,
    taken: f64,
}

impl Air {
    fn next(&mut self, [energy, first, second]: &[f64; 3]) -> f64 {
        let left = energy - self.taken * (first - 0.5 * self.taken * second);
        let all = self.kept * left;
        self.kept *= self.per_slice;
        all
    }
}

impl<const MOMENTS: usize> Sink<1> for &mut Alike<MOMENTS> {
    fn take(&mut self, arrivals: &Arrivals<1>) {
        let [amplitudes] = arrivals.bands();
        let pairs = arrivals.delays().iter().zip(amplitudes);
        for (delay, amplitude) in pairs.take(arrivals.count()) {
            let at = delay * self.per_sample - self.origin;
            let Some(place) = place_of(at) else { continue };
            let Some(slice) = self.slices.get_mut(place) else {
                continue;
            };
            let mut moment = f64::from(amplitude * amplitude);
            let apart = at - place as f64 - 0.5;
            for sum in slice {
                *sum += moment;
                moment *= apart;
            }
        }
    }
}

/// The bin of a place among bins; nothing before the first.
fn place_of(at: f64) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; too large a place is none"
    )]
    let place = at as usize;
    (at >= 0.0).then_some(place)
}
