//! Points, eight side by side: which of them an image lights through the aperture of its mirror.

use glam::{DVec2, DVec3};
use multiversion::multiversion;

use super::path::SLACK_M;
use crate::scene::face::{Frame, Plane};

/// Points of a block.
pub(crate) const LANES: usize = 8;

/// Eight points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block([[f64; LANES]; 3]);

/// Points in blocks; the last one is filled up with points that mean nothing.
pub(crate) fn blocks(points: &[DVec3]) -> Vec<Block> {
    let block = |some: &[DVec3]| {
        let at = |i: usize| some.get(i).copied().unwrap_or_default();
        Block([0, 1, 2].map(|axis| core::array::from_fn(|i| at(i)[axis])))
    };
    points.chunks(LANES).map(block).collect()
}

/// Which points an image lights through an aperture of its mirror with these corners, as bits; with some slack.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn lit(
    image: DVec3,
    plane: &Plane,
    frame: &Frame,
    corners: &[DVec2],
    points: &Block,
) -> u32 {
    let Block([x, y, z]) = points;
    let (n, u, v) = (plane.normal, frame.u, frame.v);
    let (depth, middle) = (plane.distance(image), frame.flat(image));
    let (mut at_u, mut at_v) = ([0.0; LANES], [0.0; LANES]);
    let mut beyond = [0_u64; LANES];
    for i in 0..LANES {
        let height = n.x * x[i] + n.y * y[i] + n.z * z[i] - plane.offset;
        let (dx, dy, dz) = (x[i] - image.x, y[i] - image.y, z[i] - image.z);
        let share = depth / (depth - height);
        at_u[i] = middle.x + share * (dx * u.x + dy * u.y + dz * u.z);
        at_v[i] = middle.y + share * (dx * v.x + dy * v.y + dz * v.z);
        beyond[i] = u64::from(height <= 0.0);
    }
    let mut a = corners.last().copied().unwrap_or_default();
    for b in corners {
        let side = *b - a;
        let slack = -SLACK_M * (side.x.abs() + side.y.abs());
        for i in 0..LANES {
            let inside = side.x * (at_v[i] - a.y) - side.y * (at_u[i] - a.x);
            beyond[i] |= u64::from(inside < slack);
        }
        a = *b;
    }
    let lanes = beyond.iter().enumerate();
    lanes.fold(0, |set, (i, is_beyond)| {
        set | u32::from(*is_beyond == 0) << i
    })
}
