//! How far the images of a box are walked, and how long its sound is followed.

use core::f64::consts::PI;

use crate::image::Late;
use crate::plan::{HYBRID_IMAGES_MAX, IMAGES_MAX, Method, Plan};
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

/// Room for the bin of the last image, whatever its width, in seconds.
const LAST_BIN_S: f64 = 0.01;

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

/// How long the late sound of a pair takes to fall, in seconds: the same for all pairs that hear alike all around.
#[derive(Debug)]
pub(super) struct Fading {
    pub(super) late: Late,
    images_s: f64,
    response_s: f64,
    energies_s: f64,
    budget_s: f64,
}

impl Fading {
    pub(super) fn of(late: Late, plan: &Plan, volume_m3: f64) -> Self {
        let (fall_db, images_max) = match (plan.method, plan.horizon_s) {
            (Method::Hybrid | Method::Rays, None) => (HYBRID_DB, HYBRID_IMAGES_MAX),
            _ => (IMAGES_DB, IMAGES_MAX),
        };
        let images_s = late.longest_s(fall_db, 0.0);
        let response_s = late.longest_s(RESPONSE_DB, images_s);
        Self {
            images_s,
            response_s,
            energies_s: late.longest_s(ENERGIES_DB, response_s),
            budget_s: time_of(images_max, volume_m3, late.speed_m_s()),
            late,
        }
    }
}

impl Horizon {
    /// Of images alone up to an order, of which the last arrives at `last_s`.
    pub(super) fn of_order(plan: &Plan, direct_s: f64, last_s: f64) -> Self {
        Self {
            images_s: Reach {
                asked: last_s,
                found: last_s,
            },
            response_s: last_s,
            energies_s: with_last(direct_s, last_s).min(plan.latest_s()),
        }
    }

    /// For a pair whose direct sound arrives at `direct_s`.
    pub(super) fn of(fading: &Fading, plan: &Plan, direct_s: f64) -> Self {
        let latest_s = plan.latest_s();
        let lasting = |s: f64| (direct_s + s.max(SHORTEST_S)).min(latest_s);
        let by_fall_s = direct_s + fading.images_s;
        let asked = plan.horizon_s.unwrap_or(by_fall_s).min(latest_s);
        let found = asked.min(fading.budget_s).max(direct_s);
        let energies_s = match plan.method {
            Method::ImageSources => with_last(direct_s, found).min(latest_s),
            Method::Hybrid | Method::Rays => lasting(fading.energies_s),
        };
        Self {
            images_s: Reach { asked, found },
            response_s: lasting(fading.response_s),
            energies_s,
        }
    }

    /// Lays the end of the images on the beginning of a bin; the first bin begins with the direct sound.
    pub(super) fn align(&mut self, direct_s: f64, bin_s: f64) {
        let bins = ((self.images_s.found - direct_s) / bin_s).ceil().max(1.0);
        self.images_s.found = direct_s + bins * bin_s;
    }
}

/// When energies of images alone end: with the bin of the last.
fn with_last(direct_s: f64, last_s: f64) -> f64 {
    (last_s + LAST_BIN_S).max(direct_s + SHORTEST_S)
}

/// Time by which so many images of a box have arrived: N = 4/3 pi (c t)^3 / V.
fn time_of(images: u64, volume_m3: f64, speed_m_s: f64) -> f64 {
    (3.0 * images as f64 * volume_m3 / (4.0 * PI)).cbrt() / speed_m_s
}
