//! Rooms of faces: a box that is described as faces sounds as the box, and what is blocked comes round.

use room_simulation::{
    BeamLimits, BeamTree, Directivity, Furniture, Material, Method, Plan, Rays, Reach, Reflected,
    Shape,
};

use crate::{builder, golden, level_db, octave, one_octave, plan, run, scene, scene_of_faces};

#[test]
fn a_box_of_faces_is_the_box() {
    let case = golden("horizon/h01_room");
    for scattering in [0.0, 0.3] {
        let plan = Plan {
            rays: Rays::Count(60_000),
            ..plan(Method::Hybrid, None)
        };
        let whole = run(&scene(&case, scattering), &plan);
        let faces = run(&scene_of_faces(&case, scattering), &plan);
        let (expected, found) = (octave(&whole), octave(&faces));
        let errors = faces.pairs[0].convergence.as_ref().unwrap().octaves[0];
        let level = level_db(&faces.pairs[0]) - level_db(&whole.pairs[0]);
        let c50 = found.c50_db.unwrap() - expected.c50_db.unwrap();
        let t30 = found.t30_s.unwrap() / expected.t30_s.unwrap() - 1.0;
        let both = 2f64.sqrt() * 4.0;
        let allowed = |error: room_metrics::Quantity| both * error.unwrap();
        assert!(
            level.abs() < 0.02 + allowed(errors.level_db),
            "{scattering}: level {level}"
        );
        assert!(
            c50.abs() < 0.02 + allowed(errors.c50_db),
            "{scattering}: C50 {c50}"
        );
        let share = allowed(errors.t30_s) / found.t30_s.unwrap();
        assert!(
            t30.abs() < 0.005 + share,
            "{scattering}: T30 {t30} of {share}"
        );
    }
}

#[test]
fn paths_are_complete_until_the_shortest_of_a_higher_order_can_come() {
    let case = golden("horizon/h01_room");
    let scene = scene_of_faces(&case, 0.0);
    let Shape::Polyhedron(room) = scene.shape() else {
        panic!("a patch makes faces of a box");
    };
    let ends = scene.ends(0, 0, Reflected::Whole).unwrap();
    let limits = BeamLimits {
        max_order: 6,
        nodes_max: 60_000,
    };
    let paths = BeamTree::grow(room, ends.source_m(), limits, &|| false)
        .unwrap()
        .paths(&ends);
    for order in [0_u32, 1, 3, 5] {
        let simulation = run(&scene, &plan(Method::ImageSources, Some(order)));
        let told_s = simulation.pairs[0].complete_until_s.unwrap();
        let later = paths.iter().filter(|p| p.order > order as usize);
        let first_s =
            later.map(|p| p.distance_m).fold(f64::INFINITY, f64::min) / scene.speed_of_sound_m_s();
        assert!(told_s <= first_s, "{order}: {told_s} {first_s}");
        assert!(told_s > 0.5 * first_s, "{order}: {told_s} {first_s}");
        let asked = Reach {
            asked: order,
            found: order,
        };
        assert_eq!(simulation.pairs[0].searched.max_order, Some(asked));
    }
}

/// A screen to the ceiling between both: the first sound comes round its sides.
#[test]
fn what_a_screen_hides_begins_with_the_way_round_it() {
    let case = golden("horizon/h01_room");
    let (from, to) = ([1.0, 2.0, 1.2], [4.0, 2.0, 1.2]);
    let screen = Furniture::cuboid(
        "screen".into(),
        [2.4, 1.0, 0.0],
        [2.6, 3.0, 2.5],
        Material::flat(one_octave(), 0.2, 0.1),
    );
    let scene = builder(&case, 0.1)
        .source("behind", from, Directivity::Omnidirectional)
        .receiver("before", to, crate::EAR)
        .furniture(screen)
        .build()
        .unwrap();
    let simulation = run(&scene, &plan(Method::Hybrid, None));
    let pair = simulation
        .pairs
        .iter()
        .find(|p| (p.source, p.receiver) == (1, 1))
        .unwrap();
    let straight_s = pair.distance_m / scene.speed_of_sound_m_s();
    let around_s = 2.0 * (1.4f64.hypot(1.0) + 0.1) / scene.speed_of_sound_m_s();
    assert!(pair.diffracted >= 2);
    assert!(pair.energies.origin_s() > straight_s);
    assert!((pair.energies.origin_s() - around_s).abs() < 2.0 * pair.energies.bin_s());
    assert!(
        pair.parameters(room_metrics::SpeechConditions::default())
            .octaves[4]
            .t30_s
            .is_ok()
    );
}
