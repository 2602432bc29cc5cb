//! From arrivals to samples.
//!
//! [`Renderer`] takes arrivals block by block and gives the response at the end. Three ways, one response: octaves on
//! grids of their own; one grid where all arrivals are alike in all octaves, with the air as a gain in time; pulses
//! written directly where there are few arrivals of one band.

mod buffers;
mod direct;
mod grid;
mod histogram;
mod kernel;
mod layout;
mod plan;
mod smooth;
mod spread;
mod taper;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::arrival::Arrivals;
use crate::octaves::{Octaves, PerOctave};
use buffers::{Buffers, at_least};
use direct::Direct;
use plan::{Group, Plan};

pub(crate) use grid::{Grid, Grids};
pub(crate) use histogram::{Alike, Bins};

/// What arrivals are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Content {
    /// One amplitude for all octaves.
    Flat,
    /// One amplitude for all octaves, of which the air then takes exp(-decay t), t in samples; lists may differ.
    FlatInAir(PerOctave),
    /// An amplitude per octave.
    Octaves(Octaves),
}

impl Content {
    /// Whether all octaves are one, but for the air.
    pub(crate) const fn is_flat(&self) -> bool {
        matches!(self, Self::Flat | Self::FlatInAir(_))
    }

    /// How long a response rings after its last arrival, in seconds: half a pulse, or as octave filters do.
    pub(crate) fn ringing_s(&self, rate_hz: f64) -> f64 {
        let pulse_s = 0.5 * taper::TAPS as f64 / rate_hz;
        match self {
            Self::Flat => pulse_s,
            Self::FlatInAir(_) | Self::Octaves(_) => plan::RINGING_S.max(pulse_s),
        }
    }
}

/// How one band is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rendering {
    /// The cheaper by count of operations.
    #[default]
    Cheaper,
    /// On a grid, with transforms.
    Gridded,
    /// Pulse by pulse; only where all octaves are one, otherwise on a grid.
    Direct,
}

/// Takes arrivals, gives a response.
#[derive(Debug)]
pub(crate) struct Renderer {
    rate_hz: f64,
    samples: usize,
    content: Content,
    canvas: Canvas,
    buffers: Buffers,
}

/// Where arrivals are put.
#[derive(Debug)]
enum Canvas {
    Direct(Direct),
    Grids {
        plan: Arc<Plan>,
        /// One band a group.
        flat: Vec<Grid>,
        /// The octaves of every group.
        octaves: Vec<Grid>,
    },
}

/// What wants arrivals.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    /// One band, no air.
    Direct(&'a mut Direct),
    /// Grids that all want the same one band, no air.
    Flat(&'a mut [Grid]),
    /// Grids that want an amplitude for each of their octaves.
    Octaves(Vec<(&'a mut Grid, core::ops::Range<usize>)>),
}

impl Renderer {
    /// A renderer of `samples` after the emission, for about `arrivals` arrivals.
    pub(crate) fn new(
        rate_hz: f64,
        content: Content,
        samples: usize,
        arrivals: usize,
        rendering: Rendering,
    ) -> Self {
        let counted = match content {
            Content::Flat => None,
            Content::FlatInAir(decays) => Some(decays.octaves()),
            Content::Octaves(octaves) => Some(octaves),
        };
        let direct = match rendering {
            Rendering::Cheaper => is_direct_cheaper(samples, arrivals),
            Rendering::Gridded => false,
            Rendering::Direct => true,
        };
        let mut buffers = Buffers::take();
        let canvas = if direct && counted.is_none() {
            Canvas::Direct(Direct::new(taper::TAPS, samples, &mut buffers))
        } else {
            let plan = Plan::shared(rate_hz, counted, samples);
            let mut grids = |bands: fn(&Group) -> usize| {
                let grid = |g: &Group| Grid::new(g, bands(g), plan.before(), samples, &mut buffers);
                plan.groups.iter().map(grid).collect()
            };
            let (flat, octaves) = match content {
                Content::Octaves(_) => (Vec::new(), grids(|g| g.octaves.len())),
                Content::Flat | Content::FlatInAir(_) => (grids(|_| 1), Vec::new()),
            };
            Canvas::Grids {
                plan,
                flat,
                octaves,
            }
        };
        Self {
            rate_hz,
            samples,
            content,
            canvas,
            buffers,
        }
    }

    /// Sampling frequency in hertz.
    pub(crate) const fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Where images go.
    pub(crate) fn target(&mut self) -> Target<'_> {
        match &mut self.canvas {
            Canvas::Direct(direct) => Target::Direct(direct),
            Canvas::Grids { flat, .. } if self.content.is_flat() => Target::Flat(flat),
            Canvas::Grids { plan, octaves, .. } => {
                let ranges = plan.groups.iter().map(|group| group.octaves.clone());
                Target::Octaves(octaves.iter_mut().zip(ranges).collect())
            }
        }
    }

    /// Adds a list of arrivals, delays in seconds after the emission; where there is one band only, the first octave
    /// stands for all.
    pub(crate) fn add(&mut self, list: &[(f64, PerOctave)]) {
        let rate_hz = self.rate_hz;
        match &mut self.canvas {
            Canvas::Direct(direct) => put::<1>(list, 0, rate_hz, direct),
            Canvas::Grids {
                plan,
                flat,
                octaves,
            } => {
                if self.content == Content::Flat {
                    return put_flat(list, rate_hz, flat);
                }
                if octaves.is_empty() {
                    let (before, samples) = (plan.before(), self.samples);
                    let buffers = &mut self.buffers;
                    let grid = |g: &Group| Grid::new(g, g.octaves.len(), before, samples, buffers);
                    *octaves = plan.groups.iter().map(grid).collect();
                }
                for (grid, group) in octaves.iter_mut().zip(&plan.groups) {
                    let first = group.octaves.start;
                    with_bands!(group.octaves.len(), BANDS => put::<BANDS>(list, first, rate_hz, grid));
                }
            }
        }
    }

    /// The response from `pre_samples` before the emission on; what comes earlier than filters are kept is zero.
    pub(crate) fn finish(self, pre_samples: usize) -> Vec<f32> {
        let mut buffers = self.buffers;
        let cut = |all: &[f32], before: usize| {
            let mut samples = vec![0.0; pre_samples.saturating_sub(before)];
            let first = before.saturating_sub(pre_samples);
            samples.extend_from_slice(&all[first..before + self.samples]);
            samples
        };
        let samples = match self.canvas {
            Canvas::Direct(direct) => {
                let all = direct.finish();
                let samples = cut(&all, taper::TAPS);
                buffers.put(all);
                samples
            }
            Canvas::Grids {
                plan,
                flat,
                octaves,
            } => {
                let all = transform(&plan, &self.content, flat, octaves, &mut buffers);
                let samples = cut(&all[..plan.len()], plan.before());
                buffers.put(all);
                samples
            }
        };
        buffers.keep();
        samples
    }
}

/// Transforms the grids, adds them up and transforms back, to samples as many as the plan has or more.
fn transform(
    plan: &Plan,
    content: &Content,
    flat: Vec<Grid>,
    octaves: Vec<Grid>,
    buffers: &mut Buffers,
) -> Vec<f32> {
    let bins = plan.len() / 2 + 1;
    // The bins of the first transform become the spectrum: they begin with the memory of the last one.
    core::mem::swap(&mut buffers.bins, &mut buffers.spectrum);
    buffers.spectrum.clear();
    for (grid, group) in flat.into_iter().zip(&plan.groups) {
        match content {
            Content::FlatInAir(decays) => {
                let decays = &decays.values()[group.octaves.clone()];
                grid.add_decaying(group, decays, bins, buffers);
            }
            Content::Flat | Content::Octaves(_) => grid.add_octaves(group, bins, buffers),
        }
    }
    for (grid, group) in octaves.into_iter().zip(&plan.groups) {
        grid.add_octaves(group, bins, buffers);
    }
    if let [first, .., last] = &mut buffers.spectrum[..] {
        (first.im, last.im) = (0.0, 0.0);
    }
    let mut all = buffers.any(plan.len());
    let scratch = at_least(&mut buffers.scratch, plan.inverse.get_scratch_len());
    let (spectrum, samples) = (&mut buffers.spectrum, &mut all[..plan.len()]);
    let outcome = plan
        .inverse
        .process_with_scratch(spectrum, samples, scratch);
    debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
    all
}

fn put_flat(list: &[(f64, PerOctave)], rate_hz: f64, grids: &mut [Grid]) {
    for grid in grids {
        put::<1>(list, 0, rate_hz, grid);
    }
}

fn put<const BANDS: usize>(
    list: &[(f64, PerOctave)],
    first: usize,
    rate_hz: f64,
    sink: &mut impl crate::arrival::Sink<BANDS>,
) {
    let mut block = Arrivals::<BANDS>::default();
    for (delay_s, amplitudes) in list {
        let values = &amplitudes.values()[first..];
        let mut amplitude = [0.0; BANDS];
        for (a, value) in amplitude.iter_mut().zip(values) {
            #[expect(clippy::cast_possible_truncation, reason = "amplitudes are single")]
            let single = *value as f32;
            *a = single;
        }
        block.push(delay_s * rate_hz, amplitude, sink);
    }
    block.flush(sink);
}

/// Counts operations: those of a pulse of 128 samples and of spreading over eight points, and those of transforms of
/// two and a half times the length, per sample and binary order of the length.
fn is_direct_cheaper(samples: usize, arrivals: usize) -> bool {
    let (pulse, point, transform) = (128.0, 24.0, 2.0);
    let len = samples as f64;
    (arrivals as f64) * (pulse - point) < 2.5 * transform * len * len.max(2.0).log2()
}
