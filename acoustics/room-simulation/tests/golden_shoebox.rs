//! Shoeboxes against the golden data: lists of images, spectra of responses of both renderers, octaves put together.

mod golden;

use golden::{doubles, error_db, images, json, names, numbers, point, spectrum, truth};
use room_simulation::{Frame, Image, Limits, Octaves, Rendering, ShoeboxImages};
use serde_json::Value;

struct Case {
    name: String,
    json: Value,
    images: ShoeboxImages,
    limits: Limits,
    rate_hz: f64,
    bands: usize,
}

fn cases() -> Vec<Case> {
    names("shoebox").into_iter().map(case).collect()
}

fn case(name: String) -> Case {
    let json = json(&format!("shoebox/{name}/case.json"));
    let inputs = &json["inputs"];
    let octaves = match &json["band_centers"] {
        Value::Null => Octaves::from_centres(&[1000.0]).unwrap(),
        centres => Octaves::from_centres(&numbers(centres)).unwrap(),
    };
    let absorption: Vec<Vec<f64>> = inputs["alpha"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let air = match &json["air_m_per_band"] {
        Value::Null => vec![0.0; octaves.len()],
        m => numbers(m),
    };
    let [size, source, receiver] = ["L", "src", "rcv"].map(|key| point(&inputs[key]));
    let order = usize::try_from(inputs["order"].as_u64().unwrap()).unwrap();
    Case {
        images: images(size, source, receiver, octaves, &absorption, &air),
        limits: Limits::order(order),
        rate_hz: inputs["fs"].as_f64().unwrap(),
        bands: octaves.len(),
        name,
        json,
    }
}

impl Case {
    fn frame(&self, rendering: Rendering) -> Frame {
        let longest = self.json["checks"]["max_delay_samples"].as_f64().unwrap();
        let pre_samples = if self.bands > 1 { 2048 } else { 128 };
        Frame {
            rate_hz: self.rate_hz,
            samples: longest.ceil() as usize + pre_samples,
            pre_samples,
            rendering,
        }
    }

    fn response(&self, rendering: Rendering) -> Vec<f32> {
        self.images.response(self.limits, &self.frame(rendering))
    }

    fn error_db(&self, samples: &[f32], truth_name: &str) -> f64 {
        let (frequencies, truth) = truth(&self.json[truth_name]);
        let frame = self.frame(Rendering::Cheaper);
        let carried: Vec<usize> = (0..frequencies.len())
            .filter(|i| frequencies[*i] <= 0.45 * self.rate_hz)
            .collect();
        let frequencies: Vec<f64> = carried.iter().map(|i| frequencies[*i]).collect();
        let truth: Vec<[f64; 2]> = carried.iter().map(|i| truth[*i]).collect();
        let found = spectrum(samples, frame.pre_samples, self.rate_hz, &frequencies);
        error_db(&found, &truth)
    }
}

#[test]
fn lists_of_images_are_exact() {
    for case in cases() {
        let list = case.images.list(case.limits);
        let count = case.json["n_images"].as_u64().unwrap() as usize;
        assert_eq!(list.len(), count, "{}", case.name);
        assert_eq!(case.images.count(case.limits), count);
        compare(&case, list);
    }
}

/// The rows stored, sorted by distance and amplitude on both sides.
fn compare(case: &Case, mut list: Vec<Image>) {
    let bands = case.bands;
    let rows = doubles(&format!("shoebox/{}/images.f64", case.name));
    let amplitudes = doubles(&format!("shoebox/{}/amps.f64", case.name));
    // Rows of one distance may stand in any order, and the amplitudes of walls in another.
    let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
    let mut stored: Vec<(&[f64], &[f64])> = rows
        .chunks_exact(8)
        .zip(amplitudes.chunks_exact(bands))
        .collect();
    let order = |a: (f64, f64, &dyn Fn(usize) -> f64), b: (f64, f64, &dyn Fn(usize) -> f64)| {
        if near(a.0, b.0) {
            let hits = (0..6).map(|w| a.2(w).total_cmp(&b.2(w)));
            hits.into_iter()
                .fold(core::cmp::Ordering::Equal, core::cmp::Ordering::then)
        } else {
            a.0.total_cmp(&b.0)
        }
    };
    stored.sort_by(|a, b| {
        let (of_a, of_b) = (|w: usize| a.0[2 + w], |w: usize| b.0[2 + w]);
        order((a.0[1], a.1[0], &of_a), (b.0[1], b.1[0], &of_b))
    });
    list.sort_by(|a, b| {
        let (of_a, of_b) = (|w: usize| a.hits[w] as f64, |w: usize| b.hits[w] as f64);
        order(
            (a.distance_m, a.amplitudes[0], &of_a),
            (b.distance_m, b.amplitudes[0], &of_b),
        )
    });
    // A cut list may end within a group of one distance: the last distance is not compared by hits.
    let last = stored.last().unwrap().0[1];
    let is_cut = stored.len() < list.len();
    for (found, (row, amplitudes)) in list.iter().zip(&stored) {
        assert!(
            near(found.distance_m, row[1]),
            "{}: {} {}",
            case.name,
            found.distance_m,
            row[1]
        );
        if is_cut && near(row[1], last) {
            continue;
        }
        let hits: Vec<usize> = row[2..].iter().map(|h| *h as usize).collect();
        assert_eq!(found.hits[..], hits, "{}", case.name);
        for (a, b) in found.amplitudes.values().iter().zip(*amplitudes) {
            assert!((a / b - 1.0).abs() < 1e-6, "{}: {a} {b}", case.name);
        }
    }
}

#[test]
fn sums_over_all_images_are_those_stored() {
    for case in cases() {
        let list = case.images.list(case.limits);
        let checks = &case.json["checks"];
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{}: {a} {b}", case.name);
        let delay = |i: &Image| i.distance_m / 343.0 * case.rate_hz;
        let delays = list.iter().map(delay);
        close(
            delays.clone().sum(),
            checks["sum_delay_samples"].as_f64().unwrap(),
        );
        close(
            delays.clone().fold(0.0, f64::max),
            checks["max_delay_samples"].as_f64().unwrap(),
        );
        close(
            delays.fold(1e9, f64::min),
            checks["min_delay_samples"].as_f64().unwrap(),
        );
        for band in 0..case.bands {
            let a = |power: i32| list.iter().map(|i| i.amplitudes[band].powi(power)).sum();
            close(a(1), numbers(&checks["sum_amp"])[band]);
            close(a(2), numbers(&checks["sum_amp2"])[band]);
        }
    }
}

#[test]
fn one_band_is_the_sum_of_its_images_in_both_renderers() {
    for case in cases().into_iter().filter(|c| c.bands == 1) {
        let gridded = case.response(Rendering::Gridded);
        let direct = case.response(Rendering::Direct);
        for (name, samples) in [("gridded", &gridded), ("direct", &direct)] {
            let error = case.error_db(samples, "spectrum");
            println!("{} {name}: {error:.1} dB", case.name);
            assert!(error <= -90.0, "{} {name}: {error}", case.name);
        }
        let (mut apart, mut all) = (0.0, 0.0);
        for (a, b) in gridded.iter().zip(&direct) {
            apart += f64::from(a - b).powi(2);
            all += f64::from(*b).powi(2);
        }
        let apart = 10.0 * (apart / all).log10();
        println!("{} apart: {apart:.1} dB", case.name);
        assert!(apart <= -90.0, "{}: {apart}", case.name);
    }
}

#[test]
fn octaves_put_together_are_the_sum_of_their_images() {
    for case in cases().into_iter().filter(|c| c.bands > 1) {
        let error = case.error_db(&case.response(Rendering::Cheaper), "spectrum_combined");
        println!("{}: {error:.1} dB", case.name);
        assert!(error <= -70.0, "{}: {error}", case.name);
    }
}

#[test]
fn a_response_is_the_same_to_the_bit() {
    for case in cases() {
        let bits = |samples: Vec<f32>| samples.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let first = bits(case.response(Rendering::Cheaper));
        assert_eq!(
            first,
            bits(case.response(Rendering::Cheaper)),
            "{}",
            case.name
        );
    }
}
