//! A planar face: where it is, what lies on it, and what it is made of.

use glam::{DVec2, DVec3};

use crate::material::Material;

/// A plane; the normal points into the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plane {
    pub(crate) normal: DVec3,
    pub(crate) offset: f64,
}

impl Plane {
    /// Signed distance of a point, positive on the side of the air.
    pub(crate) fn distance(&self, point: DVec3) -> f64 {
        self.normal.dot(point) - self.offset
    }

    /// The point behind the mirror.
    pub(crate) fn mirror(&self, point: DVec3) -> DVec3 {
        point - 2.0 * self.distance(point) * self.normal
    }
}

/// A rectangle or any other outline on a face, with a material of its own: a door, a window, an absorber.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Patch {
    pub(crate) name: String,
    pub(crate) material: Material,
    pub(crate) outline: Outline,
    pub(crate) area_m2: f64,
}

/// A planar area, bounded by rings; counter-clockwise outside, clockwise holes, seen from the air.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Face {
    pub(crate) name: String,
    pub(crate) plane: Plane,
    /// Corners of each ring.
    pub(crate) rings: Vec<Vec<DVec3>>,
    /// Convex hull of the outer ring, counter-clockwise seen from the air: no path misses it.
    pub(crate) hull: Vec<DVec3>,
    pub(crate) material: Material,
    pub(crate) patches: Vec<Patch>,
    pub(crate) area_m2: f64,
    /// Whether the face belongs to furniture, and to which piece.
    pub(crate) furniture: Option<usize>,
    frame: Frame,
    outline: Outline,
}

impl Face {
    /// A face of rings that lie in one plane; the first is the outer one. `normal` points into the air.
    pub(crate) fn new(
        name: String,
        rings: Vec<Vec<DVec3>>,
        normal: DVec3,
        material: Material,
    ) -> Self {
        let origin = rings.first().and_then(|r| r.first()).copied();
        let origin = origin.unwrap_or(DVec3::ZERO);
        let frame = Frame::new(origin, normal);
        let outline = Outline::new(rings.iter().map(|ring| frame.flatten(ring)));
        let outer = rings.first().map_or(&[][..], Vec::as_slice);
        let hull = convex_hull(&frame.flatten(outer));
        Self {
            plane: Plane {
                normal,
                offset: normal.dot(origin),
            },
            hull: hull.into_iter().map(|p| frame.lift(p)).collect(),
            area_m2: rings.iter().map(|r| ring_area(&frame.flatten(r))).sum(),
            patches: Vec::new(),
            furniture: None,
            name,
            rings,
            material,
            frame,
            outline,
        }
    }

    /// Whether a point of the plane lies on the face.
    pub(crate) fn contains(&self, point: DVec3) -> bool {
        self.outline.contains(self.frame.flat(point))
    }

    /// Distance of a point of the plane to the nearest border, in metres.
    pub(crate) fn margin_m(&self, point: DVec3) -> f64 {
        self.outline.margin(self.frame.flat(point))
    }

    /// The material at a point: that of the patch it lies on, else the face's own.
    pub(crate) fn material_at(&self, point: DVec3) -> &Material {
        let flat = self.frame.flat(point);
        let patch = self.patches.iter().find(|p| p.outline.contains(flat));
        patch.map_or(&self.material, |p| &p.material)
    }

    /// Lays a patch on the face; `corners` lie in its plane.
    pub(crate) fn lay(&mut self, name: String, corners: &[DVec3], material: Material) {
        let ring = self.frame.flatten(corners);
        self.patches.push(Patch {
            name,
            material,
            area_m2: ring_area(&ring).abs(),
            outline: Outline::new(core::iter::once(ring)),
        });
    }

    /// Whether a ring of points of the plane crosses a border of the face or leaves it.
    pub(crate) fn reaches_beyond(&self, corners: &[DVec3]) -> bool {
        let ring = self.frame.flatten(corners);
        let inside = |p: &DVec2| self.outline.contains(*p) || self.outline.margin(*p) < ON_BORDER_M;
        let middle = |w: [DVec2; 2]| inside(&(0.5 * (w[0] + w[1])));
        !ring.iter().all(inside)
            || !sides(&ring).all(middle)
            || sides(&ring).any(|a| self.outline.sides.iter().any(|b| crosses(a, *b)))
    }

    /// The patch that a ring of points of the plane overlaps.
    pub(crate) fn patch_under(&self, corners: &[DVec3]) -> Option<&Patch> {
        let ring = Outline::new(core::iter::once(self.frame.flatten(corners)));
        self.patches.iter().find(|p| p.outline.overlaps(&ring))
    }

    /// Distance from a point anywhere to the face, in metres.
    pub(crate) fn distance_m(&self, point: DVec3) -> f64 {
        let height = self.plane.distance(point);
        let foot = self.frame.flat(point);
        if self.outline.contains(foot) {
            return height.abs();
        }
        height.hypot(self.outline.margin(foot))
    }

    /// Equivalent absorption area and scattering area per octave, patches counted with their own materials.
    pub(crate) fn areas(&self) -> impl Iterator<Item = (f64, &Material)> {
        let patched: f64 = self.patches.iter().map(|p| p.area_m2).sum();
        let patches = self.patches.iter().map(|p| (p.area_m2, &p.material));
        core::iter::once((self.area_m2 - patched, &self.material)).chain(patches)
    }
}

/// How near a corner of a patch may lie outside its face, in metres.
const ON_BORDER_M: f64 = 1e-6;

/// Coordinates in a plane; counter-clockwise there is counter-clockwise seen from the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub(crate) origin: DVec3,
    pub(crate) u: DVec3,
    pub(crate) v: DVec3,
}

impl Frame {
    pub(crate) fn new(origin: DVec3, normal: DVec3) -> Self {
        let u = normal.any_orthonormal_vector();
        Self {
            origin,
            u,
            v: normal.cross(u),
        }
    }

    pub(crate) fn flat(&self, point: DVec3) -> DVec2 {
        let d = point - self.origin;
        DVec2::new(d.dot(self.u), d.dot(self.v))
    }

    pub(crate) fn flatten(&self, ring: &[DVec3]) -> Vec<DVec2> {
        ring.iter().map(|p| self.flat(*p)).collect()
    }

    pub(crate) fn lift(&self, flat: DVec2) -> DVec3 {
        self.origin + flat.x * self.u + flat.y * self.v
    }
}

/// Sides of rings; what they enclose is told by the even-odd rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    sides: Vec<[DVec2; 2]>,
}

impl Outline {
    pub(crate) fn new(rings: impl Iterator<Item = Vec<DVec2>>) -> Self {
        Self {
            sides: rings.flat_map(|r| sides(&r).collect::<Vec<_>>()).collect(),
        }
    }

    pub(crate) fn contains(&self, p: DVec2) -> bool {
        #[expect(
            clippy::needless_bitwise_bool,
            reason = "which sides are crossed is as good as random, so that a branch costs more"
        )]
        let crossed = |[a, b]: &[DVec2; 2]| {
            ((a.y > p.y) != (b.y > p.y)) & (p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x))
        };
        let sides = self.sides.iter();
        sides.fold(false, |inside, side| inside ^ crossed(side))
    }

    pub(crate) fn margin(&self, p: DVec2) -> f64 {
        let squared = |[a, b]: &[DVec2; 2]| {
            let along = *b - *a;
            let t = ((p - *a).dot(along) / along.length_squared()).clamp(0.0, 1.0);
            (p - *a - t * along).length_squared()
        };
        let least = self.sides.iter().map(squared);
        least.fold(f64::INFINITY, f64::min).sqrt()
    }

    fn overlaps(&self, other: &Self) -> bool {
        let crossing = self
            .sides
            .iter()
            .any(|a| other.sides.iter().any(|b| crosses(*a, *b)));
        let inner = |a: &Self, b: &Self| {
            a.sides.iter().any(|s| {
                let middle = 0.5 * (s[0] + s[1]);
                b.contains(middle) && b.margin(middle) > ON_BORDER_M
            })
        };
        crossing || inner(self, other) || inner(other, self)
    }
}

/// The sides of a ring, the last one back to its first corner.
pub(crate) fn sides(ring: &[DVec2]) -> impl Iterator<Item = [DVec2; 2]> + '_ {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| [*a, *b])
}

/// Whether two sides cross within both of them; touching ends do not count.
pub(crate) fn crosses([a, b]: [DVec2; 2], [c, d]: [DVec2; 2]) -> bool {
    let side = |p: DVec2, q: DVec2, r: DVec2| (q - p).perp_dot(r - p);
    let scale = (b - a).length() * (d - c).length() * 1e-9;
    let apart = |x: f64, y: f64| (x > scale && y < -scale) || (x < -scale && y > scale);
    apart(side(a, b, c), side(a, b, d)) && apart(side(c, d, a), side(c, d, b))
}

/// Signed area of a ring, positive when counter-clockwise.
pub(crate) fn ring_area(ring: &[DVec2]) -> f64 {
    0.5 * sides(ring).map(|[a, b]| a.perp_dot(b)).sum::<f64>()
}

/// Convex hull, counter-clockwise (Andrew's monotone chain).
pub(crate) fn convex_hull(points: &[DVec2]) -> Vec<DVec2> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let chain = |ordered: &mut dyn Iterator<Item = DVec2>| {
        let mut kept: Vec<DVec2> = Vec::new();
        for p in ordered {
            let turns = |chained: &[DVec2]| match chained {
                [.., a, b] => (*b - *a).perp_dot(p - *b) > 0.0,
                _ => true,
            };
            while !turns(&kept) {
                kept.pop();
            }
            kept.push(p);
        }
        kept.pop();
        kept
    };
    let mut hull = chain(&mut sorted.iter().copied());
    hull.extend(chain(&mut sorted.iter().rev().copied()));
    hull
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octaves::Octaves;

    fn floor_of_an_l() -> Face {
        let corners = [[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]];
        let ring = corners
            .iter()
            .map(|c| DVec3::new(c[0], c[1], 0.0))
            .collect();
        Face::new(
            "floor".into(),
            vec![ring],
            DVec3::Z,
            Material::flat(Octaves::ALL, 0.1, 0.0),
        )
    }

    #[test]
    fn a_concave_face_knows_its_inside_and_its_hull() {
        let face = floor_of_an_l();
        assert!((face.area_m2 - 30.0).abs() < 1e-9);
        assert!(face.contains(DVec3::new(1.0, 6.0, 0.0)));
        assert!(!face.contains(DVec3::new(5.0, 5.0, 0.0)));
        assert!((face.margin_m(DVec3::new(1.0, 6.5, 0.0)) - 0.5).abs() < 1e-12);
        assert_eq!(face.hull.len(), 5);
        let above = DVec3::new(5.0, 5.0, 1.5);
        assert!((face.distance_m(above) - 1.5f64.hypot(2.0)).abs() < 1e-12);
    }

    #[test]
    fn a_patch_has_its_own_material_and_must_lie_on_its_face() {
        let mut face = floor_of_an_l();
        let square = |x: f64, y: f64, side: f64| {
            [
                DVec3::new(x, y, 0.0),
                DVec3::new(x + side, y, 0.0),
                DVec3::new(x + side, y + side, 0.0),
                DVec3::new(x, y + side, 0.0),
            ]
        };
        let rug = Material::flat(Octaves::ALL, 0.5, 0.0);
        assert!(!face.reaches_beyond(&square(0.0, 0.0, 2.0)));
        assert!(face.reaches_beyond(&square(2.0, 2.0, 2.0)));
        face.lay("rug".into(), &square(0.0, 0.0, 2.0), rug);
        assert_eq!(face.material_at(DVec3::new(1.0, 1.0, 0.0)), &rug);
        assert_ne!(face.material_at(DVec3::new(2.5, 1.0, 0.0)), &rug);
        assert!(face.patch_under(&square(1.0, 1.0, 0.5)).is_some());
        assert!(face.patch_under(&square(2.0, 0.0, 0.5)).is_none());
        let areas: Vec<f64> = face.areas().map(|(area, _)| area).collect();
        assert!((areas[0] - 26.0).abs() < 1e-9 && (areas[1] - 4.0).abs() < 1e-9);
    }
}
