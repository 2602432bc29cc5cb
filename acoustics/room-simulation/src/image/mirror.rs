//! Mirrors: faces of one plane make one image, so that together they are one.
//!
//! A wall whose parts differ in material, or a row of cabinets, would else multiply the search, and a path could be
//! counted once for each of them. A mirror's aperture is the convex hull of all its faces; where a path meets it, the
//! face is the one that the point lies on.

use glam::{DVec2, DVec3};

use super::boxes::{Bounds, BoxTree};
use super::clip::{Aperture, Line};
use super::cone::Leaf;
use crate::scene::face::{Face, Frame, Plane, convex_hull};

/// Planes whose normals and offsets (in metres) differ by less are one.
const ONE_PLANE: f64 = 1e-9;

/// How far outside of every face of a mirror a point may lie and still be on one of them, in metres: rounding must not
/// open a gap between neighbours.
const GAP_M: f64 = 1e-9;

/// Faces in one plane, turned to the same side.
#[derive(Debug, Clone)]
pub(crate) struct Mirror {
    pub(crate) plane: Plane,
    pub(crate) frame: Frame,
    pub(crate) hull: Aperture,
    /// Places of its faces in the room, ascending.
    pub(crate) faces: Vec<usize>,
}

/// All mirrors of a room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mirrors {
    pub(crate) all: Vec<Mirror>,
    /// Mirror of each face.
    pub(crate) of_face: Vec<usize>,
    pub(super) tree: BoxTree,
    /// Corners of the mirrors of each leaf of the tree.
    pub(super) leaves: Vec<Leaf>,
}

impl Mirrors {
    /// Of the faces of a room.
    pub(crate) fn of(faces: &[Face]) -> Self {
        let groups = one_plane(faces);
        let mut of_face = vec![0; faces.len()];
        for (place, group) in groups.iter().enumerate() {
            for face in group {
                of_face[*face] = place;
            }
        }
        let boxes: Vec<Bounds> = groups
            .iter()
            .map(|g| Bounds::of(g.iter().flat_map(|f| faces[*f].hull.iter().copied())))
            .collect();
        let mirror = |(group, bounds): (Vec<usize>, &Bounds)| Mirror::new(faces, group, bounds);
        let all: Vec<Mirror> = groups.into_iter().zip(&boxes).map(mirror).collect();
        let tree = BoxTree::new(&boxes);
        Self {
            leaves: tree.leaves().map(|own| Leaf::of(&all, own)).collect(),
            tree,
            all,
            of_face,
        }
    }
}

impl Mirror {
    fn new(faces: &[Face], group: Vec<usize>, bounds: &Bounds) -> Self {
        let plane = faces[group[0]].plane;
        let frame = Frame::new(
            bounds.middle() - plane.distance(bounds.middle()) * plane.normal,
            plane.normal,
        );
        let corners: Vec<DVec2> = group
            .iter()
            .flat_map(|f| frame.flatten(&faces[*f].hull))
            .collect();
        Self {
            plane,
            frame,
            hull: Aperture::around(&convex_hull(&corners)),
            faces: group,
        }
    }

    /// Where a plane cuts its own, in its coordinates.
    #[inline]
    pub(crate) fn line(&self, plane: &Plane) -> Line {
        Line {
            normal: DVec2::new(
                plane.normal.dot(self.frame.u),
                plane.normal.dot(self.frame.v),
            ),
            offset: plane.distance(self.frame.origin),
        }
    }

    /// The face that a point of the plane lies on.
    pub(crate) fn face_at(&self, faces: &[Face], point: DVec3) -> Option<usize> {
        let on = |f: &&usize| faces[**f].contains(point);
        let beside = |f: &&usize| faces[**f].margin_m(point) < GAP_M;
        let found = self.faces.iter().find(on);
        let found = found.or_else(|| {
            let several = self.faces.len() > 1;
            self.faces.iter().filter(|_| several).find(beside)
        });
        found.copied()
    }
}

/// Places of faces by plane; groups in the order of their first faces.
fn one_plane(faces: &[Face]) -> Vec<Vec<usize>> {
    // Any two planes that are one have nearly one key, and few others have.
    let key = |face: &Face| {
        let plane = &face.plane;
        plane.normal.dot(DVec3::new(0.30901, 0.57735, 0.75593)) + 0.12345 * plane.offset
    };
    let mut sorted: Vec<(f64, usize)> = faces.iter().map(key).zip(0..).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let same = |a: &Plane, b: &Plane| {
        (a.normal - b.normal).abs().max_element() < ONE_PLANE
            && (a.offset - b.offset).abs() < ONE_PLANE
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_at: Vec<usize> = Vec::new();
    for (i, (k, face)) in sorted.iter().enumerate() {
        let before = (0..i)
            .rev()
            .take_while(|j| k - sorted[*j].0 < 2.0 * ONE_PLANE);
        let mate = before
            .into_iter()
            .find(|j| same(&faces[*face].plane, &faces[sorted[*j].1].plane));
        let group = mate.map_or(groups.len(), |j| group_at[j]);
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(*face);
        group_at.push(group);
    }
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort();
    groups
}
