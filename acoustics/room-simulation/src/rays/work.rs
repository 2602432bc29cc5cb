//! Sharing the work: batches cut into chunks, groups of octaves, looks at the accuracy, and everything summed in order.

use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use std::sync::{Mutex, PoisonError};

use glam::DVec3;
use rayon::prelude::*;

use super::chunk::Task;
use super::decay::Quantity;
use super::ears::{Clock, Ear};
use super::enclosure::Enclosure;
use super::energies::{Batches, Columns, Heap, RayEnergies, RayReport, Scale};
use super::launch::{From, Start};
use super::surfaces::{Surfaces, groups};
use super::{Accuracy, Bins, HEAPS, Launch, RayPlan, RaysStopped, Watch, single};
use crate::energy::EnergyHistogram;
use crate::material::Material;
use crate::octaves::{OCTAVES_MAX, PerOctave};
use crate::scene::{Scene, Shape};

/// Most rays of a chunk: some milliseconds.
const CHUNK: u32 = 1024;

/// Memory of the chunks that wait to be summed, in numbers.
const WAITING: usize = 1 << 26;

/// See [`super::trace`].
pub(super) fn trace(
    scene: &Scene,
    launch: Launch,
    bins: &[Bins],
    known: &[EnergyHistogram],
    plan: &RayPlan,
    watch: &Watch<'_>,
) -> Result<RayEnergies, RaysStopped> {
    let enclosure = Enclosure::new(scene);
    let work = Work::new(scene, &enclosure, launch, bins, plan);
    let mut heaps = work.heaps();
    let mut batches = 0;
    loop {
        let next = if batches == 0 { HEAPS_U32 } else { 2 * batches };
        work.batches(batches..next, &mut heaps, watch)?;
        batches = next;
        let Some(accuracy) = plan.accuracy else {
            return Ok(work.energies(heaps, batches));
        };
        let mut energies = work.energies(heaps.clone(), batches);
        let reached = holds(accuracy, &energies, known, &enclosure.materials);
        energies.report.reached = Some(reached);
        let twice = 2 * u64::from(batches) * u64::from(work.rays);
        let is_vain = plan.is_cut && energies.are_too_short(known);
        if reached || is_vain || twice > u64::from(plan.rays_max) {
            return Ok(energies);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "eight")]
const HEAPS_U32: u32 = HEAPS as u32;

/// Whether an accuracy holds in every octave of every receiver. One in which nothing was heard has not reached it,
/// unless nothing comes back from any surface.
fn holds(
    accuracy: Accuracy,
    energies: &RayEnergies,
    known: &[EnergyHistogram],
    surfaces: &[Material],
) -> bool {
    let is_live = |octave: &usize| surfaces.iter().any(|m| m.absorption()[*octave] < 1.0);
    let in_octave = |place: usize, receiver: &Batches, octave: usize| {
        let estimate = |q| receiver.estimate(octave, q, known.get(place));
        let (found, allowed) = match accuracy {
            Accuracy::LevelDb(db) => (estimate(Quantity::LevelDb), db),
            Accuracy::T30Share(share) => {
                let t30 = estimate(Quantity::T30S);
                (t30, share * t30.map_or(0.0, |e| e.value))
            }
        };
        let is_heard = receiver.energies().octave(octave).any(|e| e > 0.0);
        is_heard && found.is_some_and(|e| e.standard_error <= allowed)
    };
    energies
        .receivers
        .iter()
        .enumerate()
        .all(|(place, receiver)| {
            let octaves = receiver.energies().octaves().iter().filter(is_live);
            octaves
                .into_iter()
                .all(|octave| in_octave(place, receiver, octave))
        })
}

/// A group of octaves, its width forgotten.
trait Group: Sync {
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
struct Tally {
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

struct Work<'a> {
    scene: &'a Scene,
    plan: &'a RayPlan,
    bins: &'a [Bins],
    first_row: Vec<usize>,
    rows: usize,
    ears: Vec<Ear>,
    enclosure: &'a Enclosure<'a>,
    places: Vec<Range<usize>>,
    from: From,
    /// Rays of a batch.
    rays: u32,
}

impl<'a> Work<'a> {
    fn new(
        scene: &'a Scene,
        enclosure: &'a Enclosure<'a>,
        launch: Launch,
        bins: &'a [Bins],
        plan: &'a RayPlan,
    ) -> Self {
        let heard = scene.receivers.iter().zip(bins);
        let ears = heard.map(|(receiver, own)| {
            let radius_m = plan.radius_m.min(clearance_m(scene, receiver.position));
            let position = receiver.position - enclosure.origin;
            Ear::new(position, &receiver.pickup, radius_m, own, scene.speed_m_s)
        });
        let from = match launch {
            Launch::Source(place) => scene
                .sources
                .get(place)
                .map_or(From::Everywhere, |s| From::Point(s.position, s.directivity)),
            Launch::Everywhere => From::Everywhere,
        };
        let mut rows = 0;
        let first_row = bins.iter().chain(&plan.room).map(|own| {
            let first = rows;
            rows += Clock::rows(own);
            first
        });
        Self {
            first_row: first_row.collect(),
            rows,
            ears: ears.collect(),
            places: groups(&enclosure.materials, scene.octaves),
            from,
            rays: plan.rays.div_ceil(HEAPS_U32).max(1),
            scene,
            plan,
            bins,
            enclosure,
        }
    }

    /// The tracer of a group of octaves, as wide as it needs to be.
    fn group(&'a self, places: &Range<usize>) -> Box<dyn Group + 'a> {
        match places.len() {
            0..=4 => Box::new(self.task::<4>(places)),
            5..=8 => Box::new(self.task::<8>(places)),
            _ => Box::new(self.task::<12>(places)),
        }
    }

    fn task<const B: usize>(&'a self, places: &Range<usize>) -> Task<'a, B> {
        let scene = self.scene;
        let air = &scene.attenuation_per_m.values()[places.clone()];
        Task {
            scene,
            enclosure: self.enclosure,
            surfaces: Surfaces::new(&self.enclosure.materials, places),
            octaves: places.len(),
            ears: &self.ears,
            first_row: &self.first_row,
            rows: self.rows,
            room: self
                .plan
                .room
                .as_ref()
                .map(|bins| Clock::new(bins, scene.speed_m_s)),
            counted: self.plan.counted,
            limit_m: self.plan.time_limit_s * scene.speed_m_s,
            threshold: single(self.plan.threshold),
            air_per_m: air.iter().copied().fold(f64::INFINITY, f64::min),
            seed: self.plan.seed,
        }
    }

    /// Bins of the receivers that are counted.
    fn heard(&self) -> impl Iterator<Item = &Bins> {
        self.bins.iter().take(self.ears.len())
    }

    /// Eight empty heaps.
    fn heaps(&self) -> Vec<Heap> {
        let nothing = |count: usize| vec![vec![0.0; count]; self.scene.octaves.len()];
        let room = self.plan.room.map_or(0, |bins| bins.count + 1);
        let heap = |_| Heap {
            receivers: self.heard().map(|bins| nothing(bins.count)).collect(),
            lost: nothing(room),
            hits: 0,
            way_m: 0.0,
            leaks: 0,
            leaked: [0.0; OCTAVES_MAX],
        };
        (0..HEAPS).map(heap).collect()
    }

    /// Traces some batches and adds them up, heaps side by side.
    fn batches(
        &self,
        batches: Range<u32>,
        heaps: &mut [Heap],
        watch: &Watch<'_>,
    ) -> Result<(), RaysStopped> {
        let round = Round::new(self, batches, watch);
        let heaps = heaps.par_iter_mut().enumerate();
        heaps.map(|(place, heap)| round.fill(place, heap)).collect()
    }

    /// What turns what the rays of a batch carry into energies.
    fn scale(&self) -> Scale {
        Scale {
            octaves: self.scene.octaves,
            speed_m_s: self.scene.speed_m_s,
            attenuation_per_m: self.scene.attenuation_per_m,
            rays: f64::from(self.rays),
        }
    }

    fn energies(&self, mut heaps: Vec<Heap>, batches: u32) -> RayEnergies {
        let octaves = self.scene.octaves;
        if batches > HEAPS_U32 {
            // A power of two: nothing is rounded.
            let share = f64::from(HEAPS_U32) / f64::from(batches);
            heaps.par_iter_mut().for_each(|heap| heap.weigh(share));
        }
        let report = self.report(&heaps, batches);
        let empty = |b: &Bins| EnergyHistogram::new(octaves, b.origin_s, b.width_s, b.count);
        let room = self.plan.room.as_ref().map(|bins| {
            let scale = self.scale();
            let scaled = heaps.iter().map(|h| scale.room(&h.lost, bins.width_s));
            let from_the_start = Bins {
                origin_s: 0.0,
                ..*bins
            };
            Batches::new(scaled.collect(), empty(&from_the_start))
        });
        let receivers = self.heard().enumerate().map(|(place, bins)| {
            let own = |heap: &mut Heap| core::mem::take(&mut heap.receivers[place]);
            Batches::new(heaps.iter_mut().map(own).collect(), empty(bins))
        });
        RayEnergies {
            receivers: receivers.collect(),
            room,
            report,
        }
    }

    fn report(&self, heaps: &[Heap], batches: u32) -> RayReport {
        let rays = f64::from(self.rays) * f64::from(batches);
        let mean_gain = match &self.from {
            From::Point(_, directivity) => directivity.mean_square(),
            From::Everywhere => 1.0,
        };
        let leaked = |o: usize| heaps.iter().map(|h| h.leaked[o]).sum::<f64>();
        let way_m: f64 = heaps.iter().map(|h| h.way_m).sum();
        let hits: u64 = heaps.iter().map(|h| h.hits).sum();
        RayReport {
            rays: self.rays * batches,
            batches,
            groups: self.places.len(),
            hits,
            mean_free_path_m: way_m / (hits.max(1) as f64),
            leaks: heaps.iter().map(|h| h.leaks).sum(),
            leaked: PerOctave::from_fn(self.scene.octaves, |o| leaked(o) / (rays * mean_gain)),
            reached: None,
        }
    }
}

/// Some batches that are traced.
struct Round<'a> {
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
    fn new(work: &'a Work<'a>, batches: Range<u32>, watch: &'a Watch<'a>) -> Self {
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
    fn fill(&self, place: usize, heap: &mut Heap) -> Result<(), RaysStopped> {
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

/// Distance of a point to the nearest surface, in metres.
fn clearance_m(scene: &Scene, point: DVec3) -> f64 {
    match scene.shape() {
        Shape::Shoebox(shoebox) => point.min(shoebox.size_m - point).min_element(),
        Shape::Polyhedron(p) => {
            let all = p.faces.iter().map(|f| f.distance_m(point));
            all.fold(f64::INFINITY, f64::min)
        }
    }
}
