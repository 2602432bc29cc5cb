//! Image sources: what reaches a receiver by mirror reflections.
//!
//! [`ShoeboxImages`] is one source and one receiver in an empty box: its images as a list, as a response, as energies,
//! and the closed form of those that are far. [`beam::BeamTree`] is a source in a room of planar faces: paths of any
//! receiver, and what bends around an obstacle of the direct sound.

mod arena;
pub(crate) mod beam;
mod boxes;
mod clip;
mod cone;
mod corner;
pub(crate) mod diffraction;
pub(crate) mod ends;
mod jitter;
mod late;
mod lattice;
mod list;
mod loss;
mod mirror;
mod obstacle;
mod passes;
pub(crate) mod path;
mod planes;
mod points;
mod shade;
mod shoebox;
mod taut;
#[cfg(test)]
mod tests;

use core::ops::Range;

use glam::DVec3;
use rayon::prelude::*;

use crate::arrival::{Nowhere, Sink};
use crate::directivity::{Directivity, Pickup};
use crate::energy::EnergyHistogram;
use crate::material::Material;
use crate::octaves::{Octaves, PerOctave};
use crate::render::{Alike, Bins, Content, Grid, Grids, Renderer, Rendering, Target};
use crate::scene::{Scene, Shape};
use jitter::Jitter;
use lattice::{Layers, Visits};
use passes::Passes;

pub use late::Late;
pub(crate) use lattice::Lattice;
pub use lattice::Limits;
pub use list::Image;

/// Rate at which delays are counted where there are no samples.
const ENERGIES_RATE_HZ: f64 = 48_000.0;

/// Images from which on two threads share a receiver.
const HALVED_IMAGES: usize = 1 << 15;

/// Points of grids up to which they do.
const HALVED_POINTS: usize = 1 << 18;

/// The images of a source for a receiver in a shoebox.
#[derive(Debug, Clone)]
pub struct ShoeboxImages {
    octaves: Octaves,
    size: DVec3,
    walls: [Material; 6],
    attenuation_per_m: PerOctave,
    speed_m_s: f64,
    source: DVec3,
    directivity: Directivity,
    receiver: DVec3,
    pickup: Pickup,
    channel: usize,
    without_scattered: bool,
    jitter: Option<Jitter>,
}

/// What is rendered: the sampling frequency, the samples after the emission and before it, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Sampling frequency in hertz.
    pub rate_hz: f64,
    /// Samples from the emission on.
    pub samples: usize,
    /// Samples before the emission that are kept: octave filters and pulses ring there.
    pub pre_samples: usize,
    /// How one band is rendered.
    pub rendering: Rendering,
}

impl ShoeboxImages {
    /// The images of a source for a receiver, both by place; nothing where the room is not an empty box or there is no
    /// such source or receiver.
    pub fn new(scene: &Scene, source: usize, receiver: usize) -> Option<Self> {
        let Shape::Shoebox(shoebox) = &scene.shape else {
            return None;
        };
        let (emitter, listener) = (scene.sources.get(source)?, scene.receivers.get(receiver)?);
        Some(Self {
            octaves: scene.octaves,
            size: shoebox.size_m,
            walls: shoebox.walls,
            attenuation_per_m: scene.attenuation_per_m,
            speed_m_s: scene.speed_m_s,
            source: emitter.position,
            directivity: emitter.directivity,
            receiver: listener.position,
            pickup: listener.pickup,
            channel: 0,
            without_scattered: false,
            jitter: None,
        })
    }

    /// For a channel of the receiver; the first unless asked for.
    #[must_use]
    pub const fn channel(mut self, channel: usize) -> Self {
        self.channel = channel;
        self
    }

    /// Leaves out what reflections scatter: every one carries sqrt(1 - scattering) of the pressure besides.
    #[must_use]
    pub const fn without_scattered(mut self) -> Self {
        self.without_scattered = true;
        self
    }

    /// Moves every image but the source by up to so many metres, against sweeping echoes; the same seed moves alike.
    #[must_use]
    pub fn jitter(mut self, most_m: f64, seed: u64) -> Self {
        self.jitter = (most_m > 0.0).then(|| Jitter::new(most_m, seed, self.direct_m()));
        self
    }

    /// Replaces what the air takes, in 1/m of energy.
    #[must_use]
    pub fn attenuation_per_m(mut self, attenuation_per_m: &PerOctave) -> Self {
        self.attenuation_per_m = attenuation_per_m.onto(self.octaves);
        self
    }

    /// Length of the direct path in metres.
    pub fn direct_m(&self) -> f64 {
        self.source.distance(self.receiver)
    }

    /// Number of images within limits, the source itself counted.
    pub fn count(&self, limits: Limits) -> usize {
        self.lattice(limits).count
    }

    /// Length of the longest path within limits, in metres.
    pub fn longest_m(&self, limits: Limits) -> f64 {
        self.lattice(limits).longest_m
    }

    /// Length of the shortest path with exactly so many reflections, in metres.
    pub(crate) fn shortest_m(&self, order: u32) -> f64 {
        lattice::shortest_m(self.size, self.source, self.receiver, i64::from(order))
    }

    /// Every image within limits, nearest first.
    pub fn list(&self, limits: Limits) -> Vec<Image> {
        list::list(self, &self.lattice(limits))
    }

    /// The far images in closed form, as the mean of the mirrored directions where source or receiver have a
    /// directivity.
    pub fn late(&self) -> Late {
        let weight = |n: DVec3| self.mean_gain(n);
        let (size, air) = (self.size, self.attenuation_per_m);
        Late::new(
            size,
            &self.walls,
            air,
            self.speed_m_s,
            weight,
            self.without_scattered,
        )
    }

    /// Response of the images within limits.
    pub fn response(&self, limits: Limits, frame: &Frame) -> Vec<f32> {
        let lattice = self.lattice(limits);
        let mut renderer = self.renderer(frame, lattice.count);
        self.render(&lattice, &mut renderer, None, &|| false);
        renderer.finish(frame.pre_samples)
    }

    /// Response of the images within limits, and their energies added to a histogram on the way.
    pub fn response_and_energies(
        &self,
        limits: Limits,
        frame: &Frame,
        energies: &mut EnergyHistogram,
    ) -> Vec<f32> {
        let lattice = self.lattice(limits);
        let mut renderer = self.renderer(frame, lattice.count);
        self.render(&lattice, &mut renderer, Some(energies), &|| false);
        renderer.finish(frame.pre_samples)
    }

    /// A renderer that takes these images at least cost; lists of other arrivals may be added to it.
    pub(crate) fn renderer(&self, frame: &Frame, arrivals: usize) -> Renderer {
        let (rate_hz, samples) = (frame.rate_hz, frame.samples);
        Renderer::new(
            rate_hz,
            self.content(rate_hz),
            samples,
            arrivals,
            frame.rendering,
        )
    }

    /// Adds the energies of the images on a lattice to a histogram, without a response; ends early when told to stop.
    pub(crate) fn energies(
        &self,
        lattice: &Lattice,
        energies: &mut EnergyHistogram,
        stop: &(dyn Fn() -> bool + Sync),
    ) {
        let rate_hz = ENERGIES_RATE_HZ;
        let passes = self.passes(lattice, rate_hz, stop);
        if self.content(rate_hz).is_flat() {
            return self.flat_pass(&passes, &mut Nowhere, Some(energies));
        }
        let octaves = self.octaves.iter();
        let mut bins = Bins::new(energies, 0, rate_hz);
        with_bands!(octaves.len(), BANDS => {
            passes.octaves::<BANDS, Bins<'_>>(octaves, &mut bins, None);
        });
    }

    /// Adds the images on a lattice to a renderer made for them, and their energies to a histogram; ends early, with
    /// some of them only, when told to stop.
    pub(crate) fn render(
        &self,
        lattice: &Lattice,
        renderer: &mut Renderer,
        energies: Option<&mut EnergyHistogram>,
        stop: &(dyn Fn() -> bool + Sync),
    ) {
        let passes = self.passes(lattice, renderer.rate_hz(), stop);
        match renderer.target() {
            Target::Direct(direct) => self.flat_pass(&passes, direct, energies),
            Target::Flat(grids) if is_halved(lattice, grids) => {
                self.flat_halves(&passes, grids, energies);
            }
            Target::Flat(grids) => self.flat_pass(&passes, &mut Grids(grids), energies),
            Target::Octaves(grids) => octave_passes(&passes, grids, energies),
        }
    }

    fn passes<'a>(
        &'a self,
        lattice: &'a Lattice,
        rate_hz: f64,
        stop: &'a (dyn Fn() -> bool + Sync),
    ) -> Passes<'a> {
        Passes {
            images: self,
            lattice,
            rate_hz,
            longest: self.last_m(lattice) * rate_hz / self.speed_m_s,
            visits: Visits {
                layers: Layers::ALL,
                stop,
            },
        }
    }

    /// As [`Self::flat_pass`], in two halves at the same time, whose sums do not depend on who is first.
    fn flat_halves(
        &self,
        passes: &Passes<'_>,
        grids: &mut [Grid],
        energies: Option<&mut EnergyHistogram>,
    ) {
        let mut others: Vec<Grid> = grids.iter().map(Grid::silent).collect();
        let mut brought = energies.as_deref().map(EnergyHistogram::silent);
        let half = |layers, own: &mut [Grid], into: Option<&mut EnergyHistogram>| {
            let visits = Visits {
                layers,
                ..passes.visits
            };
            let pass = Passes { visits, ..*passes };
            self.flat_pass(&pass, &mut Grids(own), into);
        };
        let [even, odd] = Layers::HALVES;
        let mut energies = energies;
        rayon::join(
            || half(even, grids, energies.as_deref_mut()),
            || half(odd, &mut others, brought.as_mut()),
        );
        grids
            .iter_mut()
            .zip(&others)
            .for_each(|(own, other)| own.add(other));
        if let (Some(all), Some(brought)) = (energies, &brought) {
            all.merge(brought);
        }
    }

    /// One band, and its energies, which are those of all octaves but for the air.
    fn flat_pass(
        &self,
        passes: &Passes<'_>,
        sink: &mut impl Sink<1>,
        energies: Option<&mut EnergyHistogram>,
    ) {
        let Some(energies) = energies else {
            return passes.flat(sink, None::<&mut Alike<1>>);
        };
        if self.attenuation_per_m.values().iter().any(|m| *m > 0.0) {
            let mut alike = Alike::<3>::new(energies, passes.rate_hz);
            passes.flat(sink, Some(&mut alike));
            alike.add_in_air_to(energies, &self.air_per_s());
        } else {
            let mut alike = Alike::<1>::new(energies, passes.rate_hz);
            passes.flat(sink, Some(&mut alike));
            alike.add_to(energies);
        }
    }

    /// What the air takes of energies, in 1/s.
    fn air_per_s(&self) -> PerOctave {
        self.attenuation_per_m.map(|m| m * self.speed_m_s)
    }

    /// Length of the longest path to an image on a lattice, in metres, wherever that is moved.
    pub(crate) fn last_m(&self, lattice: &Lattice) -> f64 {
        lattice.longest_m + self.jitter.as_ref().map_or(0.0, Jitter::most_m)
    }

    /// How long the response rings after an image, in seconds.
    pub(crate) fn ringing_s(&self, rate_hz: f64) -> f64 {
        self.content(rate_hz).ringing_s(rate_hz)
    }

    /// Where the images within limits lie.
    pub(crate) fn lattice(&self, limits: Limits) -> Lattice {
        Lattice::new(self.size, self.source, self.receiver, limits)
    }

    /// Whether all octaves are one, but for the air.
    fn content(&self, rate_hz: f64) -> Content {
        // Scattered sound joins the mirrored one: both coefficients must be alike, not only what mirrors keep.
        let is_flat = |wall: &Material| wall.absorption().is_flat() && wall.scattering().is_flat();
        if !self.walls.iter().all(is_flat) {
            return Content::Octaves(self.octaves);
        }
        let decays = self.decays(rate_hz, 0.5);
        if decays.iter().all(|d| *d <= 0.0) {
            Content::Flat
        } else {
            Content::FlatInAir(PerOctave::from_fn(self.octaves, |place| decays[place]))
        }
    }

    /// Pressure factors of the walls.
    fn factors(&self) -> [PerOctave; 6] {
        self.walls.map(|wall| {
            if self.without_scattered {
                wall.mirror_factor()
            } else {
                wall.reflection_factor()
            }
        })
    }

    /// What the air takes per sample: half of m for pressures, all of it for energies.
    fn decays(&self, rate_hz: f64, share: f64) -> Vec<f64> {
        let per_sample = share * self.speed_m_s / rate_hz;
        let of = |m: &f64| m * per_sample;
        self.attenuation_per_m.values().iter().map(of).collect()
    }

    /// Whether neither end has a directivity.
    pub(crate) fn is_omnidirectional(&self) -> bool {
        self.directivity == Directivity::Omnidirectional
            && match self.pickup {
                Pickup::Single(d) => d == Directivity::Omnidirectional,
                Pickup::Ambisonic(_) => self.channel == 0,
            }
    }

    /// Gain of source and receiver for an image in a direction from the receiver, by whether it is mirrored.
    fn gain(&self, from: DVec3, mirrored: [bool; 3]) -> f64 {
        let mut leaving = -from;
        for (axis, is_mirrored) in mirrored.into_iter().enumerate() {
            if is_mirrored {
                leaving[axis] = -leaving[axis];
            }
        }
        self.directivity.gain(leaving) * self.pickup.gain(self.channel, from)
    }

    /// Gain and squared distance of an image, by its counts along the axes and its place on the lattice.
    fn each(&self, counts: [i64; 3], offset: DVec3, squared: f64) -> (f64, f64) {
        let path_m = squared.sqrt();
        let gain = if self.is_omnidirectional() {
            1.0
        } else {
            self.gain(offset / path_m, counts.map(|j| j % 2 != 0))
        };
        let moved = |jitter: &Jitter| jitter.moved_m(counts, path_m).powi(2);
        (gain, self.jitter.as_ref().map_or(squared, moved))
    }

    /// Energy gain of far images along the eight mirrored directions: all are as frequent, at either end.
    fn mean_gain(&self, n: DVec3) -> f64 {
        if self.is_omnidirectional() {
            return 1.0;
        }
        let (mut leaving, mut arriving) = (0.0, 0.0);
        for signs in 0..8 {
            let sign = |axis: i32| if signs >> axis & 1 == 0 { 1.0 } else { -1.0 };
            let direction = n * DVec3::new(sign(0), sign(1), sign(2));
            leaving += self.directivity.gain(direction).powi(2) / 8.0;
            arriving += self.pickup.gain(self.channel, direction).powi(2) / 8.0;
        }
        leaving * arriving
    }
}

/// Whether images are many and grids so small that adding up those of two halves costs little beside.
fn is_halved(lattice: &Lattice, grids: &[Grid]) -> bool {
    let points: usize = grids.iter().map(Grid::points).sum();
    lattice.count >= HALVED_IMAGES && points <= HALVED_POINTS
}

/// Octaves of all grids at the same time, and their energies.
fn octave_passes(
    passes: &Passes<'_>,
    grids: Vec<(&mut Grid, Range<usize>)>,
    energies: Option<&mut EnergyHistogram>,
) {
    let model = energies.as_deref().map(EnergyHistogram::silent);
    let pass = |(grid, octaves): (&mut Grid, Range<usize>)| {
        let mut own = model.clone();
        let bins = own.as_mut();
        let bins = bins.map(|h| Bins::new(h, octaves.start, passes.rate_hz));
        with_bands!(octaves.len(), BANDS => {
            passes.octaves::<BANDS, _>(octaves, grid, bins);
        });
        own
    };
    let brought: Vec<Option<EnergyHistogram>> = grids.into_par_iter().map(pass).collect();
    if let Some(all) = energies {
        brought.iter().flatten().for_each(|own| all.merge(own));
    }
}
