//! What the reader is told: every caution where it belongs, and nowhere else.

use room_simulation::{
    Air, Atmosphere, Caution, Directivity, Material, Method, Pickup, Plan, Rays, Room,
    SceneBuilder, Simulation,
};

use crate::{EAR, golden, one_octave, plan, run, scene, scene_of_faces};

fn codes(simulation: &Simulation) -> Vec<&'static str> {
    simulation.cautions.iter().map(Caution::code).collect()
}

#[test]
fn a_complete_simulation_of_a_diffuse_room_is_warned_of_formulas_only() {
    let case = golden("horizon/h01_room");
    for scene in [scene(&case, 0.0), scene_of_faces(&case, 0.3)] {
        let found = run(&scene, &plan(Method::Hybrid, None));
        assert!(
            codes(&found).iter().all(|c| *c == "FORMULA_DISAGREES"),
            "{:?}",
            found.cautions
        );
    }
}

#[test]
fn formulas_that_differ_are_told_together_and_only_by_the_whole_decay() {
    let case = golden("horizon/h03_mixed");
    let scene = scene(&case, 0.0);
    let found = run(&scene, &plan(Method::Hybrid, None));
    let told: Vec<&Caution> = found
        .cautions
        .iter()
        .filter(|c| c.code() == "FORMULA_DISAGREES")
        .collect();
    let [
        Caution::FormulaDisagrees {
            octave_hz,
            simulated_s,
            formulas,
        },
    ] = told[..]
    else {
        panic!("{:?}", found.cautions);
    };
    assert!((octave_hz - 1000.0).abs() < 1e-9);
    assert!((simulated_s / case["complete"]["t30_s"].as_f64().unwrap() - 1.0).abs() < 0.005);
    assert!(formulas.len() > 1);
    assert!(
        formulas
            .iter()
            .all(|(_, s)| (s / simulated_s - 1.0).abs() > 0.1)
    );
    let cut = run(&scene, &plan(Method::ImageSources, Some(3)));
    assert_eq!(codes(&cut), ["ORDER_LIMITED"]);
}

#[test]
fn images_alone_tell_their_limit() {
    let case = golden("horizon/h01_room");
    let horizon = Plan {
        horizon_s: Some(0.05),
        ..plan(Method::ImageSources, None)
    };
    for (scene, plan, code) in [
        (
            scene(&case, 0.0),
            plan(Method::ImageSources, Some(2)),
            "ORDER_LIMITED",
        ),
        (scene(&case, 0.0), horizon, "HORIZON_LIMITED"),
        (
            scene_of_faces(&case, 0.0),
            plan(Method::ImageSources, Some(2)),
            "ORDER_LIMITED",
        ),
    ] {
        let found = run(&scene, &plan);
        assert_eq!(codes(&found), [code]);
        let text = found.cautions[0].message();
        let complete_ms = format!("{:.0} ms", 1e3 * found.pairs[0].complete_until_s.unwrap());
        assert!(text.contains(&complete_ms), "{text} {complete_ms}");
    }
}

#[test]
fn a_budget_is_told_where_more_was_asked_for_and_not_where_it_is_the_default() {
    let case = golden("horizon/h01_room");
    let faces = scene_of_faces(&case, 0.0);
    let deep = run(&faces, &plan(Method::ImageSources, Some(200)));
    let told = deep.cautions.iter().find(|c| c.code() == "SEARCH_BUDGET");
    let Some(&Caution::SearchBudget { asked, complete }) = told else {
        panic!("{:?}", deep.cautions);
    };
    assert_eq!((asked, Some(complete)), (200, deep.used.max_order));
    assert!(complete < 200);
    let far = Plan {
        horizon_s: Some(10.0),
        ..plan(Method::ImageSources, None)
    };
    let long = run(&scene(&case, 0.0), &far);
    let cut = long.cautions.iter().find(|c| c.code() == "IMAGE_BUDGET");
    let Some(&Caution::ImageBudget { asked_s, found_s }) = cut else {
        panic!("{:?}", long.cautions);
    };
    assert!(
        (asked_s - 10.0).abs() < 1e-12 && found_s < 2.5,
        "{asked_s} {found_s}"
    );
    assert_eq!(long.used.horizon_s, Some(found_s));
}

#[test]
fn an_accuracy_that_is_not_reached_is_told_with_what_was() {
    let octaves = one_octave();
    let dead = Room::Shoebox {
        size_m: [5.0, 4.0, 2.5],
        walls: [Material::flat(octaves, 0.9, 0.5); 6],
    };
    let scene = SceneBuilder::new(dead, octaves)
        .air(Atmosphere::Lossless(Air::default()))
        .source("s", [1.0, 1.0, 1.0], Directivity::Omnidirectional)
        .receiver("r", [3.0, 2.0, 1.5], EAR)
        .build()
        .unwrap();
    let strict = Plan {
        rays: Rays::Accuracy(1e-3),
        ..plan(Method::Rays, None)
    };
    let found = run(&scene, &strict);
    let told = found
        .cautions
        .iter()
        .find(|c| c.code() == "ACCURACY_MISSED");
    let Some(&Caution::AccuracyMissed { asked, reached }) = told else {
        panic!("{:?}", found.cautions);
    };
    assert!((asked - 1e-3).abs() < 1e-15);
    assert!(reached.is_none_or(|share| share > 1e-3), "{reached:?}");
}

#[test]
fn silence_is_told_with_its_source_and_receiver() {
    let octaves = one_octave();
    let black = Room::Shoebox {
        size_m: [5.0, 4.0, 2.5],
        walls: [Material::flat(octaves, 1.0, 0.0); 6],
    };
    let deaf = Directivity::Cardioid {
        share: 0.5,
        front: [1.0, 0.0, 0.0],
    };
    let scene = SceneBuilder::new(black, octaves)
        .air(Atmosphere::Lossless(Air::default()))
        .source("s", [1.0, 2.0, 1.0], Directivity::Omnidirectional)
        .receiver("hears", [3.0, 2.0, 1.0], EAR)
        .receiver("is turned away", [4.0, 2.0, 1.0], Pickup::Single(deaf))
        .build()
        .unwrap();
    let found = run(&scene, &plan(Method::Hybrid, None));
    assert_eq!(
        found.cautions,
        [Caution::NothingArrives {
            source: 0,
            receiver: 1
        }]
    );
    assert!(found.pairs[1].response(0).is_err());
    assert!(found.pairs[1].channels[0].iter().all(|x| x.abs() <= 0.0));
}
