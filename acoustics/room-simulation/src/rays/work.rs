//! Sharing the work: batches, groups of octaves, looks at the accuracy, and what all rays have counted.

use core::ops::Range;

use glam::DVec3;
use rayon::prelude::*;

use super::chunk::Task;
use super::decay::Quantity;
use super::ears::{Clock, Ear};
use super::enclosure::Enclosure;
use super::energies::{Batches, Heap, RayEnergies, RayReport, Scale};
use super::launch::From;
use super::round::{Group, Round};
use super::surfaces::{Surfaces, groups};
use super::{Accuracy, Bins, HEAPS, Launch, RayPlan, RaysStopped, Watch, single};
use crate::energy::EnergyHistogram;
use crate::material::Material;
use crate::octaves::{OCTAVES_MAX, PerOctave};
use crate::scene::{Scene, Shape};

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

/// A source and what is traced for it.
pub(super) struct Work<'a> {
    pub(super) scene: &'a Scene,
    pub(super) plan: &'a RayPlan,
    bins: &'a [Bins],
    pub(super) first_row: Vec<usize>,
    pub(super) rows: usize,
    ears: Vec<Ear>,
    enclosure: &'a Enclosure<'a>,
    pub(super) places: Vec<Range<usize>>,
    pub(super) from: From,
    /// Rays of a batch.
    pub(super) rays: u32,
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
    pub(super) fn group(&'a self, places: &Range<usize>) -> Box<dyn Group + 'a> {
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
    pub(super) fn heard(&self) -> impl Iterator<Item = &Bins> {
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
    pub(super) fn scale(&self) -> Scale {
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
