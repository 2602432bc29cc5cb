//! Beams: what an image lights through the aperture of its mirror.
//!
//! Corners that mirrors share are looked at once for each plane of the beam; sets of corners are bits, so that most
//! mirrors fall out, or need few of the planes, by a few operations on whole numbers.

use core::ops::ControlFlow;

use glam::{DVec2, DVec3};

use super::boxes::{Bounds, LEAF};
use super::clip::{Bench, CORNERS_MAX, HULL_MAX, TOUCH_M};
use super::mirror::{Mirror, Mirrors};
use crate::scene::face::Plane;

/// An image nearer to the plane of a mirror than this has no beam there, in metres.
const ON_PLANE_M: f64 = 1e-9;

/// Most planes of a beam: the sides of an aperture, and the mirror itself.
const PLANES_MAX: usize = CORNERS_MAX + 1;

/// The air in front of a mirror, within planes through an image and the borders of an aperture.
#[derive(Debug, Clone)]
pub(crate) struct Beam {
    planes: [Plane; PLANES_MAX],
    count: usize,
}

/// Mirrors that lie together, with their corners; each corner once, as a bit of sets.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// Coordinates of four corners each.
    corners: Vec<[[f64; 4]; 3]>,
    members: Vec<(usize, u64)>,
}

/// Corners beyond a plane by more than [`TOUCH_M`], and those that are not within it by more than that.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    beyond: u64,
    not_within: u64,
}

const _: () = assert!(LEAF * HULL_MAX <= 64);

impl Leaf {
    /// Of some mirrors.
    pub(crate) fn of(mirrors: &[Mirror], own: &[usize]) -> Self {
        let mut corners: Vec<DVec3> = Vec::new();
        let mut members = Vec::new();
        for place in own {
            let mirror = &mirrors[*place];
            let lifted = mirror.hull.corners().map(|c| mirror.frame.lift(c));
            let set = lifted.fold(0, |set, c| set | 1 << bit(&mut corners, c));
            members.push((*place, set));
        }
        let four = |some: &[DVec3]| {
            let at = |i: usize| some.get(i).copied().unwrap_or(DVec3::ZERO);
            [0, 1, 2].map(|axis| [0, 1, 2, 3].map(|i| at(i)[axis]))
        };
        Self {
            corners: corners.chunks(4).map(four).collect(),
            members,
        }
    }

    #[inline]
    fn sides(&self, plane: &Plane) -> Sides {
        let mut sides = Sides::default();
        let n = plane.normal;
        for (block, [x, y, z]) in self.corners.iter().enumerate() {
            let height = |i: usize| n.x * x[i] + n.y * y[i] + n.z * z[i] - plane.offset;
            let heights = [0, 1, 2, 3].map(height);
            let (mut beyond, mut not_within) = (0, 0);
            for (bit, over) in heights.iter().enumerate() {
                beyond |= u64::from(*over < -TOUCH_M) << bit;
                not_within |= u64::from(*over <= TOUCH_M) << bit;
            }
            sides.beyond |= beyond << (4 * block);
            sides.not_within |= not_within << (4 * block);
        }
        sides
    }
}

/// The bit of a corner, a new one if need be. Two planes' lifting may differ, by far less than [`TOUCH_M`].
fn bit(corners: &mut Vec<DVec3>, corner: DVec3) -> usize {
    let known = |c: &DVec3| c.distance(corner) < 1e-3 * TOUCH_M;
    corners.iter().position(known).unwrap_or_else(|| {
        corners.push(corner);
        corners.len() - 1
    })
}

impl Beam {
    /// Without bounds.
    pub(crate) const ALL: Self = Self {
        planes: [Plane {
            normal: DVec3::ZERO,
            offset: 0.0,
        }; PLANES_MAX],
        count: 0,
    };

    /// From an image through an aperture in its mirror.
    pub(crate) fn through(&mut self, image: DVec3, mirror: &Mirror, corners: &[DVec2]) {
        self.planes[0] = mirror.plane;
        self.count = 1;
        let Some(last) = corners.last() else { return };
        let mut a = mirror.frame.lift(*last) - image;
        for corner in corners {
            let b = mirror.frame.lift(*corner) - image;
            let normal = a.cross(b);
            let length = normal.length();
            if length > f64::MIN_POSITIVE {
                let normal = length.recip() * normal;
                let offset = normal.dot(image);
                self.planes[self.count] = Plane { normal, offset };
                self.count += 1;
            }
            a = b;
        }
    }

    fn planes(&self) -> &[Plane] {
        &self.planes[..self.count]
    }

    /// Whether a ball lies wholly beyond one of its planes.
    pub(crate) fn misses_ball(&self, middle: DVec3, radius_m: f64) -> bool {
        self.planes().iter().any(|p| p.distance(middle) < -radius_m)
    }

    /// Hands on every mirror that has the image on its air side and that the beam lights, with what it lights.
    pub(crate) fn lit(
        &self,
        mirrors: &Mirrors,
        image: DVec3,
        each: &mut impl FnMut(usize, &Mirror, &mut Bench),
    ) {
        let touched = |b: &Bounds| !self.misses_ball(b.middle(), b.radius_m());
        let mut bench = Bench::EMPTY;
        let mut within = |leaf: usize, _: &[usize]| {
            self.lit_of(mirrors, &mirrors.leaves[leaf], image, &mut bench, each);
            ControlFlow::Continue(())
        };
        let _: ControlFlow<()> = mirrors.tree.visit(&touched, &mut within);
    }

    /// Those of one leaf.
    #[inline]
    fn lit_of(
        &self,
        mirrors: &Mirrors,
        leaf: &Leaf,
        image: DVec3,
        bench: &mut Bench,
        each: &mut impl FnMut(usize, &Mirror, &mut Bench),
    ) {
        let mut sides = [Sides::default(); PLANES_MAX];
        for (side, plane) in sides.iter_mut().zip(self.planes()) {
            *side = leaf.sides(plane);
        }
        let sides = &sides[..self.count];
        for (place, set) in &leaf.members {
            let mirror = &mirrors.all[*place];
            let is_beyond = sides.iter().any(|s| s.not_within & set == *set);
            let cuts = |plane: usize| sides[plane].beyond & set != 0;
            if !is_beyond
                && mirror.plane.distance(image) > ON_PLANE_M
                && self.light(mirror, cuts, bench)
            {
                each(*place, mirror, bench);
            }
        }
    }

    /// Lays what it lights of a mirror on the bench, clipped by planes that cut it.
    fn light(&self, mirror: &Mirror, cuts: impl Fn(usize) -> bool, bench: &mut Bench) -> bool {
        bench.lay(&mirror.hull);
        for (place, plane) in self.planes().iter().enumerate() {
            if cuts(place) && !bench.clip(&mirror.line(plane)) {
                return false;
            }
        }
        bench.aperture().is_wide()
    }
}
