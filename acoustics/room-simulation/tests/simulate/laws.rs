//! Laws that every simulation keeps: reciprocity, and that a room sounds the same wherever it lies.

use glam::DVec3;
use room_simulation::{
    Air, Atmosphere, Directivity, Material, MeshFace, Method, Plan, Rays, Room, Scene, SceneBuilder,
};

use crate::{
    EAR, builder, golden, level_db, octave, one_octave, parameters, patch, plan, run, walls,
};

#[test]
fn source_and_receiver_may_change_places() {
    let case = golden("horizon/h01_room");
    let (a, b) = ([1.1, 2.7, 1.6], [3.9, 0.9, 0.7]);
    let some_rays = Plan {
        rays: Rays::Count(16_000),
        ..plan(Method::Hybrid, None)
    };
    for scattering in [0.0, 0.3] {
        let whole = builder(&case, scattering)
            .source("a", a, Directivity::Omnidirectional)
            .source("b", b, Directivity::Omnidirectional)
            .receiver("at a", [a[0] + 2e-3, a[1], a[2]], EAR)
            .receiver("at b", [b[0] + 2e-3, b[1], b[2]], EAR);
        let faces = whole
            .clone()
            .patch(patch("floor", walls(&case, scattering)[4]));
        for scene in [whole.build().unwrap(), faces.build().unwrap()] {
            let pairs = run(&scene, &some_rays).pairs;
            let of = |source: usize, receiver: usize| {
                pairs
                    .iter()
                    .find(|p| (p.source, p.receiver) == (source, receiver))
                    .unwrap()
            };
            let (there, back) = (of(1, 2), of(2, 1));
            let error = there
                .convergence
                .as_ref()
                .map_or(0.0, |c| c.octaves[0].level_db.unwrap());
            let apart_db = level_db(there) - level_db(back);
            assert!(
                apart_db.abs() < 0.03 + 6.0 * error,
                "{scattering}: {apart_db} {error}"
            );
            let t30 = parameters(there).t30_s.unwrap() / parameters(back).t30_s.unwrap() - 1.0;
            assert!(t30.abs() < 0.05, "{scattering}: {t30}");
        }
    }
}

/// An L of six walls, turned about the vertical and shifted.
fn turned(angle: f64, shift: DVec3) -> Scene {
    let (sin, cos) = angle.sin_cos();
    let at = |p: [f64; 3]| {
        (DVec3::new(cos * p[0] - sin * p[1], sin * p[0] + cos * p[1], p[2]) + shift).to_array()
    };
    let plan = [
        [0.0, 0.0],
        [6.0, 0.0],
        [6.0, 3.0],
        [3.5, 3.0],
        [3.5, 5.0],
        [0.0, 5.0],
    ];
    let material = Material::flat(one_octave(), 0.15, 0.0);
    let face = |name: &str, corners: Vec<[f64; 3]>| MeshFace {
        name: name.into(),
        corners_m: corners.into_iter().map(at).collect(),
        material,
    };
    let mut faces = vec![
        face("floor", plan.iter().map(|p| [p[0], p[1], 0.0]).collect()),
        face(
            "ceiling",
            plan.iter().rev().map(|p| [p[0], p[1], 2.7]).collect(),
        ),
    ];
    for (side, [x, y]) in plan.into_iter().enumerate() {
        let [to_x, to_y] = plan[(side + 1) % plan.len()];
        let corners = vec![
            [x, y, 0.0],
            [x, y, 2.7],
            [to_x, to_y, 2.7],
            [to_x, to_y, 0.0],
        ];
        faces.push(face(&format!("wall {side}"), corners));
    }
    SceneBuilder::new(Room::Mesh(faces), one_octave())
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0)
        .source("s", at([1.2, 0.9, 1.3]), Directivity::Omnidirectional)
        .receiver("r", at([2.1, 4.1, 1.6]), EAR)
        .build()
        .unwrap()
}

#[test]
fn a_room_sounds_the_same_wherever_it_lies_and_is_turned() {
    let rooms = [
        turned(0.0, DVec3::ZERO),
        turned(0.7, DVec3::new(-40.0, 3.0, 12.0)),
    ];
    let [here, there] = rooms
        .each_ref()
        .map(|scene| run(scene, &plan(Method::ImageSources, Some(5))));
    assert_eq!(here.pairs[0].images, there.pairs[0].images);
    let far = here.pairs[0]
        .energies
        .octave(0)
        .zip(there.pairs[0].energies.octave(0));
    for (a, b) in far {
        assert!(
            (a - b).abs() <= 1e-9 * here.pairs[0].energies.total()[0],
            "{a} {b}"
        );
    }
    let [first, second] = rooms
        .each_ref()
        .map(|scene| run(scene, &plan(Method::Hybrid, None)));
    let share = octave(&first).t30_s.unwrap() / octave(&second).t30_s.unwrap() - 1.0;
    assert!(share.abs() < 0.04, "{share}");
    assert!((level_db(&first.pairs[0]) - level_db(&second.pairs[0])).abs() < 0.15);
}
