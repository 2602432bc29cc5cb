//! A grid that takes arrivals, and its way into the spectrum of the response.

use realfft::num_complex::Complex;

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

/// Buffers that every transform uses again.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    points: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Grid {
    /// An empty grid of `bands` bands for arrivals up to half a pulse after `samples`.
    pub(crate) fn new(group: &Group, bands: usize, before: usize, samples: usize) -> Self {
        let last = (before + samples + TAPS / 2) as f64 * group.scale;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count that is not negative"
        )]
        let last = last as usize;
        Self {
            points: vec![0.0; bands * group.points],
            planes: Planes {
                stride: group.points,
                len: group.points.min(last),
                scale: group.scale,
                origin: before as f64 * group.scale,
            },
        }
    }

    /// Adds every octave of the group to the spectrum; the points are used up.
    pub(crate) fn add_octaves(
        &mut self,
        group: &Group,
        spectrum: &mut [Complex32],
        space: &mut Workspace,
    ) {
        let bands = self.points.chunks_exact_mut(group.points);
        for (points, weights) in bands.zip(&group.weights) {
            let transformed = transform(group, points, &mut space.spectrum, &mut space.scratch);
            weigh(weights, transformed, spectrum);
        }
    }

    /// Adds every octave of the group, whose arrivals are those of the one band of this grid, less what the air takes:
    /// each octave falls by exp(-decay t), t in samples.
    pub(crate) fn add_decaying(
        &mut self,
        group: &Group,
        decays: &[f64],
        spectrum: &mut [Complex32],
        space: &mut Workspace,
    ) {
        for (weights, decay) in group.weights.iter().zip(decays) {
            let per_point = decay / self.planes.scale;
            space.points.clear();
            space.points.extend_from_slice(&self.points);
            fade(&mut space.points, per_point, self.planes.origin);
            let (points, bins) = (&mut space.points, &mut space.spectrum);
            let transformed = transform(group, points, bins, &mut space.scratch);
            weigh_skewed(weights, group.skews(), per_point, transformed, spectrum);
        }
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

fn transform<'a>(
    group: &Group,
    points: &mut [f32],
    spectrum: &'a mut Vec<Complex32>,
    scratch: &mut Vec<Complex32>,
) -> &'a [Complex32] {
    let bins = group.points / 2 + 1;
    let zero = Complex32::new(0.0, 0.0);
    if spectrum.len() < bins {
        spectrum.resize(bins, zero);
    }
    if scratch.len() < group.forward.get_scratch_len() {
        scratch.resize(group.forward.get_scratch_len(), zero);
    }
    let outcome = group
        .forward
        .process_with_scratch(points, &mut spectrum[..bins], scratch);
    debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
    &spectrum[..bins]
}

fn weigh(weights: &Weights, transformed: &[Complex32], spectrum: &mut [Complex32]) {
    let sums = spectrum[weights.first..].iter_mut();
    let bins = &transformed[weights.first..];
    for ((sum, bin), factor) in sums.zip(bins).zip(&weights.factors) {
        sum.re += bin.re * factor;
        sum.im += bin.im * factor;
    }
}

/// As [`weigh`]; the kernel's transform is C (1 + i mu s) here.
fn weigh_skewed(
    weights: &Weights,
    skews: &[f32],
    mu: f64,
    transformed: &[Complex32],
    spectrum: &mut [Complex32],
) {
    #[expect(clippy::cast_possible_truncation, reason = "spectra are single")]
    let mu = mu as f32;
    let sums = spectrum[weights.first..].iter_mut();
    let bins = &transformed[weights.first..];
    let skews = &skews[weights.first..];
    for (((sum, bin), factor), skew) in sums.zip(bins).zip(&weights.factors).zip(skews) {
        let turn = mu * skew;
        let factor = factor / (1.0 + turn * turn);
        sum.re += factor * (bin.re + turn * bin.im);
        sum.im += factor * (bin.im - turn * bin.re);
    }
}

/// Multiplies by exp(-decay (point - origin)).
fn fade(points: &mut [f32], decay: f64, origin: f64) {
    let step = (-decay).exp();
    let mut within = [1.0_f32; STRETCH];
    let mut gain = 1.0;
    for w in &mut within {
        #[expect(clippy::cast_possible_truncation, reason = "grids are single")]
        let single = gain as f32;
        *w = single;
        gain *= step;
    }
    for (place, stretch) in points.chunks_mut(STRETCH).enumerate() {
        let start = (-decay * ((place * STRETCH) as f64 - origin)).exp();
        #[expect(clippy::cast_possible_truncation, reason = "grids are single")]
        let start = start as f32;
        for (point, w) in stretch.iter_mut().zip(&within) {
            *point *= start * w;
        }
    }
}
