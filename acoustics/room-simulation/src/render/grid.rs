//! A grid that takes arrivals, and its way into the spectrum of the response.

use realfft::num_complex::Complex;

use super::buffers::{Buffers, at_least};
use super::kernel::kernel;
use super::plan::{Group, Weights};
use super::spread::{Planes, spread};
use super::taper::TAPS;
use crate::arrival::{Arrivals, Sink};

/// Complex value in single precision.
pub(crate) type Complex32 = Complex<f32>;

/// Points between which the gain of the air is computed anew.
const STRETCH: usize = 256;

/// Points of every band of a group.
#[derive(Debug)]
pub(crate) struct Grid {
    points: Vec<f32>,
    planes: Planes,
}

impl Grid {
    /// An empty grid of `bands` bands for arrivals up to half a pulse after `samples`.
    pub(crate) fn new(
        group: &Group,
        bands: usize,
        before: usize,
        samples: usize,
        buffers: &mut Buffers,
    ) -> Self {
        let last = (before + samples + TAPS / 2) as f64 * group.scale;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count that is not negative"
        )]
        let last = last as usize;
        Self {
            points: buffers.zeros(bands * group.points),
            planes: Planes {
                stride: group.points,
                len: group.points.min(last),
                scale: group.scale,
                origin: before as f64 * group.scale,
            },
        }
    }

    /// Adds every octave of the group to the spectrum of `len` bins.
    pub(crate) fn add_octaves(mut self, group: &Group, len: usize, buffers: &mut Buffers) {
        let bands = self.points.chunks_exact_mut(group.points);
        for (points, weights) in bands.zip(&group.weights) {
            transform(group, points, &mut buffers.bins, &mut buffers.scratch);
            weigh(weights, len, buffers, |_, bin, factor| bin * factor);
        }
        buffers.put(self.points);
    }

    /// As [`Self::add_octaves`], where the arrivals of all octaves are those of the one band of this grid, less what
    /// the air takes: each octave falls by exp(-decay t), t in samples.
    pub(crate) fn add_decaying(
        self,
        group: &Group,
        decays: &[f64],
        len: usize,
        buffers: &mut Buffers,
    ) {
        for (weights, decay) in group.weights.iter().zip(decays) {
            let per_point = decay / self.planes.scale;
            let faded = at_least(&mut buffers.faded, group.points);
            fade(&self.points, per_point, self.planes.origin, faded);
            transform(group, faded, &mut buffers.bins, &mut buffers.scratch);
            #[expect(clippy::cast_possible_truncation, reason = "spectra are single")]
            let mu = per_point as f32;
            let skews = group.skews();
            // The kernel's transform is C (1 + i mu s) here.
            weigh(weights, len, buffers, |place, bin, factor| {
                let turn = mu * skews[place];
                Complex32::new(bin.re + turn * bin.im, bin.im - turn * bin.re)
                    * (factor / (1.0 + turn * turn))
            });
        }
        buffers.put(self.points);
    }
}

impl Grid {
    /// Points of all bands.
    pub(crate) const fn points(&self) -> usize {
        self.points.len()
    }

    /// The same without any arrival.
    #[must_use]
    pub(crate) fn silent(&self) -> Self {
        Self {
            points: vec![0.0; self.points.len()],
            planes: self.planes,
        }
    }

    /// Adds the arrivals of a grid of the same points.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, own) in self.points.iter_mut().zip(&other.points) {
            *sum += own;
        }
    }
}

/// Grids that all take the same arrivals.
#[derive(Debug)]
pub(crate) struct Grids<'a>(pub(crate) &'a mut [Grid]);

impl<const BANDS: usize> Sink<BANDS> for Grids<'_> {
    fn take(&mut self, arrivals: &Arrivals<BANDS>) {
        self.0.iter_mut().for_each(|grid| grid.take(arrivals));
    }
}

impl<const BANDS: usize> Sink<BANDS> for Grid {
    fn take(&mut self, arrivals: &Arrivals<BANDS>) {
        spread(
            kernel().phases(),
            self.planes,
            arrivals.count(),
            arrivals.delays(),
            arrivals.bands(),
            &mut self.points,
        );
    }
}

fn transform(
    group: &Group,
    points: &mut [f32],
    bins: &mut Vec<Complex32>,
    scratch: &mut Vec<Complex32>,
) {
    let bins = at_least(bins, group.points / 2 + 1);
    let scratch = at_least(scratch, group.forward.get_scratch_len());
    let outcome = group.forward.process_with_scratch(points, bins, scratch);
    debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
}

/// Adds what an octave's weights make of the transformed bins to the spectrum of `len` bins. Where that is empty so
/// far, the bins become it where they are.
fn weigh(
    weights: &Weights,
    len: usize,
    buffers: &mut Buffers,
    value: impl Fn(usize, Complex32, f32) -> Complex32,
) {
    let Buffers { bins, spectrum, .. } = buffers;
    let places = weights.first..weights.first + weights.factors.len();
    if spectrum.is_empty() {
        core::mem::swap(bins, spectrum);
        let zero = Complex32::new(0.0, 0.0);
        spectrum.resize(len, zero);
        spectrum[..places.start].fill(zero);
        spectrum[places.end..].fill(zero);
        let own = spectrum[places.clone()].iter_mut();
        for ((place, bin), factor) in places.zip(own).zip(&weights.factors) {
            *bin = value(place, *bin, *factor);
        }
        return;
    }
    let sums = spectrum[places.clone()].iter_mut();
    let own = sums.zip(&bins[places.clone()]);
    for ((place, (sum, bin)), factor) in places.zip(own).zip(&weights.factors) {
        *sum += value(place, *bin, *factor);
    }
}

/// Points times exp(-decay (point - origin)).
fn fade(points: &[f32], decay: f64, origin: f64, faded: &mut [f32]) {
    let step = (-decay).exp();
    let mut within = [1.0_f32; STRETCH];
    let mut gain = 1.0;
    for w in &mut within {
        #[expect(clippy::cast_possible_truncation, reason = "grids are single")]
        let single = gain as f32;
        *w = single;
        gain *= step;
    }
    let stretches = points.chunks(STRETCH).zip(faded.chunks_mut(STRETCH));
    for (place, (stretch, changed)) in stretches.enumerate() {
        let start = (-decay * ((place * STRETCH) as f64 - origin)).exp();
        #[expect(clippy::cast_possible_truncation, reason = "grids are single")]
        let start = start as f32;
        for ((to, point), w) in changed.iter_mut().zip(stretch).zip(&within) {
            *to = point * (start * w);
        }
    }
}
