//! Time of image sources and rendering on the speed cases of `bench_cases.md` (golden data of the simulation), in
//! processor time of one thread, so that other work on the machine does not count.
//!
//! A case builds the room, finds the images and renders the response; plans of transforms are kept between runs, as a
//! service keeps them.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of samples and bins are small and not negative"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, criterion_group, criterion_main};
use room_simulation::{
    Air, Atmosphere, Directivity, Frame, Limits, Material, Octaves, PerOctave, Pickup, Rendering,
    Room, SceneBuilder, ShoeboxImages,
};
use rustix::time::{ClockId, clock_gettime};

/// Processor time of this thread.
struct ThreadTime;

impl Measurement for ThreadTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        Duration::from_secs(seconds) + Duration::from_nanos(now.tv_nsec.unsigned_abs())
    }

    fn end(&self, start: Duration) -> Duration {
        self.start().saturating_sub(start)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Materials of the octave cases, 125 Hz to 4 kHz, in the order of the walls.
const TABLE: [[f64; 6]; 6] = [
    [0.14, 0.10, 0.06, 0.05, 0.04, 0.04],
    [0.10, 0.07, 0.05, 0.06, 0.08, 0.09],
    [0.28, 0.22, 0.17, 0.09, 0.10, 0.11],
    [0.02, 0.02, 0.03, 0.03, 0.04, 0.05],
    [0.02, 0.06, 0.14, 0.37, 0.60, 0.65],
    [0.50, 0.70, 0.60, 0.70, 0.70, 0.50],
];

struct Case {
    size_m: [f64; 3],
    rate_hz: f64,
    order: usize,
    /// Of every wall, or the table.
    absorption: Option<f64>,
    air: bool,
}

impl Case {
    /// Responses of all pairs, from the room on.
    #[expect(clippy::unwrap_used, reason = "the case is valid")]
    fn run(&self, sources: &[[f64; 3]], receivers: &[[f64; 3]]) -> usize {
        let octaves = Octaves::from_centres(&[63., 125., 250., 500., 1000., 2000., 4000., 8000.]);
        let octaves = octaves.unwrap();
        let given = Octaves::from_centres(&[125., 250., 500., 1000., 2000., 4000.]).unwrap();
        let walls = core::array::from_fn(|wall| {
            let none = PerOctave::flat(octaves, 0.0);
            let table = || PerOctave::from_fn(given, |place| TABLE[wall][place]);
            self.absorption.map_or_else(
                || Material::new(octaves, &table(), &none),
                |a| Material::flat(octaves, a, 0.0),
            )
        });
        let room = Room::Shoebox {
            size_m: self.size_m,
            walls,
        };
        let air = Air::default();
        let omni = Directivity::Omnidirectional;
        let mut builder = SceneBuilder::new(room, octaves)
            .speed_of_sound(343.0)
            .air(if self.air {
                Atmosphere::Absorbing(air)
            } else {
                Atmosphere::Lossless(air)
            });
        for (i, s) in sources.iter().enumerate() {
            builder = builder.source(&format!("s{i}"), *s, omni);
        }
        for (i, r) in receivers.iter().enumerate() {
            builder = builder.receiver(&format!("r{i}"), *r, Pickup::Single(omni));
        }
        let scene = builder.build().unwrap();
        let pairs = (0..sources.len()).flat_map(|s| (0..receivers.len()).map(move |r| (s, r)));
        let limits = Limits::order(self.order);
        pairs
            .map(|(source, receiver)| {
                let images = ShoeboxImages::new(&scene, source, receiver).unwrap();
                let longest = images.longest_m(limits) / 343.0 * self.rate_hz;
                let frame = Frame {
                    rate_hz: self.rate_hz,
                    samples: longest as usize + 65,
                    pre_samples: 0,
                    rendering: Rendering::Cheaper,
                };
                black_box(images.response(limits, &frame)).len()
            })
            .sum()
    }
}

const S1: Case = Case {
    size_m: [5.0, 4.0, 2.5],
    rate_hz: 16_000.0,
    order: 12,
    absorption: Some(0.2),
    air: false,
};
const S2: Case = Case {
    size_m: [10.0, 7.0, 3.5],
    rate_hz: 48_000.0,
    order: 40,
    ..S1
};
const S3: Case = Case {
    size_m: [30.0, 20.0, 12.0],
    rate_hz: 48_000.0,
    order: 80,
    absorption: Some(0.1),
    air: false,
};
const S6: Case = Case {
    size_m: [6.0, 5.0, 3.0],
    order: 20,
    ..S1
};

fn rooms(c: &mut Criterion<ThreadTime>) {
    let (source, receiver) = ([[1.2, 1.1, 1.3]], [[3.6, 2.7, 1.5]]);
    c.bench_function("S1 flat", |b| b.iter(|| S1.run(&source, &receiver)));
    let case = Case { air: true, ..S1 };
    c.bench_function("S1 octave + air", |b| {
        b.iter(|| case.run(&source, &receiver));
    });
    larger_rooms(c);
}

fn larger_rooms(c: &mut Criterion<ThreadTime>) {
    let source = [[2.1, 3.3, 1.6]];
    let receivers = [
        [7.5, 4.2, 1.2],
        [8.2, 1.4, 1.2],
        [5.0, 6.1, 1.8],
        [1.0, 5.0, 1.1],
    ];
    c.bench_function("S2 flat", |b| b.iter(|| S2.run(&source, &receivers)));
    let octave = Case {
        absorption: None,
        air: true,
        ..S2
    };
    c.bench_function("S2 octave", |b| b.iter(|| octave.run(&source, &receivers)));
    hall(c);
}

fn hall(c: &mut Criterion<ThreadTime>) {
    let (source, receiver) = ([[6.0, 9.0, 1.7]], [[22.0, 12.0, 1.3]]);
    c.bench_function("S3 flat", |b| b.iter(|| S3.run(&source, &receiver)));
    let case = Case {
        absorption: None,
        air: true,
        ..S3
    };
    c.bench_function("S3 octave", |b| b.iter(|| case.run(&source, &receiver)));
}

/// A hundred pairs in the room of S6, by a fixed sequence.
fn pairs() -> Vec<[[f64; 3]; 2]> {
    let mut state = 7_u64;
    let mut next = |most: f64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        0.5 + (most - 0.5) * (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut point = || [next(5.5), next(4.5), next(2.5)];
    (0..100).map(|_| [point(), point()]).collect()
}

fn many(c: &mut Criterion<ThreadTime>) {
    let pairs = pairs();
    let rooms = |case: &Case| -> usize { pairs.iter().map(|[s, r]| case.run(&[*s], &[*r])).sum() };
    c.bench_function("S6 rooms flat, 100", |b| b.iter(|| rooms(&S6)));
    let case = Case { air: true, ..S6 };
    c.bench_function("S6 rooms octave + air, 100", |b| b.iter(|| rooms(&case)));
    let sources: Vec<[f64; 3]> = pairs[..10].iter().map(|p| p[0]).collect();
    let receivers: Vec<[f64; 3]> = pairs[10..20].iter().map(|p| p[1]).collect();
    c.bench_function("S6 grid, 100", |b| b.iter(|| S6.run(&sources, &receivers)));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(ThreadTime)
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = rooms, many
}
criterion_main!(benches);
