//! How far the images of a box are walked, and how long its sound is followed.

use core::f64::consts::PI;

use crate::image::Late;
use crate::octaves::PerOctave;
use crate::plan::{DURATION_MAX_S, HYBRID_IMAGES_MAX, IMAGES_MAX, Method, Plan};
use crate::result::Reach;

/// Fall of the slowest octave up to which `hybrid` walks images, in decibels.
const HYBRID_DB: f64 = 45.0;

/// Fall of the slowest octave up to which images alone are walked, in decibels.
const IMAGES_DB: f64 = 65.0;

/// Fall of the slowest octave that a response shows, in decibels.
const RESPONSE_DB: f64 = 65.0;

/// Fall of the slowest octave that energies show, in decibels.
const ENERGIES_DB: f64 = 90.0;

/// Shortest response in seconds.
const SHORTEST_S: f64 = 0.1;

/// Times after the emission, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    clippy::struct_field_names,
    reason = "all are times, and names end with units"
)]
pub(super) struct Horizon {
    /// Images are complete up to here.
    pub(super) images_s: Reach<f64>,
    /// The response ends here.
    pub(super) response_s: f64,
    /// Energies end here.
    pub(super) energies_s: f64,
}

impl Horizon {
    /// For a pair whose direct sound arrives at `direct_s`.
    pub(super) fn of(late: &Late, plan: &Plan, volume_m3: f64, direct_s: f64) -> Self {
        let (fall_db, images_max) = match (plan.method, plan.horizon_s) {
            (Method::Hybrid | Method::Rays, None) => (HYBRID_DB, HYBRID_IMAGES_MAX),
            _ => (IMAGES_DB, IMAGES_MAX),
        };
        let slowest = |by_db: f64| direct_s + longest(&late.time_s(by_db));
        let lasting = |by_db: f64| slowest(by_db).clamp(direct_s + SHORTEST_S, DURATION_MAX_S);
        let budget_s = time_of(images_max, volume_m3, late.speed_m_s());
        let asked = plan
            .horizon_s
            .unwrap_or_else(|| slowest(fall_db).min(DURATION_MAX_S));
        Self {
            images_s: Reach {
                asked,
                found: asked.min(budget_s).max(direct_s),
            },
            response_s: lasting(RESPONSE_DB),
            energies_s: lasting(ENERGIES_DB),
        }
    }

    /// Lays the end of the images on the beginning of a bin; the first bin begins with the direct sound.
    pub(super) fn align(&mut self, direct_s: f64, bin_s: f64) {
        let bins = ((self.images_s.found - direct_s) / bin_s).ceil().max(1.0);
        self.images_s.found = direct_s + bins * bin_s;
    }
}

fn longest(times: &PerOctave) -> f64 {
    times.values().iter().copied().fold(0.0, f64::max)
}

/// Time by which so many images of a box have arrived: N = 4/3 pi (c t)^3 / V.
fn time_of(images: u64, volume_m3: f64, speed_m_s: f64) -> f64 {
    (3.0 * images as f64 * volume_m3 / (4.0 * PI)).cbrt() / speed_m_s
}
