//! Directions of an octant, for means over all directions in rooms that look alike in every octant.
//!
//! A fixed product of Gauss and Legendre's rules over the two angles, so that the same scene gives the same bytes.

use core::f64::consts::{FRAC_PI_2, PI};
use std::sync::LazyLock;

use glam::DVec3;

/// Nodes over each angle of the octant.
const NODES: usize = 24;

/// Unit vectors of the octant, and the area of the whole sphere that each stands for; the areas add to 4 pi.
pub(crate) fn octant() -> &'static [(DVec3, f64)] {
    static DIRECTIONS: LazyLock<Vec<(DVec3, f64)>> = LazyLock::new(directions);
    &DIRECTIONS
}

fn directions() -> Vec<(DVec3, f64)> {
    let rule = legendre();
    let both = rule
        .into_iter()
        .flat_map(|theta| rule.map(|phi| (theta, phi)));
    let each = both.map(|((theta, over_theta), (phi, over_phi))| {
        let (r, z) = theta.sin_cos();
        let (y, x) = phi.sin_cos();
        (DVec3::new(r * x, r * y, z), 8.0 * over_theta * over_phi * r)
    });
    each.collect()
}

/// Nodes and weights of Gauss and Legendre's rule over a quarter turn, by Newton's steps on the polynomial (Press et
/// al., Numerical Recipes, 4.6).
fn legendre() -> [(f64, f64); NODES] {
    let n = NODES as f64;
    core::array::from_fn(|i| {
        let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..10 {
            let (mut p, mut before) = (1.0, 0.0);
            for j in 0..NODES {
                let j = j as f64;
                (p, before) = (((2.0 * j + 1.0) * x * p - j * before) / (j + 1.0), p);
            }
            slope = n * (x * p - before) / (x * x - 1.0);
            x -= p / slope;
        }
        let weight = 2.0 / ((1.0 - x * x) * slope * slope);
        (0.5 * FRAC_PI_2 * (1.0 + x), 0.5 * FRAC_PI_2 * weight)
    })
}
