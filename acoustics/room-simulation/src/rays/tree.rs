//! Many pieces: a binary tree of boxes by the surface-area heuristic (Goldsmith and Salmon 1987), one ray at a time.
//!
//! Rays of a packet scatter after a few reflections, so that they go down alone; a leaf holds up to sixteen pieces side
//! by side and tests them all with the kernel that elsewhere tests sixteen rays.

use multiversion::multiversion;

use super::packet::{Beams, NOWHERE, RAYS};
use super::pieces::{EDGES, Piece, distance};

/// Pieces side by side.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Leaf {
    normal: [[f32; RAYS]; 3],
    offset: [f32; RAYS],
    edges: [[[f32; RAYS]; 4]; EDGES],
    face: [u32; RAYS],
}

#[derive(Debug, Clone, Copy)]
struct Node {
    lower: [f32; 3],
    upper: [f32; 3],
    /// The leaf, or the first of two children that follow each other.
    next: u32,
    is_leaf: bool,
}

/// A tree of pieces.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    hair_m: f32,
}

/// Bounds of pieces.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    lower: [f32; 3],
    upper: [f32; 3],
}

impl Bounds {
    const NONE: Self = Self {
        lower: [f32::INFINITY; 3],
        upper: [f32::NEG_INFINITY; 3],
    };

    fn with(self, other: &Self) -> Self {
        Self {
            lower: [0, 1, 2].map(|k| self.lower[k].min(other.lower[k])),
            upper: [0, 1, 2].map(|k| self.upper[k].max(other.upper[k])),
        }
    }

    fn of(pieces: &[Piece]) -> Self {
        pieces
            .iter()
            .fold(Self::NONE, |b, p| b.with(&Self::from(p)))
    }

    fn half_area(&self) -> f32 {
        let [x, y, z] = [0, 1, 2].map(|k| (self.upper[k] - self.lower[k]).max(0.0));
        x * y + y * z + z * x
    }
}

impl From<&Piece> for Bounds {
    fn from(piece: &Piece) -> Self {
        Self {
            lower: piece.lower,
            upper: piece.upper,
        }
    }
}

/// Deepest tree that can be walked: below half of it pieces are halved by count, which ends after log2 of their number.
const DEPTH: usize = 64;

impl Tree {
    /// The tree of all pieces.
    pub(crate) fn new(mut pieces: Vec<Piece>, hair_m: f32) -> Self {
        let mut tree = Self {
            nodes: vec![Node::bounding(Bounds::of(&pieces))],
            leaves: Vec::new(),
            hair_m,
        };
        tree.split(0, &mut pieces, 0);
        tree
    }

    fn split(&mut self, node: usize, pieces: &mut [Piece], depth: usize) {
        let small = pieces.len() <= RAYS;
        let place = if depth < DEPTH / 2 {
            best_split(pieces, small)
        } else {
            (!small).then_some(pieces.len() / 2)
        };
        let Some(place) = place else {
            self.nodes[node].next = index(self.leaves.len());
            self.nodes[node].is_leaf = true;
            self.leaves.push(Leaf::of(pieces));
            return;
        };
        let first = self.nodes.len();
        self.nodes[node].next = index(first);
        let (left, right) = pieces.split_at_mut(place);
        self.nodes.push(Node::bounding(Bounds::of(left)));
        self.nodes.push(Node::bounding(Bounds::of(right)));
        self.split(first, left, depth + 1);
        self.split(first + 1, right, depth + 1);
    }
}

/// Sorts pieces along an axis and tells where to part them; nothing when one leaf is as good.
fn best_split(pieces: &mut [Piece], may_stay: bool) -> Option<usize> {
    let count = pieces.len();
    if count < 2 {
        return None;
    }
    let middle = |p: &Piece, axis: usize| p.lower[axis] + p.upper[axis];
    // A leaf costs as much with one piece as with sixteen: that is one unit, a node half of it.
    let cost = |n: usize| n.div_ceil(RAYS) as f32;
    let whole = Bounds::of(pieces).half_area().max(f32::MIN_POSITIVE);
    let mut best: Option<(f32, usize, usize)> = None;
    for axis in 0..3 {
        pieces.sort_by(|a, b| middle(a, axis).total_cmp(&middle(b, axis)));
        let mut right = vec![Bounds::NONE; count + 1];
        for k in (0..count).rev() {
            right[k] = right[k + 1].with(&Bounds::from(&pieces[k]));
        }
        let mut left = Bounds::NONE;
        for k in 1..count {
            left = left.with(&Bounds::from(&pieces[k - 1]));
            let parted = left.half_area() * cost(k) + right[k].half_area() * cost(count - k);
            if best.is_none_or(|(least, _, _)| parted < least) {
                best = Some((parted, axis, k));
            }
        }
    }
    let (parted, axis, place) = best?;
    if may_stay && parted / whole + 0.5 >= cost(count) {
        return None;
    }
    pieces.sort_by(|a, b| middle(a, axis).total_cmp(&middle(b, axis)));
    Some(place)
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl Node {
    fn bounding(bounds: Bounds) -> Self {
        Self {
            lower: bounds.lower,
            upper: bounds.upper,
            next: 0,
            is_leaf: false,
        }
    }

    /// Where a ray enters the box, or infinity when it does not before `far`.
    #[inline]
    fn entry(&self, at: [f32; 3], slow: [f32; 3], far: f32) -> f32 {
        let (mut enters, mut leaves) = (0.0_f32, far);
        for k in 0..3 {
            let (a, b) = (
                (self.lower[k] - at[k]) * slow[k],
                (self.upper[k] - at[k]) * slow[k],
            );
            // Comparisons that a NaN (a ray in the plane of a side) leaves as they are.
            let (near, away) = if a < b { (a, b) } else { (b, a) };
            enters = if near > enters { near } else { enters };
            leaves = if away < leaves { away } else { leaves };
        }
        if enters <= leaves {
            enters
        } else {
            f32::INFINITY
        }
    }
}

impl Leaf {
    fn of(pieces: &[Piece]) -> Self {
        let mut leaf = Self {
            normal: [[0.0; RAYS]; 3],
            offset: [0.0; RAYS],
            edges: [[[0.0; RAYS]; 4]; EDGES],
            face: [NOWHERE; RAYS],
        };
        for (lane, piece) in pieces.iter().take(RAYS).enumerate() {
            for k in 0..3 {
                leaf.normal[k][lane] = piece.normal[k];
            }
            leaf.offset[lane] = piece.offset;
            leaf.face[lane] = piece.face;
            let numbers = leaf
                .edges
                .iter_mut()
                .flatten()
                .zip(piece.edges.iter().flatten());
            for (to, from) in numbers {
                to[lane] = *from;
            }
        }
        leaf
    }

    /// Distances to all pieces; a lane without a piece has no normal and is never met.
    #[inline]
    fn distances(&self, at: [f32; 3], towards: [f32; 3], hair_m: f32) -> [f32; RAYS] {
        let mut t = [f32::INFINITY; RAYS];
        for lane in 0..RAYS {
            let mut edges = [[0.0; 4]; EDGES];
            for (edge, all) in edges.iter_mut().zip(&self.edges) {
                *edge = [all[0][lane], all[1][lane], all[2][lane], all[3][lane]];
            }
            let [x, y, z] = &self.normal;
            let normal = [x[lane], y[lane], z[lane]];
            t[lane] = distance(at, towards, normal, self.offset[lane], &edges, hair_m);
        }
        t
    }
}

/// The first piece that each ray meets before the way it looks.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn nearest_of_tree(beams: &mut Beams, tree: &Tree) {
    for ray in 0..RAYS {
        let (at, towards) = (beams.point(ray), beams.direction(ray));
        let slow = towards.map(|d| 1.0 / d);
        let mut waiting = [(0_u32, 0.0_f32); DEPTH];
        let mut count = 1;
        let mut leg = beams.leg[ray];
        while count > 0 {
            count -= 1;
            let (number, enters) = waiting[count];
            if enters > leg {
                continue;
            }
            let node = &tree.nodes[number as usize];
            if node.is_leaf {
                let leaf = &tree.leaves[node.next as usize];
                let t = leaf.distances(at, towards, tree.hair_m);
                let least = t
                    .iter()
                    .copied()
                    .fold(leg, |a, b| if b < a { b } else { a });
                if least < leg
                    && let Some(lane) = t.iter().position(|t| *t <= least)
                {
                    leg = least;
                    beams.face[ray] = leaf.face[lane];
                    for k in 0..3 {
                        beams.normal[k][ray] = leaf.normal[k][lane];
                    }
                }
                continue;
            }
            let children = [node.next, node.next + 1];
            let [a, b] = children.map(|c| tree.nodes[c as usize].entry(at, slow, leg));
            let nearer_first = a <= b;
            let order = if nearer_first {
                [(1, b), (0, a)]
            } else {
                [(0, a), (1, b)]
            };
            for (child, entry) in order {
                if entry < f32::INFINITY {
                    waiting[count] = (children[child], entry);
                    count += 1;
                }
            }
        }
        beams.leg[ray] = leg;
    }
}
