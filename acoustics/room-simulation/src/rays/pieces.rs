//! Convex pieces of faces, and sixteen rays against all of them: rooms that are not convex, or not empty, and small.
//!
//! A piece is a plane and at most four edges. Only fronts are met, so that a ray never meets the face that it has just
//! left; a ray that rounding put a hair behind a face is still stopped by it, and edges overlap by the same hair: that
//! closes the seams. This is the cure that a start before the hit is in other programs, without moving the ray.

use earcut::Earcut;
use glam::{DVec2, DVec3};
use multiversion::multiversion;

use super::packet::{Beams, RAYS};
use super::planes::STEEP;
use super::single;
use crate::scene::face::{Face, Frame};

/// A convex part of a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    /// Normal into the air.
    pub(crate) normal: [f32; 3],
    /// Normal times any of its points.
    pub(crate) offset: f32,
    /// Edges: normal in the plane, inwards, and the least product of it with a point of the piece.
    pub(crate) edges: [[f32; 4]; EDGES],
    /// Its face.
    pub(crate) face: u32,
    /// Least coordinates.
    pub(crate) lower: [f32; 3],
    /// Largest coordinates.
    pub(crate) upper: [f32; 3],
}

/// Most edges of a piece.
pub(crate) const EDGES: usize = 4;

/// Pieces of a face, in coordinates from `origin`; edges overlap by `hair_m`.
pub(crate) fn cut(face: &Face, number: u32, origin: DVec3, hair_m: f64) -> Vec<Piece> {
    let normal = face.plane.normal;
    let piece = |corners: &[DVec3]| {
        let moved: Vec<DVec3> = corners.iter().map(|c| *c - origin).collect();
        Piece::new(
            &moved,
            normal,
            face.plane.offset - normal.dot(origin),
            number,
            hair_m,
        )
    };
    match &face.rings[..] {
        [ring] if is_convex(ring, normal) => {
            let fans = (1..ring.len().saturating_sub(1)).step_by(2);
            let of_fan = |k: usize| {
                let last = (k + 2).min(ring.len() - 1);
                let mut corners = vec![ring[0]];
                corners.extend_from_slice(&ring[k..=last]);
                piece(&corners)
            };
            fans.map(of_fan).collect()
        }
        rings => {
            let corners: Vec<DVec3> = rings.iter().flatten().copied().collect();
            let triangles = ears(rings, normal);
            triangles.map(|t| piece(&t.map(|k| corners[k]))).collect()
        }
    }
}

/// Whether a ring that runs counter-clockwise around its normal turns left at every corner.
fn is_convex(ring: &[DVec3], normal: DVec3) -> bool {
    let count = ring.len();
    (0..count).all(|k| {
        let (a, b, c) = (ring[k], ring[(k + 1) % count], ring[(k + 2) % count]);
        let (ab, bc) = (b - a, c - b);
        normal.dot(ab.cross(bc)) > -1e-9 * ab.length() * bc.length()
    })
}

/// Triangles of rings with holes, counter-clockwise around the normal, as places of corners.
fn ears(rings: &[Vec<DVec3>], normal: DVec3) -> impl Iterator<Item = [usize; 3]> {
    let origin = rings.first().and_then(|r| r.first()).copied();
    let frame = Frame::new(origin.unwrap_or(DVec3::ZERO), normal);
    let flat: Vec<DVec2> = rings.iter().flat_map(|ring| frame.flatten(ring)).collect();
    let begin = |(count, ring): (&mut usize, &Vec<DVec3>)| {
        let here = *count;
        *count += ring.len();
        here
    };
    let mut count = 0;
    let begins: Vec<usize> = rings.iter().map(|ring| begin((&mut count, ring))).collect();
    let mut triangles: Vec<usize> = Vec::new();
    let holes = begins.get(1..).unwrap_or_default();
    Earcut::new().earcut(flat.iter().map(|p| p.to_array()), holes, &mut triangles);
    let turned: Vec<[usize; 3]> = triangles
        .chunks_exact(3)
        .map(|t| {
            let (a, b, c) = (flat[t[0]], flat[t[1]], flat[t[2]]);
            let left = (b - a).perp_dot(c - a) > 0.0;
            if left {
                [t[0], t[1], t[2]]
            } else {
                [t[0], t[2], t[1]]
            }
        })
        .collect();
    turned.into_iter()
}

impl Piece {
    /// A convex piece with three or four corners, counter-clockwise around its normal.
    pub(crate) fn new(
        corners: &[DVec3],
        normal: DVec3,
        offset: f64,
        face: u32,
        hair_m: f64,
    ) -> Self {
        let count = corners.len().max(1);
        let edge = |k: usize| {
            let (a, b) = (corners[k % count], corners[(k + 1) % count]);
            let inwards = normal.cross(b - a).normalize_or_zero();
            let least = inwards.dot(a) - hair_m;
            [inwards.x, inwards.y, inwards.z, least].map(single)
        };
        // The fourth edge of a triangle is its third once more.
        let edges = [0, 1, 2, 3].map(|k| edge(k.min(count - 1)));
        let lower = corners.iter().copied().fold(DVec3::INFINITY, DVec3::min);
        let upper = corners
            .iter()
            .copied()
            .fold(DVec3::NEG_INFINITY, DVec3::max);
        Self {
            normal: normal.to_array().map(single),
            offset: single(offset),
            edges,
            face,
            lower: (lower - hair_m).to_array().map(single),
            upper: (upper + hair_m).to_array().map(single),
        }
    }
}

/// Distance along a ray to the front of a piece, or infinity: one lane of every kernel that tests pieces.
#[inline]
pub(crate) fn distance(
    at: [f32; 3],
    towards: [f32; 3],
    normal: [f32; 3],
    offset: f32,
    edges: &[[f32; 4]; EDGES],
    hair_m: f32,
) -> f32 {
    let speed = -(normal[0] * towards[0] + normal[1] * towards[1] + normal[2] * towards[2]);
    let height = normal[0] * at[0] + normal[1] * at[1] + normal[2] * at[2] - offset;
    let way = if height > 0.0 { height } else { 0.0 };
    let t = way / speed;
    let q = [0, 1, 2].map(|k| at[k] + t * towards[k]);
    let mut inside = (speed > STEEP) & (height > -hair_m);
    for [a, b, c, least] in edges {
        inside &= a * q[0] + b * q[1] + c * q[2] > *least;
    }
    if inside { t } else { f32::INFINITY }
}

/// The first piece that each ray meets before the way it looks.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn nearest_of_pieces(beams: &mut Beams, pieces: &[Piece], hair_m: f32) {
    let Beams {
        at,
        towards,
        leg,
        face,
        normal,
    } = beams;
    for piece in pieces {
        for ray in 0..RAYS {
            let t = distance(
                [at[0][ray], at[1][ray], at[2][ray]],
                [towards[0][ray], towards[1][ray], towards[2][ray]],
                piece.normal,
                piece.offset,
                &piece.edges,
                hair_m,
            );
            let nearer = t < leg[ray];
            leg[ray] = if nearer { t } else { leg[ray] };
            face[ray] = if nearer { piece.face } else { face[ray] };
            for k in 0..3 {
                normal[k][ray] = if nearer {
                    piece.normal[k]
                } else {
                    normal[k][ray]
                };
            }
        }
    }
}
