//! Rays against particle tracing by an independent program (golden/simulation: receiver, decay) and against images.

#![expect(clippy::unwrap_used, reason = "tests may stop")]

use std::path::PathBuf;

use room_simulation::{
    Air, Atmosphere, Bins, Directivity, Launch, Material, Octaves, Pickup, Quantity, RayEnergies,
    RayPlan, RayWatch, Room, Scene, SceneBuilder, trace,
};
use serde_json::Value;

const EAR: Pickup = Pickup::Single(Directivity::Omnidirectional);

fn golden(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../golden/simulation");
    serde_json::from_str(&std::fs::read_to_string(path.join(name)).unwrap()).unwrap()
}

fn three(value: &Value) -> [f64; 3] {
    [0, 1, 2].map(|k| value[k].as_f64().unwrap())
}

/// The box of a case with one scattering coefficient, in one octave, without air.
fn scene(case: &Value, scattering: f64) -> Scene {
    let octaves = Octaves::from_centres(&[1000.0]).unwrap();
    let walls = core::array::from_fn(|wall| {
        Material::flat(octaves, case["alpha"][wall].as_f64().unwrap(), scattering)
    });
    let size_m = three(&case["L"]);
    let at = |field: &str, share: f64| {
        if case[field].is_null() {
            size_m.map(|x| share * x)
        } else {
            three(&case[field])
        }
    };
    SceneBuilder::new(Room::Shoebox { size_m, walls }, octaves)
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0)
        .source("s", at("source", 0.3), Directivity::Omnidirectional)
        .receiver("r", at("receiver", 0.6), EAR)
        .build()
        .unwrap()
}

/// Bins of 2 ms, at least until a time.
fn bins(until_s: f64) -> Bins {
    let count = (1..100_000).find(|k| f64::from(*k) * 0.002 >= until_s - 1e-9);
    Bins {
        origin_s: 0.0,
        width_s: 0.002,
        count: usize::try_from(count.unwrap_or(1)).unwrap(),
    }
}

fn run(scene: &Scene, launch: Launch, bins: &[Bins], plan: &RayPlan) -> RayEnergies {
    trace(scene, launch, bins, &[], plan, &RayWatch::NONE).unwrap()
}

#[test]
fn total_energies_at_a_receiver_are_those_of_plain_particles_at_every_scattering() {
    for name in ["r01_room", "r02_flat"] {
        let case = golden(&format!("receiver/{name}.json"));
        let limit_s = case["time_limit_s"].as_f64().unwrap();
        for of in case["runs"].as_array().unwrap() {
            let s = of["scattering"].as_f64().unwrap();
            let bins = [bins(limit_s)];
            let plan = RayPlan {
                rays: 40_000,
                time_limit_s: limit_s,
                radius_m: case["receiver_radius"].as_f64().unwrap(),
                ..RayPlan::default()
            };
            let energies = run(&scene(&case, s), Launch::Source(0), &bins, &plan);
            assert_eq!(energies.report.leaks, 0);
            let level = energies.receivers[0]
                .estimate(0, Quantity::LevelDb, None)
                .unwrap();
            let total = of["total"].as_f64().unwrap();
            let db = |x: f64| 10.0 * x.log10();
            let golden_db = db(1.0 + of["total_se"].as_f64().unwrap() / total);
            let error_db = level.value - db(total);
            let both = golden_db.hypot(level.standard_error);
            println!(
                "{name} s {s}: {error_db:+.3} dB, errors {golden_db:.3} and {:.3} dB",
                level.standard_error
            );
            assert!(
                error_db.abs() < 0.1 + 4.0 * both,
                "{name} {s}: {error_db} {both}"
            );
            if let Some(images) = of["image_source_total"].as_f64() {
                let off_db = level.value - db(images);
                println!("{name} s 0 against images: {off_db:+.3} dB");
                assert!(
                    off_db.abs() < 0.1 + 4.0 * level.standard_error,
                    "{name}: {off_db}"
                );
            }
        }
    }
}

#[test]
fn decays_of_whole_rooms_are_those_of_plain_particles_at_every_scattering() {
    for name in [
        "d01_cube_diffuse",
        "d02_room_scatter_sweep",
        "d03_flat_hall",
        "d04_absorbing_floor",
        "d05_corridor",
    ] {
        let case = golden(&format!("decay/{name}.json"));
        let free_path = 4.0 * case["formulas"]["volume"].as_f64().unwrap()
            / case["formulas"]["surface"].as_f64().unwrap();
        for of in case["runs"].as_array().unwrap() {
            let s = of["scattering"].as_f64().unwrap();
            let longest = of["t"]["t30_schroeder"].as_f64().unwrap();
            let limit_s = 1.6 * longest;
            let plan = RayPlan {
                rays: 48_000,
                threshold: 0.0,
                time_limit_s: limit_s,
                room: Some(bins(limit_s)),
                ..RayPlan::default()
            };
            let energies = run(&scene(&case, s), Launch::Everywhere, &[], &plan);
            let found = energies.report.mean_free_path_m / free_path - 1.0;
            println!("{name} s {s}: mean free path {:+.3} %", 100.0 * found);
            assert!(found.abs() < 0.002, "{name} {s}: mean free path {found}");
            let room = energies.room.unwrap();
            for (field, quantity) in [
                ("edt_schroeder", Quantity::EdtS),
                ("t20_schroeder", Quantity::T20S),
                ("t30_schroeder", Quantity::T30S),
            ] {
                let expected = of["t"][field].as_f64().unwrap();
                let golden_s = of["standard_error"][field].as_f64().unwrap();
                let own = room.estimate(0, quantity, None).unwrap();
                let error = own.value - expected;
                let both = golden_s.hypot(own.standard_error);
                println!(
                    "{name} s {s} {field}: {:+.2} %, errors {:.2} and {:.2} %",
                    100.0 * error / expected,
                    100.0 * golden_s / expected,
                    100.0 * own.standard_error / expected
                );
                assert!(
                    error.abs() < 0.01 * expected + 4.0 * both,
                    "{name} {s} {field}: {} for {expected}, {both}",
                    own.value
                );
            }
        }
    }
}
