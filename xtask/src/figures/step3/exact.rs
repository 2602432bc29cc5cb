//! Paths of rooms of planar faces, what air takes, and speech transmission of exponential decays, all in closed form.

use std::path::Path;

use room_metrics::{
    EnergyDecay, SPEECH_BANDS, SpeechConditions, SpeechTransmission, evaluate_energies,
};
use room_simulation::{
    Air, Atmosphere, BeamLimits, BeamTree, Furniture, ImagePath, Material, MeshFace, Octaves,
    Reflected, Room, Scene, SceneBuilder, Shape,
};
use serde::Deserialize;

use crate::TaskError;

use super::golden::{names, read};
use super::line::Line;
use super::rooms::{heard, kilohertz};

/// Margin to an edge, in metres, below which rounding decides whether a path is there.
const MARGIN_M: f64 = 1e-4;

#[derive(Debug, Deserialize)]
struct Planes {
    source: [f64; 3],
    receiver: [f64; 3],
    max_order: usize,
    faces: Vec<Plane>,
    images: Vec<Visible>,
}

#[derive(Debug, Deserialize)]
struct Plane {
    name: String,
    vertices: Vec<[f64; 3]>,
    alpha: f64,
}

#[derive(Debug, Deserialize)]
struct Visible {
    order: usize,
    pos: [f64; 3],
    dist_m: f64,
    amp: f64,
    margin_m: Option<f64>,
}

/// Takes the figures.
///
/// # Errors
/// When golden data cannot be read.
pub(super) fn lines(root: &Path) -> Result<Vec<Line>, TaskError> {
    let mut visible = Line::new("polygon: paths missing or too many, to order 5", "0");
    let mut position = Line::new("polygon: position of images", "1e-6 m");
    let mut amplitude = Line::new("polygon: amplitude", "1e-6");
    for name in names(root, "polygon")? {
        let case: Planes = read(root, &format!("polygon/{name}.json"))?;
        let paths = case.paths()?;
        let apart = case.compare(&paths, |path, image| {
            let off_m = distance(path.position_m, image.pos);
            position.take(off_m / 1e-6, &name, || format!("{off_m:.1e} m"));
            let off = (path.amplitude[0] / image.amp - 1.0).abs();
            amplitude.take(off / 1e-6, &name, || format!("{off:.1e}"));
        });
        visible.take(2.0 * apart as f64, &name, || {
            format!(
                "{apart} of {} to order {}",
                case.images.len(),
                case.max_order
            )
        });
    }
    Ok(vec![
        visible,
        position,
        amplitude,
        air(root)?,
        speech(root)?,
    ])
}

impl Planes {
    /// The room: its walls as a mesh, and what is named a table as furniture.
    fn scene(&self) -> Result<Scene, TaskError> {
        let octave = kilohertz()?;
        let is_table = |f: &&Plane| f.name.starts_with("table");
        let walls = self
            .faces
            .iter()
            .filter(|f| !is_table(f))
            .map(|f| MeshFace {
                name: f.name.clone(),
                corners_m: f.vertices.clone(),
                material: Material::flat(octave, f.alpha, 0.0),
            });
        let mut builder = SceneBuilder::new(Room::Mesh(walls.collect()), octave)
            .air(Atmosphere::Lossless(Air::default()));
        let table: Vec<&Plane> = self.faces.iter().filter(is_table).collect();
        if let Some(first) = table.first() {
            let corners = table.iter().flat_map(|f| &f.vertices);
            let extreme = |pick: fn(f64, f64) -> f64| {
                let start = first.vertices[0];
                corners
                    .clone()
                    .fold(start, |a, b| core::array::from_fn(|i| pick(a[i], b[i])))
            };
            let material = Material::flat(octave, first.alpha, 0.0);
            let (low, high) = (extreme(f64::min), extreme(f64::max));
            builder = builder.furniture(Furniture::cuboid("table".to_owned(), low, high, material));
        }
        heard(builder, self.source, self.receiver)
    }

    fn paths(&self) -> Result<Vec<ImagePath>, TaskError> {
        let scene = self.scene()?;
        let Shape::Polyhedron(room) = scene.shape() else {
            return Err("a mesh that is a box".into());
        };
        let limits = BeamLimits {
            max_order: self.max_order,
            nodes_max: 1_000_000,
        };
        let tree = BeamTree::grow(room, self.source, limits, &|| false).ok_or("stopped")?;
        let ends = scene.ends(0, 0, Reflected::Whole).ok_or("no pair")?;
        Ok(tree.paths(&ends))
    }

    /// Pairs paths with images of the same order and length; returns how many have no partner and are not near an edge.
    fn compare(&self, paths: &[ImagePath], mut pair: impl FnMut(&ImagePath, &Visible)) -> usize {
        let mut left: Vec<&Visible> = self.images.iter().collect();
        let mut extra = 0;
        for path in paths {
            let same = |image: &&Visible| {
                image.order == path.order
                    && (image.dist_m - path.distance_m).abs() < 1e-6
                    && distance(image.pos, path.position_m) < 1e-3
            };
            match left.iter().position(same) {
                Some(place) => pair(path, left.swap_remove(place)),
                None => extra += usize::from(path.margin_m > MARGIN_M),
            }
        }
        let sure = |i: &&&Visible| i.margin_m.is_none_or(|m| m > MARGIN_M);
        extra + left.iter().filter(sure).count()
    }
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    glam::DVec3::from(a).distance(glam::DVec3::from(b))
}

#[derive(Debug, Deserialize)]
struct InAir {
    inputs: AirInputs,
    band_centers: Vec<f64>,
    air_m_per_band: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct AirInputs {
    air: State,
}

#[derive(Debug, Deserialize)]
struct State {
    temp_c: f64,
    rh: f64,
}

fn air(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new("attenuation by air, ISO 9613-1", "0.1 %");
    for name in ["s03_octave_air", "s06_hall_air"] {
        let case: InAir = read(root, &format!("shoebox/{name}/case.json"))?;
        let air = Air {
            temperature_c: case.inputs.air.temp_c,
            humidity_percent: case.inputs.air.rh,
            ..Air::default()
        };
        for (centre, truth) in case.band_centers.iter().zip(&case.air_m_per_band) {
            let off = air.attenuation_per_m(*centre) / truth - 1.0;
            line.percent(off, 1e-3, 0.0, &format!("{name}, {centre:.0} Hz"));
        }
    }
    Ok(line)
}

#[derive(Debug, Deserialize)]
struct Speech {
    cases: Vec<SpeechCase>,
}

#[derive(Debug, Deserialize)]
struct SpeechCase {
    #[serde(rename = "T60_s")]
    decay_s: [f64; SPEECH_BANDS],
    snr_db: [Option<f64>; SPEECH_BANDS],
    sti: f64,
}

fn speech(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new("STI of exponential decays, with and without noise", "0.002");
    let golden: Speech = read(root, "sti/exponential.json")?;
    for (number, case) in golden.cases.iter().enumerate() {
        let off = case.found()? - case.sti;
        line.take(off.abs() / 0.002, &format!("case {}", number + 1), || {
            format!("{off:+.5}")
        });
    }
    Ok(line)
}

impl SpeechCase {
    fn found(&self) -> Result<f64, TaskError> {
        const BIN_S: f64 = 0.5e-3;
        let decays: Vec<EnergyDecay> = (self.decay_s.iter().enumerate())
            .map(|(place, decay_s)| EnergyDecay {
                band: Octaves::ALL.band(place + 1),
                energies: exponential(*decay_s, BIN_S),
            })
            .collect();
        let room = evaluate_energies(&decays, BIN_S, SpeechConditions::default())
            .speech
            .map_err(|why| why.message())?;
        let noise = self.snr_db.map(|snr| snr.map_or(-200.0, |snr| 60.0 - snr));
        let conditions = SpeechConditions {
            speech_level_db: Some([60.0; SPEECH_BANDS]),
            noise_level_db: Some(noise),
            ..SpeechConditions::default()
        };
        Ok(SpeechTransmission::from_room(&room.mtf, conditions).sti)
    }
}

/// Energies of an exponential decay to -100 dB, exact in every bin.
fn exponential(decay_s: f64, bin_s: f64) -> Vec<f64> {
    let rate = 6.0 * core::f64::consts::LN_10 / decay_s;
    let left = |bin: u32| (-rate * f64::from(bin) * bin_s).exp();
    let mut energies = Vec::new();
    let mut bin = 0;
    while left(bin) > 1e-10 {
        energies.push(left(bin) - left(bin + 1));
        bin += 1;
    }
    energies
}
