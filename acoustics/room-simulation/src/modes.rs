//! Standing waves of a shoebox, and its response where they stand apart.
//!
//! Modes of a box with nearly rigid walls, their decay from the walls' admittances (Kuttruff, Room Acoustics, 6th
//! edition, 3.2 and 3.3); the response is their sum, closed along one axis, where it converges exponentially. Below
//! about the Schroeder frequency this is what images of real reflection factors cannot give.

use core::f64::consts::PI;

use realfft::num_complex::Complex;

use crate::octaves::PerOctave;
use crate::scene::{Scene, Shape, Shoebox};

/// Most modes of a list.
const MODES_MAX: f64 = 100_000.0;

/// How far beyond the frequency modes count across the closed axis: there their part has fallen by this many e-folds.
const REACH_FOLDS: f64 = 30.0;

/// Smallest distance along the closed axis that the sum is carried out for, as a share of the axis.
const NEAREST: f64 = 0.05;

/// A standing wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// Half waves along x, y and z.
    pub order: [u32; 3],
    /// Eigenfrequency in hertz.
    pub frequency_hz: f64,
    /// Time for 60 dB in seconds; none where nothing takes energy.
    pub decay_time_s: Option<f64>,
}

/// The standing waves of an empty shoebox.
#[derive(Debug, Clone)]
pub struct Modes<'a> {
    shoebox: &'a Shoebox,
    speed_m_s: f64,
    attenuation_per_m: &'a PerOctave,
}

impl<'a> Modes<'a> {
    /// Of a scene; none unless it is an empty shoebox.
    pub fn of(scene: &'a Scene) -> Option<Self> {
        match scene.shape() {
            Shape::Shoebox(shoebox) => Some(Self {
                shoebox,
                speed_m_s: scene.speed_of_sound_m_s(),
                attenuation_per_m: scene.attenuation_per_m(),
            }),
            Shape::Polyhedron(_) => None,
        }
    }

    /// Modes up to a frequency in hertz, ascending. The list of a large room ends earlier, where about a hundred
    /// thousand are reached (N = 4 pi V f^3 / (3 c^3)).
    pub fn up_to(&self, highest_hz: f64) -> Vec<Mode> {
        let volume = self.shoebox.size_m.element_product();
        let budget_hz = self.speed_m_s * (3.0 * MODES_MAX / (4.0 * PI * volume)).cbrt();
        let highest_hz = highest_hz.min(budget_hz);
        let size = self.shoebox.size_m.to_array();
        let step = size.map(|l| self.speed_m_s / (2.0 * l));
        let most = step.map(|f| highest_hz / f);
        let part = |n: u32, axis: usize| (f64::from(n) * step[axis]).powi(2);
        let across = counts(most[0]).flat_map(|x| counts(most[1]).map(move |y| [x, y]));
        let orders = across.flat_map(|[x, y]| counts(most[2]).map(move |z| [x, y, z]));
        let mut modes: Vec<Mode> = orders
            .map(|[x, y, z]| ([x, y, z], (part(x, 0) + part(y, 1) + part(z, 2)).sqrt()))
            .filter(|(_, frequency_hz)| *frequency_hz > 0.0 && *frequency_hz <= highest_hz)
            .map(|(order, frequency_hz)| self.mode(order, frequency_hz))
            .collect();
        modes.sort_by(|a, b| a.frequency_hz.total_cmp(&b.frequency_hz));
        modes
    }

    /// Pressure at the receiver of a point source at given frequencies: the amplitude of free field at a metre is 1.
    ///
    /// Positions are in metres; frequencies in hertz, above 0.
    pub fn response(
        &self,
        source_m: [f64; 3],
        receiver_m: [f64; 3],
        frequencies_hz: &[f64],
    ) -> Vec<Complex<f64>> {
        let at = |f: &f64| 4.0 * PI * self.pressure(source_m, receiver_m, *f);
        frequencies_hz.iter().map(at).collect()
    }

    fn mode(&self, order: [u32; 3], frequency_hz: f64) -> Mode {
        let damping = self.damping_per_s(order, frequency_hz);
        Mode {
            order,
            frequency_hz,
            decay_time_s: (damping > 0.0).then(|| 3.0 * core::f64::consts::LN_10 / damping),
        }
    }

    /// Amplitude decay in 1/s: each axis takes c (b0 + b1) / L, half of that where the wave grazes its walls.
    fn damping_per_s(&self, order: [u32; 3], frequency_hz: f64) -> f64 {
        let octaves = self.attenuation_per_m.octaves();
        let at = |list: &PerOctave| {
            let weights = octaves.weights(frequency_hz);
            octaves
                .iter()
                .map(|place| weights[place] * list[place])
                .sum::<f64>()
        };
        let walls: f64 = (0..3)
            .map(|axis| {
                let admittance = |wall: usize| {
                    let factor = at(&self.shoebox.walls[wall].reflection_factor());
                    (1.0 - factor) / (1.0 + factor)
                };
                let both = admittance(2 * axis) + admittance(2 * axis + 1);
                let share = if order[axis] == 0 { 0.5 } else { 1.0 };
                share * both / self.shoebox.size_m[axis]
            })
            .sum();
        self.speed_m_s * (walls + 0.5 * at(self.attenuation_per_m))
    }

    /// Green's function at a frequency, free field 1 / (4 pi d).
    ///
    /// The closed axis is the one along which source and receiver are farthest apart: across it a wave (a, b) falls off
    /// as exp(-sqrt(ka^2 + kb^2 - k^2) d).
    fn pressure(&self, source: [f64; 3], receiver: [f64; 3], frequency_hz: f64) -> Complex<f64> {
        let size = self.shoebox.size_m.to_array();
        let k = 2.0 * PI * frequency_hz / self.speed_m_s;
        let apart = |axis: usize| (source[axis] - receiver[axis]).abs();
        let closed = (0..3).fold(0, |best, axis| {
            if apart(axis) > apart(best) {
                axis
            } else {
                best
            }
        });
        let (a, b) = ((closed + 1) % 3, (closed + 2) % 3);
        let nearest = apart(closed).max(NEAREST * size[closed]);
        let reach = (k * k + (REACH_FOLDS / nearest).powi(2)).sqrt();
        let shape = |n: u32, wave: f64, axis: usize| {
            let twice = if n == 0 { 1.0 } else { 2.0 };
            twice * (wave * source[axis]).cos() * (wave * receiver[axis]).cos() / size[axis]
        };
        let mut sum = Complex::new(0.0, 0.0);
        for na in counts(reach * size[a] / PI) {
            let ka = f64::from(na) * PI / size[a];
            for nb in counts((reach * reach - ka * ka).max(0.0).sqrt() * size[b] / PI) {
                let kb = f64::from(nb) * PI / size[b];
                let mut order = [0; 3];
                (order[a], order[b]) = (na, nb);
                let line = [source[closed], receiver[closed]];
                let along = self.along(closed, order, ka * ka + kb * kb, k, line);
                sum += shape(na, ka, a) * shape(nb, kb, b) * along;
            }
        }
        sum
    }

    /// Sum over all waves along an axis, in closed form; the one without a node there has its own decay.
    fn along(
        &self,
        axis: usize,
        order: [u32; 3],
        across: f64,
        k: f64,
        [from, to]: [f64; 2],
    ) -> Complex<f64> {
        let length = self.shoebox.size_m[axis];
        let frequency_hz = k * self.speed_m_s / (2.0 * PI);
        let wave = |n: u32| {
            let mut order = order;
            order[axis] = n;
            let damping = self.damping_per_s(order, frequency_hz) / self.speed_m_s;
            let kappa = Complex::new(k, -damping);
            Complex::new(across, 0.0) - kappa * kappa
        };
        let (standing, even) = (wave(1), wave(0));
        let gamma = standing.sqrt();
        // cosh(g a) / sinh(g L), written so that nothing overflows.
        let ratio = |a: f64| {
            let numerator = (gamma * (a - length)).exp() + (-gamma * (a + length)).exp();
            numerator / (1.0 - (-2.0 * gamma * length).exp())
        };
        let all = (ratio(length - (from - to).abs()) + ratio(length - from - to)) / (2.0 * gamma);
        all - standing.finv() / length + even.finv() / length
    }
}

/// Counts from 0 to the whole part of a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded just here"
)]
fn counts(most: f64) -> core::ops::RangeInclusive<u32> {
    0..=(most.clamp(0.0, 100_000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directivity::{Directivity, Pickup};
    use crate::material::Material;
    use crate::octaves::Octaves;
    use crate::scene::{Room, SceneBuilder};
    use serde_json::Value;

    fn golden(name: &str) -> Value {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/../../golden/simulation/modal/{name}.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn list(value: &Value) -> Vec<f64> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect()
    }

    fn triple(value: &Value) -> [f64; 3] {
        core::array::from_fn(|i| value[i].as_f64().unwrap())
    }

    /// The golden boxes are rigid; what they lose, they lose in the air.
    fn scene(case: &Value, absorption: f64) -> Scene {
        let wall = Material::flat(Octaves::ALL, absorption, 0.0);
        let room = Room::Shoebox {
            size_m: triple(&case["L"]),
            walls: [wall; 6],
        };
        let mut scene = SceneBuilder::new(room, Octaves::ALL)
            .speed_of_sound(case["c"].as_f64().unwrap())
            .source("s", triple(&case["source"]), Directivity::Omnidirectional)
            .receiver(
                "r",
                triple(&case["receiver"]),
                Pickup::Single(Directivity::Omnidirectional),
            )
            .build()
            .unwrap();
        let m = case["m_energy_per_m"].as_f64().unwrap();
        scene.attenuation_per_m = PerOctave::flat(Octaves::ALL, m);
        scene
    }

    #[test]
    fn modes_and_response_are_those_of_the_golden_boxes() {
        for name in ["m01_box", "m02_small_box"] {
            let case = golden(name);
            let scene = scene(&case, 0.0);
            let modes = Modes::of(&scene).unwrap();
            let expected = case["modes"].as_array().unwrap();
            let highest = expected.last().unwrap()["f_hz"].as_f64().unwrap();
            let found = modes.up_to(highest + 1e-3);
            assert_eq!(found.len(), expected.len());
            for (mode, truth) in found.iter().zip(expected) {
                assert!(
                    (mode.frequency_hz - truth["f_hz"].as_f64().unwrap()).abs() < 1e-4,
                    "{mode:?} {truth}"
                );
            }
            let (re, im) = (list(&case["re"]), list(&case["im"]));
            let response = modes.response(
                triple(&case["source"]),
                triple(&case["receiver"]),
                &list(&case["f_hz"]),
            );
            let truth = re
                .iter()
                .zip(&im)
                .map(|(re, im)| 4.0 * PI * Complex::new(*re, *im));
            let (mut off, mut all) = (0.0, 0.0);
            for (x, t) in response.iter().zip(truth) {
                off += (x - t).norm_sqr();
                all += t.norm_sqr();
            }
            assert!((off / all).sqrt() < 1e-6, "{name}: {}", (off / all).sqrt());
        }
    }

    #[test]
    fn absorbing_walls_damp_modes_and_grazed_walls_damp_half() {
        let case = golden("m01_box");
        let mut scene = scene(&case, 0.2);
        scene.attenuation_per_m = PerOctave::flat(Octaves::ALL, 0.0);
        let modes = Modes::of(&scene).unwrap().up_to(90.0);
        let factor = 0.8f64.sqrt();
        let beta = (1.0 - factor) / (1.0 + factor);
        // (1, 0, 0) in 5 x 4 x 2.5 m: c * 2 b (1/5 + 1/8 + 1/5).
        let damping = 343.0 * 2.0 * beta * (1.0 / 5.0 + 0.5 / 4.0 + 0.5 / 2.5);
        let t = 3.0 * core::f64::consts::LN_10 / damping;
        assert_eq!(modes[0].order, [1, 0, 0]);
        assert!((modes[0].decay_time_s.unwrap() / t - 1.0).abs() < 1e-9);
    }
}
