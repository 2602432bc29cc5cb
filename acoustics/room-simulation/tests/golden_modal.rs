//! Rendered responses of rigid boxes against the sum of their modes: two theories of one room.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "tests fail by panicking and show what they measured; their counts are small"
)]

mod golden;

use golden::{error_db, images, json, point, spectrum, truth};
use room_simulation::{Frame, Limits, Octaves, Rendering, ShoeboxImages};

/// Well above the highest frequency of the golden data, 800 Hz.
const RATE_HZ: f64 = 4_000.0;

/// Relative error of the response of all images up to `path_m`, with 1 / (4 pi) as the data have it.
fn relative_error(name: &str, images: &ShoeboxImages, path_m: f64) -> f64 {
    let limits = Limits::path_m(path_m);
    let frame = Frame {
        rate_hz: RATE_HZ,
        samples: (path_m / 343.0 * RATE_HZ) as usize + 200,
        pre_samples: 128,
        rendering: Rendering::Gridded,
    };
    let samples = images.response(limits, &frame);
    let (frequencies, truth) = truth(&json(name));
    let found: Vec<[f64; 2]> = spectrum(&samples, 128, RATE_HZ, &frequencies)
        .into_iter()
        .map(|h| h.map(|x| x / (4.0 * core::f64::consts::PI)))
        .collect();
    let error = 10f64.powf(error_db(&found, &truth) / 20.0);
    println!("{name}: {error:.2e}, {} images", images.count(limits));
    error
}

#[test]
fn images_of_a_rigid_box_are_its_modes() {
    let octaves = Octaves::from_centres(&[500.0]).unwrap();
    for name in ["modal/m01_box.json", "modal/m02_small_box.json"] {
        let json = json(name);
        let m = json["m_energy_per_m"].as_f64().unwrap();
        let [size, source, receiver] = ["L", "source", "receiver"].map(|key| point(&json[key]));
        let images = images(size, source, receiver, octaves, &vec![vec![0.0]; 6], &[m]);
        let radius_m = json["image_sum_check"]["radius_m"].as_f64().unwrap();
        let error = relative_error(name, &images, radius_m);
        assert!(error <= 1e-4, "{name}: {error}");
    }
}

/// Two planes are a box whose other walls swallow everything.
#[test]
fn images_between_two_planes_are_their_modes() {
    let name = "modal/m03_two_planes.json";
    let json = json(name);
    let octaves = Octaves::from_centres(&[500.0]).unwrap();
    let delta = json["delta_per_m"].as_f64().unwrap();
    let distance = json["plane_distance"].as_f64().unwrap();
    let [mut source, mut receiver] = ["source", "receiver"].map(|key| point(&json[key]));
    for axis in 0..2 {
        source[axis] += 500.0;
        receiver[axis] += 500.0;
    }
    let mut absorption = vec![vec![1.0]; 4];
    absorption.extend([vec![0.0], vec![0.0]]);
    let size = [1000.0, 1000.0, distance];
    let images = images(size, source, receiver, octaves, &absorption, &[2.0 * delta]);
    let error = relative_error(name, &images, 480.0);
    assert!(error <= 1e-4, "{error}");
}
