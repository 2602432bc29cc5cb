//! Speed case S5: rays in a hexagonal hall (`bench_cases.md` of the golden data), on one thread and on two.
//!
//! 3 s, six octaves with scattering from .10 to .35 (two groups), bins of 4 ms. Goals: 35 ms for 10 000 rays, 260 ms
//! for 100 000, on one thread; 1.8 times as fast on two. The throughput is reflections a second.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench may stop and speak"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;
use room_simulation::{
    Air, Atmosphere, Bins, Directivity, Launch, Material, Octaves, PerOctave, Pickup, RayPlan,
    RayWatch, Room, Scene, SceneBuilder, trace,
};

fn hall() -> Scene {
    let octaves = Octaves::from_centres(&[125., 250., 500., 1000., 2000., 4000.]).unwrap();
    let list = |values: [f64; 6]| PerOctave::from_fn(octaves, |k| values[k]);
    let absorption = list([0.12, 0.10, 0.09, 0.10, 0.12, 0.14]);
    let scattering = list([0.10, 0.15, 0.20, 0.25, 0.30, 0.35]);
    let material = Material::new(octaves, &absorption, &scattering);
    let corners_m = [
        [0., 0.],
        [24., 0.],
        [28., 10.],
        [22., 18.],
        [4., 18.],
        [-3., 9.],
    ]
    .to_vec();
    let room = Room::Extruded {
        corners_m,
        height_m: 9.0,
        walls: vec![material],
        floor: material,
        ceiling: material,
    };
    SceneBuilder::new(room, octaves)
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0)
        .source("s", [6.0, 5.0, 1.6], Directivity::Omnidirectional)
        .receiver(
            "r",
            [18.0, 11.0, 1.4],
            Pickup::Single(Directivity::Omnidirectional),
        )
        .build()
        .unwrap()
}

const BINS: [Bins; 1] = [Bins {
    origin_s: 0.0,
    width_s: 0.004,
    count: 750,
}];

fn s5(c: &mut Criterion) {
    let scene = hall();
    let mut group = c.benchmark_group("S5");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(4));
    for rays in [10_000, 100_000] {
        let plan = RayPlan {
            rays,
            radius_m: 0.5,
            ..RayPlan::default()
        };
        for threads in [1, 2] {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let run = || {
                let energies = trace(
                    &scene,
                    Launch::Source(0),
                    &BINS,
                    &[],
                    &plan,
                    &RayWatch::NONE,
                );
                energies.unwrap()
            };
            let hits = pool.install(run).report.hits;
            println!("{rays} rays: {hits} reflections");
            group.throughput(Throughput::Elements(hits));
            group.bench_function(format!("{rays} rays, {threads} threads"), |b| {
                b.iter(|| black_box(pool.install(run)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, s5);
criterion_main!(benches);
