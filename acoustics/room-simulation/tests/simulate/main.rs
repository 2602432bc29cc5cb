//! Whole simulations: boxes, rooms of faces, decays, ambisonic receivers, and what the reader is told.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod ambisonics;
mod boxes;
mod cautions;
mod decays;
mod durations;
mod faces;
mod laws;

use room_dsp::SampleRate;
use room_metrics::{BandParameters, SpeechConditions};
use room_simulation::{
    Air, Atmosphere, Directivity, Material, Method, Octaves, Pair, Patch, PerOctave, Pickup, Plan,
    Room, Scene, SceneBuilder, Simulation, Unwatched, simulate,
};
use serde_json::Value;

const EAR: Pickup = Pickup::Single(Directivity::Omnidirectional);

/// A file of golden/simulation.
fn golden(name: &str) -> Value {
    let path = format!(
        "{}/../../golden/simulation/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    std::array::from_fn(|i| value[i].as_f64().unwrap())
}

fn one_octave() -> Octaves {
    Octaves::from_centres(&[1000.0]).unwrap()
}

/// The walls of a case with one scattering coefficient, in one octave.
fn walls(case: &Value, scattering: f64) -> [Material; 6] {
    numbers::<6>(&case["alpha"]).map(|a| Material::flat(one_octave(), a, scattering))
}

/// The box of a golden horizon.
fn builder(case: &Value, scattering: f64) -> SceneBuilder {
    let octaves = one_octave();
    let room = Room::Shoebox {
        size_m: numbers(&case["L"]),
        walls: walls(case, scattering),
    };
    let air = PerOctave::flat(octaves, case["m_energy_per_m"].as_f64().unwrap());
    SceneBuilder::new(room, octaves)
        .air(Atmosphere::Table(Air::default(), air))
        .speed_of_sound(case["c"].as_f64().unwrap())
        .source("s", numbers(&case["source"]), Directivity::Omnidirectional)
        .receiver("r", numbers(&case["receiver"]), EAR)
}

fn scene(case: &Value, scattering: f64) -> Scene {
    builder(case, scattering).build().unwrap()
}

/// The same room, but for a patch on its floor that is made of the same: so that it is no box any more, but faces.
fn scene_of_faces(case: &Value, scattering: f64) -> Scene {
    let floor = walls(case, scattering)[4];
    builder(case, scattering)
        .patch(patch("floor", floor))
        .build()
        .unwrap()
}

/// A square of a metre on a face at z = 0.
fn patch(face: &str, material: Material) -> Patch {
    Patch {
        name: "carpet".into(),
        face: face.into(),
        corners_m: vec![
            [0.5, 0.5, 0.0],
            [1.5, 0.5, 0.0],
            [1.5, 1.5, 0.0],
            [0.5, 1.5, 0.0],
        ],
        material,
    }
}

fn plan(method: Method, max_order: Option<u32>) -> Plan {
    Plan {
        method,
        max_order,
        ..Plan::new(SampleRate::new(16_000).unwrap())
    }
}

fn run(scene: &Scene, plan: &Plan) -> Simulation {
    simulate(scene, plan, &Unwatched).unwrap()
}

/// Parameters of the octave at 1 kHz.
fn parameters(pair: &Pair) -> BandParameters {
    pair.parameters(SpeechConditions::default()).octaves[4].clone()
}

fn octave(simulation: &Simulation) -> BandParameters {
    parameters(&simulation.pairs[0])
}

fn level_db(pair: &Pair) -> f64 {
    10.0 * pair.energies.total()[0].log10()
}
