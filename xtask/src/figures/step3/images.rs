//! Image sources of boxes: lists, spectra of responses, octaves put together, and modes of rigid boxes.

use std::collections::HashMap;
use std::path::Path;

use room_simulation::{
    Air, Atmosphere, Frame, Image, Limits, Material, Octaves, PerOctave, Rendering, Room,
    SceneBuilder, ShoeboxImages,
};
use serde::Deserialize;

use crate::TaskError;

use super::golden::{doubles, names, read};
use super::line::Line;
use super::rooms::{heard, kilohertz};
use super::spectrum::{Spectrum, error_db, levels_off_db};

#[derive(Debug, Deserialize)]
struct Case {
    inputs: Inputs,
    band_centers: Option<Vec<f64>>,
    air_m_per_band: Option<Vec<f64>>,
    n_images: usize,
    checks: Checks,
    spectrum: Spectrum,
    spectrum_combined: Option<Spectrum>,
}

#[derive(Debug, Deserialize)]
struct Inputs {
    #[serde(rename = "L")]
    size_m: [f64; 3],
    src: [f64; 3],
    rcv: [f64; 3],
    fs: f64,
    order: usize,
    alpha: Vec<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
struct Checks {
    max_delay_samples: f64,
}

#[derive(Debug, Deserialize)]
struct RigidBox {
    #[serde(rename = "L")]
    size_m: [f64; 3],
    source: [f64; 3],
    receiver: [f64; 3],
    m_energy_per_m: f64,
    image_sum_check: Radius,
    #[serde(flatten)]
    truth: Spectrum,
}

#[derive(Debug, Deserialize)]
struct Radius {
    radius_m: f64,
}

#[derive(Debug, Deserialize)]
struct Plates {
    plane_distance: f64,
    source: [f64; 3],
    receiver: [f64; 3],
    delta_per_m: f64,
    #[serde(flatten)]
    truth: Spectrum,
}

/// A box with one source and one receiver; a list of absorption for each wall.
struct Boxed<'a> {
    size_m: [f64; 3],
    source: [f64; 3],
    receiver: [f64; 3],
    octaves: Octaves,
    absorption: &'a [Vec<f64>],
    attenuation_per_m: &'a [f64],
}

impl Boxed<'_> {
    fn images(&self) -> Result<ShoeboxImages, TaskError> {
        let octaves = self.octaves;
        let list = |values: &[f64]| {
            PerOctave::from_fn(octaves, |k| values.get(k).copied().unwrap_or(f64::NAN))
        };
        let none = PerOctave::flat(octaves, 0.0);
        let walls =
            core::array::from_fn(|w| Material::new(octaves, &list(&self.absorption[w]), &none));
        let room = Room::Shoebox {
            size_m: self.size_m,
            walls,
        };
        let builder = SceneBuilder::new(room, octaves)
            .air(Atmosphere::Lossless(Air::default()))
            .speed_of_sound(343.0);
        let scene = heard(builder, self.source, self.receiver)?;
        let images = ShoeboxImages::new(&scene, 0, 0).ok_or("not a box")?;
        Ok(images.attenuation_per_m(&list(self.attenuation_per_m)))
    }
}

impl Case {
    fn octaves(&self) -> Result<Octaves, TaskError> {
        self.band_centers
            .as_ref()
            .map_or_else(kilohertz, |c| Ok(Octaves::from_centres(c)?))
    }

    fn images(&self) -> Result<ShoeboxImages, TaskError> {
        let octaves = self.octaves()?;
        let none = vec![0.0; octaves.len()];
        Boxed {
            size_m: self.inputs.size_m,
            source: self.inputs.src,
            receiver: self.inputs.rcv,
            octaves,
            absorption: &self.inputs.alpha,
            attenuation_per_m: self.air_m_per_band.as_ref().unwrap_or(&none),
        }
        .images()
    }

    const fn limits(&self) -> Limits {
        Limits::order(self.inputs.order)
    }

    /// Spectrum of the response at the frequencies of `truth` up to 0.45 of the rate, and the truth there.
    fn spectra(
        &self,
        rendering: Rendering,
        truth: &Spectrum,
    ) -> Result<[Vec<[f64; 2]>; 2], TaskError> {
        let pre_samples = if self.band_centers.is_some() {
            2048
        } else {
            128
        };
        let frame = Frame {
            rate_hz: self.inputs.fs,
            samples: whole(self.checks.max_delay_samples) + pre_samples,
            pre_samples,
            rendering,
        };
        let samples = self.images()?.response(self.limits(), &frame);
        let carried = truth.until(0.45 * self.inputs.fs);
        let found = carried.of_samples(&samples, pre_samples, self.inputs.fs);
        Ok([found, carried.values()])
    }
}

/// A count of samples, at least that of a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "golden responses have some thousand samples"
)]
const fn whole(samples: f64) -> usize {
    samples.ceil() as usize
}

/// Takes the figures.
///
/// # Errors
/// When golden data cannot be read.
pub(super) fn lines(root: &Path) -> Result<Vec<Line>, TaskError> {
    let mut count = Line::new("image lists: number of images", "equal");
    let mut distance = Line::new("image lists: distance", "1e-9 m");
    let mut amplitude = Line::new("image lists: amplitude per octave", "1e-6");
    let mut gridded = Line::new(
        "response against the exact sum to 0.45 fs, gridded",
        "<= -90 dB",
    );
    let mut direct = Line::new("the same, pulse by pulse", "<= -90 dB");
    let mut combined = Line::new("octaves put together against the exact sum", "<= -70 dB");
    let mut levels = Line::new("the same, level of each octave", "0.01 dB");
    for name in names(root, "shoebox")? {
        let case: Case = read(root, &format!("shoebox/{name}/case.json"))?;
        let list = case.images()?.list(case.limits());
        let apart = list.len().abs_diff(case.n_images);
        count.take(2.0 * apart as f64, &name, || format!("{apart} apart"));
        compare(root, &name, &case, &list, [&mut distance, &mut amplitude])?;
        if let Some(truth) = &case.spectrum_combined {
            let [found, truth_there] = case.spectra(Rendering::Cheaper, truth)?;
            combined.level(error_db(&found, &truth_there), -70.0, &name);
            let frequencies = truth.until(0.45 * case.inputs.fs);
            for (octave_hz, off) in levels_off_db(&frequencies, &found) {
                levels.decibels(off, 0.01, 0.0, &format!("{name}, {octave_hz:.0} Hz"));
            }
        } else {
            for (line, rendering) in [
                (&mut gridded, Rendering::Gridded),
                (&mut direct, Rendering::Direct),
            ] {
                let [found, truth] = case.spectra(rendering, &case.spectrum)?;
                line.level(error_db(&found, &truth), -90.0, &name);
            }
        }
    }
    let modes = modes(root)?;
    Ok(vec![
        count, distance, amplitude, gridded, direct, combined, levels, modes,
    ])
}

/// Every stored row against the image with the same hits that is nearest to it.
fn compare(
    root: &Path,
    name: &str,
    case: &Case,
    list: &[Image],
    [distance, amplitude]: [&mut Line; 2],
) -> Result<(), TaskError> {
    let mut by_hits: HashMap<[usize; 6], Vec<&Image>> = HashMap::new();
    for image in list {
        by_hits.entry(image.hits).or_default().push(image);
    }
    let rows = doubles(root, &format!("shoebox/{name}/images.f64"))?;
    let amplitudes = doubles(root, &format!("shoebox/{name}/amps.f64"))?;
    let bands = case.octaves()?.len();
    for (row, stored) in rows.chunks_exact(8).zip(amplitudes.chunks_exact(bands)) {
        let hits: [usize; 6] = core::array::from_fn(|w| whole(row[2 + w]));
        let off = |i: &&&Image| (i.distance_m - row[1]).abs();
        let own = by_hits.get(&hits).and_then(|all| {
            let nearer = |a: &&&Image, b: &&&Image| off(a).total_cmp(&off(b));
            all.iter().min_by(nearer)
        });
        let Some(image) = own else {
            distance.take(f64::INFINITY, name, || format!("no image of {hits:?}"));
            continue;
        };
        let off_m = off(&image);
        distance.take(off_m / 1e-9, name, || format!("{off_m:.1e} m"));
        for (a, b) in image.amplitudes.values().iter().zip(stored) {
            let apart = if a.to_bits() == b.to_bits() {
                0.0
            } else {
                (a / b - 1.0).abs()
            };
            amplitude.take(apart / 1e-6, name, || format!("{apart:.1e}"));
        }
    }
    Ok(())
}

fn modes(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new(
        "rigid boxes and plates against their modes, 25 to 800 Hz",
        "1e-4",
    );
    for name in ["m01_box", "m02_small_box"] {
        let case: RigidBox = read(root, &format!("modal/{name}.json"))?;
        let images = Boxed {
            size_m: case.size_m,
            source: case.source,
            receiver: case.receiver,
            octaves: Octaves::from_centres(&[500.0])?,
            absorption: &vec![vec![0.0]; 6],
            attenuation_per_m: &[case.m_energy_per_m],
        }
        .images()?;
        against_modes(
            &mut line,
            name,
            &images,
            case.image_sum_check.radius_m,
            &case.truth,
        );
    }
    // Two plates are a box whose other walls are far and swallow everything.
    let name = "m03_two_planes";
    let case: Plates = read(root, &format!("modal/{name}.json"))?;
    let far = |p: [f64; 3]| [p[0] + 500.0, p[1] + 500.0, p[2]];
    let mut absorption = vec![vec![1.0]; 4];
    absorption.extend([vec![0.0], vec![0.0]]);
    let images = Boxed {
        size_m: [1000.0, 1000.0, case.plane_distance],
        source: far(case.source),
        receiver: far(case.receiver),
        octaves: Octaves::from_centres(&[500.0])?,
        absorption: &absorption,
        attenuation_per_m: &[2.0 * case.delta_per_m],
    }
    .images()?;
    against_modes(&mut line, name, &images, 480.0, &case.truth);
    Ok(line)
}

/// The response of all images up to a path, with 1 / (4 pi) as the data have it.
fn against_modes(
    line: &mut Line,
    name: &str,
    images: &ShoeboxImages,
    path_m: f64,
    truth: &Spectrum,
) {
    let (rate_hz, pre_samples) = (4_000.0, 128);
    let frame = Frame {
        rate_hz,
        samples: whole(path_m / 343.0 * rate_hz) + 200,
        pre_samples,
        rendering: Rendering::Gridded,
    };
    let samples = images.response(Limits::path_m(path_m), &frame);
    let found: Vec<[f64; 2]> = truth
        .of_samples(&samples, pre_samples, rate_hz)
        .into_iter()
        .map(|h| h.map(|x| x / (4.0 * core::f64::consts::PI)))
        .collect();
    let error = 10f64.powf(error_db(&found, &truth.values()) / 20.0);
    line.take(error / 1e-4, name, || format!("{error:.1e}"));
}
