//! The planes of a beam, eight side by side: those through an image and the sides of an aperture, and which corners and
//! mirrors lie beyond them.
//!
//! This is most of what growing a tree takes, so that it is compiled for wide registers too; no sum is in another order
//! there.

use glam::{DVec2, DVec3};
use multiversion::multiversion;

use super::boxes::LEAF;
use super::clip::{CORNERS_MAX, TOUCH_M};
use crate::scene::face::{Frame, Plane};

const LANES: usize = 8;

/// Blocks of a beam: its mirror's plane, then the sides of an aperture.
pub(crate) const BLOCKS: usize = (CORNERS_MAX + 1).div_ceil(LANES);

/// Eight planes. A lane without a plane has everything on its inner side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planes {
    normal: [[f64; LANES]; 3],
    offset: [f64; LANES],
}

/// A mirror that is lit, and which planes of all blocks cut it, as bits.
pub(crate) type Lit = (usize, u32);

impl Planes {
    /// Planes of a block.
    pub(crate) const LANES: usize = LANES;

    /// Without planes.
    pub(crate) const NONE: Self = Self {
        normal: [[0.0; LANES]; 3],
        offset: [-1.0; LANES],
    };

    /// The plane of a lane.
    #[inline]
    pub(crate) fn plane(&self, lane: usize) -> Plane {
        let [x, y, z] = self.normal.map(|axis| axis[lane]);
        Plane {
            normal: DVec3::new(x, y, z),
            offset: self.offset[lane],
        }
    }

    /// Corners beyond each by more than a touch, and those that are not within it by more than that, as bits.
    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[inline(always)]
    fn corners_beyond(&self, corners: &[[f64; 3]]) -> ([u64; LANES], [u64; LANES]) {
        let [x, y, z] = &self.normal;
        let (mut beyond, mut not_within) = ([0; LANES], [0; LANES]);
        let mut bit = 1_u64;
        for at in corners {
            for i in 0..LANES {
                let over = x[i] * at[0] + y[i] * at[1] + z[i] * at[2] - self.offset[i];
                beyond[i] |= bit & u64::from(over < -TOUCH_M).wrapping_neg();
                not_within[i] |= bit & u64::from(over <= TOUCH_M).wrapping_neg();
            }
            bit <<= 1;
        }
        (beyond, not_within)
    }

    /// Whether a ball lies wholly beyond one of them.
    #[inline]
    pub(crate) fn misses_ball(&self, middle: DVec3, radius_m: f64) -> bool {
        let [x, y, z] = &self.normal;
        let over = |i: usize| x[i] * middle.x + y[i] * middle.y + z[i] * middle.z - self.offset[i];
        (0..LANES).any(|i| over(i) < -radius_m)
    }
}

/// The planes of a beam: that of its mirror, and those through the image and the sides of an aperture with these
/// corners. Tells how many blocks they are.
pub(crate) fn through(
    image: DVec3,
    frame: &Frame,
    own: &Plane,
    corners: &[DVec2],
    blocks: &mut [Planes; BLOCKS],
) -> usize {
    // The first lane is the mirror's, that of the second is the side from the last corner to the first. What follows
    // the corners stays on the last: sides without length.
    let last = corners.last().copied().unwrap_or_default();
    let mut u = [last.x; BLOCKS * LANES + 1];
    let mut v = [last.y; BLOCKS * LANES + 1];
    for (place, corner) in corners.iter().enumerate() {
        (u[place + 2], v[place + 2]) = (corner.x, corner.y);
    }
    let count = (corners.len() + 1).div_ceil(LANES).min(BLOCKS);
    for (block, planes) in blocks.iter_mut().enumerate().take(count) {
        let first = block * LANES;
        let ends = |flat: &[f64]| [window(flat, first), window(flat, first + 1)];
        sides(image, frame, &ends(&u), &ends(&v), planes);
    }
    let normal = own.normal.to_array();
    for (lanes, component) in blocks[0].normal.iter_mut().zip(normal) {
        lanes[0] = component;
    }
    blocks[0].offset[0] = own.offset;
    count
}

fn window(all: &[f64], first: usize) -> [f64; LANES] {
    core::array::from_fn(|lane| all[first + lane])
}

/// Planes through an image and sides, from their beginnings to their ends in coordinates of a frame.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
fn sides(
    image: DVec3,
    frame: &Frame,
    u: &[[f64; LANES]; 2],
    v: &[[f64; LANES]; 2],
    planes: &mut Planes,
) {
    let (at, u_axis, v_axis) = (
        frame.origin.to_array(),
        frame.u.to_array(),
        frame.v.to_array(),
    );
    let image = image.to_array();
    let mut ends = [[[0.0; LANES]; 3]; 2];
    for end in 0..2 {
        for axis in 0..3 {
            for i in 0..LANES {
                let lifted = at[axis] + u[end][i] * u_axis[axis] + v[end][i] * v_axis[axis];
                ends[end][axis][i] = lifted - image[axis];
            }
        }
    }
    let [a, b] = &ends;
    for i in 0..LANES {
        let x = a[1][i] * b[2][i] - b[1][i] * a[2][i];
        let y = a[2][i] * b[0][i] - b[2][i] * a[0][i];
        let z = a[0][i] * b[1][i] - b[0][i] * a[1][i];
        let length = (x * x + y * y + z * z).sqrt();
        let has_one = length > f64::MIN_POSITIVE;
        let scale = 1.0 / length;
        let (x, y, z) = (scale * x, scale * y, scale * z);
        let offset = x * image[0] + y * image[1] + z * image[2];
        planes.normal[0][i] = if has_one { x } else { 0.0 };
        planes.normal[1][i] = if has_one { y } else { 0.0 };
        planes.normal[2][i] = if has_one { z } else { 0.0 };
        planes.offset[i] = if has_one { offset } else { -1.0 };
    }
}

/// Which of some mirrors, known by their place and the set of their corners, are not wholly beyond one of the planes;
/// tells how many.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn lit(
    blocks: &[Planes],
    corners: &[[f64; 3]],
    mirrors: &[(usize, u64)],
    found: &mut [Lit; LEAF],
) -> usize {
    let mut beyond = [[0; LANES]; BLOCKS];
    let mut not_within = [[0; LANES]; BLOCKS];
    for (block, planes) in blocks.iter().enumerate().take(BLOCKS) {
        (beyond[block], not_within[block]) = planes.corners_beyond(corners);
    }
    let mut count = 0;
    for (place, set) in mirrors {
        let (mut is_beyond, mut cuts) = (false, 0);
        for block in 0..blocks.len().min(BLOCKS) {
            for i in 0..LANES {
                is_beyond |= not_within[block][i] & set == *set;
                cuts |= u32::from(beyond[block][i] & set != 0) << (LANES * block + i);
            }
        }
        found[count.min(LEAF - 1)] = (*place, cuts);
        count += usize::from(!is_beyond);
    }
    count.min(LEAF)
}

/// Places of the bits of a set, ascending.
#[inline]
pub(crate) fn bits(mut set: u32) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let place = set.trailing_zeros() as usize;
        (set != 0).then(|| {
            set &= set - 1;
            place
        })
    })
}
