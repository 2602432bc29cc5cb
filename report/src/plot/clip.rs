//! Cuts curves at the edge of their axes.
//!
//! Done here rather than by a clip path, because clip paths need ids and hide where a curve really
//! goes; a point that is not finite lifts the pen.

use super::frame::Area;

/// The parts of the curve through `points` that lie inside `area`.
pub(super) fn clip(points: impl Iterator<Item = (f64, f64)>, area: Area) -> Vec<Vec<(f64, f64)>> {
    let mut parts: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    let mut joined = false;
    for point in points {
        let piece = last.and_then(|from| segment(from, point, area));
        joined = append(&mut parts, piece, point, joined);
        last = (point.0.is_finite() && point.1.is_finite()).then_some(point);
    }
    parts
}

/// Adds a piece to the last part if it continues it; says whether the next one may.
fn append(
    parts: &mut Vec<Vec<(f64, f64)>>,
    piece: Option<[(f64, f64); 2]>,
    end: (f64, f64),
    joined: bool,
) -> bool {
    let Some([from, to]) = piece else {
        return false;
    };
    match parts.last_mut() {
        Some(part) if joined => part.push(to),
        _ => parts.push(vec![from, to]),
    }
    same(to, end)
}

/// The part of a segment inside `area` (Liang and Barsky, 1984); none if it lies outside or an end is
/// not finite.
fn segment(from: (f64, f64), to: (f64, f64), area: Area) -> Option<[(f64, f64); 2]> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if !(dx.is_finite() && dy.is_finite()) {
        return None;
    }
    let (mut start, mut end) = (0f64, 1f64);
    let edges = [
        (-dx, from.0 - area.left),
        (dx, area.right() - from.0),
        (-dy, from.1 - area.top),
        (dy, area.bottom() - from.1),
    ];
    for (speed, distance) in edges {
        if speed < 0.0 {
            start = start.max(distance / speed);
        } else if speed > 0.0 {
            end = end.min(distance / speed);
        } else if distance < 0.0 {
            return None;
        }
    }
    let at = |part: f64| (from.0 + part * dx, from.1 + part * dy);
    (start <= end).then(|| [at(start), at(end)])
}

fn same(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        left: 0.0,
        top: 0.0,
        width: 10.0,
        height: 10.0,
    };

    fn run(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
        clip(points.iter().copied(), AREA)
    }

    #[test]
    fn a_curve_inside_stays_whole() {
        let points = [(1.0, 1.0), (5.0, 9.0), (9.0, 1.0)];
        assert_eq!(run(&points), [points.to_vec()]);
    }

    #[test]
    fn a_curve_that_leaves_and_returns_has_two_parts() {
        let parts = run(&[(0.0, 5.0), (4.0, 13.0), (8.0, 5.0)]);
        assert_eq!(
            parts,
            [vec![(0.0, 5.0), (2.5, 10.0)], vec![(5.5, 10.0), (8.0, 5.0)]]
        );
    }

    #[test]
    fn what_is_outside_or_not_finite_is_left_out() {
        assert!(run(&[(-5.0, 1.0), (-1.0, 3.0)]).is_empty());
        let parts = run(&[(1.0, 1.0), (2.0, f64::NAN), (3.0, 1.0), (4.0, 1.0)]);
        assert_eq!(parts, [vec![(3.0, 1.0), (4.0, 1.0)]]);
        assert!(run(&[(0.0, f64::NEG_INFINITY), (1.0, 2.0)]).is_empty());
    }
}
