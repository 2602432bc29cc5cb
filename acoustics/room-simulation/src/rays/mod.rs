//! Rays: particles that carry energy through a room, counted at receivers (binding page: docs/decisions/0004-rooms.md).
//!
//! Packets of sixteen rays whose places are filled again, energies per octave, random numbers keyed by ray and
//! reflection, chunks of fixed size that are summed in their order: the same bytes for any number of threads. Receivers
//! count the ways of rays through a sphere and the rain of scattered energy, never both for one leg. Eight batches give
//! standard errors; there may be more, which are then counted in eight heaps.

mod chunk;
mod decay;
mod ears;
mod enclosure;
mod energies;
mod launch;
mod packet;
mod pieces;
mod planes;
mod random;
mod round;
mod rows;
mod surfaces;
mod tree;
mod turn;
mod work;

#[cfg(test)]
mod twin;

pub(crate) use random::{Chance, of_part};

pub use decay::{Estimate, Quantity};
pub use energies::{Batches, RayEnergies, RayReport};

use crate::energy::EnergyHistogram;
use crate::scene::Scene;

/// Heaps of batches from which errors are told.
pub const HEAPS: usize = 8;

/// Where rays begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launch {
    /// At a source, by its place in the scene.
    Source(usize),
    /// Evenly out of the whole room in all directions: a diffuse field at the beginning.
    Everywhere,
}

/// Which chains of reflections are counted at receivers. Images and rays together must count each once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Counted {
    /// All.
    Everything,
    /// All but those of mirror reflections only, up to a number of them: a polyhedron, whose images have these.
    WithoutMirroredTo(u32),
    /// All but those of mirror reflections only that are shorter than a way in metres: a shoebox.
    WithoutMirroredBelow(f64),
    /// Only what [`Self::WithoutMirroredTo`] leaves out; for checks.
    OnlyMirroredTo(u32),
    /// Only what [`Self::WithoutMirroredBelow`] leaves out; for checks.
    OnlyMirroredBelow(f64),
}

impl Counted {
    /// Whether a chain counts: its mirror reflections (-1 when another was among them), and its way in metres.
    fn takes(self, mirrored: i32, way_m: f64) -> bool {
        let order = u32::try_from(mirrored).ok();
        let to = |n: u32| order.is_some_and(|order| order <= n);
        let below = |r: f64| order.is_some() && way_m < r;
        match self {
            Self::Everything => true,
            Self::WithoutMirroredTo(n) => !to(n),
            Self::WithoutMirroredBelow(r) => !below(r),
            Self::OnlyMirroredTo(n) => to(n),
            Self::OnlyMirroredBelow(r) => below(r),
        }
    }

    /// Whether chains with a diffuse reflection count.
    const fn takes_diffuse(self) -> bool {
        !matches!(self, Self::OnlyMirroredTo(_) | Self::OnlyMirroredBelow(_))
    }
}

/// When to stop adding rays: the standard error in every octave of every receiver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accuracy {
    /// Level, in dB.
    LevelDb(f64),
    /// T30, as a share of it.
    T30Share(f64),
}

/// Bins of a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bins {
    /// Beginning of the first one in seconds after the emission.
    pub origin_s: f64,
    /// Width in seconds.
    pub width_s: f64,
    /// How many.
    pub count: usize,
}

/// How many rays, and what they count.
#[derive(Debug, Clone, PartialEq)]
pub struct RayPlan {
    /// Rays of the first eight batches together.
    pub rays: u32,
    /// With an accuracy: most rays.
    pub rays_max: u32,
    /// Doubles the rays until this holds.
    pub accuracy: Option<Accuracy>,
    /// The same seed gives the same result.
    pub seed: u64,
    /// Radius of receivers in metres; smaller where a surface is nearer.
    pub radius_m: f64,
    /// A ray ends here, in seconds after the emission.
    pub time_limit_s: f64,
    /// Whether that cuts the decay: then no more rays are added where T30 is missing because of it.
    pub is_cut: bool,
    /// A ray ends when all its energies are below this share of what began on the source's axis.
    pub threshold: f64,
    /// What counts at receivers.
    pub counted: Counted,
    /// Bins of the energy of the whole room, if it is wanted.
    pub room: Option<Bins>,
}

impl Default for RayPlan {
    fn default() -> Self {
        Self {
            rays: 20_000,
            rays_max: 1_000_000,
            accuracy: None,
            seed: 0,
            radius_m: 0.3,
            time_limit_s: 3.0,
            is_cut: false,
            threshold: 1e-7,
            counted: Counted::Everything,
            room: None,
        }
    }
}

/// Who watches: asked whether to stop before every chunk (about 10 ms), told the share done of the rays decided so far.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Whether to stop.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Takes the share done, 0 to 1.
    pub progress: &'a (dyn Fn(f64) + Sync),
}

impl Watch<'_> {
    /// Nobody watches.
    pub const NONE: Self = Watch {
        stop: &|| false,
        progress: &|_| {},
    };
}

impl core::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// The run was stopped by its watch; nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RaysStopped;

/// Traces rays from a source to all receivers of a scene.
///
/// `bins` are those of every receiver, in the order of the scene; receivers without are not counted. `known` are
/// energies in the same bins that reach them by other ways (images), for the accuracy.
///
/// # Errors
/// [`RaysStopped`] when `watch` says so.
pub fn trace(
    scene: &Scene,
    launch: Launch,
    bins: &[Bins],
    known: &[EnergyHistogram],
    plan: &RayPlan,
    watch: &Watch<'_>,
) -> Result<RayEnergies, RaysStopped> {
    work::trace(scene, launch, bins, known, plan, watch)
}

/// To single precision: what rays are traced in.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rooms are at most kilometres wide and energies at most 1"
)]
#[inline]
const fn single(x: f64) -> f32 {
    x as f32
}
