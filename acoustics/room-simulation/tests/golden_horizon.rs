//! Images up to a time and the closed form beyond it, against the complete image sets.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and show what they measured; their counts are small"
)]

mod golden;

use golden::{images, json, names, numbers, point};
use room_simulation::{EnergyHistogram, Frame, Limits, Octaves, Rendering, ShoeboxImages};
use serde_json::Value;

/// Bins so fine that they do not blur what is measured.
const BIN_S: f64 = 0.0001;

/// Only the energies are looked at.
const FRAME: Frame = Frame {
    rate_hz: 8_000.0,
    samples: 100,
    pre_samples: 0,
    rendering: Rendering::Cheaper,
};

struct Case {
    name: String,
    json: Value,
    images: ShoeboxImages,
}

fn cases() -> Vec<Case> {
    names("horizon").into_iter().map(case).collect()
}

fn case(name: String) -> Case {
    let json = json(&format!("horizon/{name}"));
    let images = pair(&json, point(&json["receiver"]));
    Case { name, json, images }
}

/// The images of the source for a receiver anywhere.
fn pair(json: &Value, receiver: [f64; 3]) -> ShoeboxImages {
    let octaves = Octaves::from_centres(&[1000.0]).unwrap();
    let absorption: Vec<Vec<f64>> = numbers(&json["alpha"]).iter().map(|a| vec![*a]).collect();
    let m = json["m_energy_per_m"].as_f64().unwrap();
    let [size, source] = ["L", "source"].map(|key| point(&json[key]));
    images(size, source, receiver, octaves, &absorption, &[m])
}

impl Case {
    /// Energies from the direct sound on: images up to a path, the closed form from there to the limit of the data.
    fn energies(&self, path_m: f64) -> Vec<f64> {
        let origin_s = self.images.direct_m() / 343.0;
        let end_s = self.json["time_limit_s"].as_f64().unwrap();
        let count = ((end_s - origin_s) / BIN_S).ceil() as usize;
        let octaves = Octaves::from_centres(&[1000.0]).unwrap();
        let mut histogram = EnergyHistogram::new(octaves, origin_s, BIN_S, count);
        let limits = Limits::path_m(path_m);
        let _response = self
            .images
            .response_and_energies(limits, &FRAME, &mut histogram);
        let mut energies: Vec<f64> = histogram.octave(0).collect();
        let late = self.images.late();
        let whole = ((path_m / 343.0 - origin_s) / BIN_S).ceil();
        // What is left of the bin in which the images end belongs to the closed form as well.
        let border_s = origin_s + whole * BIN_S;
        let rest = late.energy_beyond(path_m / 343.0)[0] - late.energy_beyond(border_s)[0];
        let first = whole as usize;
        if first > 0 && first <= count {
            energies[first - 1] += rest;
        }
        let bins = late.bins(border_s, BIN_S, count.saturating_sub(first));
        for (energy, bin) in energies.iter_mut().skip(first).zip(bins) {
            *energy += bin[0];
        }
        energies
    }
}

/// Reverberation time by least squares between two levels of the decay curve, as the data have it.
fn decay_s(energies: &[f64], from_db: f64, to_db: f64) -> f64 {
    let mut left: f64 = energies.iter().sum();
    let total = left;
    let mut points = Vec::new();
    for (i, e) in energies.iter().enumerate() {
        let level = 10.0 * (left / total).log10();
        if level <= from_db && level >= to_db {
            points.push((i as f64 * BIN_S, level));
        }
        left -= e;
    }
    let n = points.len() as f64;
    let (t, l) = points
        .iter()
        .fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
    let (mut tt, mut tl) = (0.0, 0.0);
    for p in &points {
        tt += (p.0 - t).powi(2);
        tl += (p.0 - t) * (p.1 - l);
    }
    -60.0 * tt / tl
}

fn clarity_db(energies: &[f64], early_s: f64) -> f64 {
    let split = (early_s / BIN_S).round() as usize;
    let early: f64 = energies[..split].iter().sum();
    let late: f64 = energies[split..].iter().sum();
    10.0 * (early / late).log10()
}

fn compare(case: &Case, energies: &[f64], truth: &Value, what: &str) {
    let times = [
        ("edt_s", 0.0, -10.0),
        ("t20_s", -5.0, -25.0),
        ("t30_s", -5.0, -35.0),
    ];
    let name = &case.name;
    for (key, from_db, to_db) in times {
        let (found, truth) = (
            decay_s(energies, from_db, to_db),
            truth[key].as_f64().unwrap(),
        );
        println!(
            "{name} {what} {key}: {:+.3} %",
            100.0 * (found / truth - 1.0)
        );
        assert!(
            (found / truth - 1.0).abs() <= 0.005,
            "{name} {what} {key}: {found} {truth}"
        );
    }
    for (key, early_s) in [("c50_db", 0.05), ("c80_db", 0.08)] {
        let (found, truth) = (clarity_db(energies, early_s), truth[key].as_f64().unwrap());
        println!("{name} {what} {key}: {:+.4} dB", found - truth);
        assert!(
            (found - truth).abs() <= 0.05,
            "{name} {what} {key}: {found} {truth}"
        );
    }
}

#[test]
fn images_up_to_the_limit_are_the_complete_set() {
    for case in cases() {
        let path_m = 343.0 * case.json["time_limit_s"].as_f64().unwrap();
        let count = case.json["complete"]["images"].as_u64().unwrap() as usize;
        assert_eq!(
            case.images.count(Limits::path_m(path_m)),
            count,
            "{}",
            case.name
        );
        compare(
            &case,
            &case.energies(path_m),
            &case.json["complete"],
            "all images",
        );
    }
}

#[test]
fn the_closed_form_goes_on_where_images_end() {
    for case in cases() {
        // The horizon of the plan.
        let horizon_s = case.images.late().time_s(45.0)[0];
        let path_m = 343.0 * horizon_s;
        assert!(horizon_s < case.json["time_limit_s"].as_f64().unwrap());
        compare(
            &case,
            &case.energies(path_m),
            &case.json["complete"],
            "to -45 dB",
        );
    }
}

/// By how much, in dB, the closed form may lie below the mean of image sets over positions: hits are whole numbers, and
/// the mean of exp(-a k) over k is above exp(-a mean). For hits that fall evenly it is the product over the axes of
/// (2 (cosh a - 1) / a^2) (1 + cosh d) / 2, a the mean of both walls' losses and d half their difference.
fn rounding_db(absorption: &[f64]) -> f64 {
    let of = |walls: &[f64]| {
        let [low, high] = [walls[0], walls[1]].map(|alpha| -(1.0 - alpha).ln());
        let (a, d) = (0.5 * (low + high), 0.5 * (low - high));
        2.0 * (a.cosh() - 1.0) / (a * a) * 0.5 * (1.0 + d.cosh())
    };
    10.0 * absorption.chunks(2).map(of).product::<f64>().log10()
}

/// Far from the direct sound the closed form has the energy of the images, but for the rounding of hits; of one pair it
/// differs by the pattern of the few directions that last longest, so that it is met by the mean over receivers, to
/// 0.05 dB.
#[test]
fn the_closed_form_has_the_energy_of_the_images() {
    for case in cases() {
        let late = case.images.late();
        let end_s = case.json["time_limit_s"].as_f64().unwrap();
        let start_s = 0.5 * end_s;
        let closed = late.energy_beyond(start_s)[0] - late.energy_beyond(end_s)[0];
        let share = |n: usize, step: f64| 0.1 + 0.8 * (step * n as f64).fract();
        let count = 16;
        let mut of_images = 0.0;
        for n in 0..count {
            let size = point(&case.json["L"]);
            let steps = [0.754_877_666, 0.569_840_291, 0.430_159_709];
            let at = core::array::from_fn(|axis| size[axis] * share(n, steps[axis]));
            let images = pair(&case.json, at);
            let octaves = Octaves::from_centres(&[1000.0]).unwrap();
            let mut rest = EnergyHistogram::new(octaves, start_s, end_s - start_s, 1);
            let _response =
                images.response_and_energies(Limits::path_m(343.0 * end_s), &FRAME, &mut rest);
            of_images += rest.octave(0).sum::<f64>() / count as f64;
        }
        let level = 10.0 * (closed / of_images).log10();
        let below = rounding_db(&numbers(&case.json["alpha"]));
        println!("{}: {level:+.4} dB, rounding {below:.4} dB", case.name);
        assert!(
            level < 0.05 && level > -below - 0.05,
            "{}: {level}",
            case.name
        );
    }
}
