//! The rays of a source, as a plan asks for them, and how certain they are.

use room_metrics::NotEvaluable;

use super::Part;
use crate::energy::EnergyHistogram;
use crate::plan::{DURATION_MAX_S, RAYS_ADAPTIVE_MAX, Rays};
use crate::rays::{
    Accuracy, Batches, Bins, Counted, HEAPS, Launch, Quantity, RayEnergies, RayPlan,
    Watch as RayWatch, of_part, trace,
};
use crate::result::{Convergence, StandardErrors, Stopped};

/// Rays of the first look.
const FIRST: u32 = 16_384;

/// Rays that find out how long sound lasts.
const PILOT: u32 = 4_096;

/// Bins of the pilot in seconds.
const PILOT_BIN_S: f64 = 0.01;

/// Fall of a room's energy up to which it is followed, in decibels.
const FOLLOWED_DB: f64 = 75.0;

/// A ray ends below this share of its energy: ninety decibels.
const THRESHOLD: f64 = 1e-9;

/// Places of [`of_part`].
const RAYS_PART: u64 = 1;
const PILOT_PART: u64 = 2;

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
pub(super) fn trace_for(part: &Part<'_>, wanted: &Wanted) -> Result<RayEnergies, Stopped> {
    let (rays, accuracy) = match part.plan.rays {
        Rays::Count(count) => (count, None),
        Rays::Accuracy(share) => (FIRST, Some(Accuracy::T30Share(share))),
    };
    let plan = RayPlan {
        rays,
        rays_max: RAYS_ADAPTIVE_MAX,
        accuracy,
        seed: of_part(part.plan.seed, RAYS_PART, part.source as u64),
        radius_m: part.plan.receiver_radius_m,
        time_limit_s: wanted.end_s,
        is_cut: part.plan.duration_s.is_some(),
        threshold: THRESHOLD,
        counted: wanted.counted,
        room: None,
    };
    let (stop, tell) = (|| part.steps.is_over(), |share| part.steps.rays(share));
    let watch = RayWatch {
        stop: &stop,
        progress: &tell,
    };
    let launch = Launch::Source(part.source);
    let (bins, known) = (&wanted.bins, &wanted.known);
    trace(part.scene, launch, bins, known, &plan, &watch).map_err(|_| Stopped)
}

/// How long sound lasts after its emission, in seconds: until in the slowest octave 75 dB less than all energy of the
/// room is to come, by a few rays. No formula knows: absorption on one wall, or a second room, make it several times
/// as long.
pub(super) fn lasting_s(part: &Part<'_>) -> Result<f64, Stopped> {
    let plan = RayPlan {
        rays: PILOT,
        seed: of_part(part.plan.seed, PILOT_PART, part.source as u64),
        time_limit_s: DURATION_MAX_S,
        threshold: THRESHOLD,
        room: Some(Bins {
            origin_s: 0.0,
            width_s: PILOT_BIN_S,
            count: 3_000,
        }),
        ..RayPlan::default()
    };
    let stop = || part.steps.is_over();
    let watch = RayWatch {
        stop: &stop,
        progress: &|_| {},
    };
    let launch = Launch::Source(part.source);
    let found = trace(part.scene, launch, &[], &[], &plan, &watch).map_err(|_| Stopped)?;
    let room = found.room.as_ref().map(Batches::energies);
    let octaves = room
        .into_iter()
        .flat_map(|e| e.octaves().iter().map(|o| fallen_s(e, o)));
    Ok(octaves.fold(0.0, f64::max))
}

/// When so little energy of an octave is to come.
fn fallen_s(energies: &EnergyHistogram, octave: usize) -> f64 {
    let rest = 10f64.powf(-0.1 * FOLLOWED_DB) * energies.octave(octave).sum::<f64>();
    let mut left = 0.0;
    let behind = energies.octave(octave).rev().take_while(|e| {
        left += e;
        left <= rest
    });
    (energies.len() - behind.count()) as f64 * energies.bin_s()
}

/// Standard errors of a receiver from a bin on, on top of what is known without error.
pub(super) fn convergence(
    all: &RayEnergies,
    own: &Batches,
    known: &EnergyHistogram,
    first: usize,
) -> Convergence {
    let quantities = [
        Quantity::LevelDb,
        Quantity::C50Db,
        Quantity::T20S,
        Quantity::T30S,
    ];
    let estimates = own.estimates(quantities, known, first);
    let octaves = estimates.iter().map(|found| {
        let [level_db, c50_db, t20_s, t30_s] = found.map(|estimate| {
            estimate
                .map(|e| e.standard_error)
                .ok_or(NotEvaluable::NoEnergy)
        });
        StandardErrors {
            level_db,
            c50_db,
            t20_s,
            t30_s,
        }
    });
    let leaked = all.report.leaked.values().iter().copied();
    Convergence {
        rays: u64::from(all.report.rays),
        degrees_of_freedom: u32::try_from(HEAPS - 1).unwrap_or(0),
        octaves: octaves.collect(),
        reached: all.report.reached.unwrap_or(true),
        leaked: leaked.fold(0.0, f64::max),
    }
}
