//! Buffers that renderers use again: fresh pages from the system cost as much as the transforms.

use std::sync::{Mutex, PoisonError};

use super::grid::Complex32;

/// Most values of single precision that a set of buffers may hold to be kept: 32 MiB.
const LARGEST: usize = 1 << 23;

/// Sets that are kept at most, for as many threads.
const KEPT: usize = 16;

static POOL: Mutex<Vec<Buffers>> = Mutex::new(Vec::new());

/// Memory of one renderer.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    points: Vec<Vec<f32>>,
    /// A copy of a grid, changed in time.
    pub(crate) faded: Vec<f32>,
    /// Transform of a grid.
    pub(crate) bins: Vec<Complex32>,
    /// What transforms need besides.
    pub(crate) scratch: Vec<Complex32>,
    /// Sum of all grids.
    pub(crate) spectrum: Vec<Complex32>,
}

impl Buffers {
    /// A set that was used before, or an empty one.
    pub(crate) fn take() -> Self {
        // A poisoned lock means that another thread panicked; the list itself is whole.
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.pop().unwrap_or_default()
    }

    /// Zeros.
    pub(crate) fn zeros(&mut self, count: usize) -> Vec<f32> {
        let mut points = self.points.pop().unwrap_or_default();
        points.clear();
        points.resize(count, 0.0);
        points
    }

    /// At least `count` values, of any content.
    pub(crate) fn any(&mut self, count: usize) -> Vec<f32> {
        let mut points = self.points.pop().unwrap_or_default();
        at_least(&mut points, count);
        points
    }

    /// Takes back what [`Buffers::zeros`] or [`Buffers::any`] gave.
    pub(crate) fn put(&mut self, points: Vec<f32>) {
        self.points.push(points);
    }

    /// Keeps the set for others.
    pub(crate) fn keep(self) {
        let complex = self.bins.capacity() + self.scratch.capacity() + self.spectrum.capacity();
        let points: usize = self.points.iter().map(Vec::capacity).sum();
        if 2 * complex + self.faded.capacity() + points > LARGEST {
            return;
        }
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < KEPT {
            pool.push(self);
        }
    }
}

/// At least `count` values, of any content.
pub(crate) fn at_least<T: Clone + Default>(buffer: &mut Vec<T>, count: usize) -> &mut [T] {
    if buffer.len() < count {
        buffer.resize(count, T::default());
    }
    &mut buffer[..count]
}
