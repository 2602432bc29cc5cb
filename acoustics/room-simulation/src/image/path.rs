//! Paths from a source over mirrors to a receiver: candidates of the beam tree, walked back and decided.
//!
//! A node whose aperture the straight line from its image to the receiver misses is no candidate. A candidate is walked
//! back from the receiver: each point of reflection must lie on a face of its mirror, each leg be free of all other
//! faces. The face at the point, and the patch there, tell what the reflection takes.

use glam::DVec3;

use super::beam::{BeamTree, Node};
use super::clip::is_near;
use super::cone::ON_PLANE_M;
use super::ends::{Ends, Way};
use super::mirror::Mirror;
use super::planes::bits;
use super::points::{Block, LANES, blocks, lit};
use crate::octaves::PerOctave;

/// How far outside of an aperture a candidate may pass, in metres: far above the rounding of images, and what is let
/// through is decided exactly.
pub(super) const SLACK_M: f64 = 1e-6;

/// One way of specular reflection between a source and a receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePath {
    /// Number of reflections; 0 is the direct sound.
    pub order: usize,
    /// Places of the faces in the room, from the source on.
    pub faces: Vec<usize>,
    /// Where the image of the source lies, in metres.
    pub position_m: [f64; 3],
    /// Length of the way in metres.
    pub distance_m: f64,
    /// Amplitude per octave, 1/d in free field, signed as directivities are. Of an ambisonic receiver it is channel 0;
    /// others have it times [`Pickup::gain`](crate::Pickup::gain) of the direction of arrival.
    pub amplitude: PerOctave,
    /// Unit vector in which the sound leaves the source.
    pub departure: [f64; 3],
    /// Unit vector from the receiver towards where the sound comes from.
    pub arrival: [f64; 3],
    /// Smallest distance of a point of reflection, or of a leg where it crosses the plane of a face that could stand in
    /// its way, to the border of that face, in metres; infinite for a direct sound that nothing is near.
    pub margin_m: f64,
}

/// Where a path meets a mirror.
#[derive(Debug, Clone, Copy)]
struct Hit {
    mirror: usize,
    face: usize,
    point: DVec3,
}

impl BeamTree<'_> {
    /// Every path of the tree's complete orders to a receiver, by length, then by faces.
    ///
    /// `ends` must have the tree's own source.
    pub fn paths(&self, ends: &Ends) -> Vec<ImagePath> {
        let mut hits = Vec::new();
        let lit = (0..self.nodes()).filter(|node| self.lights(*node, ends.receiver));
        let mut paths: Vec<ImagePath> = lit
            .filter_map(|node| self.found(self.node(node), ends, &mut hits))
            .collect();
        if self.is_open() {
            self.add_last_order(ends, &mut hits, &mut paths);
        }
        let by_length = |a: &ImagePath, b: &ImagePath| a.distance_m.total_cmp(&b.distance_m);
        paths.sort_by(|a, b| by_length(a, b).then_with(|| a.faces.cmp(&b.faces)));
        paths
    }

    /// Adds the paths of the order that is not kept. Their last mirror shows a receiver of its own behind it, which the
    /// nodes before would light.
    fn add_last_order(&self, ends: &Ends, hits: &mut Vec<Hit>, paths: &mut Vec<ImagePath>) {
        let mirrors = self.mirrors.all.iter();
        let receivers = mirrors.map(|m| m.plane.mirror(ends.receiver));
        let blocks = blocks(&receivers.collect::<Vec<DVec3>>());
        for (block, first) in blocks.iter().zip((0..).step_by(LANES)) {
            for parent in self.last_kept() {
                let lit = bits(self.lit(parent, block)).map(|lane| first + lane);
                paths.extend(lit.filter_map(|mirror| self.last(parent, mirror, ends, hits)));
            }
        }
    }

    /// The path over a node and one mirror more. What has a margin is surely lit; at an edge it is the beam that
    /// decides, as for nodes that are kept.
    fn last(
        &self,
        parent: usize,
        mirror: usize,
        ends: &Ends,
        hits: &mut Vec<Hit>,
    ) -> Option<ImagePath> {
        let plane = &self.mirrors.all.get(mirror)?.plane;
        if plane.distance(self.image(parent)) <= ON_PLANE_M {
            return None;
        }
        let path = self.found(self.child(parent, mirror), ends, hits)?;
        let is_sure = path.margin_m > SLACK_M || self.has_child(parent, mirror);
        is_sure.then_some(path)
    }

    /// Which of some points a node's aperture lets its light through to, as bits.
    fn lit(&self, node: usize, points: &Block) -> u32 {
        let Some(mirror) = self.mirror(node) else {
            return u32::MAX >> (32 - LANES);
        };
        let Mirror { plane, frame, .. } = &self.mirrors.all[mirror];
        lit(self.image(node), plane, frame, self.aperture(node), points)
    }

    /// A candidate as a path, where it is one.
    fn found(&self, node: Node, ends: &Ends, hits: &mut Vec<Hit>) -> Option<ImagePath> {
        let margin_m = self.walk_back(node, ends, hits)?;
        Some(self.path(node.image, ends, hits, margin_m))
    }

    /// Whether a node's aperture lets its light through to a point.
    #[inline]
    fn lights(&self, node: usize, point: DVec3) -> bool {
        let Some(mirror) = self.mirror(node) else {
            return true;
        };
        let mirror = &self.mirrors.all[mirror];
        let height = mirror.plane.distance(point);
        if height <= 0.0 {
            return false;
        }
        let image = self.image(node);
        let depth = mirror.plane.distance(image);
        let at = image + depth / (depth - height) * (point - image);
        is_near(self.aperture(node), mirror.frame.flat(at), SLACK_M)
    }

    /// Follows a candidate from the receiver to the source; its margin, and `hits` from the source on, where it is a
    /// path.
    fn walk_back(&self, node: Node, ends: &Ends, hits: &mut Vec<Hit>) -> Option<f64> {
        hits.clear();
        let faces = &self.room.faces;
        let (mut here, mut at) = (node, ends.receiver);
        while let Some(place) = here.mirror() {
            let mirror = &self.mirrors.all[place];
            let image = here.image;
            let (depth, height) = (mirror.plane.distance(image), mirror.plane.distance(at));
            if height <= 0.0 || depth >= 0.0 {
                return None;
            }
            let point = image + depth / (depth - height) * (at - image);
            let face = mirror.face_at(faces, point)?;
            hits.push(Hit {
                mirror: place,
                face,
                point,
            });
            at = point;
            here = self.node(here.parent());
        }
        hits.reverse();
        self.free_margin_m(ends, hits)
    }

    /// The smallest margin of points and legs, where every leg is free.
    fn free_margin_m(&self, ends: &Ends, hits: &[Hit]) -> Option<f64> {
        let faces = &self.room.faces;
        let mut margin_m = f64::INFINITY;
        let (mut from, mut behind) = (ends.source, None);
        let ahead = hits.iter().map(|h| (h.point, Some(h.mirror)));
        for (to, before) in ahead.chain([(ends.receiver, None)]) {
            if self.obstacles.is_empty() {
                break;
            }
            let free = |face: usize| {
                let mirror = Some(self.mirrors.of_face[face]);
                mirror == behind || mirror == before
            };
            margin_m = margin_m.min(self.obstacles.margin_m(faces, from, to, free)?);
            (from, behind) = (to, before);
        }
        let inner = hits.iter().map(|h| faces[h.face].margin_m(h.point));
        Some(inner.fold(margin_m, f64::min))
    }

    fn path(&self, image: DVec3, ends: &Ends, hits: &[Hit], margin_m: f64) -> ImagePath {
        let first = hits.first().map_or(ends.receiver, |h| h.point);
        let last = hits.last().map_or(ends.source, |h| h.point);
        let way = Way {
            length_m: image.distance(ends.receiver),
            departure: (first - ends.source).normalize_or_zero(),
            arrival: (last - ends.receiver).normalize_or_zero(),
        };
        let materials = hits
            .iter()
            .map(|h| self.room.faces[h.face].material_at(h.point));
        ImagePath {
            order: hits.len(),
            faces: hits.iter().map(|h| h.face).collect(),
            position_m: image.to_array(),
            distance_m: way.length_m,
            amplitude: ends.amplitude(&materials, &way, |_| way.length_m.recip()),
            departure: way.departure.to_array(),
            arrival: way.arrival.to_array(),
            margin_m,
        }
    }
}
