//! Some batches that are traced at the same time: cut into chunks, and the chunks of each heap summed in their order,
//! so that the sums do not depend on who is first.

use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::chunk::Task;
use super::energies::{Columns, Heap};
use super::launch::Start;
use super::work::Work;
use super::{HEAPS, RaysStopped, Watch};
use crate::octaves::OCTAVES_MAX;

/// Most rays of a chunk: some milliseconds.
const CHUNK: u32 = 1024;

/// Memory of the chunks that wait to be summed, in numbers.
const WAITING: usize = 1 << 26;

/// A group of octaves, its width forgotten.
pub(super) trait Group: Sync {
    /// Traces some rays of a batch; `rows` is memory of any content.
    fn run(&self, batch: u32, start: &Start, rays: Range<u32>, rows: Vec<f32>) -> Tally;

    /// Adds the rows of a tally from one on to columns of bins, from the place of the group's octaves on, each with its
    /// factor.
    fn add(
        &self,
        tally: &Tally,
        first_row: usize,
        place: usize,
        factors: &Columns,
        to: &mut Columns,
    );
}

/// What a chunk has counted, rows flattened.
pub(super) struct Tally {
    rows: Vec<f32>,
    hits: u64,
    way_m: f64,
    leaks: u64,
    leaked: [f64; OCTAVES_MAX],
}

impl<const B: usize> Group for Task<'_, B> {
    fn run(&self, batch: u32, start: &Start, rays: Range<u32>, mut rows: Vec<f32>) -> Tally {
        rows.clear();
        rows.resize(self.rows * B, 0.0);
        let counts = Self::run(self, batch, start, rays, rows.as_chunks_mut().0);
        let wide = |from: &[f64; B]| core::array::from_fn(|k| from.get(k).copied().unwrap_or(0.0));
        Tally {
            hits: counts.hits,
            way_m: counts.way_m,
            leaks: counts.leaks,
            leaked: wide(&counts.leaked),
            rows,
        }
    }

    fn add(
        &self,
        tally: &Tally,
        first_row: usize,
        place: usize,
        factors: &Columns,
        to: &mut Columns,
    ) {
        // The first row is what came before the bins.
        let rows = tally.rows.as_chunks::<B>().0.iter().skip(first_row + 1);
        let columns = to[place..].iter_mut().zip(&factors[place..]);
        for (k, (column, own)) in columns.enumerate().take(self.octaves) {
            for ((sum, factor), row) in column.iter_mut().zip(own).zip(rows.clone()) {
                *sum += f64::from(row[k]) * factor;
            }
        }
    }
}

/// Some batches that are traced.
pub(super) struct Round<'a> {
    work: &'a Work<'a>,
    watch: &'a Watch<'a>,
    first_batch: u32,
    starts: Vec<Start>,
    groups: Vec<Box<dyn Group + 'a>>,
    /// What a row of each receiver counts, then one of the room.
    factors: Vec<Columns>,
    /// Chunks of a batch, and rays of each.
    chunks: u32,
    chunk: u32,
    done: AtomicUsize,
    /// Rows of chunks that were added up: fresh pages from the system cost as much as adding.
    spare: Mutex<Vec<Vec<f32>>>,
}

/// A chunk: the place of its batch, its group of octaves, its number.
#[derive(Debug, Clone, Copy)]
struct Job {
    batch: usize,
    group: usize,
    chunk: u32,
}

impl<'a> Round<'a> {
    pub(super) fn new(work: &'a Work<'a>, batches: Range<u32>, watch: &'a Watch<'a>) -> Self {
        let scale = work.scale();
        let mut factors: Vec<Columns> = work.heard().map(|bins| scale.factors(bins)).collect();
        if let Some(bins) = &work.plan.room {
            factors.push(vec![vec![1.0; bins.count + 1]; work.scene.octaves.len()]);
        }
        let chunks = work.rays.div_ceil(CHUNK);
        let start = |batch| Start::new(work.from.clone(), work.plan.seed, batch, work.rays);
        Self {
            first_batch: batches.start,
            starts: batches.map(start).collect(),
            groups: work.places.iter().map(|p| work.group(p)).collect(),
            factors,
            chunks,
            chunk: work.rays.div_ceil(chunks),
            done: AtomicUsize::new(0),
            spare: Mutex::default(),
            work,
            watch,
        }
    }

    /// Traces the batches of a heap and adds up their chunks in their order.
    pub(super) fn fill(&self, place: usize, heap: &mut Heap) -> Result<(), RaysStopped> {
        let batches = (place..self.starts.len()).step_by(HEAPS);
        let in_groups = batches.flat_map(|batch| (0..self.groups.len()).map(move |g| (batch, g)));
        let jobs = in_groups.flat_map(|(batch, group)| {
            (0..self.chunks).map(move |chunk| Job {
                batch,
                group,
                chunk,
            })
        });
        let jobs: Vec<Job> = jobs.collect();
        let wave = (WAITING / (self.work.rows.max(1) * 12 * HEAPS)).clamp(1, 8);
        for some in jobs.chunks(wave) {
            let tallies = some.par_iter().map(|job| self.run(*job));
            let tallies: Vec<Tally> = tallies.collect::<Result<_, _>>()?;
            for (job, tally) in some.iter().zip(tallies) {
                self.add(heap, job.group, tally);
            }
        }
        Ok(())
    }

    fn run(&self, job: Job) -> Result<Tally, RaysStopped> {
        if (self.watch.stop)() {
            return Err(RaysStopped);
        }
        let end = self.work.rays.min((job.chunk + 1) * self.chunk);
        let rays = (job.chunk * self.chunk).min(end)..end;
        #[expect(clippy::cast_possible_truncation, reason = "a number of batches")]
        let batch = self.first_batch + job.batch as u32;
        let start = &self.starts[job.batch];
        let tally = self.groups[job.group].run(batch, start, rays, self.memory());
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        let all = self.starts.len() * self.groups.len() * self.chunks as usize;
        (self.watch.progress)(done as f64 / all as f64);
        Ok(tally)
    }

    /// Memory of a chunk that was added up, or none.
    fn memory(&self) -> Vec<f32> {
        // A poisoned lock means that another thread panicked; the list itself is whole.
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.pop().unwrap_or_default()
    }

    fn add(&self, heap: &mut Heap, group: usize, tally: Tally) {
        let places = &self.work.places[group];
        let room = self.work.plan.room.map(|_| &mut heap.lost);
        let histograms = heap.receivers.iter_mut().chain(room);
        let rows = self.work.first_row.iter().zip(&self.factors);
        for (bins, (first, factors)) in histograms.zip(rows) {
            self.groups[group].add(&tally, *first, places.start, factors, bins);
        }
        heap.hits += tally.hits;
        heap.way_m += tally.way_m;
        heap.leaks += tally.leaks;
        for (k, place) in places.clone().enumerate() {
            heap.leaked[place] += tally.leaked[k];
        }
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.push(tally.rows);
    }
}
