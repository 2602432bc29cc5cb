//! A tree of boxes: which of many faces a leg or a beam can touch at all.
//!
//! Only a filter: what it names is tested exactly by who asks. Rays have a hierarchy of their own, made for single
//! hits.

use core::ops::ControlFlow;

use glam::DVec3;

/// Boxes of a leaf; below this, testing all of them is faster than descending.
pub(crate) const LEAF: usize = 8;

/// A box along the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) lower: DVec3,
    pub(crate) upper: DVec3,
}

impl Bounds {
    /// Around points.
    pub(crate) fn of(points: impl Iterator<Item = DVec3>) -> Self {
        let none = Self {
            lower: DVec3::INFINITY,
            upper: DVec3::NEG_INFINITY,
        };
        points.fold(none, |b, p| Self {
            lower: b.lower.min(p),
            upper: b.upper.max(p),
        })
    }

    fn and(self, other: Self) -> Self {
        Self {
            lower: self.lower.min(other.lower),
            upper: self.upper.max(other.upper),
        }
    }

    /// Grown on all sides.
    pub(crate) fn grown(self, by_m: f64) -> Self {
        Self {
            lower: self.lower - by_m,
            upper: self.upper + by_m,
        }
    }

    /// Middle.
    pub(crate) fn middle(&self) -> DVec3 {
        0.5 * (self.lower + self.upper)
    }

    /// Half of the diagonal, in metres.
    pub(crate) fn radius_m(&self) -> f64 {
        0.5 * (self.upper - self.lower).length()
    }

    /// Whether a leg from a point passes through it; `inverse` is [`inverse`] of the leg.
    pub(crate) fn meets(&self, from: DVec3, inverse: DVec3) -> bool {
        let a = (self.lower - from) * inverse;
        let b = (self.upper - from) * inverse;
        let begins = a.min(b).max_element().max(0.0);
        let ends = a.max(b).min_element().min(1.0);
        begins <= ends
    }
}

/// One over each component of a leg, finite even where the leg has none.
pub(crate) fn inverse(leg: DVec3) -> DVec3 {
    const HUGE: f64 = 1e300;
    leg.recip().clamp(DVec3::splat(-HUGE), DVec3::splat(HUGE))
}

/// Boxes in a binary tree, split in the middle along their longest side.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoxTree {
    nodes: Vec<Node>,
    items: Vec<usize>,
    leaves: usize,
}

#[derive(Debug, Clone)]
struct Node {
    bounds: Bounds,
    first: usize,
    count: usize,
    /// The second child; the first one follows its parent.
    other: Option<usize>,
    /// Number of the leaf, counted along the items.
    leaf: usize,
}

impl BoxTree {
    /// Of boxes that are known by their place in the list.
    pub(crate) fn new(boxes: &[Bounds]) -> Self {
        let mut tree = Self {
            nodes: Vec::new(),
            items: (0..boxes.len()).collect(),
            leaves: 0,
        };
        if !boxes.is_empty() {
            tree.split(boxes, 0, boxes.len());
        }
        tree
    }

    fn split(&mut self, boxes: &[Bounds], first: usize, count: usize) -> usize {
        let own = &mut self.items[first..first + count];
        let all = own.iter().map(|i| boxes[*i]);
        let bounds = all.reduce(Bounds::and).unwrap_or(boxes[0]);
        let here = self.nodes.len();
        let node = Node {
            bounds,
            first,
            count,
            other: None,
            leaf: self.leaves,
        };
        self.nodes.push(node);
        if count > LEAF {
            let size = (bounds.upper - bounds.lower).to_array();
            let longest = (0..3).max_by(|a, b| size[*a].total_cmp(&size[*b]));
            let axis = longest.unwrap_or(0);
            let along = |i: usize| boxes[i].middle()[axis];
            own.sort_by(|a, b| along(*a).total_cmp(&along(*b)).then(a.cmp(b)));
            let half = count / 2;
            self.split(boxes, first, half);
            let other = self.split(boxes, first + half, count - half);
            self.nodes[here].other = Some(other);
        } else {
            self.leaves += 1;
        }
        here
    }

    /// What lies in each leaf, in the order of the leaves' numbers.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &[usize]> {
        let leaves = self.nodes.iter().filter(|n| n.other.is_none());
        leaves.map(|n| self.own(n))
    }

    fn own(&self, node: &Node) -> &[usize] {
        &self.items[node.first..node.first + node.count]
    }

    /// Hands on the numbers of leaves that are `touched`, and what lies in them, until told to break. A tree that is
    /// one leaf is always touched.
    pub(crate) fn visit(
        &self,
        touched: &impl Fn(&Bounds) -> bool,
        each: &mut impl FnMut(usize, &[usize]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.nodes.is_empty() {
            return ControlFlow::Continue(());
        }
        self.descend(0, touched, each)
    }

    fn descend(
        &self,
        node: usize,
        touched: &impl Fn(&Bounds) -> bool,
        each: &mut impl FnMut(usize, &[usize]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let here = &self.nodes[node];
        let Some(other) = here.other else {
            return each(here.leaf, self.own(here));
        };
        for child in [node + 1, other] {
            if touched(&self.nodes[child].bounds) {
                self.descend(child, touched, each)?;
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_finds_every_box_on_its_way() {
        let cell = |i: u32| {
            let corner = DVec3::new(f64::from(i % 7), f64::from(i / 7 % 7), f64::from(i / 49));
            Bounds::of([corner, corner + 0.9].into_iter())
        };
        let boxes: Vec<Bounds> = (0..343).map(cell).collect();
        let tree = BoxTree::new(&boxes);
        let from = DVec3::new(-1.0, 0.1, 0.2);
        let inverse = inverse(DVec3::new(8.0, 6.3, 5.1) - from);
        let mut found: Vec<usize> = Vec::new();
        let mut visited = 0;
        let touched = |b: &Bounds| b.meets(from, inverse);
        let done = tree.visit(&touched, &mut |_, items| {
            visited += items.len();
            found.extend(items.iter().filter(|i| touched(&boxes[**i])));
            ControlFlow::Continue(())
        });
        assert!(done.is_continue());
        found.sort_unstable();
        let all: Vec<usize> = (0..343)
            .filter(|i| boxes[*i].meets(from, inverse))
            .collect();
        assert_eq!(found, all);
        assert!(all.len() > 2 && visited < 150, "{visited}");
    }
}
