//! The images of a shoebox as a list, in double precision: for people, and as the slow twin of the walk.

use glam::DVec3;

use super::ShoeboxImages;
use super::jitter::Jitter;
use super::lattice::{Lattice, hits_by_wall};
use crate::octaves::PerOctave;

/// An image source.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Number of reflections.
    pub order: usize,
    /// Where it stands, in metres.
    pub position_m: [f64; 3],
    /// Length of the path in metres; with jitter not quite that from the place.
    pub distance_m: f64,
    /// Signed amplitude per octave, 1 at a metre in free field.
    pub amplitudes: PerOctave,
    /// Reflections on each wall, in the order of [`crate::WALLS`].
    pub hits: [usize; 6],
}

/// Every image of a lattice, nearest first, then by counts.
pub(super) fn list(images: &ShoeboxImages, lattice: &Lattice) -> Vec<Image> {
    let factors = images.factors();
    let mut list = Vec::with_capacity(lattice.count);
    let [x, y, z] = &lattice.axes;
    lattice.rows(|in_y, in_z, _, along| {
        for in_x in along {
            let counts = [x.count(in_x), y.count(in_y), z.count(in_z)];
            let offset = DVec3::new(x.offsets[in_x], y.offsets[in_y], z.offsets[in_z]);
            list.push(image(images, &factors, counts, offset));
        }
    });
    list.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
    list
}

fn image(
    images: &ShoeboxImages,
    factors: &[PerOctave; 6],
    counts: [i64; 3],
    offset: DVec3,
) -> Image {
    let mut hits = [0; 6];
    for (axis, j) in counts.into_iter().enumerate() {
        [hits[2 * axis], hits[2 * axis + 1]] = hits_by_wall(j);
    }
    let path_m = offset.length();
    let mirrored = counts.map(|j| j % 2 != 0);
    let moved = |jitter: &Jitter| jitter.moved_m(counts, path_m);
    let distance_m = images.jitter.as_ref().map_or(path_m, moved);
    let gain = images.gain(offset / path_m, mirrored) / distance_m;
    let amplitudes = PerOctave::from_fn(images.octaves, |place| {
        let power = |wall: usize| (0..hits[wall]).fold(1.0, |p, _| p * factors[wall][place]);
        let walls: f64 = (0..6).map(power).product();
        walls * (-0.5 * images.attenuation_per_m[place] * distance_m).exp() * gain
    });
    Image {
        order: hits.iter().sum(),
        position_m: (images.receiver + offset).to_array(),
        distance_m,
        amplitudes,
        hits,
    }
}
