//! The late decay of the method hybrid against plain particle tracing of the same rooms, at every order.

use room_simulation::{
    Air, Atmosphere, Directivity, Method, Pair, Patch, Plan, Rays, Room, SceneBuilder,
};
use serde_json::Value;

use crate::{EAR, golden, numbers, one_octave, parameters, plan, run, walls};

/// The room of a decay case with some receivers; as a box, or as faces by a patch of its own floor.
fn builder(case: &Value, scattering: f64, as_faces: bool) -> SceneBuilder {
    let size_m: [f64; 3] = numbers(&case["L"]);
    let walls = walls(case, scattering);
    let at = |share: [f64; 3]| std::array::from_fn(|axis| share[axis] * size_m[axis]);
    let room = Room::Shoebox { size_m, walls };
    let mut builder = SceneBuilder::new(room, one_octave())
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0)
        .source("s", at([0.31, 0.27, 0.42]), Directivity::Omnidirectional);
    for (place, share) in [[0.62, 0.68, 0.55], [0.83, 0.21, 0.37], [0.44, 0.8, 0.71]]
        .into_iter()
        .enumerate()
    {
        builder = builder.receiver(&format!("r{place}"), at(share), EAR);
    }
    if as_faces {
        let [x, y] = [0.5 * size_m[0], 0.5 * size_m[1]];
        let patch = Patch {
            name: "same".into(),
            face: "floor".into(),
            corners_m: vec![[0.1, 0.1, 0.0], [x, 0.1, 0.0], [x, y, 0.0], [0.1, y, 0.0]],
            material: walls[4],
        };
        builder = builder.patch(patch);
    }
    builder
}

fn mean_t30_s(pairs: &[Pair]) -> f64 {
    let each = pairs.iter().map(|p| parameters(p).t30_s.unwrap());
    each.sum::<f64>() / pairs.len() as f64
}

#[test]
fn hybrid_has_the_late_decay_of_plain_particles_at_every_order() {
    let names = [
        "d01_cube_diffuse",
        "d02_room_scatter_sweep",
        "d03_flat_hall",
        "d04_absorbing_floor",
        "d05_corridor",
    ];
    for name in names {
        let case = golden(&format!("decay/{name}"));
        for of in case["runs"].as_array().unwrap() {
            let s = of["scattering"].as_f64().unwrap();
            for (as_faces, order) in [
                (false, None),
                (true, Some(1)),
                (true, Some(3)),
                (true, Some(12)),
            ] {
                let scene = builder(&case, s, as_faces).build().unwrap();
                let plan = Plan {
                    rays: Rays::Count(40_000),
                    ..plan(Method::Hybrid, order)
                };
                let found = run(&scene, &plan);
                let what = format!("{name} s {s} {order:?}");
                compare(&what, &found.pairs, of);
            }
        }
    }
}

fn compare(what: &str, pairs: &[Pair], of: &Value) {
    let truth = of["t"]["t30_schroeder"].as_f64().unwrap();
    let golden_s = of["standard_error"]["t30_schroeder"].as_f64().unwrap();
    let t30_s = mean_t30_s(pairs);
    // Receivers of one source hear the same rays: their mean is hardly more certain than each.
    let own_s = pairs
        .iter()
        .filter_map(|p| p.convergence.as_ref()?.octaves[0].t30_s.ok());
    let error = golden_s.hypot(own_s.fold(0.0, f64::max)) / truth;
    let apart = t30_s / truth - 1.0;
    assert!(
        apart.abs() < 0.02 + 4.0 * error,
        "{what}: {t30_s} for {truth}, {error}"
    );
}
