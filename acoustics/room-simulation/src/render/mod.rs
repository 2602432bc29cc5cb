//! From arrivals to samples.
//!
//! [`Renderer`] takes arrivals block by block and gives the response at the end. Three ways, one response: octaves on
//! grids of their own; one grid where all arrivals are alike in all octaves, with the air as a gain in time; pulses
//! written directly where there are few arrivals of one band.

mod direct;
mod grid;
mod histogram;
mod kernel;
mod layout;
mod plan;
mod smooth;
mod spread;
mod taper;

use std::sync::Arc;

use realfft::num_complex::Complex;

use crate::arrival::Arrivals;
use crate::octaves::{Octaves, PerOctave};
use direct::Direct;
use grid::{Complex32, Grid, Workspace};
use plan::{Group, Plan};

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

/// A grid that wants arrivals, with the octaves that it carries.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    /// One band, no air.
    Direct(&'a mut Direct),
    /// One band, no air.
    Flat(&'a mut Grid, core::ops::Range<usize>),
    /// An amplitude for each of the octaves.
    Octaves(&'a mut Grid, core::ops::Range<usize>),
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
        let octaves = match content {
            Content::Flat => None,
            Content::FlatInAir(decays) => Some(decays.octaves()),
            Content::Octaves(octaves) => Some(octaves),
        };
        let direct = match rendering {
            Rendering::Cheaper => is_direct_cheaper(samples, arrivals),
            Rendering::Gridded => false,
            Rendering::Direct => true,
        };
        let canvas = if direct && octaves.is_none() {
            Canvas::Direct(Direct::new(taper::TAPS, samples))
        } else {
            let plan = Plan::shared(rate_hz, octaves, samples);
            let grids = |one: bool| {
                let grid = |group: &Group| {
                    let bands = if one { 1 } else { group.octaves.len() };
                    Grid::new(group, bands, plan.before(), samples)
                };
                plan.groups.iter().map(grid).collect()
            };
            let is_flat = !matches!(content, Content::Octaves(_));
            Canvas::Grids {
                flat: if is_flat { grids(true) } else { Vec::new() },
                octaves: if is_flat { Vec::new() } else { grids(false) },
                plan,
            }
        };
        Self {
            rate_hz,
            samples,
            content,
            canvas,
        }
    }

    /// Sampling frequency in hertz.
    pub(crate) const fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Where images go: one pass through them for each.
    pub(crate) fn targets(&mut self) -> Vec<Target<'_>> {
        match &mut self.canvas {
            Canvas::Direct(direct) => vec![Target::Direct(direct)],
            Canvas::Grids {
                plan,
                flat,
                octaves,
            } => {
                let of = |group: &Group| group.octaves.clone();
                let flat = flat
                    .iter_mut()
                    .zip(&plan.groups)
                    .map(|(grid, group)| Target::Flat(grid, of(group)));
                let octaves = octaves
                    .iter_mut()
                    .zip(&plan.groups)
                    .filter(|_| matches!(self.content, Content::Octaves(_)))
                    .map(|(grid, group)| Target::Octaves(grid, of(group)));
                flat.chain(octaves).collect()
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
                    if let Some(grid) = flat.first_mut() {
                        put::<1>(list, 0, rate_hz, grid);
                    }
                    return;
                }
                if octaves.is_empty() {
                    let (before, samples) = (plan.before(), self.samples);
                    let grid = |g: &Group| Grid::new(g, g.octaves.len(), before, samples);
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
        let (before, all) = match self.canvas {
            Canvas::Direct(direct) => (taper::TAPS, direct.finish()),
            Canvas::Grids {
                plan,
                flat,
                octaves,
            } => (plan.before(), response(&plan, &self.content, flat, octaves)),
        };
        let silent = pre_samples.saturating_sub(before);
        let first = before.saturating_sub(pre_samples);
        let mut samples = vec![0.0; silent];
        samples.extend_from_slice(&all[first..before + self.samples]);
        samples
    }
}

/// Transforms the grids, adds them up and transforms back.
fn response(
    plan: &Plan,
    content: &Content,
    mut flat: Vec<Grid>,
    mut octaves: Vec<Grid>,
) -> Vec<f32> {
    let mut spectrum = vec![Complex32::new(0.0, 0.0); plan.len() / 2 + 1];
    let mut space = Workspace::default();
    for (grid, group) in flat.iter_mut().zip(&plan.groups) {
        match content {
            Content::FlatInAir(decays) => {
                let decays = &decays.values()[group.octaves.clone()];
                grid.add_decaying(group, decays, &mut spectrum, &mut space);
            }
            Content::Flat | Content::Octaves(_) => {
                grid.add_octaves(group, &mut spectrum, &mut space);
            }
        }
    }
    for (grid, group) in octaves.iter_mut().zip(&plan.groups) {
        grid.add_octaves(group, &mut spectrum, &mut space);
    }
    inverse(plan, &mut spectrum)
}

fn inverse(plan: &Plan, spectrum: &mut [Complex<f32>]) -> Vec<f32> {
    if let Some(first) = spectrum.first_mut() {
        first.im = 0.0;
    }
    if let Some(last) = spectrum.last_mut() {
        last.im = 0.0;
    }
    let mut samples = plan.inverse.make_output_vec();
    let outcome = plan.inverse.process(spectrum, &mut samples);
    debug_assert!(outcome.is_ok(), "buffer lengths are those of the plan");
    samples
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

/// Nanoseconds of a pulse of 128 samples, of spreading over eight points, and of a point in transforms and weights, per
/// binary order of the length: ratios of operations, checked by the benches.
fn is_direct_cheaper(samples: usize, arrivals: usize) -> bool {
    let (pulse, point, transform) = (128.0, 24.0, 2.0);
    let len = samples as f64;
    (arrivals as f64) * (pulse - point) < 3.0 * transform * len * len.max(2.0).log2()
}
