//! How long sound is followed where a plan says it: everything ends there, and who reads it is told what is missing.

use room_simulation::{Caution, Method, Plan, Rays, Scene, Simulation};

use crate::{golden, plan, run, scene, scene_of_faces};

const METHODS: [Method; 3] = [Method::ImageSources, Method::Rays, Method::Hybrid];

fn lasting(method: Method, duration_s: Option<f64>) -> Plan {
    Plan {
        rays: Rays::Count(8_000),
        duration_s,
        ..plan(method, None)
    }
}

/// A box without and with scattering, and faces.
fn rooms() -> [Scene; 3] {
    let case = golden("horizon/h01_room");
    [
        scene(&case, 0.0),
        scene(&case, 0.3),
        scene_of_faces(&case, 0.3),
    ]
}

fn end_s(simulation: &Simulation) -> f64 {
    let energies = &simulation.pairs[0].energies;
    energies.origin_s() + energies.bin_s() * energies.len() as f64
}

#[test]
fn energies_and_responses_end_with_the_duration_and_are_the_same_before() {
    for scene in rooms() {
        for method in METHODS {
            let whole = run(&scene, &lasting(method, None));
            let cut = run(&scene, &lasting(method, Some(0.1)));
            let (pair, longer) = (&cut.pairs[0], &whole.pairs[0]);
            assert!(end_s(&whole) > 0.12, "{method:?}: {}", end_s(&whole));
            assert!(
                end_s(&cut) < 0.1 + 1e-6 && end_s(&cut) > 0.099,
                "{method:?}"
            );
            assert!(pair.channels[0].len() <= pair.rate.samples(0.1));
            assert!(pair.channels[0].len() <= longer.channels[0].len());
            let kept = |p: &room_simulation::Pair| -> f64 { p.energies.octave(0).take(100).sum() };
            assert!((kept(pair) / kept(longer) - 1.0).abs() < 1e-6, "{method:?}");
            assert!(pair.complete_until_s.is_none_or(|s| s <= 0.1));
        }
    }
}

#[test]
fn a_duration_that_is_too_short_for_t30_is_told_and_only_then() {
    let told = |simulation: &Simulation| {
        let mut all = simulation.cautions.iter();
        all.find(|c| c.code() == "DURATION_LIMITED").cloned()
    };
    for scene in rooms() {
        for method in METHODS {
            for long in [None, Some(2.0)] {
                assert_eq!(told(&run(&scene, &lasting(method, long))), None);
            }
            let short = run(&scene, &lasting(method, Some(0.1)));
            let found = told(&short);
            let Some(Caution::DurationLimited {
                duration_s,
                fallen_db,
                needed_db,
            }) = found
            else {
                panic!("{method:?}: {:?}", short.cautions);
            };
            assert!((duration_s - 0.1).abs() < 1e-12 && (needed_db - 45.0).abs() < 1e-12);
            assert!(fallen_db > 8.0 && fallen_db < 45.0, "{fallen_db}");
            assert!(crate::octave(&short).t30_s.is_err());
        }
    }
}

#[test]
fn a_duration_before_the_first_arrival_is_silence() {
    for scene in rooms() {
        for method in METHODS {
            let found = run(&scene, &lasting(method, Some(1e-3)));
            let codes: Vec<&str> = found.cautions.iter().map(Caution::code).collect();
            assert!(codes.contains(&"NOTHING_ARRIVES"), "{method:?}: {codes:?}");
            assert!(found.pairs[0].energies.is_empty());
            assert!(found.pairs[0].response(0).is_err());
        }
    }
}

#[test]
fn a_duration_has_bounds() {
    let [scene, ..] = rooms();
    for wrong in [0.0, 31.0, f64::NAN] {
        let faults = lasting(Method::Hybrid, Some(wrong)).faults(&scene);
        assert_eq!(faults.len(), 1, "{wrong}: {faults:?}");
    }
    let fine = lasting(Method::Hybrid, Some(3.0));
    assert!(fine.faults(&scene).is_empty());
}

#[test]
fn no_rays_are_added_for_a_t30_that_the_duration_cuts() {
    let [_, scene, _] = rooms();
    let rays = |duration_s| {
        let plan = Plan {
            rays: Rays::Accuracy(0.002),
            ..lasting(Method::Hybrid, Some(duration_s))
        };
        run(&scene, &plan).used.rays
    };
    let (cut, whole) = (rays(0.1), rays(2.0));
    assert!(cut < 20_000 && whole > 4 * cut, "{cut} {whole}");
}
