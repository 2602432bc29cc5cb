//! Beams: what an image lights through the aperture of its mirror.
//!
//! Corners that mirrors share are looked at once for each plane of the beam; sets of corners are bits, so that most
//! mirrors fall out, or need few of the planes, by a few operations on whole numbers.

use core::ops::ControlFlow;

use glam::{DVec2, DVec3};

use super::boxes::{Bounds, LEAF};
use super::clip::{Bench, HULL_MAX, TOUCH_M};
use super::mirror::{Mirror, Mirrors};
use super::planes::{BLOCKS, Planes, bits, lit, through};
use crate::scene::face::Plane;

/// An image nearer to the plane of a mirror than this has no beam there, in metres.
pub(super) const ON_PLANE_M: f64 = 1e-9;

/// The air in front of a mirror, within planes through an image and the borders of an aperture.
#[derive(Debug, Clone)]
pub(crate) struct Beam {
    blocks: [Planes; BLOCKS],
    count: usize,
}

/// Mirrors that lie together, with their corners; each corner once, as a bit of sets.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    corners: Vec<[f64; 3]>,
    members: Vec<(usize, u64)>,
}

const _: () = assert!(LEAF * HULL_MAX <= 64);

impl Leaf {
    /// Of some mirrors.
    pub(crate) fn of(mirrors: &[Mirror], own: &[usize]) -> Self {
        let mut corners: Vec<DVec3> = Vec::new();
        let mut members = Vec::new();
        for place in own {
            let mirror = &mirrors[*place];
            let lifted = mirror.hull.corners().iter().map(|c| mirror.frame.lift(*c));
            let set = lifted.fold(0, |set, c| set | 1 << bit(&mut corners, c));
            members.push((*place, set));
        }
        Self {
            corners: corners.iter().map(DVec3::to_array).collect(),
            members,
        }
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
        blocks: [Planes::NONE; BLOCKS],
        count: 0,
    };

    /// From an image through an aperture in its mirror.
    pub(crate) fn through(&mut self, image: DVec3, mirror: &Mirror, corners: &[DVec2]) {
        self.count = through(
            image,
            &mirror.frame,
            &mirror.plane,
            corners,
            &mut self.blocks,
        );
    }

    fn planes(&self) -> &[Planes] {
        &self.blocks[..self.count]
    }

    /// Whether a ball lies wholly beyond one of its planes.
    pub(crate) fn misses_ball(&self, middle: DVec3, radius_m: f64) -> bool {
        let mut blocks = self.planes().iter();
        blocks.any(|planes| planes.misses_ball(middle, radius_m))
    }

    /// Hands on every mirror that has the image on its air side and that the beam lights, with what it lights.
    pub(crate) fn lit<'a>(
        &self,
        mirrors: &'a Mirrors,
        image: DVec3,
        each: &mut impl FnMut(usize, &Mirror, &mut Bench<'a>),
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
    fn lit_of<'a>(
        &self,
        mirrors: &'a Mirrors,
        leaf: &Leaf,
        image: DVec3,
        bench: &mut Bench<'a>,
        each: &mut impl FnMut(usize, &Mirror, &mut Bench<'a>),
    ) {
        let mut found = [(0, 0); LEAF];
        let count = lit(self.planes(), &leaf.corners, &leaf.members, &mut found);
        for (place, cuts) in &found[..count] {
            let mirror = &mirrors.all[*place];
            if mirror.plane.distance(image) <= ON_PLANE_M {
                continue;
            }
            bench.lay(&mirror.hull);
            let mut cuts = bits(*cuts).map(|cut| mirror.line(&self.plane(cut)));
            if cuts.all(|line| bench.clip(&line)) && bench.aperture().is_wide() {
                each(*place, mirror, bench);
            }
        }
    }

    #[inline]
    fn plane(&self, place: usize) -> Plane {
        let lanes = Planes::LANES;
        self.blocks[place / lanes].plane(place % lanes)
    }
}
