//! The walk through the images of a shoebox: every image once, none kept.
//!
//! Tables along the axes hold squared offsets and products of reflection factors, so that an image costs an addition, a
//! root, a division and a multiplication per band. Rows are laid into blocks of 64; roots and divisions run over full
//! blocks. Distances are f64, amplitudes f32. The twin in the tests is the list of images.

use glam::DVec3;
use multiversion::multiversion;

use super::lattice::{Lattice, Visits, hits_by_wall};
use super::loss::Loss;
use crate::arrival::{Arrivals, BLOCK, Sink};

/// What a walk needs besides the lattice, for some bands.
pub(crate) struct Walk<'a, const BANDS: usize> {
    lattice: &'a Lattice,
    /// Products of reflection factors along x: band by band.
    along: [Vec<f32>; BANDS],
    /// The same along y and z, bands together.
    across: [Vec<[f32; BANDS]>; 2],
    loss: Option<Loss<BANDS>>,
    samples_per_m: f64,
    visits: Visits<'a>,
}

/// What is particular to an image: its gain and its squared distance, by its counts along the axes, the way from the
/// receiver to its place on the lattice, and the square of that.
pub(crate) type Each<'a> = &'a (dyn Fn([i64; 3], DVec3, f64) -> (f64, f64) + Sync);

impl<'a, const BANDS: usize> Walk<'a, BANDS> {
    /// Takes the pressure factors of the six walls and the decays per sample, each for the bands.
    pub(crate) fn new(
        lattice: &'a Lattice,
        walls: &[[f64; BANDS]; 6],
        decays: &[f64],
        samples_per_m: f64,
        longest: f64,
        visits: Visits<'a>,
    ) -> Self {
        let row = |axis: usize| products(lattice, axis, walls);
        let along = row(0);
        Self {
            lattice,
            along: core::array::from_fn(|band| along.iter().map(|p| p[band]).collect()),
            across: [row(1), row(2)],
            loss: Loss::new(decays, longest),
            samples_per_m,
            visits,
        }
    }

    /// Hands every image on, until told to stop.
    pub(crate) fn run<S: Sink<BANDS>>(&self, sink: &mut S) {
        walk(self, sink);
    }

    /// Hands every image on, each asked for what is particular to it.
    pub(crate) fn run_each<S: Sink<BANDS>>(&self, each: Each<'_>, sink: &mut S) {
        walk_each(self, each, sink);
    }

    /// Factors of a row, or nothing where all are zero.
    fn row(&self, in_y: usize, in_z: usize) -> Option<[f32; BANDS]> {
        let (y, z) = (&self.across[0][in_y], &self.across[1][in_z]);
        let row: [f32; BANDS] = core::array::from_fn(|band| y[band] * z[band]);
        row.iter().any(|f| *f != 0.0).then_some(row)
    }

    /// From squared distances to delays, and the amplitudes over distance and through the air.
    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[inline(always)]
    fn complete(&self, squared: &mut [f64; BLOCK], amplitudes: &mut [[f32; BLOCK]; BANDS]) {
        let mut inverse = [0.0_f32; BLOCK];
        for i in 0..BLOCK {
            let distance = squared[i].sqrt();
            #[expect(clippy::cast_possible_truncation, reason = "amplitudes are single")]
            let single = distance as f32;
            inverse[i] = 1.0 / single;
            squared[i] = distance * self.samples_per_m;
        }
        for band in amplitudes.iter_mut() {
            for i in 0..BLOCK {
                band[i] *= inverse[i];
            }
        }
        if let Some(loss) = &self.loss {
            loss.apply(squared, amplitudes);
        }
    }
}

/// Products of the factors of both walls of an axis for every image along it.
fn products<const BANDS: usize>(
    lattice: &Lattice,
    axis: usize,
    walls: &[[f64; BANDS]; 6],
) -> Vec<[f32; BANDS]> {
    let row = &lattice.axes[axis];
    let powers = |wall: usize| {
        let mut power = [1.0_f64; BANDS];
        let mut powers = Vec::with_capacity(row.offsets.len() / 2 + 2);
        for _ in 0..row.offsets.len() / 2 + 2 {
            powers.push(power);
            for (p, factor) in power.iter_mut().zip(&walls[wall]) {
                *p *= factor;
            }
        }
        powers
    };
    let (low, high) = (powers(2 * axis), powers(2 * axis + 1));
    (0..row.offsets.len())
        .map(|place| {
            let [on_low, on_high] = hits_by_wall(row.count(place));
            core::array::from_fn(|band| {
                #[expect(clippy::cast_possible_truncation, reason = "amplitudes are single")]
                let product = (low[on_low][band] * high[on_high][band]) as f32;
                product
            })
        })
        .collect()
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn walk<const BANDS: usize, S: Sink<BANDS>>(walk: &Walk<'_, BANDS>, sink: &mut S) {
    let mut block = Arrivals::<BANDS>::default();
    let squared_x = &walk.lattice.axes[0].squared;
    walk.lattice
        .rows_until(walk.visits, |in_y, in_z, across, along| {
            let Some(row) = walk.row(in_y, in_z) else {
                return;
            };
            let mut place = along.start;
            while place < along.end {
                let (count, squared, amplitudes) = block.parts();
                let from = *count % BLOCK;
                let run = (along.end - place).min(BLOCK - from);
                let sums = squared[from..from + run].iter_mut();
                for (sum, x) in sums.zip(&squared_x[place..place + run]) {
                    *sum = x + across;
                }
                for band in 0..BANDS {
                    let products = amplitudes[band][from..from + run].iter_mut();
                    for (product, x) in products.zip(&walk.along[band][place..place + run]) {
                        *product = x * row[band];
                    }
                }
                *count = from + run;
                if *count == BLOCK {
                    walk.complete(squared, amplitudes);
                    block.flush(sink);
                }
                place += run;
            }
        });
    let (_, squared, amplitudes) = block.parts();
    walk.complete(squared, amplitudes);
    block.flush(sink);
}

/// As [`walk`], image by image, where images are heard differently or moved.
fn walk_each<const BANDS: usize, S: Sink<BANDS>>(
    walk: &Walk<'_, BANDS>,
    each: Each<'_>,
    sink: &mut S,
) {
    let mut block = Arrivals::<BANDS>::default();
    let [x, y, z] = &walk.lattice.axes;
    walk.lattice
        .rows_until(walk.visits, |in_y, in_z, across, along| {
            let Some(row) = walk.row(in_y, in_z) else {
                return;
            };
            let (count_y, count_z) = (y.count(in_y), z.count(in_z));
            for in_x in along {
                let counts = [x.count(in_x), count_y, count_z];
                let offset = DVec3::new(x.offsets[in_x], y.offsets[in_y], z.offsets[in_z]);
                let (gain, squared) = each(counts, offset, x.squared[in_x] + across);
                #[expect(clippy::cast_possible_truncation, reason = "amplitudes are single")]
                let gain = gain as f32;
                let (count, squares, amplitudes) = block.parts();
                squares[*count] = squared;
                for band in 0..BANDS {
                    amplitudes[band][*count] = walk.along[band][in_x] * row[band] * gain;
                }
                *count += 1;
                if *count == BLOCK {
                    walk.complete(squares, amplitudes);
                    block.flush(sink);
                }
            }
        });
    let (_, squares, amplitudes) = block.parts();
    walk.complete(squares, amplitudes);
    block.flush(sink);
}
