//! How rays are heard: the way of a ray through a sphere, and what a scattering surface sends straight to its centre.
//!
//! The way through the sphere divided by its volume is an unbiased energy density wherever the sphere lies wholly in
//! the air. The rain of scattered energy (Heinz 1993; Schroeder 2011, chapter 5) is Lambert's law towards the centre.
//! Energies are counted as multiples of 4 / rays; a way counts pi l / volume.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "lanes compute both sides; a branch would undo the vector"
)]

use glam::DVec3;
use multiversion::multiversion;

use super::packet::{Beams, Lanes, RAYS};
use super::{Bins, single};
use crate::directivity::{Directivity, Pickup};

/// A receiver in the coordinates of an enclosure.
#[derive(Debug, Clone)]
pub(crate) struct Ear {
    pub(crate) centre: [f32; 3],
    pub(crate) radius_m: f32,
    /// Gain `share + slope * cos` of the angle to `front`.
    share: f32,
    slope: f32,
    front: [f32; 3],
    /// What a metre of way through the sphere counts, 1/m^2 of it.
    pub(crate) per_metre: f32,
    pub(crate) clock: Clock,
}

/// From ways to bins. The first row takes what is too early, the last what is too late.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    per_metre: f32,
    shift: f32,
    last: f32,
}

/// What stands on the beginning of a bin must fall into it whatever rounding does; in bins.
const NUDGE: f64 = 1e-3;

impl Clock {
    pub(crate) fn new(bins: &Bins, speed_m_s: f64) -> Self {
        Self {
            per_metre: single(1.0 / (speed_m_s * bins.width_s)),
            shift: single(1.0 + NUDGE - bins.origin_s / bins.width_s),
            last: bins.count as f32 + 1.25,
        }
    }

    /// Rows that a histogram needs.
    pub(crate) const fn rows(bins: &Bins) -> usize {
        bins.count + 2
    }

    /// The row of a way in metres.
    #[inline]
    pub(crate) fn row(&self, way_m: f32) -> u32 {
        let x = way_m * self.per_metre + self.shift;
        // What is not a number goes to the first row.
        let x = if x > 0.75 { x } else { 0.75 };
        let x = if x < self.last { x } else { self.last };
        // Added to 2^23, a number is rounded to a whole one that stands in the low bits: a conversion in two
        // instructions, on every machine.
        (x - 0.5 + 8_388_608.0).to_bits() & 0x007f_ffff
    }
}

impl Ear {
    pub(crate) fn new(
        position: DVec3,
        pickup: &Pickup,
        radius_m: f64,
        bins: &Bins,
        speed_m_s: f64,
    ) -> Self {
        let (share, front) = match *pickup {
            Pickup::Single(Directivity::Cardioid { share, front }) => {
                (share, DVec3::from(front).normalize_or_zero())
            }
            // Energies of an ambisonic receiver are those of its first channel, which hears alike from everywhere.
            Pickup::Single(Directivity::Omnidirectional) | Pickup::Ambisonic(_) => (1.0, DVec3::X),
        };
        Self {
            centre: position.to_array().map(single),
            radius_m: single(radius_m),
            share: single(share),
            slope: single(1.0 - share),
            front: front.to_array().map(single),
            per_metre: single(0.75 / radius_m.powi(3)),
            clock: Clock::new(bins, speed_m_s),
        }
    }

    /// Squared gain for sound from a direction, from the receiver outwards.
    #[inline]
    pub(crate) fn squared_gain(&self, from: [f32; 3]) -> f32 {
        let cosine = self.front[0] * from[0] + self.front[1] * from[1] + self.front[2] * from[2];
        let gain = self.share + self.slope * cosine;
        gain * gain
    }
}

/// The way of a ray through a sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chord {
    /// Length of the way in metres.
    pub(crate) length_m: f32,
    /// From where the ray is to the foot of the perpendicular, in metres.
    pub(crate) along_m: f32,
    /// Squared distance of the ray's line from the centre.
    pub(crate) miss_m2: f32,
    /// Whether the ray is in the sphere now.
    pub(crate) within: bool,
}

/// Whether any ray may pass through the sphere on its present leg.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn any_passes(beams: &Beams, ear: &Ear) -> bool {
    let mut passes = 0;
    let square = ear.radius_m * ear.radius_m;
    for ray in 0..RAYS {
        let x = ear.centre[0] - beams.at[0][ray];
        let y = ear.centre[1] - beams.at[1][ray];
        let z = ear.centre[2] - beams.at[2][ray];
        let along =
            x * beams.towards[0][ray] + y * beams.towards[1][ray] + z * beams.towards[2][ray];
        let inside = square - (x * x + y * y + z * z - along * along);
        let here =
            (inside > 0.0) & (along > -ear.radius_m) & (along < beams.leg[ray] + ear.radius_m);
        passes |= u32::from(here);
    }
    passes > 0
}

/// The way of one ray through the sphere on its present leg.
pub(crate) fn chord(beams: &Beams, ray: usize, ear: &Ear) -> Option<Chord> {
    let o = [0, 1, 2].map(|k| ear.centre[k] - beams.at[k][ray]);
    let d = beams.direction(ray);
    let square = o[0] * o[0] + o[1] * o[1] + o[2] * o[2];
    let along_m = o[0] * d[0] + o[1] * d[1] + o[2] * d[2];
    // The perpendicular itself, not a difference of squares: it dates the arrival.
    let foot = [0, 1, 2].map(|k| o[k] - along_m * d[k]);
    let miss_m2 = foot[0] * foot[0] + foot[1] * foot[1] + foot[2] * foot[2];
    let radius2 = ear.radius_m * ear.radius_m;
    let half = (radius2 - miss_m2).max(0.0).sqrt();
    let length_m = (along_m + half).min(beams.leg[ray]) - (along_m - half).max(0.0);
    (length_m > 0.0 && half > 0.0).then_some(Chord {
        length_m,
        along_m,
        miss_m2,
        within: square < radius2,
    })
}

/// Rain from where rays have met surfaces: weights and rows.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a way in a bin needs no f64"
)]
pub(crate) fn rain(
    beams: &Beams,
    length: &[f64; RAYS],
    ear: &Ear,
    weights: &mut Lanes,
    rows: &mut [u32; RAYS],
) {
    let square = ear.radius_m * ear.radius_m;
    for ray in 0..RAYS {
        let x = ear.centre[0] - beams.at[0][ray];
        let y = ear.centre[1] - beams.at[1][ray];
        let z = ear.centre[2] - beams.at[2][ray];
        let d2 = x * x + y * y + z * z;
        let inverse = 1.0 / d2.sqrt();
        let cosine = inverse
            * (x * beams.normal[0][ray] + y * beams.normal[1][ray] + z * beams.normal[2][ray]);
        let gain = ear.squared_gain([-x * inverse, -y * inverse, -z * inverse]);
        let weight = cosine * gain * inverse * inverse;
        let falls = (cosine > 0.0) & (d2 >= square);
        weights[ray] = if falls { weight } else { 0.0 };
        rows[ray] = ear.clock.row(length[ray] as f32 + d2 * inverse);
    }
}
