//! A sink that adds energies to a histogram.

use crate::arrival::{Arrivals, Sink};
use crate::energy::EnergyHistogram;
use crate::image::Loss;
use crate::octaves::OCTAVES_MAX;

/// Bins of a histogram for arrivals in samples.
#[derive(Debug)]
pub(crate) struct Bins<'a> {
    bins: &'a mut [[f64; OCTAVES_MAX]],
    first: usize,
    bands: usize,
    per_sample: f64,
    origin: f64,
    loss: Option<&'a Loss<OCTAVES_MAX>>,
}

impl<'a> Bins<'a> {
    /// For arrivals whose bands are the octaves from `first` on, at a rate.
    pub(crate) fn octaves(histogram: &'a mut EnergyHistogram, first: usize, rate_hz: f64) -> Self {
        let per_sample = 1.0 / (histogram.bin_s() * rate_hz);
        let origin = histogram.origin_s() / histogram.bin_s();
        let bands = histogram.octaves().len();
        Self {
            bins: histogram.bins_mut(),
            first,
            bands,
            per_sample,
            origin,
            loss: None,
        }
    }

    /// For arrivals of one band, which stands for all octaves; the air takes its share of the energies.
    pub(crate) fn flat(
        histogram: &'a mut EnergyHistogram,
        rate_hz: f64,
        loss: Option<&'a Loss<OCTAVES_MAX>>,
    ) -> Self {
        Self {
            loss,
            ..Self::octaves(histogram, 0, rate_hz)
        }
    }

    fn bin(&mut self, delay: f64) -> Option<&mut [f64; OCTAVES_MAX]> {
        let place = delay * self.per_sample - self.origin;
        // The first arrival lies on the beginning of the first bin: rounding must not put it before.
        let place = place + 1e-9;
        if place < 0.0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative; too large a place is none"
        )]
        self.bins.get_mut(place as usize)
    }

    fn take_flat(&mut self, delay: f64, energy: f64) {
        let (bands, loss) = (self.bands, self.loss);
        let Some(bin) = self.bin(delay) else { return };
        if let Some(loss) = loss {
            let kept = loss.at(delay);
            for (sum, kept) in bin.iter_mut().zip(kept) {
                *sum += energy * f64::from(kept);
            }
        } else {
            for sum in bin.iter_mut().take(bands) {
                *sum += energy;
            }
        }
    }
}

/// Bins for all octaves alike.
#[derive(Debug)]
pub(crate) struct Alike<'a>(pub(crate) Bins<'a>);

impl Sink<1> for Alike<'_> {
    fn take(&mut self, arrivals: &Arrivals<1>) {
        let [amplitudes] = arrivals.bands();
        let pairs = arrivals.delays().iter().zip(amplitudes);
        for (delay, a) in pairs.take(arrivals.count()) {
            self.0.take_flat(*delay, f64::from(a * a));
        }
    }
}

impl<const BANDS: usize> Sink<BANDS> for Bins<'_> {
    fn take(&mut self, arrivals: &Arrivals<BANDS>) {
        let first = self.first;
        for (i, delay) in arrivals.delays().iter().enumerate().take(arrivals.count()) {
            let Some(bin) = self.bin(*delay) else {
                continue;
            };
            for (sum, band) in bin[first..].iter_mut().zip(arrivals.bands()) {
                *sum += f64::from(band[i]) * f64::from(band[i]);
            }
        }
    }
}
