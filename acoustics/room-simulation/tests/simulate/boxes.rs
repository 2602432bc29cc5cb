//! Boxes against the golden horizons, which hold complete image sets.

use room_metrics::{EvaluationOptions, SpeechConditions, evaluate};
use room_simulation::{
    Bins, Caution, Counted, Directivity, Launch, Limits, Material, Method, Octaves, Pair,
    PerOctave, Phase, Plan, Quantity, RayPlan, RayWatch, Rays, Room, SceneBuilder, ShoeboxImages,
    Stopped, Watch, simulate, trace,
};

use crate::{EAR, golden, level_db, octave, plan, run, scene, scene_of_faces};

#[test]
fn complete_methods_have_the_parameters_of_the_complete_image_set() {
    for name in ["h01_room", "h02_room", "h03_mixed"] {
        let case = golden(&format!("horizon/{name}"));
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
    let case = golden("horizon/h01_room");
    let rooms = [
        ("box", scene(&case, 0.0)),
        ("faces", scene_of_faces(&case, 0.0)),
    ];
    for (name, scene) in &rooms {
        let orders = [1, 3, 12].map(Some);
        let methods = [Method::Hybrid, Method::Rays];
        for plan in methods.into_iter().flat_map(|m| orders.map(|o| plan(m, o))) {
            let t30_s = octave(&run(scene, &plan)).t30_s.unwrap();
            let apart = t30_s / 0.534 - 1.0;
            let (method, order) = (plan.method, plan.max_order);
            assert!(apart.abs() < 0.02, "{name} {method:?} {order:?}: {t30_s}");
        }
    }
    let t30_s = octave(&run(&rooms[0].1, &plan(Method::ImageSources, None)))
        .t30_s
        .unwrap();
    assert!((t30_s / 0.534 - 1.0).abs() < 0.02, "{t30_s}");
}

#[test]
fn an_order_cuts_the_decay_short_and_says_so() {
    let case = golden("horizon/h01_room");
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
fn images_and_rays_together_have_the_energy_of_rays_alone() {
    let case = golden("horizon/h01_room");
    for scattering in [0.05, 0.3, 1.0] {
        let scene = scene(&case, scattering);
        let plan = Plan {
            rays: Rays::Count(40_000),
            ..plan(Method::Hybrid, None)
        };
        let hybrid = run(&scene, &plan);
        let bins = Bins {
            origin_s: 0.0,
            width_s: 0.01,
            count: 150,
        };
        let alone = RayPlan {
            rays: 40_000,
            seed: 7,
            time_limit_s: 1.5,
            counted: Counted::Everything,
            ..RayPlan::default()
        };
        let alone = trace(
            &scene,
            Launch::Source(0),
            &[bins],
            &[],
            &alone,
            &RayWatch::NONE,
        )
        .unwrap();
        let alone = alone.receivers[0]
            .estimate(0, Quantity::LevelDb, None)
            .unwrap();
        let convergence = hybrid.pairs[0].convergence.as_ref().unwrap();
        let own = convergence.octaves[0].level_db.unwrap();
        let apart_db = level_db(&hybrid.pairs[0]) - alone.value;
        let allowed_db = 0.02 + 4.0 * own.hypot(alone.standard_error);
        assert!(own < 0.1, "{scattering}: {own}");
        assert!(
            apart_db.abs() < allowed_db,
            "{scattering}: {apart_db} of {allowed_db}"
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let case = golden("horizon/h01_room");
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
    let scene = scene(&golden("horizon/h01_room"), 0.1);
    let stopped = simulate(&scene, &plan(Method::Hybrid, None), &Impatient);
    assert_eq!(stopped.unwrap_err(), Stopped);
}

#[test]
fn a_response_begins_at_the_emission() {
    let case = golden("horizon/h01_room");
    let simulation = run(&scene(&case, 0.0), &plan(Method::Hybrid, None));
    let pair = &simulation.pairs[0];
    let response = pair.response(0).unwrap();
    let direct = pair.distance_m / 343.0 * 16_000.0;
    assert!((response.onset() as f64 - direct).abs() <= 0.5);
    let peak = response.samples()[response.onset()].abs();
    assert!((peak * pair.distance_m - 1.0).abs() < 0.15, "{peak}");
}

/// What rays carry is rendered too, and each octave with its own level and decay. Octaves blend into their neighbours
/// where a response is made: those are looked at whose neighbours decay alike.
#[test]
fn a_response_has_the_parameters_of_every_octave_that_are_told() {
    let octaves = Octaves::from_centres(&[250.0, 500.0, 1000.0, 2000.0, 4000.0]).unwrap();
    let absorption = PerOctave::from_fn(octaves, |place| if place < 2 { 0.1 } else { 0.2 });
    for scattering in [0.0, 1.0] {
        let wall = Material::new(octaves, &absorption, &PerOctave::flat(octaves, scattering));
        let room = Room::Shoebox {
            size_m: [5.0, 4.0, 2.5],
            walls: [wall; 6],
        };
        let scene = SceneBuilder::new(room, octaves)
            .source("s", [1.0137, 1.2291, 1.4173], Directivity::Omnidirectional)
            .receiver("r", [3.7219, 2.9113, 1.1391], EAR)
            .build()
            .unwrap();
        let pair = run(&scene, &plan(Method::Hybrid, None))
            .pairs
            .swap_remove(0);
        let told = pair.parameters(SpeechConditions::default());
        let heard = evaluate(&pair.response(0).unwrap(), EvaluationOptions::default());
        for place in [5, 6] {
            let (told, heard) = (&told.octaves[place], &heard.octaves[place]);
            let c80_db = told.c80_db.unwrap() - heard.c80_db.unwrap();
            let t20 = told.t20_s.unwrap() / heard.t20_s.unwrap() - 1.0;
            assert!(c80_db.abs() < 1.5, "{scattering} {place}: C80 {c80_db}");
            assert!(t20.abs() < 0.2, "{scattering} {place}: T20 {t20}");
        }
    }
}

#[test]
fn images_are_complete_until_the_shortest_of_the_next_order() {
    let case = golden("horizon/h01_room");
    let scene = scene(&case, 0.0);
    let images = ShoeboxImages::new(&scene, 0, 0).unwrap();
    for order in [0_u32, 1, 4] {
        let simulation = run(&scene, &plan(Method::ImageSources, Some(order)));
        let next = images.list(Limits::order(order as usize + 1));
        let next_m = next
            .iter()
            .filter(|i| i.order == order as usize + 1)
            .map(|i| i.distance_m);
        let first_s = next_m.fold(f64::INFINITY, f64::min) / scene.speed_of_sound_m_s();
        let told_s = simulation.pairs[0].complete_until_s.unwrap();
        assert!(
            (told_s - first_s).abs() < 1e-12,
            "{order}: {told_s} {first_s}"
        );
    }
}

/// Between bare parallel walls delays fall into squares: their pulses add up where the squares do.
#[test]
fn moved_images_take_the_order_out_of_a_box_and_leave_its_energy() {
    let octaves = Octaves::from_centres(&[1000.0]).unwrap();
    let wall = Material::flat(octaves, 0.1, 0.0);
    let room = Room::Shoebox {
        size_m: [4.0, 4.0, 4.0],
        walls: [wall; 6],
    };
    let scene = SceneBuilder::new(room, octaves)
        .source("s", [2.0, 2.0, 2.0], Directivity::Omnidirectional)
        .receiver("r", [2.0, 2.0, 2.8], EAR)
        .build()
        .unwrap();
    let with = |image_jitter_m: f64| {
        let plan = Plan {
            image_jitter_m,
            seed: 3,
            ..plan(Method::ImageSources, Some(30))
        };
        run(&scene, &plan).pairs.swap_remove(0)
    };
    let (still, moved) = (with(0.0), with(0.08));
    assert!((level_db(&still) - level_db(&moved)).abs() < 0.01);
    // Fourth over squared second moment of the late pressure: 3 for noise, more for a few high pulses.
    let kurtosis = |pair: &Pair| {
        let late: Vec<f64> = pair.channels[0][1_000..3_000]
            .iter()
            .map(|x| f64::from(*x))
            .collect();
        let moment = |power: i32| late.iter().map(|x| x.powi(power)).sum::<f64>() / 2_000.0;
        moment(4) / moment(2).powi(2)
    };
    let (before, after) = (kurtosis(&still), kurtosis(&moved));
    assert!(before > 1.5 * after, "{before} {after}");
    let onset = |pair: &Pair| pair.onset_sample;
    assert_eq!(onset(&still), onset(&moved));
}

#[derive(Default)]
struct Recorder(std::sync::Mutex<Vec<(f64, Phase)>>);

impl Watch for Recorder {
    fn stopped(&self) -> bool {
        false
    }

    fn progress(&self, share: f64, phase: Phase) {
        self.0.lock().unwrap().push((share, phase));
    }
}

#[test]
fn progress_grows_from_nothing_to_all() {
    let case = golden("horizon/h01_room");
    for scattering in [0.0, 0.3] {
        let scene = crate::builder(&case, scattering)
            .source("other", [3.9, 3.1, 0.8], Directivity::Omnidirectional)
            .receiver("other", [3.6, 1.1, 1.7], EAR)
            .build()
            .unwrap();
        let watch = Recorder::default();
        simulate(&scene, &plan(Method::Hybrid, None), &watch).unwrap();
        let told = watch.0.into_inner().unwrap();
        assert!(told.windows(2).all(|w| w[0].0 <= w[1].0), "{told:?}");
        let (first, last) = (told[0].0, told[told.len() - 1].0);
        assert!(first < 0.01 && (last - 1.0).abs() < 1e-9, "{first} {last}");
        let has = |phase: Phase| told.iter().any(|t| t.1 == phase);
        assert!(has(Phase::Images) && has(Phase::Rendering));
        assert_eq!(has(Phase::Rays), scattering > 0.0);
    }
}
