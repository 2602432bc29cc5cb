//! Mirrors: faces of one plane make one image, so that together they are one.
//!
//! A wall whose parts differ in material, or a row of cabinets, would else multiply the search, and a path could be
//! counted once for each of them. A mirror's aperture is the convex hull of all its faces; where a path meets it, the
//! face is the one that the point lies on.

use glam::{DVec2, DVec3};

use super::boxes::{Bounds, BoxTree};
use super::clip::{Aperture, Line};
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
    middle: DVec3,
    radius_m: f64,
}

/// All mirrors of a room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mirrors {
    pub(crate) all: Vec<Mirror>,
    /// Mirror of each face.
    pub(crate) of_face: Vec<usize>,
    tree: BoxTree,
}

/// A beam: the air in front of its mirror, within planes through its image.
#[derive(Debug, Clone)]
pub(crate) struct Beam {
    planes: [Plane; super::clip::CORNERS_MAX + 1],
    count: usize,
}

impl Beam {
    /// Without bounds.
    pub(crate) const ALL: Self = Self {
        planes: [Plane {
            normal: DVec3::ZERO,
            offset: 0.0,
        }; super::clip::CORNERS_MAX + 1],
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
                let normal = normal / length;
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

    fn misses_ball(&self, middle: DVec3, radius_m: f64) -> bool {
        self.planes().iter().any(|p| p.distance(middle) < -radius_m)
    }

    fn touches(&self, bounds: &Bounds) -> bool {
        !self.misses_ball(bounds.middle(), bounds.radius_m())
    }

    /// What it lights of a mirror.
    pub(crate) fn on(&self, mirror: &Mirror) -> Option<Aperture> {
        let mut lit = mirror.hull;
        let frame = &mirror.frame;
        for plane in self.planes() {
            let line = Line {
                normal: DVec2::new(plane.normal.dot(frame.u), plane.normal.dot(frame.v)),
                offset: plane.distance(frame.origin),
            };
            if !lit.clip(&line) {
                return None;
            }
        }
        lit.is_wide().then_some(lit)
    }
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
        Self {
            tree: BoxTree::new(&boxes),
            all: groups.into_iter().zip(&boxes).map(mirror).collect(),
            of_face,
        }
    }

    /// Hands on mirrors that a beam may light.
    pub(crate) fn lit(&self, beam: &Beam, each: &mut impl FnMut(usize, &Mirror)) {
        let touched = |bounds: &Bounds| beam.touches(bounds);
        let _: core::ops::ControlFlow<()> = self.tree.visit(&touched, &mut |place| {
            let mirror = &self.all[place];
            if !beam.misses_ball(mirror.middle, mirror.radius_m) {
                each(place, mirror);
            }
            core::ops::ControlFlow::Continue(())
        });
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
            middle: bounds.middle(),
            radius_m: bounds.radius_m(),
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
    groups.iter_mut().for_each(|g| g.sort_unstable());
    groups.sort();
    groups
}
