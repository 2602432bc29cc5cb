//! The rays of a source, as a plan asks for them, and how certain they are.

use room_metrics::NotEvaluable;

use super::Progress;
use crate::energy::EnergyHistogram;
use crate::plan::{Plan, RAYS_MAX, Rays};
use crate::rays::{
    Accuracy, Batches, Bins, Counted, HEAPS, Launch, Quantity, RayEnergies, RayPlan,
    Watch as RayWatch, trace,
};
use crate::result::{Convergence, StandardErrors, Stopped};
use crate::scene::Scene;
use crate::watch::Phase;

/// Rays of the first look.
const FIRST: u32 = 16_384;

/// Rays to which an accuracy may drive a source: some seconds of work.
const ADAPTIVE_MAX: u32 = 1 << 20;

/// A ray ends below this share of its energy: ninety decibels.
const THRESHOLD: f64 = 1e-9;

/// What rays are traced for.
pub(super) struct Wanted {
    /// Bins of every receiver.
    pub(super) bins: Vec<Bins>,
    /// What images bring in the same bins.
    pub(super) known: Vec<EnergyHistogram>,
    /// What images leave to rays.
    pub(super) counted: Counted,
    /// End of the last bin in seconds after the emission.
    pub(super) end_s: f64,
}

/// Traces the rays of a source for all receivers.
pub(super) fn trace_for(
    scene: &Scene,
    plan: &Plan,
    source: usize,
    wanted: &Wanted,
    progress: &Progress<'_>,
) -> Result<RayEnergies, Stopped> {
    let (rays, accuracy) = match plan.rays {
        Rays::Count(count) => (count, None),
        Rays::Accuracy(share) => (FIRST, Some(Accuracy::T30Share(share))),
    };
    let ray_plan = RayPlan {
        rays,
        rays_max: ADAPTIVE_MAX.max(rays).min(RAYS_MAX),
        accuracy,
        seed: plan.seed,
        radius_m: plan.receiver_radius_m,
        time_limit_s: wanted.end_s,
        threshold: THRESHOLD,
        counted: wanted.counted,
        room: None,
    };
    let stop = || progress.watch.stopped();
    let tell = |share: f64| progress.watch.progress(share, Phase::Rays);
    let watch = RayWatch {
        stop: &stop,
        progress: &tell,
    };
    let launch = Launch::Source(source);
    trace(
        scene,
        launch,
        &wanted.bins,
        &wanted.known,
        &ray_plan,
        &watch,
    )
    .map_err(|_| Stopped)
}

/// Standard errors of a receiver, on top of what is known without error.
pub(super) fn convergence(
    all: &RayEnergies,
    own: &Batches,
    known: Option<&EnergyHistogram>,
) -> Convergence {
    let error = |place: usize, quantity: Quantity| {
        let found = own.estimate(place, quantity, known);
        found
            .map(|e| e.standard_error)
            .ok_or(NotEvaluable::NoEnergy)
    };
    let octaves = own.energies().octaves();
    Convergence {
        rays: u64::from(all.report.rays),
        degrees_of_freedom: u32::try_from(HEAPS - 1).unwrap_or(0),
        octaves: octaves
            .iter()
            .map(|place| StandardErrors {
                level_db: error(place, Quantity::LevelDb),
                c50_db: error(place, Quantity::C50Db),
                t20_s: error(place, Quantity::T20S),
                t30_s: error(place, Quantity::T30S),
            })
            .collect(),
        reached: all.report.reached.unwrap_or(true),
    }
}
