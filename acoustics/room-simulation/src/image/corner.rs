//! Ways around the corners of a room: over one or two of its edges that stick out into the air.
//!
//! An edge counts where the air around it spans more than half a turn. A way over it must be taut: pulled, it would
//! press against the wall. Legs are free of the room's own faces; what furniture does to them is the caller's affair.

use std::collections::BTreeMap;

use glam::DVec3;

use super::taut::{Edge, legs, length_m, tightened};
use crate::scene::face::Face;

/// Sine of the least turn beyond a straight wall for an edge to count.
const STICKS_OUT: f64 = 1e-6;

/// How near the end of an edge a way may cross it, in metres.
const FROM_END_M: f64 = 1e-3;

/// How many edges are looked at, those with the shortest ways.
const EDGES_MAX: usize = 32;

/// How many ways are given, the shortest ones.
const WAYS_MAX: usize = 4;

/// An edge around which sound can bend.
#[derive(Debug, Clone)]
pub(crate) struct Corner {
    edge: Edge,
    pub(crate) faces: [usize; 2],
}

/// A way over edges of the room.
#[derive(Debug, Clone)]
pub(crate) struct Around {
    pub(crate) points: Vec<DVec3>,
    /// The faces that meet at each point.
    pub(crate) faces: Vec<[usize; 2]>,
}

/// The edges of the room itself that stick out into the air.
pub(crate) fn corners(faces: &[Face]) -> Vec<Corner> {
    let bits = |p: DVec3| (p + 0.0).to_array().map(f64::to_bits);
    let mut by_edge: BTreeMap<_, Vec<(usize, Edge)>> = BTreeMap::new();
    for (index, face) in faces.iter().enumerate() {
        if face.furniture.is_some() {
            continue;
        }
        for ring in &face.rings {
            for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                let (low, high) = (bits(*a).min(bits(*b)), bits(*a).max(bits(*b)));
                by_edge
                    .entry((low, high))
                    .or_default()
                    .push((index, [*a, *b]));
            }
        }
    }
    let corner = |sides: Vec<(usize, Edge)>| {
        let [(a, edge), (b, _)] = sides[..] else {
            return None;
        };
        // Rings run counter-clockwise seen from the air, so that the second face lies to this side of the edge.
        let along = (edge[1] - edge[0]).normalize_or_zero();
        let into_b = along.cross(faces[b].plane.normal);
        let sticks_out = faces[a].plane.normal.dot(into_b) < -STICKS_OUT;
        sticks_out.then_some(Corner {
            edge,
            faces: [a, b],
        })
    };
    by_edge.into_values().filter_map(corner).collect()
}

/// Taut ways over one or two corners whose legs are `free` (of all faces but those named), shortest first.
pub(crate) fn ways(
    faces: &[Face],
    corners: &[Corner],
    from: DVec3,
    to: DVec3,
    free: &dyn Fn(DVec3, DVec3, &[usize]) -> bool,
) -> Vec<Around> {
    let mut near: Vec<(f64, &Corner)> = corners
        .iter()
        .map(|c| (length_m(from, to, &tightened(from, to, &[c.edge])), c))
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    near.truncate(EDGES_MAX);
    let mut chains: Vec<Vec<&Corner>> = near.iter().map(|(_, c)| vec![*c]).collect();
    for (i, (_, a)) in near.iter().enumerate() {
        let others = near.iter().enumerate().filter(|(j, _)| *j != i);
        chains.extend(others.map(|(_, (_, b))| vec![*a, *b]));
    }
    let mut found: Vec<(f64, Around)> = chains
        .iter()
        .filter_map(|chain| over(faces, chain, from, to, free))
        .map(|way| (length_m(from, to, &way.points), way))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(WAYS_MAX);
    found.into_iter().map(|(_, way)| way).collect()
}

/// The way over some corners in their order, where it is one.
fn over(
    faces: &[Face],
    chain: &[&Corner],
    from: DVec3,
    to: DVec3,
    free: &dyn Fn(DVec3, DVec3, &[usize]) -> bool,
) -> Option<Around> {
    let edges: Vec<Edge> = chain.iter().map(|c| c.edge).collect();
    let points = tightened(from, to, &edges);
    let within = |(p, e): (&DVec3, &Edge)| e.iter().all(|end| end.distance(*p) > FROM_END_M);
    if !points.iter().zip(&edges).all(within) {
        return None;
    }
    let all: Vec<(DVec3, DVec3)> = legs(from, to, &points).collect();
    for (corner, pair) in chain.iter().zip(all.windows(2)) {
        let [a, b] = corner.faces.map(|f| &faces[f].plane);
        let ((before, point), (_, after)) = (pair[0], pair[1]);
        let bend = (after - point).normalize_or_zero() - (point - before).normalize_or_zero();
        let in_air = |p: DVec3| a.distance(p).max(b.distance(p)) > -FROM_END_M;
        let is_taut = bend.dot(a.normal + b.normal) < -f64::EPSILON;
        if !is_taut || !in_air(before) || !in_air(after) {
            return None;
        }
    }
    for (place, (a, b)) in all.iter().enumerate() {
        let ends = [place.checked_sub(1), Some(place)];
        let named = ends.into_iter().flatten().filter_map(|i| chain.get(i));
        let named: Vec<usize> = named.flat_map(|c| c.faces).collect();
        if !free(*a, *b, &named) {
            return None;
        }
    }
    Some(Around {
        faces: chain.iter().map(|c| c.faces).collect(),
        points,
    })
}
