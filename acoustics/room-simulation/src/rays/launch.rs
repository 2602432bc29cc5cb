//! Where rays begin: directions of a spherical Fibonacci lattice, turned by chance for each batch.
//!
//! The lattice spreads directions more evenly than chance does (Swinbank and Purser 2006); the turn makes every batch
//! an unbiased sample of its own, so that the spread of batches tells the error. Weights are the squared gain of the
//! source; free field at a metre on its axis stays 1.

use glam::{DQuat, DVec3};

use super::random::{fine, split_mix};
use crate::directivity::Directivity;
use crate::scene::{Scene, Shape};

/// Where the rays of one batch begin.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) from: From,
    turn: DQuat,
    rays: u32,
    seed: u64,
}

/// A source, or any place of the room.
#[derive(Debug, Clone)]
pub(crate) enum From {
    /// A point that radiates.
    Point(DVec3, Directivity),
    /// Evenly out of the whole room: a diffuse field at the beginning.
    Everywhere,
}

/// The golden angle in radians, pi (3 - sqrt 5).
const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;

/// Most places tried for a start out of the whole room; a room that fills a hundredth of its box is found in 99.996 %.
const TRIES: u64 = 1000;

impl Start {
    /// The batch of `rays` rays with a number of its own.
    pub(crate) fn new(from: From, seed: u64, batch: u32, rays: u32) -> Self {
        let own = split_mix(seed ^ split_mix(u64::from(batch) | 1 << 40));
        Self {
            from,
            turn: any_turn([0, 1, 2].map(|k| fine(own.wrapping_add(k)))),
            rays,
            seed: own,
        }
    }

    /// Position, direction and weight of a ray.
    pub(crate) fn ray(&self, scene: &Scene, ray: u32) -> (DVec3, DVec3, f64) {
        let z = 1.0 - (2.0 * f64::from(ray) + 1.0) / f64::from(self.rays.max(1));
        let (sin, cos) = (GOLDEN_ANGLE * f64::from(ray)).sin_cos();
        let r = (1.0 - z * z).sqrt();
        let direction = self.turn * DVec3::new(r * cos, r * sin, z);
        match &self.from {
            From::Point(position, directivity) => {
                (*position, direction, directivity.gain(direction).powi(2))
            }
            From::Everywhere => (self.anywhere(scene, ray), direction, 1.0),
        }
    }

    /// A place of the air, all equally likely.
    fn anywhere(&self, scene: &Scene, ray: u32) -> DVec3 {
        let place = |tried: u64, lower: DVec3, upper: DVec3| {
            let own = split_mix(self.seed ^ split_mix(u64::from(ray) << 12 | tried));
            let share = [3, 4, 5].map(|k| fine(own.wrapping_add(k)));
            lower + DVec3::from(share) * (upper - lower)
        };
        match scene.shape() {
            Shape::Shoebox(shoebox) => place(0, DVec3::ZERO, shoebox.size_m),
            Shape::Polyhedron(p) => {
                let tried = (0..TRIES).map(|tried| place(tried, p.lower, p.upper));
                let mut inside = tried.filter(|here| p.contains(*here));
                inside.next().unwrap_or(0.5 * (p.lower + p.upper))
            }
        }
    }
}

/// A turn out of all turns, evenly (Shoemake 1992).
fn any_turn([u, v, w]: [f64; 3]) -> DQuat {
    let turn = core::f64::consts::TAU;
    let (a, b) = ((1.0 - u).sqrt(), u.sqrt());
    DQuat::from_xyzw(
        a * (turn * v).sin(),
        a * (turn * v).cos(),
        b * (turn * w).sin(),
        b * (turn * w).cos(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_lengths_and_have_no_favourite_direction() {
        let n = 20_000_u64;
        let sum: DVec3 = (0..n)
            .map(|i| any_turn([3 * i, 3 * i + 1, 3 * i + 2].map(fine)) * DVec3::X)
            .inspect(|d| assert!((d.length() - 1.0).abs() < 1e-12))
            .sum();
        // Each component has variance 1/3; four standard errors.
        assert!(sum.abs().max_element() / (n as f64) < 4.0 / (3.0 * n as f64).sqrt());
    }
}
