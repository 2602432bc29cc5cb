//! The energy of far images in closed form.
//!
//! Far images lie evenly, one in every volume of the room, so that at a time t after the emission the energy that
//! arrives is `E(t) = (c / V) integral over directions of exp(-c t (m + sum |n_i| a_i / L_i))`, with `a_i` the mean of
//! -ln(1 - absorption) of the two walls of an axis: along a direction n a path of length d meets the walls of an axis
//! `|n_i| d / L_i` times. It is the decay of the complete image set, curved as that is. The integral is a fixed product
//! of Gauss and Legendre's rules over the two angles of one octant, so that the same scene gives the same bytes.
//!
//! Hits are whole numbers, which the closed form takes as their mean: it lies below the mean of image sets over all
//! positions by up to about a^2 / 12 per axis (0.05 dB where all absorb 0.2).

use glam::DVec3;
use multiversion::multiversion;

use crate::material::Material;
use crate::octant::octant;
use crate::octaves::{OCTAVES_MAX, PerOctave};

/// Most steps of the search for a time.
const STEPS: usize = 60;

/// Energy of the images of a shoebox over time.
#[derive(Debug, Clone)]
pub struct Late {
    attenuation_per_m: PerOctave,
    speed_m_s: f64,
    nodes: Vec<Node>,
    /// Octaves whose energy does not end: no loss along a plane of directions.
    endless: [bool; OCTAVES_MAX],
}

/// A direction of the octant.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Energy per second at time 0.
    energy_per_s: f64,
    /// Decay per second in every octave.
    decays_per_s: [f64; OCTAVES_MAX],
}

impl Late {
    /// For a room, its walls, the air; `weight` is the energy that a direction of the octant carries, 1 where source
    /// and receiver are omnidirectional; `without_scattered` leaves out what reflections scatter.
    pub(crate) fn new(
        size_m: DVec3,
        walls: &[Material; 6],
        attenuation_per_m: PerOctave,
        speed_m_s: f64,
        weight: impl Fn(DVec3) -> f64,
        without_scattered: bool,
    ) -> Self {
        let octaves = attenuation_per_m.octaves();
        let mut losses = [[0.0; OCTAVES_MAX]; 3];
        let mut endless = [false; OCTAVES_MAX];
        for place in octaves.iter() {
            for (axis, loss) in losses.iter_mut().enumerate() {
                let of = |wall: usize| loss_of(&walls[wall], place, without_scattered);
                loss[place] = 0.5 * (of(2 * axis) + of(2 * axis + 1)) / size_m[axis];
            }
            let lossless = losses.iter().filter(|loss| loss[place] <= 0.0).count();
            endless[place] = attenuation_per_m[place] <= 0.0 && lossless >= 2;
        }
        let density = speed_m_s / size_m.element_product();
        let directions = octant();
        let mut nodes = Vec::with_capacity(directions.len());
        for (n, area) in directions.iter().copied() {
            let decay = |place: usize| {
                let air = *attenuation_per_m.values().get(place).unwrap_or(&0.0);
                let crossed: f64 = (0..3).map(|a| n[a] * losses[a][place]).sum();
                speed_m_s * (air + crossed)
            };
            nodes.push(Node {
                energy_per_s: area * density * weight(n),
                decays_per_s: core::array::from_fn(decay),
            });
        }
        Self {
            attenuation_per_m,
            speed_m_s,
            nodes,
            endless,
        }
    }

    /// Energy per second at a time after the emission, in s.
    pub fn energy_per_s(&self, time_s: f64) -> PerOctave {
        self.each(|place| {
            let at = |n: &Node| n.energy_per_s * (-n.decays_per_s[place] * time_s).exp();
            self.nodes.iter().map(at).sum()
        })
    }

    /// Energy from a time after the emission on; infinite where nothing ends it.
    pub fn energy_beyond(&self, time_s: f64) -> PerOctave {
        self.each(|place| self.beyond(place, time_s))
    }

    /// Energies of `count` bins of `bin_s` seconds from a time on.
    pub fn bins(&self, first_s: f64, bin_s: f64, count: usize) -> Vec<PerOctave> {
        let octaves = self.attenuation_per_m.octaves();
        let mut sums = vec![[0.0; OCTAVES_MAX]; count];
        with_bands!(octaves.len(), BANDS => {
            add_bins::<BANDS>(&self.nodes, first_s, bin_s, &mut sums);
        });
        let of = |sum: &[f64; OCTAVES_MAX]| PerOctave::from_fn(octaves, |place| sum[place]);
        sums.iter().map(of).collect()
    }

    /// Time after the emission, in s, from which on the energy is `decibels` below that of the whole; infinite where
    /// nothing ends it.
    pub fn time_s(&self, decibels: f64) -> PerOctave {
        self.each(|place| self.time_after(place, decibels, 0.0))
    }

    /// The longest of these times, when it is known to be at least as long as one of fewer decibels.
    pub(crate) fn longest_s(&self, decibels: f64, known_s: f64) -> f64 {
        let octaves = self.attenuation_per_m.octaves().iter();
        octaves.fold(known_s, |longest_s, place| {
            self.time_after(place, decibels, longest_s)
        })
    }

    /// The time of an octave, or `least_s` where that is longer.
    fn time_after(&self, place: usize, decibels: f64, least_s: f64) -> f64 {
        let goal = self.beyond(place, 0.0).ln() - decibels * 0.1 * core::f64::consts::LN_10;
        if goal.is_finite() {
            self.time_of(place, goal, least_s)
        } else {
            f64::INFINITY
        }
    }

    /// Time at which the logarithm of the energy beyond is `goal`, by Newton's steps from a time on: the logarithm is
    /// convex, so that they come from the left and never pass. The time itself where the goal lies before it.
    fn time_of(&self, place: usize, goal: f64, from_s: f64) -> f64 {
        let mut time_s = from_s;
        for _ in 0..STEPS {
            let (mut beyond, mut density) = (0.0, 0.0);
            for node in &self.nodes {
                let now = node.energy_per_s * (-node.decays_per_s[place] * time_s).exp();
                density += now;
                beyond += now / node.decays_per_s[place];
            }
            let step = (beyond.ln() - goal) * beyond / density;
            if !step.is_finite() || step <= 1e-9 * time_s {
                break;
            }
            time_s += step;
        }
        time_s
    }

    /// Speed of sound in metres per second.
    pub const fn speed_m_s(&self) -> f64 {
        self.speed_m_s
    }

    fn beyond(&self, place: usize, time_s: f64) -> f64 {
        if self.endless[place] {
            return f64::INFINITY;
        }
        let of = |n: &Node| {
            let decay = n.decays_per_s[place];
            n.energy_per_s * (-decay * time_s).exp() / decay
        };
        self.nodes.iter().map(of).sum()
    }

    fn each(&self, value: impl FnMut(usize) -> f64) -> PerOctave {
        PerOctave::from_fn(self.attenuation_per_m.octaves(), value)
    }
}

/// Nodes that are followed side by side: their products do not wait for each other.
const ABREAST: usize = 4;

/// Adds the energies of the first octaves to bins of `bin_s` seconds from a time on.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
fn add_bins<const BANDS: usize>(
    nodes: &[Node],
    first_s: f64,
    bin_s: f64,
    sums: &mut [[f64; OCTAVES_MAX]],
) {
    for some in nodes.chunks(ABREAST) {
        let (mut energies, mut steps) = ([[0.0; BANDS]; ABREAST], [[0.0; BANDS]; ABREAST]);
        for ((node, energy), step) in some.iter().zip(&mut energies).zip(&mut steps) {
            (*energy, *step) = node.first_bin::<BANDS>(first_s, bin_s);
        }
        for sum in sums.iter_mut() {
            for place in 0..BANDS {
                let mut all = sum[place];
                for (energy, step) in energies.iter_mut().zip(&steps) {
                    all += energy[place];
                    energy[place] *= step[place];
                }
                sum[place] = all;
            }
        }
    }
}

impl Node {
    /// Energies of the first octaves in a bin of `bin_s` seconds that begins at a time, and what is left of them in the
    /// next.
    fn first_bin<const BANDS: usize>(
        &self,
        first_s: f64,
        bin_s: f64,
    ) -> ([f64; BANDS], [f64; BANDS]) {
        let (mut energies, mut steps) = ([0.0; BANDS], [0.0; BANDS]);
        for (place, decay) in self.decays_per_s.iter().take(BANDS).enumerate() {
            let left = (-decay * bin_s).exp();
            let width = if decay * bin_s > 1e-3 {
                (1.0 - left) / decay
            } else {
                let x = decay * bin_s;
                bin_s * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x / 24.0)))
            };
            energies[place] = self.energy_per_s * (-decay * first_s).exp() * width;
            steps[place] = left;
        }
        (energies, steps)
    }
}

/// What a reflection takes, as the exponent of its energy; where nothing comes back, so much that nothing is left.
fn loss_of(wall: &Material, place: usize, without_scattered: bool) -> f64 {
    let absorbed = -(-wall.absorption()[place]).ln_1p();
    let scattered = -(-wall.scattering()[place]).ln_1p();
    let all = absorbed + if without_scattered { scattered } else { 0.0 };
    all.min(1e9)
}

#[cfg(test)]
mod tests {
    use core::f64::consts::FRAC_PI_2;

    use super::*;
    use crate::octaves::Octaves;

    fn late(size: [f64; 3], absorption: [f64; 6], air: f64) -> Late {
        let one = Octaves::from_centres(&[1000.0]).unwrap();
        let walls = absorption.map(|a| Material::flat(one, a, 0.0));
        let air = PerOctave::flat(one, air);
        Late::new(DVec3::from(size), &walls, air, 343.0, |_| 1.0, false)
    }

    /// The twin: Simpson's rule with many steps over an octant.
    fn density(size: [f64; 3], absorption: [f64; 6], air: f64, time_s: f64) -> f64 {
        let steps = 2400;
        let a = |axis: usize| {
            let of = |wall: usize| -(1.0 - absorption[wall]).ln();
            0.5 * (of(2 * axis) + of(2 * axis + 1)) / size[axis]
        };
        let (a, volume) = ([a(0), a(1), a(2)], size.iter().product::<f64>());
        let angle = |i: i32| FRAC_PI_2 * f64::from(i) / f64::from(steps);
        let simpson = |i: i32| match i {
            0 => 1.0,
            i if i == steps => 1.0,
            i => f64::from(2 + 2 * (i % 2)),
        };
        let mut sum = 0.0;
        for i in 0..=steps {
            let (r, z) = angle(i).sin_cos();
            for k in 0..=steps {
                let (y, x) = angle(k).sin_cos();
                let walls = a[0] * r * x + a[1] * r * y + a[2] * z;
                let energy = (-343.0 * time_s * (air + walls)).exp() * r;
                sum += simpson(i) * simpson(k) * energy;
            }
        }
        343.0 / volume * 8.0 * sum * (angle(1) / 3.0).powi(2)
    }

    #[test]
    fn the_rule_over_the_octant_is_the_integral_over_the_sphere() {
        let room = [7.0, 5.0, 3.0];
        let mixed = [0.1, 0.15, 0.05, 0.3, 0.4, 0.6];
        for time_s in [0.0, 0.05, 0.4, 0.9] {
            let found = late(room, mixed, 0.002).energy_per_s(time_s)[0];
            let twin = density(room, mixed, 0.002, time_s);
            assert!(
                (found / twin - 1.0).abs() < 2e-6,
                "{time_s}: {found} {twin}"
            );
        }
    }

    #[test]
    fn energies_beyond_bins_and_times_agree() {
        let late = late([7.0, 5.0, 3.0], [0.1, 0.15, 0.05, 0.3, 0.4, 0.6], 0.002);
        let (all, beyond) = (late.energy_beyond(0.1)[0], late.energy_beyond(0.3)[0]);
        let bins: f64 = late.bins(0.1, 0.0005, 400).iter().map(|b| b[0]).sum();
        assert!(((all - beyond) / bins - 1.0).abs() < 1e-9);
        let time_s = late.time_s(45.0)[0];
        let level = 10.0 * (late.energy_beyond(time_s)[0] / late.energy_beyond(0.0)[0]).log10();
        assert!((level + 45.0).abs() < 1e-6, "{level}");
    }

    #[test]
    fn what_never_ends_is_infinite_and_what_swallows_all_is_nothing() {
        let corridor = late([7.0, 5.0, 3.0], [0.0, 0.0, 0.0, 0.0, 0.3, 0.3], 0.0);
        assert!(corridor.energy_beyond(1.0)[0].is_infinite());
        assert!(corridor.time_s(45.0)[0].is_infinite());
        let open = late([7.0, 5.0, 3.0], [1.0, 0.2, 0.2, 0.2, 0.2, 0.2], 0.0);
        assert!(open.energy_beyond(0.1)[0].abs() < 1e-300);
    }
}
