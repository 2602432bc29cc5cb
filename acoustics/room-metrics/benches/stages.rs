//! Time of an evaluation on a response of 2.5 s at 48 kHz, with plain transforms as the yardstick.
//!
//! `evaluate` with octaves and thirds is what a document needs; octaves alone, without curves, is the least that
//! is useful.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use realfft::RealFftPlanner;
use room_dsp::synthetic::{Noise, RoomRecipe, room_response};
use room_dsp::{ImpulseResponse, SampleRate};
use room_metrics::{Bands, EvaluationOptions, Evaluator, SpeechConditions, SpeechTransmission};

const RATE: SampleRate = SampleRate::STANDARD;

/// Samples of a recording of 15 s, and of the response that it gives.
const LENGTHS: [usize; 2] = [720_000, 120_000];

fn yardstick(c: &mut Criterion) {
    for len in LENGTHS {
        let plain = RealFftPlanner::<f64>::new().plan_fft_forward(len);
        let (mut x, mut y) = (plain.make_input_vec(), plain.make_output_vec());
        c.bench_function(&format!("plain transform of {len} f64"), |b| {
            b.iter(|| plain.process(black_box(&mut x), &mut y));
        });
    }
}

/// Half a second of background, then a room of 0.8 s in noise.
#[expect(clippy::unwrap_used, reason = "the recipe is valid")]
fn response() -> ImpulseResponse {
    let room = room_response(RATE, &RoomRecipe::uniform(0.8, 1)).unwrap();
    let mut samples = Noise::new(2).white(LENGTHS[1], -90.0);
    for (sample, h) in samples[RATE.samples(0.5)..].iter_mut().zip(&room) {
        *sample += h;
    }
    ImpulseResponse::new(RATE, samples, (20.0, 24_000.0)).unwrap()
}

fn stages(c: &mut Criterion) {
    let response = response();
    let whole = EvaluationOptions::default();
    let least = EvaluationOptions {
        bands: Bands::Octaves,
        curves: false,
        ..whole
    };
    c.bench_function("Evaluator::new", |b| {
        b.iter(|| Evaluator::new(RATE, black_box(whole)));
    });
    for (name, options) in [("octaves and thirds", whole), ("octaves", least)] {
        let evaluator = Evaluator::new(RATE, options);
        c.bench_function(&format!("Evaluator::evaluate, {name}"), |b| {
            b.iter(|| evaluator.evaluate(black_box(&response)));
        });
    }
    let Ok(speech) = Evaluator::new(RATE, least).evaluate(&response).speech else {
        return;
    };
    c.bench_function("SpeechTransmission::from_room", |b| {
        b.iter(|| {
            SpeechTransmission::from_room(black_box(&speech.mtf), SpeechConditions::default())
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = yardstick, stages
}
criterion_main!(benches);
