//! The beam tree of a source: every sequence of mirrors that a path could follow, grown order by order.
//!
//! A node is an image of the source: mirrored at one face more than its parent, seen through an aperture, the part of
//! the mirror that the parent's beam lights (Borish 1984 for the images; Funkhouser et al. 1998 for beams). A child is
//! grown where the image lies on the air side of the mirror, and the mirror's hull, clipped by the parent's mirror and
//! by the planes through image and aperture, keeps area. Nodes lie in one arena by order, so that growing is breadth
//! first and a budget of nodes ends with a whole order; receivers share a tree.
//!
//! An open tree leaves its last order out, of which few nodes light a receiver: that is told from the order before.
//!
//! What lies in front of a mirror is not looked at here: the tree holds more than what is seen, never less. Paths are
//! decided in [`super::path`].

use core::ops::Range;

use glam::{DVec2, DVec3};

use super::arena::Arena;
use super::clip::Aperture;
use super::cone::{Beam, ON_PLANE_M};
use super::mirror::{Mirror, Mirrors};
use super::obstacle::Obstacles;
use super::shade::{Shadows, Throwers};
use crate::scene::Polyhedron;

/// After how many nodes a caller is asked whether to stop: some microseconds of work in small rooms, and a few
/// milliseconds in rooms of thousands of faces.
const ASKED_EVERY: usize = 8;

/// Most nodes of any tree: places of corners fit into 32 bits.
const NODES_MAX: usize = 1 << 27;

/// Squares of ways that were found differently do not differ by more than this share.
const ROUNDING: f64 = 1e-9;

/// Mirror of the first node, the source itself.
const NO_MIRROR: u32 = u32::MAX;

/// How far a tree grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeamLimits {
    /// Most reflections.
    pub max_order: usize,
    /// Most nodes; an order that would have more is left out as a whole.
    pub nodes_max: usize,
}

/// Images of a source in a room of planar faces, with what each is seen through.
#[derive(Debug, Clone)]
pub struct BeamTree<'a> {
    pub(super) room: &'a Polyhedron,
    pub(super) mirrors: Mirrors,
    pub(super) obstacles: Obstacles,
    throwers: Throwers,
    arena: Arena,
    /// Number of nodes up to each order.
    order_ends: Vec<usize>,
    /// Whether there is one order more, of nodes that are not kept.
    is_open: bool,
}

/// An image of the source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) image: DVec3,
    mirror: u32,
    parent: u32,
    /// Where the corners of its aperture end; they begin where those of the node before end.
    corners_end: u32,
}

/// What a node's children are found with.
struct Lamp<'a> {
    mirrors: &'a Mirrors,
    throwers: &'a Throwers,
    beam: Beam,
    shadows: Shadows,
}

impl Node {
    /// Its mirror: none for the source.
    #[inline]
    pub(super) fn mirror(&self) -> Option<usize> {
        (self.mirror != NO_MIRROR).then_some(self.mirror as usize)
    }

    /// The node that it is the mirror image of.
    #[inline]
    pub(super) const fn parent(&self) -> usize {
        self.parent as usize
    }
}

impl<'a> Lamp<'a> {
    const fn new(mirrors: &'a Mirrors, throwers: &'a Throwers) -> Self {
        Self {
            mirrors,
            throwers,
            beam: Beam::ALL,
            shadows: Shadows::NONE,
        }
    }

    /// Shines from an image through an aperture of its mirror.
    fn aim(&mut self, image: DVec3, own: Option<usize>, aperture: &[DVec2]) {
        if let Some(own) = own {
            self.beam.through(image, &self.mirrors.all[own], aperture);
        }
        self.shadows.thrown(self.throwers, image, own, &self.beam);
    }

    /// Hands on every mirror that is lit, and the aperture.
    fn lit(&self, image: DVec3, each: &mut impl FnMut(usize, &Mirror, &Aperture)) {
        let beam = &self.beam;
        beam.lit(self.mirrors, image, &mut |place, mirror, lit| {
            if self.shadows.take_off(self.throwers, place, mirror, lit) {
                each(place, mirror, lit.aperture());
            }
        });
    }
}

impl<'a> BeamTree<'a> {
    /// Grows a tree; nothing where `stop` told so. It is asked every few nodes.
    pub fn grow(
        room: &'a Polyhedron,
        source_m: [f64; 3],
        limits: BeamLimits,
        stop: &dyn Fn() -> bool,
    ) -> Option<Self> {
        Self::grown(room, source_m, limits, stop, false)
    }

    /// Grows a tree whose last order is not kept, if that is certain to be within the limits: most of all nodes are in
    /// it, and few of them light a receiver. Paths are the same.
    pub(crate) fn grow_open(
        room: &'a Polyhedron,
        source_m: [f64; 3],
        limits: BeamLimits,
        stop: &dyn Fn() -> bool,
    ) -> Option<Self> {
        Self::grown(room, source_m, limits, stop, true)
    }

    fn grown(
        room: &'a Polyhedron,
        source_m: [f64; 3],
        limits: BeamLimits,
        stop: &dyn Fn() -> bool,
        may_be_open: bool,
    ) -> Option<Self> {
        let source = Node {
            image: DVec3::from(source_m),
            mirror: NO_MIRROR,
            parent: 0,
            corners_end: 0,
        };
        let mut tree = Self {
            room,
            mirrors: Mirrors::of(&room.faces),
            obstacles: Obstacles::of(&room.faces),
            arena: Arena::of(source),
            order_ends: vec![1],
            throwers: Throwers::default(),
            is_open: false,
        };
        let nodes_max = limits.nodes_max.min(NODES_MAX);
        let mirrors = core::mem::take(&mut tree.mirrors);
        let throwers = Throwers::of(&room.faces, &mirrors, &tree.obstacles);
        let mut lamp = Lamp::new(&mirrors, &throwers);
        let mut order = 0..1;
        for number in 1..=limits.max_order {
            let end = order.end;
            let most = end + order.len() * mirrors.all.len();
            if may_be_open && number == limits.max_order && most <= nodes_max {
                tree.is_open = true;
                break;
            }
            tree.grow_order(order, &mut lamp, nodes_max, stop)?;
            if tree.arena.nodes.len() > nodes_max {
                tree.cut_to(end);
                break;
            }
            tree.order_ends.push(tree.arena.nodes.len());
            order = end..tree.arena.nodes.len();
        }
        (tree.mirrors, tree.throwers) = (mirrors, throwers);
        Some(tree)
    }

    /// Most reflections of which every path is in the tree.
    pub fn complete_order(&self) -> usize {
        self.order_ends.len() - 1 + usize::from(self.is_open)
    }

    /// No path with more reflections than the complete order is shorter than this, in metres; infinite where there is
    /// none.
    ///
    /// A mirror turns an image away from the air in front of it, so that a path is never shorter than the way to any
    /// image on the way to its own.
    pub(crate) fn beyond_m(&self, receiver: DVec3) -> f64 {
        if self.is_open {
            return self.beyond_open_m(receiver);
        }
        let ways = self
            .last_kept()
            .map(|node| self.image(node).distance(receiver));
        ways.fold(f64::INFINITY, f64::min)
    }

    /// The same where the last order is not kept: most of its images are farther than the nearest so far, and are not
    /// asked whether they are lit.
    fn beyond_open_m(&self, receiver: DVec3) -> f64 {
        let mirrors = self.mirrors.all.iter();
        let seen: Vec<(&Mirror, DVec3)> = mirrors
            .map(|mirror| (mirror, mirror.plane.mirror(receiver)))
            .collect();
        let mut lamp = Lamp::new(&self.mirrors, &self.throwers);
        let mut nearest_m = f64::INFINITY;
        for node in self.last_kept() {
            let image = self.image(node);
            let squared = nearest_m * nearest_m * (1.0 + ROUNDING);
            let is_farther = |(mirror, behind): &(&Mirror, DVec3)| {
                image.distance_squared(*behind) >= squared
                    || mirror.plane.distance(image) <= ON_PLANE_M
            };
            if seen.iter().all(is_farther) {
                continue;
            }
            lamp.aim(image, self.mirror(node), self.aperture(node));
            lamp.lit(image, &mut |_, mirror, _| {
                let way_m = mirror.plane.mirror(image).distance(receiver);
                nearest_m = nearest_m.min(way_m);
            });
        }
        nearest_m
    }

    /// The last order whose nodes are kept.
    pub(super) fn last_kept(&self) -> Range<usize> {
        let before = self.order_ends.len().checked_sub(2);
        before.map_or(0, |b| self.order_ends[b])..self.arena.nodes.len()
    }

    /// Whether the last order is not kept.
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// The node that a node has by a mirror.
    pub(super) fn child(&self, parent: usize, mirror: usize) -> Node {
        Node {
            image: self.mirrors.all[mirror].plane.mirror(self.image(parent)),
            mirror: narrow(mirror),
            parent: narrow(parent),
            corners_end: 0,
        }
    }

    /// Whether the beam of a node lights a mirror.
    pub(super) fn has_child(&self, parent: usize, mirror: usize) -> bool {
        let mut lamp = Lamp::new(&self.mirrors, &self.throwers);
        let mut is_lit = false;
        lamp.aim(
            self.image(parent),
            self.mirror(parent),
            self.aperture(parent),
        );
        lamp.lit(self.image(parent), &mut |place, _, _| {
            is_lit |= place == mirror;
        });
        is_lit
    }

    /// Number of nodes, the source counted.
    pub fn nodes(&self) -> usize {
        self.arena.nodes.len()
    }

    /// Number of nodes of each order, from 0.
    pub fn nodes_per_order(&self) -> Vec<usize> {
        let before = core::iter::once(&0).chain(&self.order_ends);
        let ends = self.order_ends.iter().zip(before);
        ends.map(|(end, start)| end - start).collect()
    }

    /// Mirror of a node: none for the source.
    #[inline]
    pub(super) fn mirror(&self, node: usize) -> Option<usize> {
        self.arena.nodes[node].mirror()
    }

    /// A node.
    #[inline]
    pub(super) fn node(&self, node: usize) -> Node {
        self.arena.nodes[node]
    }

    /// Where a node's image lies.
    #[inline]
    pub(super) fn image(&self, node: usize) -> DVec3 {
        self.arena.nodes[node].image
    }

    /// Aperture of a node, in the coordinates of its mirror.
    #[inline]
    pub(super) fn aperture(&self, node: usize) -> &[DVec2] {
        let end = |place: usize| self.arena.nodes[place].corners_end as usize;
        &self.arena.corners[node.checked_sub(1).map_or(0, end)..end(node)]
    }

    /// Adds the children of an order, at most until there are too many nodes; nothing when told to stop.
    fn grow_order(
        &mut self,
        order: Range<usize>,
        lamp: &mut Lamp<'_>,
        nodes_max: usize,
        stop: &dyn Fn() -> bool,
    ) -> Option<()> {
        for parent in order {
            if parent.is_multiple_of(ASKED_EVERY) && stop() {
                return None;
            }
            self.branch(parent, lamp);
            if self.arena.nodes.len() > nodes_max {
                break;
            }
        }
        Some(())
    }

    /// Adds the children of a node.
    fn branch(&mut self, parent: usize, lamp: &mut Lamp<'_>) {
        let image = self.image(parent);
        lamp.aim(image, self.mirror(parent), self.aperture(parent));
        lamp.lit(image, &mut |place, mirror, aperture| {
            self.arena.corners.extend_from_slice(aperture.corners());
            self.arena.nodes.push(Node {
                image: mirror.plane.mirror(image),
                mirror: narrow(place),
                parent: narrow(parent),
                corners_end: narrow(self.arena.corners.len()),
            });
        });
    }

    fn cut_to(&mut self, nodes: usize) {
        self.arena
            .corners
            .truncate(self.arena.nodes[nodes - 1].corners_end as usize);
        self.arena.nodes.truncate(nodes);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most NODES_MAX nodes of CORNERS_MAX corners, and fewer faces"
)]
const fn narrow(place: usize) -> u32 {
    place as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Directivity, Material, Octaves, Pickup, Room, Scene, SceneBuilder, Shape};

    fn l_room() -> Scene {
        let wall = Material::flat(Octaves::ALL, 0.15, 0.0);
        let room = Room::Extruded {
            corners_m: vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]],
            height_m: 3.0,
            walls: vec![wall],
            floor: wall,
            ceiling: wall,
        };
        let ear = Pickup::Single(Directivity::Omnidirectional);
        SceneBuilder::new(room, Octaves::ALL)
            .source("s", [1.2, 5.7, 1.5], Directivity::Omnidirectional)
            .receiver("r", [4.8, 1.3, 1.2], ear)
            .build()
            .unwrap()
    }

    fn grown(scene: &Scene, max_order: usize, nodes_max: usize) -> BeamTree<'_> {
        let Shape::Polyhedron(room) = scene.shape() else {
            panic!("an L is no box");
        };
        let limits = BeamLimits {
            max_order,
            nodes_max,
        };
        BeamTree::grow(room, [1.2, 5.7, 1.5], limits, &|| false).unwrap()
    }

    #[test]
    fn beams_grow_far_fewer_nodes_than_sequences() {
        let scene = l_room();
        let tree = grown(&scene, 6, usize::MAX);
        let nodes = tree.nodes_per_order();
        // One wall lies in the shadow of another. Without apertures there are 1, 7, 42, 220, 1036, 4534, 18950.
        assert_eq!(nodes[..2], [1, 6], "{nodes:?}");
        assert!(nodes[6] < 3000, "{nodes:?}");
        assert_eq!(tree.complete_order(), 6);
    }

    #[test]
    fn an_open_tree_has_the_paths_of_a_whole_one() {
        let scene = l_room();
        let Shape::Polyhedron(room) = scene.shape() else {
            panic!("an L is no box");
        };
        let ends = scene.ends(0, 0, crate::Reflected::Whole).unwrap();
        for max_order in 0..=7 {
            let limits = BeamLimits {
                max_order,
                nodes_max: 60_000,
            };
            let whole = grown(&scene, max_order, 60_000);
            let open = BeamTree::grow_open(room, ends.source_m(), limits, &|| false).unwrap();
            assert_eq!(open.is_open(), max_order > 0);
            assert!(max_order == 0 || open.nodes() < whole.nodes());
            assert_eq!(open.complete_order(), whole.complete_order());
            assert_eq!(open.paths(&ends), whole.paths(&ends));
            for receiver in [[4.8, 1.3, 1.2], [1.0, 5.0, 2.0], [2.9, 2.9, 0.1]] {
                let beyond = |tree: &BeamTree<'_>| tree.beyond_m(receiver.into()).to_bits();
                assert_eq!(beyond(&open), beyond(&whole), "{max_order} {receiver:?}");
            }
        }
        // What might be too many nodes is grown, so that a budget is what it was.
        let nodes = grown(&scene, 5, 60_000).nodes();
        for (nodes_max, complete) in [(nodes, 5), (nodes - 1, 4)] {
            let limits = BeamLimits {
                max_order: 5,
                nodes_max,
            };
            let tree = BeamTree::grow_open(room, ends.source_m(), limits, &|| false).unwrap();
            assert_eq!((tree.is_open(), tree.complete_order()), (false, complete));
        }
    }

    #[test]
    fn a_budget_ends_with_a_whole_order() {
        let scene = l_room();
        let whole = grown(&scene, 4, usize::MAX);
        let nodes_max = whole.nodes() + 10;
        let cut = grown(&scene, 9, nodes_max);
        assert_eq!(cut.complete_order(), 4);
        assert_eq!(cut.nodes(), whole.nodes());
        assert_eq!(cut.arena.corners.len(), whole.arena.corners.len());
        assert_eq!(grown(&scene, 9, whole.nodes()).complete_order(), 4);
        assert_eq!(grown(&scene, 9, 0).complete_order(), 0);
    }

    #[test]
    fn a_tree_stops_when_told() {
        let scene = l_room();
        let Shape::Polyhedron(room) = scene.shape() else {
            panic!("an L is no box");
        };
        let limits = BeamLimits {
            max_order: 20,
            nodes_max: usize::MAX,
        };
        let asked = core::cell::Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        assert!(BeamTree::grow(room, [1.2, 5.7, 1.5], limits, &stop).is_none());
        assert_eq!(asked.get(), 4);
    }
}
