//! What of a convex plan lies inside a room (Sutherland and Hodgman 1974, the room clipped by the plan).
//!
//! Where a plan reaches through several walls of a room that is not convex, the parts hang together by edges without
//! area, which the scene then refuses.

/// Area of a plan that may lie outside without being said, in square metres: a millimetre along a metre.
const UNNOTICED_M2: f64 = 1e-3;
/// Corners nearer than this are one, in metres.
const ONE_CORNER_M: f64 = 2e-3;

/// The part of a counter-clockwise convex plan that lies inside a room, and the area outside; nothing if all of it lies
/// inside, or none.
pub(super) fn inside(room: &[[f64; 2]], plan: &[[f64; 2]]) -> Option<(Vec<[f64; 2]>, f64)> {
    let sides = plan.iter().zip(plan.iter().cycle().skip(1));
    let mut left = room.to_vec();
    for (a, b) in sides {
        left = before(&left, *a, *b);
    }
    let left = apart(&left);
    let outside_m2 = area_m2(plan) - area_m2(&left);
    let is_cut = left.len() >= 3 && area_m2(&left) > UNNOTICED_M2 && outside_m2 > UNNOTICED_M2;
    is_cut.then_some((left, outside_m2))
}

/// The part of a ring to the left of a line.
fn before(ring: &[[f64; 2]], a: [f64; 2], b: [f64; 2]) -> Vec<[f64; 2]> {
    let side = |p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
    let mut kept = Vec::with_capacity(ring.len() + 4);
    for (from, to) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        let (here, there) = (side(*from), side(*to));
        if here >= 0.0 {
            kept.push(*from);
        }
        if (here >= 0.0) != (there >= 0.0) {
            let way = here / (here - there);
            kept.push([0, 1].map(|axis| from[axis] + way * (to[axis] - from[axis])));
        }
    }
    kept
}

/// A ring without corners that stand on the one before.
fn apart(ring: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let near = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < ONE_CORNER_M;
    let mut kept: Vec<[f64; 2]> = Vec::with_capacity(ring.len());
    for corner in ring {
        if !kept.last().is_some_and(|last| near(last, corner)) {
            kept.push(*corner);
        }
    }
    while kept.len() > 1
        && kept
            .first()
            .zip(kept.last())
            .is_some_and(|(a, b)| near(a, b))
    {
        kept.pop();
    }
    kept
}

fn area_m2(ring: &[[f64; 2]]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    let twice: f64 = ring
        .iter()
        .zip(next)
        .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
        .sum();
    0.5 * twice.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: [[f64; 2]; 4] = [[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]];

    fn square(x: f64, y: f64) -> [[f64; 2]; 4] {
        [[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y + 1.0]]
    }

    #[test]
    fn what_is_inside_or_outside_stays_as_it_is() {
        assert_eq!(inside(&ROOM, &square(1.0, 1.0)), None);
        assert_eq!(inside(&ROOM, &square(3.0, 2.0)), None, "in the corner");
        assert_eq!(inside(&ROOM, &square(6.0, 1.0)), None);
    }

    #[test]
    fn what_reaches_through_a_wall_is_cut_at_it() {
        for turned in [false, true] {
            let mut room = ROOM.to_vec();
            if turned {
                room.reverse();
            }
            let (left, outside_m2) = inside(&room, &square(3.5, 1.0)).unwrap();
            assert!((outside_m2 - 0.5).abs() < 1e-9);
            assert!(
                (area_m2(&left) - 0.5).abs() < 1e-9 && left.len() == 4,
                "{left:?}"
            );
            assert!(left.iter().all(|corner| corner[0] <= 4.0), "{left:?}");
        }
    }
}
