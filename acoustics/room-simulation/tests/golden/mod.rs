//! Reading the golden data, and scenes made from it.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses a part"
)]

use std::path::PathBuf;

use room_simulation::{
    Air, Atmosphere, Directivity, Material, Octaves, PerOctave, Pickup, Room, SceneBuilder,
    ShoeboxImages,
};
use serde_json::Value;

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../golden/simulation")
        .join(name)
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

/// Names of what a folder holds, sorted.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(path(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub(crate) fn doubles(name: &str) -> Vec<f64> {
    let bytes = std::fs::read(path(name)).unwrap();
    let (values, rest) = bytes.as_chunks::<8>();
    assert!(rest.is_empty());
    values.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(crate) fn point(value: &Value) -> [f64; 3] {
    numbers(value).try_into().unwrap()
}

/// A box with one source and one receiver; `absorption` has a list for each wall.
pub(crate) fn images(
    size_m: [f64; 3],
    source: [f64; 3],
    receiver: [f64; 3],
    octaves: Octaves,
    absorption: &[Vec<f64>],
    attenuation_per_m: &[f64],
) -> ShoeboxImages {
    let list = |values: &[f64]| PerOctave::from_fn(octaves, |place| values[place]);
    let walls = core::array::from_fn(|wall| {
        Material::new(
            octaves,
            &list(&absorption[wall]),
            &PerOctave::flat(octaves, 0.0),
        )
    });
    let omni = Directivity::Omnidirectional;
    let scene = SceneBuilder::new(Room::Shoebox { size_m, walls }, octaves)
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0)
        .source("s", source, omni)
        .receiver("r", receiver, Pickup::Single(omni))
        .build()
        .unwrap();
    ShoeboxImages::new(&scene, 0, 0)
        .unwrap()
        .attenuation_per_m(&list(attenuation_per_m))
}

/// Spectrum of samples at some frequencies, re and im; `pre_samples` stand before the emission.
pub(crate) fn spectrum(
    samples: &[f32],
    pre_samples: usize,
    rate_hz: f64,
    frequencies_hz: &[f64],
) -> Vec<[f64; 2]> {
    let at = |f: &f64| {
        let mut sum = [0.0; 2];
        for (n, h) in samples.iter().enumerate() {
            let time = n as f64 - pre_samples as f64;
            let (sin, cos) = (core::f64::consts::TAU * f * time / rate_hz).sin_cos();
            sum[0] += f64::from(*h) * cos;
            sum[1] -= f64::from(*h) * sin;
        }
        sum
    };
    frequencies_hz.iter().map(at).collect()
}

/// Distance of two spectra re the second, in dB.
pub(crate) fn error_db(found: &[[f64; 2]], truth: &[[f64; 2]]) -> f64 {
    let (mut error, mut all) = (0.0, 0.0);
    for (a, b) in found.iter().zip(truth) {
        error += (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
        all += b[0] * b[0] + b[1] * b[1];
    }
    10.0 * (error / all).log10()
}

/// A spectrum of the golden data: frequencies, re and im.
pub(crate) fn truth(value: &Value) -> (Vec<f64>, Vec<[f64; 2]>) {
    let (re, im) = (numbers(&value["re"]), numbers(&value["im"]));
    let pairs = re.into_iter().zip(im).map(|(a, b)| [a, b]).collect();
    (numbers(&value["f_hz"]), pairs)
}
