//! What formulas say of a room without tracing anything: size, mean free path, reverberation times.
//!
//! Kuttruff, Room Acoustics, 6th edition, chapter 5, gives the sources: Sabine 1900, Eyring 1930, Millington 1932,
//! Fitzroy 1959, Arau-Puchades 1988, and Kuttruff's correction of Eyring by the variance of free paths. They hold for
//! diffuse fields; beside a simulation they are a check of plausibility, never the truth.

use core::f64::consts::{LN_10, PI};
use std::sync::LazyLock;

use glam::DVec3;
use room_metrics::{NotEvaluable, Quantity};

use crate::directivity::on_sphere;
use crate::material::Material;
use crate::octant::octant;
use crate::octaves::PerOctave;
use crate::scene::{Polyhedron, Scene, Shape};

/// Free paths that estimate their variance, and the fewest in a room of many faces.
const PATHS: core::ops::RangeInclusive<u32> = 256..=2048;

/// Faces that those paths meet altogether, at most.
const FACES_LOOKED_AT: usize = 2_000_000;

/// Predicted reverberation times of one octave in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predictions {
    /// 24 ln 10 / c * V / (S a + 4 m V).
    pub sabine_s: Quantity,
    /// With -ln(1 - a) of the mean absorption.
    pub eyring_s: Quantity,
    /// With the mean of -ln(1 - a) over the surfaces.
    pub millington_s: Quantity,
    /// Mean of the three directions, weighted with their surfaces.
    pub fitzroy_s: Quantity,
    /// Geometric mean of the three directions.
    pub arau_puchades_s: Quantity,
    /// Eyring's, corrected by the relative variance of the free paths.
    pub kuttruff_s: Quantity,
}

/// What is known of a room before any sound is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Air in cubic metres.
    pub volume_m3: f64,
    /// Surface of everything in square metres.
    pub surface_m2: f64,
    /// 4 V / S in metres.
    pub mean_free_path_m: f64,
    /// Relative variance of the free paths in a diffuse field.
    pub path_variance: f64,
    /// Mean absorption, weighted with the surfaces.
    pub mean_absorption: PerOctave,
    /// Per octave.
    pub predictions: Vec<Predictions>,
}

impl Statistics {
    /// Of a scene.
    pub fn of(scene: &Scene) -> Self {
        let surfaces = scene.surfaces();
        let volume_m3 = scene.volume_m3();
        let surface_m2: f64 = surfaces.iter().map(|(area, _, _)| area).sum();
        let mean_free_path_m = 4.0 * volume_m3 / surface_m2;
        let path_variance = (chord_through_points(scene) / mean_free_path_m - 1.0).max(0.0);
        let octaves = scene.octaves();
        let mean_absorption = PerOctave::from_fn(octaves, |place| {
            let absorbed = |(area, _, m): &(f64, DVec3, Material)| area * m.absorption()[place];
            surfaces.iter().map(absorbed).sum::<f64>() / surface_m2
        });
        let room = Room {
            surfaces: &surfaces,
            volume_m3,
            surface_m2,
            speed_m_s: scene.speed_of_sound_m_s(),
        };
        let predict = |place: usize| {
            let m = scene.attenuation_per_m()[place];
            room.predict(place, mean_absorption[place], path_variance, m)
        };
        Self {
            predictions: octaves.iter().map(predict).collect(),
            mean_absorption,
            volume_m3,
            surface_m2,
            mean_free_path_m,
            path_variance,
        }
    }

    /// Frequency above which modes overlap, 2000 sqrt(T / V) (Schroeder 1962), for a reverberation time in seconds.
    pub fn schroeder_hz(&self, decay_time_s: f64) -> f64 {
        2000.0 * (decay_time_s / self.volume_m3).sqrt()
    }
}

struct Room<'a> {
    surfaces: &'a [(f64, DVec3, Material)],
    volume_m3: f64,
    surface_m2: f64,
    speed_m_s: f64,
}

impl Room<'_> {
    fn predict(&self, place: usize, mean: f64, variance: f64, m: f64) -> Predictions {
        let loss = |absorption: f64| -(1.0 - absorption).ln();
        let eyring = loss(mean);
        let millington: f64 = self
            .surfaces
            .iter()
            .map(|(area, _, s)| area * loss(s.absorption()[place]))
            .sum();
        let [x, y, z] = [DVec3::X, DVec3::Y, DVec3::Z].map(|axis| self.direction(axis, place));
        let along = |(area, absorption): (f64, f64)| {
            (area / self.surface_m2, self.time_s(loss(absorption), m))
        };
        let fitzroy = [x, y, z]
            .map(along)
            .iter()
            .try_fold(0.0, |sum, (share, t)| Ok(sum + share * (*t)?));
        let arau = [x, y, z]
            .map(along)
            .iter()
            .try_fold(1.0, |product, (share, t)| {
                t.map(|t| product * t.powf(*share))
            });
        Predictions {
            sabine_s: self.time_s(mean, m),
            eyring_s: self.time_s(eyring, m),
            millington_s: self.time_s(millington / self.surface_m2, m),
            fitzroy_s: fitzroy,
            arau_puchades_s: arau,
            kuttruff_s: self.kuttruff_s(eyring, variance, m),
        }
    }

    /// The correction is the beginning of a series; where it would let the loss fall as absorption grows, it is over.
    fn kuttruff_s(&self, eyring: f64, variance: f64, m: f64) -> Quantity {
        if variance * eyring > 1.0 {
            return Err(NotEvaluable::NoEnergy);
        }
        self.time_s(eyring * (1.0 - 0.5 * variance * eyring), m)
    }

    /// Surface that faces a direction, by the squared cosine of its normal, and its mean absorption.
    fn direction(&self, axis: DVec3, place: usize) -> (f64, f64) {
        let share = |(area, normal, _): &(f64, DVec3, Material)| area * normal.dot(axis).powi(2);
        let area: f64 = self.surfaces.iter().map(share).sum();
        let absorbed: f64 = self
            .surfaces
            .iter()
            .map(|s| share(s) * s.2.absorption()[place])
            .sum();
        (area, absorbed / area)
    }

    /// 24 ln 10 / c * V / (S a + 4 m V) with `a` the loss at a mean surface.
    fn time_s(&self, loss: f64, m: f64) -> Quantity {
        let area = self.surface_m2 * loss + 4.0 * m * self.volume_m3;
        let time_s = 24.0 * LN_10 / self.speed_m_s * self.volume_m3 / area;
        if time_s.is_finite() && time_s > 0.0 {
            Ok(time_s)
        } else {
            Err(NotEvaluable::NoEnergy)
        }
    }
}

/// Mean length of the chord through a point anywhere in the air in any direction, in metres.
///
/// Chords through random points are weighted with their length, so that this is E[l^2] / E[l] of the free paths.
fn chord_through_points(scene: &Scene) -> f64 {
    match scene.shape() {
        Shape::Shoebox(shoebox) => chord_in_box(shoebox.size_m),
        Shape::Polyhedron(polyhedron) => chord_among_faces(polyhedron),
    }
}

/// Of a box: along a direction n the points that have a chord of t before them fill the product of `L_i - t |n_i|`
/// (the box's covariogram), and the mean chord is twice the integral of that over t, divided by the volume.
fn chord_in_box(size: DVec3) -> f64 {
    let volume = size.element_product();
    let directions = octant().iter();
    let sum: f64 = directions
        .map(|(n, area)| {
            let longest = (size / *n).min_element();
            let linear = size.dot(DVec3::new(n.y * size.z, n.z * size.x, n.x * size.y));
            let square = n.dot(DVec3::new(n.y * size.z, n.z * size.x, n.x * size.y));
            let cubic = n.element_product();
            let series = cubic / 4.0;
            let series = square / 3.0 - longest * series;
            let series = linear / 2.0 - longest * series;
            area * longest * (volume - longest * series)
        })
        .sum();
    2.0 * sum / (4.0 * PI * volume)
}

/// Of a room of faces: by paths from a low-discrepancy sequence.
fn chord_among_faces(room: &Polyhedron) -> f64 {
    let (lower, upper) = (room.lower, room.upper);
    let (mut sum, mut count) = (0.0, 0.0);
    let paths = u32::try_from(FACES_LOOKED_AT / room.faces.len().max(1)).unwrap_or(u32::MAX);
    for index in 0..paths.clamp(*PATHS.start(), *PATHS.end()) {
        let (place, direction) = PLACES_AND_DIRECTIONS[index as usize];
        let point = lower + (upper - lower) * place;
        if let Some(length) = room.chord_m(point, direction) {
            sum += length;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Places in a box of unit size, and directions: the same for every room, so that they are made once.
static PLACES_AND_DIRECTIONS: LazyLock<Vec<(DVec3, DVec3)>> = LazyLock::new(|| {
    let one = |index| {
        let [a, b, c, d, e] = sequence(index);
        (DVec3::new(a, b, c), on_sphere(d, e))
    };
    (0..=*PATHS.end()).map(one).collect()
});

/// Five numbers of an additive low-discrepancy sequence (Roberts 2018): powers of the generalised golden ratio.
fn sequence(index: u32) -> [f64; 5] {
    const RATIO: f64 = 1.134_724_138_401_519_4;
    let mut step = 1.0;
    core::array::from_fn(|_| {
        step /= RATIO;
        (0.5 + step * f64::from(index)).fract()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Way from a point of a box to its walls.
    fn reach(size: DVec3, point: DVec3, direction: DVec3) -> f64 {
        let ahead = |axis: usize| {
            let far = size[axis] - point[axis];
            let way = if direction[axis] > 0.0 {
                far
            } else {
                point[axis]
            };
            way / direction[axis].abs()
        };
        (0..3).map(ahead).fold(f64::INFINITY, f64::min)
    }

    /// The twin: very many chords through points.
    #[test]
    fn the_mean_chord_of_a_box_is_that_of_chords_through_its_points() {
        for size in [
            [5.0, 4.0, 2.5],
            [3.0, 3.0, 3.0],
            [30.0, 2.0, 3.0],
            [20.0, 15.0, 3.0],
        ] {
            let size = DVec3::from(size);
            let paths = 400_000;
            let sum: f64 = (0..paths)
                .map(|index| {
                    let [a, b, c, d, e] = sequence(index);
                    let (point, direction) = (size * DVec3::new(a, b, c), on_sphere(d, e));
                    reach(size, point, direction) + reach(size, point, -direction)
                })
                .sum();
            let (found, twin) = (chord_in_box(size), sum / f64::from(paths));
            assert!((found / twin - 1.0).abs() < 4e-4, "{size}: {found} {twin}");
        }
    }
}
