//! A room of planar faces, with what stands in it; all normals point into the air.

use glam::DVec3;

use super::face::Face;

/// Faces that enclose the air of a room, furniture included.
#[derive(Debug, Clone, PartialEq)]
pub struct Polyhedron {
    pub(crate) faces: Vec<Face>,
    /// Air, in cubic metres.
    pub(crate) volume_m3: f64,
    pub(crate) lower: DVec3,
    pub(crate) upper: DVec3,
}

impl Polyhedron {
    /// Takes faces that together enclose the air.
    pub(crate) fn new(faces: Vec<Face>) -> Self {
        let corners = || faces.iter().flat_map(|f| f.rings.iter().flatten().copied());
        let volume_m3 = faces
            .iter()
            .map(|f| -f.plane.offset * f.area_m2 / 3.0)
            .sum();
        Self {
            volume_m3,
            lower: corners().fold(DVec3::INFINITY, DVec3::min),
            upper: corners().fold(DVec3::NEG_INFINITY, DVec3::max),
            faces,
        }
    }

    /// Whether a point lies in the air.
    pub(crate) fn contains(&self, point: DVec3) -> bool {
        winding(self.faces.iter(), point) > 0.5
    }

    /// Length of the chord through a point of the air along a direction of unit length, in metres; nothing where one of
    /// its ends is seen from behind, so that the point does not lie in the air.
    pub(crate) fn chord_m(&self, point: DVec3, direction: DVec3) -> Option<f64> {
        let (mut ahead, mut behind) = ((f64::INFINITY, false), (f64::INFINITY, false));
        for face in &self.faces {
            let height = face.plane.distance(point);
            let way = -height / face.plane.normal.dot(direction);
            let nearest = if way > 0.0 { &mut ahead } else { &mut behind };
            if way.abs() < nearest.0 && face.contains(point + way * direction) {
                *nearest = (way.abs(), height > 0.0);
            }
        }
        (ahead.1 && behind.1).then_some(ahead.0 + behind.0)
    }
}

/// How often faces wind around a point: 1 inside a closed room whose normals point inwards, less 1 inside furniture.
pub(crate) fn winding<'a>(faces: impl Iterator<Item = &'a Face>, point: DVec3) -> f64 {
    let rings = faces.flat_map(|f| f.rings.iter());
    let angle: f64 = rings.map(|ring| solid_angle(ring, point)).sum();
    angle / (4.0 * core::f64::consts::PI)
}

/// Signed solid angle of a ring seen from a point (Van Oosterom and Strackee 1983, over a fan), positive when the ring
/// runs counter-clockwise for who looks from there.
fn solid_angle(ring: &[DVec3], point: DVec3) -> f64 {
    let Some((first, rest)) = ring.split_first() else {
        return 0.0;
    };
    let a = (*first - point).normalize_or_zero();
    let fan = rest.windows(2).map(|w| {
        let (b, c) = (
            (w[0] - point).normalize_or_zero(),
            (w[1] - point).normalize_or_zero(),
        );
        let volume = a.dot(b.cross(c));
        let denominator = 1.0 + a.dot(b) + b.dot(c) + c.dot(a);
        -2.0 * volume.atan2(denominator)
    });
    fan.sum()
}
