//! What stands in the way of a leg: only faces that some of the room lies behind.
//!
//! A face that has the whole room on its air side bounds it like a wall of a box; no leg between two points of the room
//! crosses it. What is left (furniture, reentrant walls) is kept in a tree of boxes.

use core::ops::ControlFlow;

use glam::DVec3;

use super::boxes::{Bounds, BoxTree, inverse};
use crate::scene::face::Face;

/// How far behind a face the room must reach for it to stand in the way, in metres; planes of meshes are that exact.
const BEHIND_M: f64 = 1e-6;

/// Up to how many faces each is asked whether it stands in the way at all; more are left to the boxes.
const ASKED_MAX: usize = 512;

/// Legs that pass an edge nearer than this are told from others in [`Obstacles::margin_m`], in metres.
const NEAR_M: f64 = 1e-3;

/// Faces that can stand in the way.
#[derive(Debug, Clone)]
pub(crate) struct Obstacles {
    places: Vec<usize>,
    tree: BoxTree,
}

impl Obstacles {
    /// Of the faces of a room.
    pub(crate) fn of(faces: &[Face]) -> Self {
        let behind = |face: &Face| {
            let corners = || faces.iter().flat_map(|f| f.rings.iter().flatten());
            faces.len() > ASKED_MAX || corners().any(|p| face.plane.distance(*p) < -BEHIND_M)
        };
        let places: Vec<usize> = (0..faces.len()).filter(|i| behind(&faces[*i])).collect();
        let bounds = |i: &usize| Bounds::of(faces[*i].hull.iter().copied()).grown(NEAR_M);
        let boxes: Vec<Bounds> = places.iter().map(bounds).collect();
        Self {
            tree: BoxTree::new(&boxes),
            places,
        }
    }

    /// Places of the faces that can stand in the way.
    pub(crate) fn places(&self) -> &[usize] {
        &self.places
    }

    /// Whether nothing stands in the way.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How far a leg passes the edges of what it could have hit, in metres (infinite where nothing is near its way), or
    /// nothing where a face that is not `free` stands between its ends.
    ///
    /// A leg that passes an edge by less than a millimetre is always told as such.
    pub(crate) fn margin_m(
        &self,
        faces: &[Face],
        from: DVec3,
        to: DVec3,
        free: impl Fn(usize) -> bool,
    ) -> Option<f64> {
        let mut margin_m = f64::INFINITY;
        let way = self.crossed(faces, from, to, |face, point| {
            if free(face) {
                return ControlFlow::Continue(());
            }
            if faces[face].contains(point) {
                return ControlFlow::Break(());
            }
            margin_m = margin_m.min(faces[face].margin_m(point));
            ControlFlow::Continue(())
        });
        way.is_continue().then_some(margin_m)
    }

    /// Every face between two points.
    pub(crate) fn between(&self, faces: &[Face], from: DVec3, to: DVec3) -> Vec<usize> {
        let mut hit = Vec::new();
        let way = self.crossed(faces, from, to, |face, point| {
            if faces[face].contains(point) {
                hit.push(face);
            }
            ControlFlow::Continue(())
        });
        if way.is_continue() {
            hit.sort_unstable();
        }
        hit
    }

    /// Hands on where a leg crosses the planes of faces near it.
    fn crossed(
        &self,
        faces: &[Face],
        from: DVec3,
        to: DVec3,
        mut each: impl FnMut(usize, DVec3) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let inverse = inverse(to - from);
        let mut at = |item: &usize| {
            let face = self.places[*item];
            let plane = &faces[face].plane;
            let (a, b) = (plane.distance(from), plane.distance(to));
            if (a > 0.0) == (b > 0.0) {
                return ControlFlow::Continue(());
            }
            each(face, from + a / (a - b) * (to - from))
        };
        let touched = |bounds: &Bounds| bounds.meets(from, inverse);
        let mut within = |_, items: &[usize]| items.iter().try_for_each(&mut at);
        self.tree.visit(&touched, &mut within)
    }
}
