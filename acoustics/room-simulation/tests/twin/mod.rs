//! The slow twin of the beam tree: every sequence of faces, each decided by geometry of its own.

use glam::{DVec2, DVec3};

/// A planar face: corners counter-clockwise seen from the air, absorption, and a patch with its own.
#[derive(Debug, Clone)]
pub(crate) struct Wall {
    pub(crate) ring: Vec<DVec3>,
    pub(crate) alpha: f64,
    pub(crate) patch: Option<(Vec<DVec3>, f64)>,
}

/// A room by its faces, in the order in which the library counts them.
#[derive(Debug, Clone)]
pub(crate) struct Slow {
    pub(crate) walls: Vec<Wall>,
}

/// A path that the twin found.
#[derive(Debug, Clone)]
pub(crate) struct SlowPath {
    pub(crate) faces: Vec<usize>,
    pub(crate) distance_m: f64,
    pub(crate) amplitude: f64,
    pub(crate) margin_m: f64,
}

fn wall(ring: Vec<DVec3>, alpha: f64) -> Wall {
    Wall {
        ring,
        alpha,
        patch: None,
    }
}

fn raised(plan: &[[f64; 2]], height: f64) -> Vec<DVec3> {
    plan.iter()
        .map(|c| DVec2::from(*c).extend(height))
        .collect()
}

fn turned(mut ring: Vec<DVec3>) -> Vec<DVec3> {
    ring.reverse();
    ring
}

impl Slow {
    /// Walls over a counter-clockwise plan, floor and ceiling.
    pub(crate) fn extruded(
        plan: &[[f64; 2]],
        height: f64,
        walls: &[f64],
        others: [f64; 2],
    ) -> Self {
        let (low, high) = (raised(plan, 0.0), raised(plan, height));
        let n = plan.len();
        let side = |i: usize| {
            let j = (i + 1) % n;
            wall(vec![low[j], low[i], high[i], high[j]], walls[i])
        };
        let mut all: Vec<Wall> = (0..n).map(side).collect();
        all.push(wall(low.clone(), others[0]));
        all.push(wall(turned(high), others[1]));
        Self { walls: all }
    }

    /// Puts a prism into the room.
    pub(crate) fn stand(&mut self, plan: &[[f64; 2]], bottom: f64, top: f64, alpha: f64) {
        let (low, high) = (raised(plan, bottom), raised(plan, top));
        for i in 0..plan.len() {
            let j = (i + 1) % plan.len();
            self.walls
                .push(wall(vec![low[i], low[j], high[j], high[i]], alpha));
        }
        self.walls.push(wall(high, alpha));
        self.walls.push(wall(turned(low), alpha));
    }

    /// Every path up to an order.
    pub(crate) fn paths(&self, from: DVec3, to: DVec3, order: usize) -> Vec<SlowPath> {
        let mut found = Vec::new();
        self.search(&mut Vec::new(), &mut vec![from], to, order, &mut found);
        found
    }

    fn search(
        &self,
        faces: &mut Vec<usize>,
        images: &mut Vec<DVec3>,
        to: DVec3,
        order: usize,
        found: &mut Vec<SlowPath>,
    ) {
        found.extend(self.path(faces, images, to));
        if faces.len() == order {
            return;
        }
        for face in 0..self.walls.len() {
            let (normal, foot) = self.walls[face].plane();
            let last = images[images.len() - 1];
            if faces.last() == Some(&face) {
                continue;
            }
            faces.push(face);
            images.push(last - 2.0 * normal.dot(last - foot) * normal);
            self.search(faces, images, to, order, found);
            faces.pop();
            images.pop();
        }
    }

    fn path(&self, faces: &[usize], images: &[DVec3], to: DVec3) -> Option<SlowPath> {
        let mut at = to;
        let mut kept = 1.0;
        let mut margin_m = f64::INFINITY;
        let mut points = vec![to];
        for (face, image) in faces.iter().zip(&images[1..]).rev() {
            let wall = &self.walls[*face];
            let (normal, foot) = wall.plane();
            let (behind, before) = (normal.dot(*image - foot), normal.dot(at - foot));
            if behind >= 0.0 || before <= 0.0 {
                return None;
            }
            let point = *image + behind / (behind - before) * (at - *image);
            if !encircles(&wall.ring, point) {
                return None;
            }
            margin_m = margin_m.min(border_m(&wall.ring, point));
            let patched = wall
                .patch
                .as_ref()
                .filter(|(ring, _)| encircles(ring, point));
            kept *= 1.0 - patched.map_or(wall.alpha, |(_, alpha)| *alpha);
            points.push(point);
            at = point;
        }
        points.push(images[0]);
        // Faces at the ends of each leg, counted from the receiver.
        let at_point = |i: usize| faces.len().checked_sub(i).and_then(|k| faces.get(k));
        for (leg, ends) in points.windows(2).enumerate() {
            let own = [at_point(leg), at_point(leg + 1)];
            margin_m = margin_m.min(self.leg_margin_m(ends[0], ends[1], own)?);
        }
        let distance_m = images[images.len() - 1].distance(to);
        Some(SlowPath {
            faces: faces.to_vec(),
            distance_m,
            amplitude: f64::sqrt(kept) / distance_m,
            margin_m,
        })
    }

    /// How far a leg passes the borders of faces but its own, or nothing where it hits one.
    fn leg_margin_m(&self, a: DVec3, b: DVec3, own: [Option<&usize>; 2]) -> Option<f64> {
        let mut margin_m = f64::INFINITY;
        for (place, wall) in self.walls.iter().enumerate() {
            let Some(point) = wall.crossing(a, b).filter(|_| !own.contains(&Some(&place))) else {
                continue;
            };
            if encircles(&wall.ring, point) {
                return None;
            }
            if !self.bounds_all(place) {
                margin_m = margin_m.min(border_m(&wall.ring, point));
            }
        }
        Some(margin_m)
    }

    /// Whether the whole room lies on a face's air side.
    fn bounds_all(&self, face: usize) -> bool {
        let (normal, foot) = self.walls[face].plane();
        let mut corners = self.walls.iter().flat_map(|w| &w.ring);
        corners.all(|c| normal.dot(*c - foot) > -1e-6)
    }
}

impl Wall {
    fn plane(&self) -> (DVec3, DVec3) {
        let foot = self.ring[0];
        let fan = self.ring[1..].windows(2);
        let area: DVec3 = fan.map(|w| (w[0] - foot).cross(w[1] - foot)).sum();
        (area.normalize(), foot)
    }

    fn crossing(&self, a: DVec3, b: DVec3) -> Option<DVec3> {
        let (normal, foot) = self.plane();
        let (x, y) = (normal.dot(a - foot), normal.dot(b - foot));
        (x * y < 0.0).then(|| a + x / (x - y) * (b - a))
    }
}

/// Whether a ring turns once around a point of its plane.
fn encircles(ring: &[DVec3], p: DVec3) -> bool {
    let area: DVec3 = ring[1..]
        .windows(2)
        .map(|w| (w[0] - ring[0]).cross(w[1] - ring[0]))
        .sum();
    let normal = area.normalize();
    let next = ring.iter().cycle().skip(1);
    let angle = ring.iter().zip(next).map(|(a, b)| {
        let (a, b) = (*a - p, *b - p);
        normal.dot(a.cross(b)).atan2(a.dot(b))
    });
    angle.sum::<f64>().abs() > 1.0
}

/// Distance of a point to the nearest side of a ring.
fn border_m(ring: &[DVec3], p: DVec3) -> f64 {
    let next = ring.iter().cycle().skip(1);
    let side = ring.iter().zip(next).map(|(a, b)| {
        let t = ((p - *a).dot(*b - *a) / (*b - *a).length_squared()).clamp(0.0, 1.0);
        p.distance(a.lerp(*b, t))
    });
    side.fold(f64::INFINITY, f64::min)
}
