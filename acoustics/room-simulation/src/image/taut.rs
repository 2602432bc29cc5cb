//! Strings pulled tight around furniture: over it, under it, and past both its sides.
//!
//! Two planes through both ends, one upright and one across it, cut the convex hull of what stands between. In each
//! plane the convex hull of the cut and the two ends gives the taut string on either side, and with it the edges it
//! runs over; the points then slide along these edges until the whole is shortest (each on the straight line that
//! unfolding its two faces makes of the way). Several pieces are wound around as one: the string over all of them.

use glam::{DVec2, DVec3};

use crate::scene::face::{Face, convex_hull};

/// An edge, from end to end.
pub(crate) type Edge = [DVec3; 2];

/// Points nearer than this are one, in metres.
const SAME_M: f64 = 1e-9;

/// Rounds of sliding points along edges, and below which step a round is the last, in metres.
const ROUNDS: usize = 200;
const STILL_M: f64 = 1e-12;

/// The edges of the convex hull of a piece of furniture.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) piece: usize,
    edges: Vec<Edge>,
}

impl Body {
    /// All pieces of a room, in their order.
    pub(crate) fn all(faces: &[Face]) -> Vec<Self> {
        let tops = faces.iter().filter(|f| f.plane.normal.z > 0.5);
        let body = |top: &Face| {
            let piece = top.furniture?;
            let own = faces.iter().filter(|f| f.furniture == Some(piece));
            let corners = own.flat_map(|f| f.rings.iter().flatten());
            let bottom = corners.map(|c| c.z).fold(f64::INFINITY, f64::min);
            let down = |p: DVec3| p.with_z(bottom);
            let next = top.hull.iter().cycle().skip(1);
            let sides = top.hull.iter().zip(next);
            let edges = sides.flat_map(|(a, b)| [[*a, *b], [down(*a), down(*b)], [*a, down(*a)]]);
            Some(Self {
                piece,
                edges: edges.collect(),
            })
        };
        tops.filter_map(body).collect()
    }
}

/// Points of the taut strings between two ends around bodies taken together, shortest first; ends are not among them.
pub(crate) fn strings(from: DVec3, to: DVec3, bodies: &[&Body]) -> Vec<Vec<DVec3>> {
    let along = (to - from).normalize_or_zero();
    let upright = DVec3::Z - along.z * along;
    let across = if upright.length() > 1e-6 {
        upright.normalize()
    } else {
        along.any_orthonormal_vector()
    };
    let mut found: Vec<(f64, Vec<DVec3>)> = Vec::new();
    for height in [across, along.cross(across)] {
        for edges in in_plane(from, to, along, height, bodies) {
            let points = tightened(from, to, &edges);
            let length = length_m(from, to, &points);
            let is_same = |other: &(f64, Vec<DVec3>)| {
                let apart = other.1.iter().zip(&points).map(|(a, b)| a.distance(*b));
                other.1.len() == points.len() && apart.fold(0.0, f64::max) < 1e3 * SAME_M
            };
            if !found.iter().any(is_same) {
                found.push((length, points));
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, points)| points).collect()
}

/// Edges that the strings on both sides run over, in a plane spanned by the straight line and a height.
fn in_plane(
    from: DVec3,
    to: DVec3,
    along: DVec3,
    height: DVec3,
    bodies: &[&Body],
) -> Vec<Vec<Edge>> {
    let normal = along.cross(height);
    let flat = |p: DVec3| DVec2::new((p - from).dot(along), (p - from).dot(height));
    let cut = |edge: &Edge| {
        let [a, b] = edge.map(|p| normal.dot(p - from));
        ((a > 0.0) != (b > 0.0)).then(|| (flat(edge[0] + a / (a - b) * (edge[1] - edge[0])), *edge))
    };
    let cuts: Vec<(DVec2, Edge)> = bodies
        .iter()
        .flat_map(|b| b.edges.iter().filter_map(cut))
        .collect();
    let ends = [flat(from), flat(to)];
    let points: Vec<DVec2> = cuts.iter().map(|c| c.0).chain(ends).collect();
    let hull = convex_hull(&points);
    let place = |p: DVec2| hull.iter().position(|h| h.distance(p) < SAME_M);
    let (Some(first), Some(last)) = (place(ends[0]), place(ends[1])) else {
        return Vec::new();
    };
    let edge_at = |corner: usize| {
        let near = |c: &&(DVec2, Edge)| c.0.distance(hull[corner]) < SAME_M;
        cuts.iter().find(near).map(|c| c.1)
    };
    let count = hull.len();
    let chain = |start: usize, end: usize| {
        let steps = (end + count - start) % count;
        (1..steps).filter_map(move |step| edge_at((start + step) % count))
    };
    let there: Vec<Edge> = chain(first, last).collect();
    let mut back: Vec<Edge> = chain(last, first).collect();
    back.reverse();
    [there, back]
        .into_iter()
        .filter(|c| !c.is_empty())
        .collect()
}

/// The points on edges, in their order, over which the way between two ends is shortest.
pub(crate) fn tightened(from: DVec3, to: DVec3, edges: &[Edge]) -> Vec<DVec3> {
    let mut points: Vec<DVec3> = edges.iter().map(|[a, b]| 0.5 * (*a + *b)).collect();
    for _ in 0..ROUNDS {
        let mut moved_m = 0.0_f64;
        for place in 0..points.len() {
            let before = if place == 0 { from } else { points[place - 1] };
            let after = points.get(place + 1).copied().unwrap_or(to);
            let point = unfolded(before, after, &edges[place]);
            moved_m = moved_m.max(point.distance(points[place]));
            points[place] = point;
        }
        if moved_m < STILL_M {
            break;
        }
    }
    points
}

/// Where the straight line crosses an edge when both sides of it are unfolded into one plane.
fn unfolded(before: DVec3, after: DVec3, [a, b]: &Edge) -> DVec3 {
    let length = a.distance(*b);
    let along = (*b - *a) / length;
    let place = |p: DVec3| {
        let at = (p - *a).dot(along);
        (at, (p - *a - at * along).length())
    };
    let ((s, height_s), (t, height_t)) = (place(before), place(after));
    let heights = height_s + height_t;
    let at = if heights > SAME_M {
        (s * height_t + t * height_s) / heights
    } else {
        0.5 * (s + t)
    };
    *a + at.clamp(0.0, length) * along
}

/// Length of a way over points.
pub(crate) fn length_m(from: DVec3, to: DVec3, points: &[DVec3]) -> f64 {
    legs(from, to, points).map(|(a, b)| a.distance(b)).sum()
}

/// Legs of a way over points.
pub(crate) fn legs(
    from: DVec3,
    to: DVec3,
    points: &[DVec3],
) -> impl Iterator<Item = (DVec3, DVec3)> + '_ {
    let starts = core::iter::once(from).chain(points.iter().copied());
    let ends = points.iter().copied().chain(core::iter::once(to));
    starts.zip(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A box along the axes.
    fn cuboid(min: [f64; 3], max: [f64; 3]) -> Body {
        let end = |far: bool, axis: usize| if far { max[axis] } else { min[axis] };
        let corner = |i: usize| DVec3::from([0, 1, 2].map(|axis| end(i >> axis & 1 == 1, axis)));
        let pairs = (0..8).flat_map(|i| (0..3).map(move |axis| (i, i | 1 << axis)));
        let edges = pairs
            .filter(|(i, j)| i != j)
            .map(|(i, j)| [corner(i), corner(j)]);
        Body {
            piece: 0,
            edges: edges.collect(),
        }
    }

    #[test]
    fn four_strings_run_around_a_box() {
        let body = cuboid([2.0, -1.0, -0.5], [3.0, 3.0, 1.0]);
        let (from, to) = (DVec3::ZERO, DVec3::new(5.0, 0.0, 0.0));
        let lengths: Vec<f64> = strings(from, to, &[&body])
            .iter()
            .map(|points| length_m(from, to, points))
            .collect();
        let over = |height: f64| 2.0 * height.hypot(2.0) + 1.0;
        let expected = [over(0.5), over(1.0), over(1.0), over(3.0)];
        assert_eq!(lengths.len(), 4, "{lengths:?}");
        for (a, b) in lengths.iter().zip(expected) {
            assert!((a - b).abs() < 1e-9, "{lengths:?}");
        }
    }

    #[test]
    fn a_string_slides_along_slanted_edges() {
        // Over a long edge that the straight line passes below at 45 degrees, ends at unlike heights.
        let edge = [DVec3::new(-50.0, -50.0, 2.0), DVec3::new(50.0, 50.0, 2.0)];
        let (from, to) = (DVec3::new(-3.0, 0.0, 0.0), DVec3::new(4.0, 0.0, 1.0));
        let tight = length_m(from, to, &tightened(from, to, &[edge]));
        let way = |i: i32| {
            let p = edge[0].lerp(edge[1], f64::from(i) / 1e5);
            from.distance(p) + p.distance(to)
        };
        let least = (0..=100_000).map(way).fold(f64::INFINITY, f64::min);
        assert!(
            tight <= least + 1e-12 && least - tight < 1e-6,
            "{tight} {least}"
        );
    }

    #[test]
    fn two_boxes_are_wound_around_as_one() {
        let bodies = [
            cuboid([2.0, -9.0, -9.0], [2.5, 9.0, 1.0]),
            cuboid([4.0, -9.0, -9.0], [4.5, 9.0, 2.0]),
        ];
        let (from, to) = (DVec3::ZERO, DVec3::new(9.0, 0.0, 0.0));
        let first = &strings(from, to, &[&bodies[0], &bodies[1]])[0];
        let heights: Vec<f64> = first.iter().map(|p| p.z).collect();
        // The lower box lies just at the string to the higher one.
        let expected = 20f64.sqrt() + 0.5 + 4.5f64.hypot(2.0);
        assert!(
            (length_m(from, to, first) - expected).abs() < 1e-9,
            "{heights:?}"
        );
    }
}
