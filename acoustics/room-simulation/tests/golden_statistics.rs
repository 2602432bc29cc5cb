//! Reverberation formulas against golden data: decays of rooms with their closed forms beside them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use room_simulation::{
    Air, Atmosphere, Directivity, Material, Octaves, Pickup, Room, Scene, SceneBuilder, Statistics,
};
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!(
        "{}/../../golden/simulation/decay/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    core::array::from_fn(|i| value[i].as_f64().unwrap())
}

fn one_octave() -> Octaves {
    Octaves::from_centres(&[1000.0]).unwrap()
}

fn scene(case: &Value, as_plan: bool) -> Scene {
    let size_m: [f64; 3] = numbers(&case["L"]);
    let wall = |absorption: f64| Material::flat(one_octave(), absorption, 0.0);
    let walls = numbers::<6>(&case["alpha"]).map(wall);
    let [w, e, s, n, floor, ceiling] = walls;
    let room = if as_plan {
        let [x, y, height_m] = size_m;
        Room::Extruded {
            // A corner in the middle of a side keeps it a polyhedron.
            corners_m: vec![[0.0, 0.0], [x / 2.0, 0.0], [x, 0.0], [x, y], [0.0, y]],
            height_m,
            walls: vec![s, s, e, n, w],
            floor,
            ceiling,
        }
    } else {
        Room::Shoebox { size_m, walls }
    };
    let middle = size_m.map(|l| 0.5 * l);
    SceneBuilder::new(room, one_octave())
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(case["c"].as_f64().unwrap())
        .source("s", size_m.map(|l| 0.3 * l), Directivity::Omnidirectional)
        .receiver("r", middle, Pickup::Single(Directivity::Omnidirectional))
        .build()
        .unwrap()
}

#[test]
fn formulas_are_those_of_the_golden_rooms() {
    for name in [
        "d01_cube_diffuse",
        "d02_room_scatter_sweep",
        "d03_flat_hall",
        "d04_absorbing_floor",
        "d05_corridor",
    ] {
        let case = golden(name);
        for as_plan in [false, true] {
            let found = Statistics::of(&scene(&case, as_plan));
            let truth = |key: &str| case["formulas"][key].as_f64().unwrap();
            let close = |x: f64, key: &str| {
                assert!(
                    (x / truth(key) - 1.0).abs() < 1e-9,
                    "{name} {key}: {x} {}",
                    truth(key)
                );
            };
            close(found.volume_m3, "volume");
            close(found.surface_m2, "surface");
            close(found.mean_free_path_m, "mean_free_path");
            let p = found.predictions[0];
            close(p.sabine_s.unwrap(), "sabine");
            close(p.eyring_s.unwrap(), "eyring");
            close(p.millington_s.unwrap(), "millington");
            close(p.fitzroy_s.unwrap(), "fitzroy");
            close(p.arau_puchades_s.unwrap(), "arau_puchades");
            // The golden variance is counted over traced particles, with their error and that of our sequence.
            let run = case["runs"].as_array().unwrap().last().unwrap();
            let kuttruff = run["kuttruff"].as_f64().unwrap();
            let ours = p.kuttruff_s.unwrap();
            assert!(
                (ours / kuttruff - 1.0).abs() < 3e-3,
                "{name} {as_plan} {}: {ours} {kuttruff}",
                found.path_variance
            );
        }
    }
}

#[test]
fn a_surface_that_swallows_everything_has_no_millington() {
    let mut case = golden("d04_absorbing_floor");
    case["alpha"][4] = 1.0.into();
    let p = Statistics::of(&scene(&case, false)).predictions[0];
    assert!(p.millington_s.is_err());
    assert!(p.sabine_s.is_ok() && p.eyring_s.is_ok() && p.fitzroy_s.is_ok());
}
