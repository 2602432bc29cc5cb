//! Sharing the work: batches cut into chunks, groups of octaves, looks at the accuracy, and everything summed in order.

use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use glam::DVec3;
use rayon::prelude::*;

use super::chunk::{Counts, Task};
use super::decay::Quantity;
use super::ears::{Clock, Ear};
use super::enclosure::Enclosure;
use super::energies::{Batches, Heap, RayEnergies, RayReport, Scale};
use super::launch::{From, Start};
use super::packet::RAYS;
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
    let mut sums = Sums::new(&work);
    let mut batches = 0;
    loop {
        let next = if batches == 0 { HEAPS_U32 } else { 2 * batches };
        work.batches(batches..next, &mut sums, watch)?;
        batches = next;
        let energies = work.energies(&sums, batches);
        let reached = plan
            .accuracy
            .map(|a| holds(a, &energies, known, &enclosure.materials));
        let twice = 2 * u64::from(batches) * u64::from(work.rays);
        if reached != Some(false) || twice > u64::from(plan.rays_max) {
            let report = RayReport {
                reached,
                ..energies.report
            };
            return Ok(RayEnergies { report, ..energies });
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
    fn run(&self, batch: u32, start: &Start, rays: Range<u32>) -> Tally;
}

/// What a chunk has counted, rows flattened.
struct Tally {
    rows: Vec<f32>,
    width: usize,
    hits: u64,
    way_m: f64,
    leaks: u64,
    leaked: [f64; OCTAVES_MAX],
}

impl<const B: usize> Group for Task<'_, B> {
    fn run(&self, batch: u32, start: &Start, rays: Range<u32>) -> Tally {
        let counts: Counts<B> = Self::run(self, batch, start, rays);
        let wide = |from: &[f64; B]| core::array::from_fn(|k| from.get(k).copied().unwrap_or(0.0));
        Tally {
            rows: counts.rows.into_flattened(),
            width: B,
            hits: counts.hits,
            way_m: counts.way_m,
            leaks: counts.leaks,
            leaked: wide(&counts.leaked),
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

    /// Traces some batches and adds them up.
    fn batches(
        &self,
        batches: Range<u32>,
        sums: &mut Sums,
        watch: &Watch<'_>,
    ) -> Result<(), RaysStopped> {
        let groups: Vec<Box<dyn Group + '_>> = self.places.iter().map(|p| self.group(p)).collect();
        let start = |batch| Start::new(self.from.clone(), self.plan.seed, batch, self.rays);
        let starts: Vec<Start> = batches.clone().map(start).collect();
        let chunks = self.rays.div_ceil(CHUNK);
        #[expect(clippy::cast_possible_truncation, reason = "sixteen")]
        let chunk = self.rays.div_ceil(chunks).next_multiple_of(RAYS as u32);
        let jobs: Vec<(usize, usize, u32)> = (0..starts.len())
            .flat_map(|b| (0..groups.len()).map(move |g| (b, g)))
            .flat_map(|(b, g)| (0..chunks).map(move |c| (b, g, c)))
            .collect();
        let done = AtomicUsize::new(0);
        let run = |&(b, g, c): &(usize, usize, u32)| {
            if (watch.stop)() {
                return Err(RaysStopped);
            }
            let end = self.rays.min((c + 1) * chunk);
            #[expect(clippy::cast_possible_truncation, reason = "a number of batches")]
            let batch = batches.start + b as u32;
            let tally = groups[g].run(batch, &starts[b], (c * chunk).min(end)..end);
            let done = 1 + done.fetch_add(1, Ordering::Relaxed);
            (watch.progress)(done as f64 / jobs.len() as f64);
            Ok(tally)
        };
        let wave = (WAITING / (self.rows.max(1) * 12)).clamp(1, 64);
        for some in jobs.chunks(wave) {
            let tallies: Result<Vec<Tally>, RaysStopped> = some.par_iter().map(run).collect();
            for ((b, g, _), tally) in some.iter().zip(tallies?) {
                sums.add(b % HEAPS, &self.places[*g], &tally, self);
            }
        }
        Ok(())
    }

    fn energies(&self, sums: &Sums, batches: u32) -> RayEnergies {
        let octaves = self.scene.octaves;
        let heap_batches = f64::from(batches / HEAPS_U32);
        let scale = Scale {
            octaves,
            speed_m_s: self.scene.speed_m_s,
            attenuation_per_m: self.scene.attenuation_per_m,
            rays: f64::from(self.rays) * heap_batches,
        };
        let receiver = |place: usize| {
            let heaps = sums
                .heaps
                .iter()
                .map(|h| scale.receiver(&h.receivers[place]));
            Batches::new(heaps.collect(), octaves)
        };
        let room = self.plan.room.as_ref().map(|bins| {
            let heaps = sums.heaps.iter().map(|h| scale.room(&h.lost, bins.width_s));
            Batches::new(heaps.collect(), octaves)
        });
        let rays = f64::from(self.rays) * f64::from(batches);
        let mean_gain = match &self.from {
            From::Point(_, directivity) => directivity.mean_square(),
            From::Everywhere => 1.0,
        };
        let leaked = |o: usize| sums.leaked[o] / (rays * mean_gain);
        RayEnergies {
            receivers: (0..self.ears.len()).map(receiver).collect(),
            room,
            report: RayReport {
                rays: self.rays * batches,
                batches,
                groups: self.places.len(),
                hits: sums.hits,
                mean_free_path_m: sums.way_m / (sums.hits.max(1) as f64),
                leaks: sums.leaks,
                leaked: PerOctave::from_fn(octaves, leaked),
                reached: None,
            },
        }
    }
}

struct Sums {
    heaps: Vec<Heap>,
    hits: u64,
    way_m: f64,
    leaks: u64,
    leaked: [f64; OCTAVES_MAX],
}

impl Sums {
    fn new(work: &Work<'_>) -> Self {
        let octaves = work.scene.octaves;
        let empty = |b: &Bins| EnergyHistogram::new(octaves, b.origin_s, b.width_s, b.count);
        let room = work.plan.room.map_or(0, |bins| bins.count + 1);
        let heap = Heap {
            receivers: work.bins.iter().take(work.ears.len()).map(empty).collect(),
            lost: vec![[0.0; OCTAVES_MAX]; room],
        };
        Self {
            heaps: vec![heap; HEAPS],
            hits: 0,
            way_m: 0.0,
            leaks: 0,
            leaked: [0.0; OCTAVES_MAX],
        }
    }

    fn add(&mut self, heap: usize, places: &Range<usize>, tally: &Tally, work: &Work<'_>) {
        let heap = &mut self.heaps[heap];
        let rows = |first: usize| tally.rows.chunks_exact(tally.width).skip(first + 1);
        let into = |sums: &mut [[f64; OCTAVES_MAX]], first: usize| {
            let pairs = sums.iter_mut().zip(rows(first));
            for (sum, energy) in pairs.flat_map(|(s, row)| s[places.clone()].iter_mut().zip(row)) {
                *sum += f64::from(*energy);
            }
        };
        for (receiver, first) in heap.receivers.iter_mut().zip(&work.first_row) {
            into(receiver.bins_mut(), *first);
        }
        if let (true, Some(first)) = (work.plan.room.is_some(), work.first_row.last()) {
            into(&mut heap.lost, *first);
        }
        self.hits += tally.hits;
        self.way_m += tally.way_m;
        self.leaks += tally.leaks;
        for (k, place) in places.clone().enumerate() {
            self.leaked[place] += tally.leaked[k];
        }
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
