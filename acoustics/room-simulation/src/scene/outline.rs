//! Plans drawn on the floor: outlines checked and raised into walls.

use glam::{DVec2, DVec3};

use super::face::ring_area;
use super::fault::{Faults, Place, Wrong};
use super::mesh::is_simple;

/// Smallest distance of two corners that follow each other, in metres.
const CORNERS_APART_M: f64 = 1e-3;

/// Smallest area of a plan, in square metres.
const AREA_MIN_M2: f64 = 1e-4;

/// A plan counter-clockwise seen from above, or nothing after noting why not.
pub(crate) fn plan(given: &[[f64; 2]], place: &Place, faults: &mut Faults) -> Option<Vec<DVec2>> {
    let mut ring: Vec<DVec2> = given.iter().map(|c| DVec2::from(*c)).collect();
    let following = ring.iter().zip(ring.iter().cycle().skip(1));
    let mut apart = true;
    for (index, (a, b)) in following.enumerate() {
        if a.distance(*b) < CORNERS_APART_M {
            let corner = [a.x, a.y, 0.0];
            faults.add(place.then(index), Wrong::RepeatedCorner { corner });
            apart = false;
        }
    }
    if !apart {
        return None;
    }
    let area = ring_area(&ring);
    if ring.len() < 3 || area.abs() < AREA_MIN_M2 {
        let found_m2 = area.abs();
        faults.add(place.clone(), Wrong::NoArea { found_m2 });
        return None;
    }
    if !is_simple(&ring, place, faults) {
        return None;
    }
    if area < 0.0 {
        ring.reverse();
    }
    Some(ring)
}

/// Corners at a height.
pub(crate) fn at(ring: &[DVec2], height: f64) -> Vec<DVec3> {
    ring.iter().map(|c| c.extend(height)).collect()
}

/// The wall over each side of a counter-clockwise plan: its corners counter-clockwise for who stands outside.
pub(crate) fn walls(
    ring: &[DVec2],
    bottom: f64,
    top: f64,
) -> impl Iterator<Item = [DVec3; 4]> + '_ {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(move |(a, b)| {
        [
            a.extend(bottom),
            b.extend(bottom),
            b.extend(top),
            a.extend(top),
        ]
    })
}
