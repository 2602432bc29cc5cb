//! Memory of trees that is used again: fresh pages from the system cost a quarter of growing.

use std::sync::{Mutex, PoisonError};

use glam::DVec2;

use super::beam::Node;

/// Arenas that are kept, for as many sources at a time.
const KEPT: usize = 4;

/// Most nodes and corners that the memory of a kept arena may hold: some ten MiB.
const NODES_KEPT: usize = 1 << 16;
const CORNERS_KEPT: usize = 1 << 19;

static POOL: Mutex<Vec<(Vec<Node>, Vec<DVec2>)>> = Mutex::new(Vec::new());

/// Nodes of a tree, and the corners of all their apertures.
#[derive(Debug, Clone)]
pub(super) struct Arena {
    pub(super) nodes: Vec<Node>,
    pub(super) corners: Vec<DVec2>,
}

impl Arena {
    /// With a first node; in memory that was used before, where there is some.
    pub(super) fn of(first: Node) -> Self {
        // A poisoned lock means that another thread panicked; the list itself is whole.
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut nodes, mut corners) = pool.pop().unwrap_or_default();
        nodes.clear();
        corners.clear();
        nodes.push(first);
        Self { nodes, corners }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if self.nodes.capacity() > NODES_KEPT || self.corners.capacity() > CORNERS_KEPT {
            return;
        }
        let memory = (
            core::mem::take(&mut self.nodes),
            core::mem::take(&mut self.corners),
        );
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < KEPT {
            pool.push(memory);
        }
    }
}
