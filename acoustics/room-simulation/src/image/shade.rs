//! Shadows: what an obstacle takes of a beam before it reaches the next mirror.
//!
//! The part of an aperture that lies in the shadow of a convex face, seen from the image, cannot carry a path: its leg
//! would cross that face. Where the shadow reaches over all borders of the aperture but one, what is left is convex and
//! the aperture is cut; where over all, there is no child. Else it stays whole, so that nothing is lost. In rooms with
//! reentrant walls this halves the tree.

use glam::DVec3;

use super::boxes::Bounds;
use super::clip::{Bench, CORNERS_MAX, Line, TOUCH_M};
use super::cone::Beam;
use super::mirror::{Mirror, Mirrors};
use super::obstacle::Obstacles;
use crate::scene::face::{Face, Plane, ring_area};

/// How many obstacles throw shadows, the largest ones: each costs a look per beam.
const THROWERS_MAX: usize = 24;

/// Share of its hull that a face must fill to count as convex.
const FULL: f64 = 1.0 - 1e-9;

/// Faces that throw shadows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Throwers {
    all: Vec<Thrower>,
}

#[derive(Debug, Clone)]
struct Thrower {
    mirror: usize,
    plane: Plane,
    corners: Vec<DVec3>,
    middle: DVec3,
    radius_m: f64,
    /// Whether it lies in front of each mirror.
    in_front: Vec<bool>,
}

/// Shadows that lie in a beam.
#[derive(Debug, Clone)]
pub(crate) struct Shadows {
    /// Thrower of each, and where its planes end; they begin where those of the one before end.
    thrown: Vec<(usize, usize)>,
    /// Planes through the image and the borders of throwers, the shadow's inside positive.
    planes: Vec<Plane>,
}

impl Throwers {
    /// The largest convex obstacles.
    pub(crate) fn of(faces: &[Face], mirrors: &Mirrors, obstacles: &Obstacles) -> Self {
        let convex = |f: &&usize| {
            let face = &faces[**f];
            let frame = crate::scene::face::Frame::new(face.hull[0], face.plane.normal);
            let hull_m2 = ring_area(&frame.flatten(&face.hull));
            face.hull.len() <= CORNERS_MAX && face.area_m2 > FULL * hull_m2
        };
        let mut largest: Vec<usize> = obstacles.places().iter().filter(convex).copied().collect();
        largest.sort_by(|a, b| {
            faces[*b]
                .area_m2
                .total_cmp(&faces[*a].area_m2)
                .then(a.cmp(b))
        });
        largest.truncate(THROWERS_MAX);
        let thrower = |face: usize| {
            let corners = faces[face].hull.clone();
            let bounds = Bounds::of(corners.iter().copied());
            let before = |m: &Mirror| corners.iter().all(|c| m.plane.distance(*c) >= -TOUCH_M);
            Thrower {
                mirror: mirrors.of_face[face],
                plane: faces[face].plane,
                in_front: mirrors.all.iter().map(before).collect(),
                middle: bounds.middle(),
                radius_m: bounds.radius_m(),
                corners,
            }
        };
        Self {
            all: largest.into_iter().map(thrower).collect(),
        }
    }
}

impl Shadows {
    /// None.
    pub(crate) const NONE: Self = Self {
        thrown: Vec::new(),
        planes: Vec::new(),
    };

    /// Those in the beam of an image, behind its mirror `own`.
    pub(crate) fn thrown(
        &mut self,
        throwers: &Throwers,
        image: DVec3,
        own: Option<usize>,
        beam: &Beam,
    ) {
        self.thrown.clear();
        self.planes.clear();
        for (place, thrower) in throwers.all.iter().enumerate() {
            let before_all = own.is_none_or(|m| m != thrower.mirror && thrower.in_front[m]);
            if before_all && !beam.misses_ball(thrower.middle, thrower.radius_m) {
                self.throw(place, thrower, image);
            }
        }
    }

    fn throw(&mut self, place: usize, thrower: &Thrower, image: DVec3) {
        let side = thrower.plane.distance(image);
        let Some(last) = thrower.corners.last().filter(|_| side.abs() > TOUCH_M) else {
            return;
        };
        // Seen from the air its corners run counter-clockwise, and the planes' normals point outwards.
        let inwards = -side.signum();
        let mut a = *last - image;
        for corner in &thrower.corners {
            let b = *corner - image;
            let normal = inwards * a.cross(b).normalize_or_zero();
            let offset = normal.dot(image);
            self.planes.push(Plane { normal, offset });
            a = b;
        }
        self.thrown.push((place, self.planes.len()));
    }

    /// Takes the shadows off what a beam lights of a mirror; false when nothing is left.
    pub(crate) fn take_off(
        &self,
        throwers: &Throwers,
        place: usize,
        mirror: &Mirror,
        lit: &mut Bench<'_>,
    ) -> bool {
        let (mut start, mut is_cut) = (0, false);
        for (thrower, end) in &self.thrown {
            let planes = &self.planes[start..*end];
            start = *end;
            let thrower = &throwers.all[*thrower];
            if thrower.mirror == place || !thrower.in_front[place] {
                continue;
            }
            let mut open = planes.iter().map(|plane| mirror.line(plane));
            let mut is_open = |line: &Line| lit.aperture().lowest(line) < TOUCH_M;
            let Some(only) = open.find(&mut is_open) else {
                return false;
            };
            let is_alone = !open.any(|line| is_open(&line));
            if is_alone && !lit.clip(&only.turned()) {
                return false;
            }
            is_cut |= is_alone;
        }
        !is_cut || lit.aperture().is_wide()
    }
}
