//! How far the images of a box are walked, and how long its sound is followed.

use core::f64::consts::PI;

use crate::image::Late;
use crate::octaves::PerOctave;
use crate::plan::{DURATION_MAX_S, HYBRID_IMAGES_MAX, IMAGES_MAX, Method, Plan, SAMPLES_MAX};

/// Fall of the slowest octave up to which `hybrid` walks images, in decibels.
const HYBRID_DB: f64 = 45.0;

/// Fall of the slowest octave up to which images alone are walked, in decibels.
const IMAGES_DB: f64 = 65.0;

/// Fall of the slowest octave that a response shows, in decibels.
const RESPONSE_DB: f64 = 65.0;

/// Fall of the slowest octave that energies show, in decibels.
const ENERGIES_DB: f64 = 90.0;

/// Width of the bins of energies in seconds: 2.5, 50 and 80 ms are whole numbers of it.
pub(super) const BIN_S: f64 = 0.5e-3;

/// Shortest response in seconds.
const SHORTEST_S: f64 = 0.1;

/// Times after the emission, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Horizon {
    /// Images are complete up to here.
    pub(super) images_s: f64,
    /// Whether the budget of images set it, not the decay.
    pub(super) by_budget: bool,
    /// The response ends here.
    pub(super) response_s: f64,
    /// Energies end here.
    pub(super) energies_s: f64,
}

impl Horizon {
    /// For one of `pairs` whose direct sound arrives at `direct_s`; ends of images lie on the beginning of a bin.
    pub(super) fn of(
        late: &Late,
        plan: &Plan,
        volume_m3: f64,
        direct_s: f64,
        pairs: usize,
    ) -> Self {
        let (fall_db, images_max) = match plan.method {
            Method::Hybrid | Method::Rays => (HYBRID_DB, HYBRID_IMAGES_MAX),
            Method::ImageSources => (IMAGES_DB, IMAGES_MAX),
        };
        let slowest = |by_db: f64| direct_s + longest(&late.time_s(by_db));
        let budget_s = time_of(images_max, volume_m3, late.speed_m_s());
        let wanted_s = plan.horizon_s.unwrap_or_else(|| slowest(fall_db));
        let images_s = wanted_s.min(budget_s).min(DURATION_MAX_S);
        let bins = ((images_s - direct_s) / BIN_S).ceil().max(1.0);
        let room_s = SAMPLES_MAX as f64 / (pairs as f64 * plan.rate.as_f64());
        let response_s = plan
            .duration_s
            .unwrap_or_else(|| slowest(RESPONSE_DB))
            .min(room_s);
        Self {
            images_s: direct_s + bins * BIN_S,
            by_budget: budget_s < wanted_s,
            response_s: response_s.clamp(direct_s + SHORTEST_S, DURATION_MAX_S),
            energies_s: slowest(ENERGIES_DB).clamp(direct_s + SHORTEST_S, DURATION_MAX_S),
        }
    }
}

fn longest(times: &PerOctave) -> f64 {
    times.values().iter().copied().fold(0.0, f64::max)
}

/// Time by which so many images of a box have arrived: N = 4/3 pi (c t)^3 / V.
fn time_of(images: u64, volume_m3: f64, speed_m_s: f64) -> f64 {
    (3.0 * images as f64 * volume_m3 / (4.0 * PI)).cbrt() / speed_m_s
}
