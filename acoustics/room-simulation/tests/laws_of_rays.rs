//! Laws that rays keep whatever the room: nothing is counted twice, threads change nothing, intervals hold the truth.

#![expect(clippy::unwrap_used, reason = "tests may stop")]

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;
use room_simulation::{
    Accuracy, Air, Atmosphere, Bins, Counted, Directivity, EnergyHistogram, Launch, Material,
    Octaves, PerOctave, Pickup, Quantity, RayEnergies, RayPlan, RayWatch, RaysStopped, Room, Scene,
    SceneBuilder, trace,
};

const EAR: Pickup = Pickup::Single(Directivity::Omnidirectional);

fn six() -> Octaves {
    Octaves::from_centres(&[125., 250., 500., 1000., 2000., 4000.]).unwrap()
}

fn one() -> Octaves {
    Octaves::from_centres(&[1000.0]).unwrap()
}

/// Scattering that differs from octave to octave.
fn varied() -> Material {
    let scattering = PerOctave::from_fn(six(), |k| 0.1 + 0.05 * k as f64);
    Material::new(six(), &PerOctave::flat(six(), 0.2), &scattering)
}

fn shoebox(size_m: [f64; 3], material: Material, ear: Pickup) -> SceneBuilder {
    let walls = [material; 6];
    let [x, y, z] = size_m;
    let at = |share: [f64; 3]| [share[0] * x, share[1] * y, share[2] * z];
    SceneBuilder::new(
        Room::Shoebox { size_m, walls },
        material.absorption().octaves(),
    )
    .air(Atmosphere::Lossless(Air::default()))
    .speed_of_sound(343.0)
    .source("s", at([0.3, 0.35, 0.45]), Directivity::Omnidirectional)
    .receiver("r", at([0.7, 0.6, 0.5]), ear)
}

fn bins(time_s: f64) -> [Bins; 1] {
    let count = (1..100_000).find(|k| f64::from(*k) * 0.002 >= time_s - 1e-9);
    [Bins {
        origin_s: 0.0,
        width_s: 0.002,
        count: usize::try_from(count.unwrap_or(1)).unwrap(),
    }]
}

fn run(scene: &Scene, time_s: f64, plan: &RayPlan) -> RayEnergies {
    let plan = RayPlan {
        time_limit_s: time_s,
        ..plan.clone()
    };
    trace(
        scene,
        Launch::Source(0),
        &bins(time_s),
        &[],
        &plan,
        &RayWatch::NONE,
    )
    .unwrap()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let scene = shoebox([5.0, 4.0, 3.0], varied(), EAR).build().unwrap();
    let plan = RayPlan {
        rays: 20_000,
        room: Some(bins(0.4)[0]),
        ..RayPlan::default()
    };
    let with = |threads| {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| run(&scene, 0.4, &plan))
    };
    let one = with(1);
    assert_eq!(one.report.groups, 2);
    for threads in [2, 8] {
        let other = with(threads);
        let same = |a: &EnergyHistogram, b: &EnergyHistogram| {
            (0..6).all(|o| {
                a.octave(o)
                    .zip(b.octave(o))
                    .all(|(a, b)| a.to_bits() == b.to_bits())
            })
        };
        assert!(same(
            one.receivers[0].energies(),
            other.receivers[0].energies()
        ));
        let rooms = [&one, &other].map(|e| e.room.as_ref().unwrap());
        assert!(same(rooms[0].energies(), rooms[1].energies()));
        assert_eq!(one, other);
    }
}

#[test]
fn what_images_have_and_the_rest_are_everything() {
    let scene = shoebox([5.0, 4.0, 3.0], varied(), EAR).build().unwrap();
    let count = |counted| {
        let plan = RayPlan {
            rays: 8000,
            counted,
            ..RayPlan::default()
        };
        run(&scene, 0.4, &plan).receivers[0].energies().clone()
    };
    let all = count(Counted::Everything);
    for (only, without) in [
        (Counted::OnlyMirroredTo(3), Counted::WithoutMirroredTo(3)),
        (
            Counted::OnlyMirroredBelow(30.0),
            Counted::WithoutMirroredBelow(30.0),
        ),
    ] {
        let (only, without) = (count(only), count(without));
        assert!(only.total()[0] > 0.05 * all.total()[0]);
        for o in 0..6 {
            let parts = only.octave(o).zip(without.octave(o)).map(|(a, b)| a + b);
            for (sum, whole) in parts.zip(all.octave(o)) {
                assert!((sum - whole).abs() <= 1e-4 * whole, "{sum} {whole}");
            }
        }
    }
    // The border by way is sharp: nothing of the images' stands after it.
    let below = count(Counted::OnlyMirroredBelow(30.0));
    // 30 m take 87.5 ms.
    let border = 44;
    assert!(below.octave(0).skip(border).all(|e| e <= 0.0));
}

#[test]
fn mirrored_energy_of_a_known_order_is_that_of_the_images() {
    let scene = shoebox([5.0, 4.0, 3.0], varied(), EAR).build().unwrap();
    let plan = RayPlan {
        rays: 200_000,
        counted: Counted::OnlyMirroredTo(1),
        ..RayPlan::default()
    };
    let energies = run(&scene, 0.1, &plan);
    let (source, ear) = ([1.5, 1.4, 1.35], [3.5, 2.4, 1.5]);
    let square = |p: [f64; 3]| (0..3).map(|k| (p[k] - ear[k]).powi(2)).sum::<f64>();
    for octave in 0..6 {
        let mut expected = 1.0 / square(source);
        for (axis, length) in [5.0, 4.0, 3.0].into_iter().enumerate() {
            for wall in [0.0, length] {
                let mut image = source;
                image[axis] = 2.0 * wall - source[axis];
                expected += 0.8 * (0.9 - 0.05 * octave as f64) / square(image);
            }
        }
        let found = energies.receivers[0]
            .estimate(octave, Quantity::LevelDb, None)
            .unwrap();
        let error_db = found.value - 10.0 * expected.log10();
        println!(
            "octave {octave}: {error_db:+.3} dB, error {:.3}",
            found.standard_error
        );
        assert!(error_db.abs() < 4.0 * found.standard_error, "{error_db}");
    }
}

#[test]
fn intervals_hold_the_truth() {
    let material = Material::flat(one(), 0.3, 0.5);
    let scene = shoebox([3.0, 2.6, 2.2], material, EAR).build().unwrap();
    let plan = |rays, seed| RayPlan {
        rays,
        seed,
        ..RayPlan::default()
    };
    let truth = run(&scene, 0.5, &plan(800_000, 1 << 40));
    for quantity in [
        Quantity::LevelDb,
        Quantity::C50Db,
        Quantity::T20S,
        Quantity::T30S,
    ] {
        let truth = truth.receivers[0].estimate(0, quantity, None).unwrap();
        let holds = |seed| {
            let few = run(&scene, 0.5, &plan(3200, seed));
            let own = few.receivers[0].estimate(0, quantity, None).unwrap();
            (own.value - truth.value).abs() <= own.half_width()
        };
        let held = (0..100).filter(|seed| holds(*seed)).count();
        println!("{quantity:?} {truth:?}: {held} of 100");
        assert!(held >= 90, "{quantity:?}: {held} of 100");
    }
}

#[test]
fn a_turned_room_sounds_alike() {
    let material = Material::flat(one(), 0.2, 0.3);
    let (sin, cos) = 0.6_f64.sin_cos();
    let turned = |x: f64, y: f64| [cos * x - sin * y, sin * x + cos * y];
    let corners_m = [[0., 0.], [5., 0.], [5., 4.], [0., 4.]]
        .map(|[x, y]| turned(x, y))
        .to_vec();
    let at = |x: f64, y: f64, z: f64| {
        let [x, y] = turned(x, y);
        [x, y, z]
    };
    let room = Room::Extruded {
        corners_m,
        height_m: 3.0,
        walls: vec![material],
        floor: material,
        ceiling: material,
    };
    let other = SceneBuilder::new(room, one())
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0)
        .source("s", at(1.5, 1.4, 1.35), Directivity::Omnidirectional)
        .receiver("r", at(3.5, 2.4, 1.5), EAR)
        .build()
        .unwrap();
    let plan = RayPlan {
        rays: 40_000,
        ..RayPlan::default()
    };
    let a = run(
        &shoebox([5.0, 4.0, 3.0], material, EAR).build().unwrap(),
        0.8,
        &plan,
    );
    let b = run(&other, 0.8, &plan);
    for quantity in [
        Quantity::LevelDb,
        Quantity::C50Db,
        Quantity::T20S,
        Quantity::T30S,
    ] {
        let [a, b] = [&a, &b].map(|e| e.receivers[0].estimate(0, quantity, None).unwrap());
        let error = a.standard_error.hypot(b.standard_error);
        assert!(
            (a.value - b.value).abs() < 4.0 * error,
            "{quantity:?}: {a:?} {b:?}"
        );
    }
}

#[test]
fn energy_of_the_room_never_grows() {
    let material = Material::flat(one(), 0.15, 0.5);
    let scene = shoebox([5.0, 4.0, 3.0], material, EAR).build().unwrap();
    let plan = RayPlan {
        rays: 8000,
        room: Some(bins(0.5)[0]),
        ..RayPlan::default()
    };
    let room = run(&scene, 0.5, &plan).room.unwrap();
    let energies: Vec<f64> = room.energies().octave(0).collect();
    assert!((energies[0] - 1.0).abs() < 0.01 && energies.windows(2).all(|w| w[1] <= w[0]));
}

#[test]
fn free_field_air_and_directivity_are_what_they_say() {
    let black = Material::flat(six(), 1.0, 0.0);
    let cardioid = |front| Directivity::Cardioid { share: 0.5, front };
    let (east, west) = (cardioid([1.0, 0.0, 0.0]), cardioid([-1.0, 0.0, 0.0]));
    let plan = RayPlan {
        rays: 200_000,
        ..RayPlan::default()
    };
    let (source, receiver) = ([1.5, 1.4, 1.35], [3.5, 2.4, 1.5]);
    let way = [0, 1, 2].map(|k| receiver[k] - source[k]);
    let distance = way.iter().map(|x| x * x).sum::<f64>().sqrt();
    let cosine = way[0] / distance;
    let level = |ear: Pickup, sound: Directivity, air: Atmosphere| {
        let room = Room::Shoebox {
            size_m: [5.0, 4.0, 3.0],
            walls: [black; 6],
        };
        let scene = SceneBuilder::new(room, six())
            .air(air)
            .speed_of_sound(343.0)
            .source("s", source, sound)
            .receiver("r", receiver, ear)
            .build()
            .unwrap();
        let m = scene.attenuation_per_m()[5];
        let energies = run(&scene, 0.1, &plan);
        let own = energies.receivers[0]
            .estimate(5, Quantity::LevelDb, None)
            .unwrap();
        (
            own.value,
            own.standard_error,
            10.0 * (-m * distance).exp().log10(),
        )
    };
    let omni = Directivity::Omnidirectional;
    let none = Atmosphere::Lossless(Air::default());
    let free_db = -20.0 * distance.log10();
    let toward_db = 20.0 * (0.5 + 0.5 * cosine).log10();
    let some = Atmosphere::Absorbing(Air::default());
    for (ear, sound, air, expected_db) in [
        (EAR, omni, none, free_db),
        (EAR, east, none, free_db + toward_db),
        (Pickup::Single(west), omni, none, free_db + toward_db),
        (EAR, omni, some, free_db),
    ] {
        let (found, error, air_db) = level(ear, sound, air);
        let apart = found - expected_db - air_db;
        // A bin of 2 ms and the size of the sphere blur the direction and what air takes.
        assert!(apart.abs() < 0.06 + 4.0 * error, "{apart} {error}");
    }
}

#[test]
fn rays_are_added_until_the_accuracy_holds_or_the_limit_is_reached() {
    let scene = shoebox([5.0, 4.0, 3.0], Material::flat(one(), 0.2, 0.3), EAR)
        .build()
        .unwrap();
    let plan = RayPlan {
        rays: 1600,
        accuracy: Some(Accuracy::T30Share(0.008)),
        ..RayPlan::default()
    };
    let enough = run(&scene, 0.8, &plan);
    let t30 = enough.receivers[0]
        .estimate(0, Quantity::T30S, None)
        .unwrap();
    assert_eq!(enough.report.reached, Some(true));
    assert!(t30.standard_error <= 0.008 * t30.value);
    assert!((enough.report.batches / 8).is_power_of_two() && enough.report.batches > 8);
    let tight = RayPlan {
        accuracy: Some(Accuracy::LevelDb(1e-4)),
        rays_max: 7000,
        ..plan
    };
    let short = run(&scene, 0.8, &tight);
    assert_eq!(
        (short.report.reached, short.report.rays),
        (Some(false), 6400)
    );
}

#[test]
fn a_watch_can_stop_it_and_hears_how_far_it_is() {
    let scene = shoebox([5.0, 4.0, 3.0], varied(), EAR).build().unwrap();
    let told = AtomicUsize::new(0);
    let tell = |share: f64| {
        assert!((0.0..=1.0).contains(&share));
        told.fetch_add(1, Ordering::Relaxed);
    };
    let stop = || told.load(Ordering::Relaxed) >= 5;
    let watch = RayWatch {
        stop: &stop,
        progress: &tell,
    };
    let plan = RayPlan {
        rays: 100_000,
        ..RayPlan::default()
    };
    let stopped = trace(&scene, Launch::Source(0), &bins(0.4), &[], &plan, &watch);
    assert_eq!(stopped, Err(RaysStopped));
    assert!(told.load(Ordering::Relaxed) < 20);
}
