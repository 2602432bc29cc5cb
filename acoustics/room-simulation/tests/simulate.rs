//! Whole simulations of boxes against the golden horizons, which hold complete image sets.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use room_dsp::SampleRate;
use room_metrics::{BandParameters, SpeechConditions};
use room_simulation::{
    Air, Atmosphere, Caution, Directivity, Material, Method, Octaves, PerOctave, Phase, Pickup,
    Plan, Rays, Room, Scene, SceneBuilder, Simulation, Stopped, Unwatched, Watch, simulate,
};
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!(
        "{}/../../golden/simulation/horizon/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    std::array::from_fn(|i| value[i].as_f64().unwrap())
}

fn scene(case: &Value, scattering: f64) -> Scene {
    let octaves = Octaves::from_centres(&[1000.0]).unwrap();
    let wall = |absorption: f64| Material::flat(octaves, absorption, scattering);
    let room = Room::Shoebox {
        size_m: numbers(&case["L"]),
        walls: numbers::<6>(&case["alpha"]).map(wall),
    };
    let air = PerOctave::flat(octaves, case["m_energy_per_m"].as_f64().unwrap());
    SceneBuilder::new(room, octaves)
        .air(Atmosphere::Table(Air::default(), air))
        .speed_of_sound(case["c"].as_f64().unwrap())
        .source("s", numbers(&case["source"]), Directivity::Omnidirectional)
        .receiver(
            "r",
            numbers(&case["receiver"]),
            Pickup::Single(Directivity::Omnidirectional),
        )
        .build()
        .unwrap()
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

fn octave(simulation: &Simulation) -> BandParameters {
    let found = simulation.pairs[0].parameters(SpeechConditions::default());
    found.octaves[4].clone()
}

#[test]
fn complete_methods_have_the_parameters_of_the_complete_image_set() {
    for name in ["h01_room", "h02_room", "h03_mixed"] {
        let case = golden(name);
        let scene = scene(&case, 0.0);
        for plan in [
            plan(Method::Hybrid, Some(1)),
            plan(Method::Hybrid, Some(12)),
            plan(Method::ImageSources, None),
        ] {
            let simulation = run(&scene, &plan);
            let p = octave(&simulation);
            let truth = |key: &str| case["complete"][key].as_f64().unwrap();
            let share = |x: f64, key: &str| (x / truth(key) - 1.0).abs();
            assert!(
                share(p.t20_s.unwrap(), "t20_s") < 0.005,
                "{name} {:?} t20 {:?}",
                plan.method,
                p.t20_s
            );
            assert!(
                share(p.t30_s.unwrap(), "t30_s") < 0.005,
                "{name} {:?} t30 {:?}",
                plan.method,
                p.t30_s
            );
            assert!(
                share(p.edt_s.unwrap(), "edt_s") < 0.005,
                "{name} {:?} edt {:?}",
                plan.method,
                p.edt_s
            );
            assert!(
                (p.c50_db.unwrap() - truth("c50_db")).abs() < 0.05,
                "{name} c50 {:?}",
                p.c50_db
            );
            assert!(
                (p.c80_db.unwrap() - truth("c80_db")).abs() < 0.05,
                "{name} c80 {:?}",
                p.c80_db
            );
            assert!(
                (p.d50.unwrap() - truth("d50")).abs() < 0.002,
                "{name} d50 {:?}",
                p.d50
            );
            assert!(
                (p.ts_ms.unwrap() - truth("ts_ms")).abs() < 0.1,
                "{name} ts {:?}",
                p.ts_ms
            );
        }
    }
}

#[test]
fn every_complete_method_gives_the_same_decay() {
    let case = golden("h01_room");
    let scene = scene(&case, 0.0);
    let orders = [1, 3, 12].map(Some);
    let methods = [Method::Hybrid, Method::Rays]
        .into_iter()
        .flat_map(|m| orders.map(|o| plan(m, o)));
    for plan in methods.chain([plan(Method::ImageSources, None)]) {
        let t30_s = octave(&run(&scene, &plan)).t30_s.unwrap();
        assert!(
            (t30_s / 0.534 - 1.0).abs() < 0.02,
            "{:?} {:?}: {t30_s}",
            plan.method,
            plan.max_order
        );
    }
}

#[test]
fn an_order_cuts_the_decay_short_and_says_so() {
    let case = golden("h01_room");
    let scene = scene(&case, 0.0);
    for order in [6_u32, 12, 20] {
        let simulation = run(&scene, &plan(Method::ImageSources, Some(order)));
        let truth = &case["order_limited"][order.to_string()];
        assert_eq!(
            simulation.pairs[0].images,
            truth["images"].as_u64().unwrap()
        );
        let t30_s = octave(&simulation).t30_s.unwrap();
        assert!(
            (t30_s / truth["t30_s"].as_f64().unwrap() - 1.0).abs() < 0.02,
            "{order}: {t30_s} {truth}"
        );
        assert!(simulation.pairs[0].order_limited);
        assert!(
            matches!(simulation.cautions[0], Caution::OrderLimited { max_order, .. } if max_order == order)
        );
    }
    let direct = run(&scene, &plan(Method::ImageSources, Some(0)));
    assert_eq!(direct.pairs[0].images, 1);
}

#[test]
fn scattering_walls_are_traced_and_nothing_is_counted_twice() {
    let case = golden("h01_room");
    let still = octave_level(&run(&scene(&case, 0.0), &plan(Method::Hybrid, None)));
    for scattering in [0.05, 0.3, 1.0] {
        let simulation = run(&scene(&case, scattering), &plan(Method::Hybrid, None));
        // Scattering mixes directions; the energy of the whole stays within what golden receivers differ by.
        assert!(
            (octave_level(&simulation) - still).abs() < 0.3,
            "{scattering}: {}",
            octave_level(&simulation)
        );
        let convergence = simulation.pairs[0].convergence.as_ref().unwrap();
        assert!(convergence.octaves[0].level_db.unwrap() < 0.2);
    }
}

fn octave_level(simulation: &Simulation) -> f64 {
    10.0 * simulation.pairs[0].energies.total()[0].log10()
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let case = golden("h01_room");
    for (scattering, method) in [
        (0.0, Method::Hybrid),
        (0.2, Method::Hybrid),
        (0.0, Method::ImageSources),
    ] {
        let scene = scene(&case, scattering);
        let plan = Plan {
            rays: Rays::Count(20_000),
            ..plan(method, None)
        };
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let pair = pool.install(|| run(&scene, &plan)).pairs.swap_remove(0);
            let bits: Vec<u32> = pair.channels[0].iter().map(|x| x.to_bits()).collect();
            let energies: Vec<u64> = pair.energies.octave(0).map(f64::to_bits).collect();
            (bits, energies)
        };
        let one = on(1);
        assert_eq!(one, on(2));
        assert_eq!(one, on(8));
    }
}

struct Impatient;

impl Watch for Impatient {
    fn stopped(&self) -> bool {
        true
    }

    fn progress(&self, _share: f64, _phase: Phase) {}
}

#[test]
fn who_does_not_want_it_any_more_is_not_kept_waiting() {
    let scene = scene(&golden("h01_room"), 0.1);
    let stopped = simulate(&scene, &plan(Method::Hybrid, None), &Impatient);
    assert_eq!(stopped.unwrap_err(), Stopped);
}

#[test]
fn a_response_begins_at_the_emission_and_has_the_energy_that_is_told() {
    let case = golden("h01_room");
    let simulation = run(&scene(&case, 0.0), &plan(Method::Hybrid, None));
    let pair = &simulation.pairs[0];
    let response = pair.response(0).unwrap();
    let direct = pair.distance_m / 343.0 * 16_000.0;
    assert!((response.onset() as f64 - direct).abs() <= 0.5);
    let peak = response.samples()[response.onset()].abs();
    assert!((peak * pair.distance_m - 1.0).abs() < 0.15, "{peak}");
}
