//! Passes through the images of a shoebox, for grids of a renderer; energies are taken on the way.

use core::ops::Range;

use super::ShoeboxImages;
use super::lattice::{Lattice, Visits};
use super::shoebox::Walk;
use crate::arrival::{Both, Sink};

/// Passes through the images of a lattice.
#[derive(Clone, Copy)]
pub(super) struct Passes<'a> {
    pub(super) images: &'a ShoeboxImages,
    pub(super) lattice: &'a Lattice,
    pub(super) rate_hz: f64,
    pub(super) longest: f64,
    pub(super) visits: Visits<'a>,
}

impl Passes<'_> {
    /// One band, without the air.
    pub(super) fn flat(&self, sink: &mut impl Sink<1>, energies: Option<impl Sink<1>>) {
        let walls = self.images.factors().map(|f| [f[0]]);
        self.run(&walls, &[], sink, energies);
    }

    /// Some octaves.
    pub(super) fn octaves<const BANDS: usize, E: Sink<BANDS>>(
        &self,
        octaves: Range<usize>,
        sink: &mut impl Sink<BANDS>,
        energies: Option<E>,
    ) {
        let first = octaves.start;
        let walls = self
            .images
            .factors()
            .map(|f| core::array::from_fn::<f64, BANDS, _>(|band| f[first + band]));
        let decays = self.images.decays(self.rate_hz, 0.5);
        self.run(&walls, &decays[octaves], sink, energies);
    }

    fn run<const BANDS: usize>(
        &self,
        walls: &[[f64; BANDS]; 6],
        decays: &[f64],
        sink: &mut impl Sink<BANDS>,
        energies: Option<impl Sink<BANDS>>,
    ) {
        let samples_per_m = self.rate_hz / self.images.speed_m_s;
        let walk = Walk::new(
            self.lattice,
            walls,
            decays,
            samples_per_m,
            self.longest,
            self.visits,
        );
        match energies {
            Some(mut energies) => self.walk(&walk, &mut Both(sink, &mut energies)),
            None => self.walk(&walk, sink),
        }
    }

    fn walk<const BANDS: usize>(&self, walk: &Walk<'_, BANDS>, sink: &mut impl Sink<BANDS>) {
        if self.images.is_omnidirectional() && self.images.jitter.is_none() {
            walk.run(sink);
        } else {
            let each = |counts, offset, squared| self.images.each(counts, offset, squared);
            walk.run_each(&each, sink);
        }
    }
}
