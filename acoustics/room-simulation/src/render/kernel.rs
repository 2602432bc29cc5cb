//! The kernel of the grid and its transform.
//!
//! An arrival between the points of a grid is spread over eight of them by exp(beta (sqrt(1 - x^2) - 1)) (Barnett,
//! Magland and af Klinteberg, SIAM J. Sci. Comput. 41, C479, 2019) for a grid of 1.5 times the rate; what the kernel
//! does to the spectrum is undone by its transform. The kernel is tabulated at 64 phases with a parabola for each point
//! (-137 dB of its maximum).

use core::f64::consts::TAU;
use std::sync::LazyLock;

use super::smooth::Smooth;

/// Points over which an arrival is spread.
pub(crate) const WIDTH: usize = 8;

/// Phases of the table between two points; a power of two.
pub(crate) const PHASES: usize = 64;

/// Half the width in points.
const HALF: f64 = 4.0;

/// Shape: 0.97 pi (1 - 1 / (2 sigma)) times the width for a grid of sigma = 1.5 times the rate (Barnett, Magland and af
/// Klinteberg 2019, section 4).
const BETA: f64 = 16.25;

/// Highest frequency at which the transform is asked for, in cycles per point.
pub(crate) const HIGHEST: f64 = 0.36;

/// Value, slope and curvature over a phase step, for each point.
pub(crate) type Phase = [[f32; WIDTH]; 3];

/// The tabulated kernel.
#[derive(Debug)]
pub(crate) struct Kernel {
    phases: Box<[Phase; PHASES]>,
    cosine: Smooth,
    skew: Smooth,
}

/// The one kernel.
pub(crate) fn kernel() -> &'static Kernel {
    static KERNEL: LazyLock<Kernel> = LazyLock::new(Kernel::new);
    &KERNEL
}

impl Kernel {
    fn new() -> Self {
        let mut phases = Box::new([[[0.0; WIDTH]; 3]; PHASES]);
        for (place, phase) in phases.iter_mut().enumerate() {
            let [values, slopes, bends] = phase;
            let points = values.iter_mut().zip(slopes).zip(bends);
            for (point, ((value, slope), bend)) in points.enumerate() {
                let at =
                    |way: f64| shape(point as f64 - 3.0 - (place as f64 + way) / PHASES as f64);
                let [before, here, after] = [-0.5, 0.0, 0.5].map(at);
                *value = single(here);
                *slope = single(after - before);
                *bend = single(2.0 * (after - 2.0 * here + before));
            }
        }
        Self {
            phases,
            cosine: Smooth::fit(0.0, HIGHEST, 24, |nu| integral(|x| (TAU * nu * x).cos())),
            skew: Smooth::fit(0.0, HIGHEST, 24, |nu| {
                integral(|x| x * (TAU * nu * x).sin()) / integral(|x| (TAU * nu * x).cos())
            }),
        }
    }

    /// The table: at phase q the kernel of point k is that at k - 3 - q / 64 points.
    pub(crate) const fn phases(&self) -> &[Phase; PHASES] {
        &self.phases
    }

    /// Transform at a frequency in cycles per point.
    pub(crate) fn transform(&self, nu: f64) -> f64 {
        self.cosine.at(nu)
    }

    /// What a decay does to the transform: the kernel times exp(-mu x) has the transform C (1 + i mu s), mu in 1/point,
    /// to first order; s is returned.
    pub(crate) fn skew(&self, nu: f64) -> f64 {
        self.skew.at(nu)
    }
}

/// The kernel at an offset in points.
pub(crate) fn shape(offset: f64) -> f64 {
    let x = offset / HALF;
    let inside = 1.0 - x * x;
    if inside > 0.0 {
        (BETA * (inside.sqrt() - 1.0)).exp()
    } else {
        0.0
    }
}

/// Integral of the kernel times `f`: the kernel and its slopes all but vanish at its ends, so that the midpoint rule
/// converges at once.
fn integral(f: impl Fn(f64) -> f64) -> f64 {
    let count = 400;
    let step = 2.0 * HALF / f64::from(count);
    (0..count)
        .map(|i| (f64::from(i) + 0.5) * step - HALF)
        .map(|x| shape(x) * f(x) * step)
        .sum()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "single precision is what the grids have"
)]
const fn single(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_kernel() {
        let worst = (0..PHASES * WIDTH * 7)
            .map(|n| (n % PHASES, n / PHASES % WIDTH, n / PHASES / WIDTH))
            .map(|(place, point, step)| {
                let rest = step as f64 / 6.0 - 0.5;
                let phase = &kernel().phases()[place];
                let [v, s, b] = [0, 1, 2].map(|order| f64::from(phase[order][point]));
                let offset = point as f64 - 3.0 - (place as f64 + rest) / 64.0;
                (v + rest * (s + rest * b) - shape(offset)).abs()
            })
            .fold(0.0, f64::max);
        assert!(20.0 * worst.log10() < -130.0, "{worst}");
    }

    #[test]
    fn the_transform_is_the_integral() {
        for nu in [0.0, 0.1, 0.25, 1.0 / 3.0, 0.35] {
            let direct = integral(|x| (TAU * nu * x).cos());
            assert!((kernel().transform(nu) / direct - 1.0).abs() < 1e-9);
        }
    }

    /// The transform of the decaying kernel against its first-order expansion, for the strongest air there is at the
    /// lowest rate that carries it: the rest is below -115 dB.
    #[test]
    fn a_decay_bends_the_transform_to_first_order() {
        let mu = 1e-3;
        for nu in [0.0, 0.1, 0.2, 0.3, 1.0 / 3.0] {
            let re = integral(|x| (-mu * x).exp() * (TAU * nu * x).cos());
            let im = integral(|x| -(-mu * x).exp() * (TAU * nu * x).sin());
            let c = kernel().transform(nu);
            let s = c * kernel().skew(nu) * mu;
            let error = (re - c).hypot(im - s) / c;
            assert!(20.0 * error.log10() < -115.0, "{nu}: {error}");
        }
    }
}
