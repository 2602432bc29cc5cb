//! Plain particle tracing, simple and slow: the judge of rooms with furniture. It shares no code with the engine.

use glam::DVec3;
use rayon::prelude::*;

/// Particles that one number sequence serves.
const CHUNK: usize = 4_096;

/// Energy, as a share of the first, at which a particle is given up.
const LEAST: f64 = 1e-6;

/// A convex planar face; corners counter-clockwise seen from the air.
#[derive(Debug, Clone)]
pub(super) struct Face {
    corners: Vec<DVec3>,
    normal: DVec3,
    absorption: f64,
    scattering: f64,
}

/// What is traced.
#[derive(Debug, Clone)]
pub(super) struct Tracing<'a> {
    pub(super) faces: &'a [Face],
    pub(super) source: DVec3,
    pub(super) receivers: &'a [DVec3],
    pub(super) radius_m: f64,
    pub(super) speed_m_s: f64,
    pub(super) bin_s: f64,
    pub(super) bins: usize,
}

impl Face {
    /// A face of a material.
    pub(super) fn new(corners: Vec<DVec3>, absorption: f64, scattering: f64) -> Self {
        let normal = (corners[1] - corners[0])
            .cross(corners[2] - corners[1])
            .normalize();
        Self {
            corners,
            normal,
            absorption,
            scattering,
        }
    }

    /// An upright prism seen from outside (furniture), or from inside (a room); its plan is counter-clockwise.
    pub(super) fn prism(
        plan: &[[f64; 2]],
        [bottom_m, top_m]: [f64; 2],
        from_inside: bool,
        [absorption, scattering]: [f64; 2],
    ) -> Vec<Self> {
        let at = |[x, y]: [f64; 2], z: f64| DVec3::new(x, y, z);
        let mut rings: Vec<Vec<DVec3>> = (0..plan.len())
            .map(|i| {
                let (a, b) = (plan[i], plan[(i + 1) % plan.len()]);
                vec![at(a, bottom_m), at(b, bottom_m), at(b, top_m), at(a, top_m)]
            })
            .collect();
        rings.push(plan.iter().map(|p| at(*p, top_m)).collect());
        rings.push(plan.iter().rev().map(|p| at(*p, bottom_m)).collect());
        if from_inside {
            for ring in &mut rings {
                ring.reverse();
            }
        }
        let face = |ring| Self::new(ring, absorption, scattering);
        rings.into_iter().map(face).collect()
    }

    /// Way to it along a direction, if it is met from the air.
    fn way(&self, from: DVec3, along: DVec3) -> Option<f64> {
        let slope = self.normal.dot(along);
        if slope >= 0.0 {
            return None;
        }
        let way = self.normal.dot(self.corners[0] - from) / slope;
        let point = from + way * along;
        let next = self.corners.iter().cycle().skip(1);
        let mut sides = self.corners.iter().zip(next);
        let inside = |(a, b): (&DVec3, &DVec3)| (*b - *a).cross(point - *a).dot(self.normal) >= 0.0;
        (way > 1e-9 && sides.all(inside)).then_some(way)
    }
}

/// Energies at every receiver, bin after bin, up to a factor: energy times way within its sphere.
pub(super) fn trace(tracing: &Tracing<'_>, particles: usize, seed: u64) -> Vec<Vec<f64>> {
    let silence = || vec![vec![0.0; tracing.bins]; tracing.receivers.len()];
    let chunks = 0..particles.div_ceil(CHUNK);
    let heard = chunks.into_par_iter().map(|chunk| {
        let mut energies = silence();
        let mut chance = Chance::new(seed, chunk as u64);
        for _ in chunk * CHUNK..((chunk + 1) * CHUNK).min(particles) {
            tracing.particle(&mut chance, &mut energies);
        }
        energies
    });
    heard.reduce(silence, |mut all, own| {
        let bins = all.iter_mut().flatten().zip(own.into_iter().flatten());
        bins.for_each(|(sum, energy)| *sum += energy);
        all
    })
}

impl Tracing<'_> {
    /// Follows one particle from the source to its end.
    fn particle(&self, chance: &mut Chance, energies: &mut [Vec<f64>]) {
        let (mut from, mut along) = (self.source, chance.direction());
        let (mut energy, mut gone_m) = (1.0, 0.0);
        let most_m = self.bins as f64 * self.bin_s * self.speed_m_s;
        while energy > LEAST && gone_m < most_m {
            let met = self
                .faces
                .iter()
                .filter_map(|f| Some((f.way(from, along)?, f)));
            // A particle through a seam of two faces is lost.
            let Some((way, face)) = met.min_by(|a, b| a.0.total_cmp(&b.0)) else {
                return;
            };
            self.count(from, along, [way, gone_m, energy], energies);
            from += way * along;
            gone_m += way;
            energy *= 1.0 - face.absorption;
            along = if chance.share() < face.scattering {
                chance.lambert(face.normal)
            } else {
                along - 2.0 * face.normal.dot(along) * face.normal
            };
        }
    }

    /// Adds a leg to all receivers: its way, the way before it, and what energy is on it.
    fn count(
        &self,
        from: DVec3,
        along: DVec3,
        [way, gone_m, energy]: [f64; 3],
        energies: &mut [Vec<f64>],
    ) {
        for (receiver, own) in self.receivers.iter().zip(energies) {
            let (middle_m, chord_m) = self.chord(from, along, way, *receiver);
            if let Some(sum) = own.get_mut(self.bin(gone_m + middle_m)) {
                *sum += energy * chord_m;
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a way is not negative and some seconds long"
    )]
    fn bin(&self, way_m: f64) -> usize {
        (way_m / self.speed_m_s / self.bin_s) as usize
    }

    /// Middle and length of what of a leg lies within a receiver's sphere.
    fn chord(&self, from: DVec3, along: DVec3, way: f64, receiver: DVec3) -> (f64, f64) {
        let nearest = (receiver - from).dot(along);
        let past = (receiver - from - nearest * along).length_squared();
        let half = (self.radius_m * self.radius_m - past).max(0.0).sqrt();
        let (enter, leave) = ((nearest - half).max(0.0), (nearest + half).min(way));
        (0.5 * (enter + leave).max(0.0), (leave - enter).max(0.0))
    }
}

/// Random numbers by splitmix64 (Steele, Lea and Flood 2014).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn new(seed: u64, chunk: u64) -> Self {
        let mut seeded = Self(seed ^ chunk.wrapping_mul(0xD134_2543_DE82_EF95));
        seeded.next();
        Self(seeded.next())
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly over all directions.
    fn direction(&mut self) -> DVec3 {
        let (z, turn) = (
            2.0 * self.share() - 1.0,
            core::f64::consts::TAU * self.share(),
        );
        let flat = (1.0 - z * z).sqrt();
        DVec3::new(flat * turn.cos(), flat * turn.sin(), z)
    }

    /// By the cosine to a normal: a direction on the unit sphere that touches the face at its centre.
    fn lambert(&mut self, normal: DVec3) -> DVec3 {
        loop {
            let way = normal + self.direction();
            if way.length_squared() > 1e-12 {
                return way.normalize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: [[f64; 2]; 4] = [[0.0, 0.0], [5.0, 0.0], [5.0, 4.0], [0.0, 4.0]];

    /// In a rigid, diffuse box the energy in a sphere is its share of the volume at any late time.
    #[test]
    fn energy_of_a_rigid_box_is_even() {
        let faces = Face::prism(&PLAN, [0.0, 3.0], true, [0.0, 1.0]);
        let tracing = Tracing {
            faces: &faces,
            source: DVec3::new(1.0, 1.1, 1.2),
            receivers: &[DVec3::new(3.5, 2.5, 1.4)],
            radius_m: 0.5,
            speed_m_s: 343.0,
            bin_s: 0.05,
            bins: 10,
        };
        let particles = 40_000;
        let found = trace(&tracing, particles, 1);
        let late = &found[0][2..];
        let mean = late.iter().sum::<f64>() / late.len() as f64;
        let sphere = 4.0 / 3.0 * core::f64::consts::PI * 0.125;
        let even = particles as f64 * 343.0 * 0.05 * sphere / 60.0;
        assert!((mean / even - 1.0).abs() < 0.02, "{mean} {even}");
    }
}
