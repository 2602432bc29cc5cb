//! Time of the ear's stages on a recording of 15 s at 48 kHz, with one plain transform of the same length as the
//! yardstick.
//!
//! `measure` is what a recording costs; `Analyzer::new` is paid once per session, `FilterBank::visit` once per
//! response and signal.

#![expect(
    clippy::shadow_unrelated,
    reason = "pairs of found and expected values keep their short names"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use realfft::RealFftPlanner;
use room_dsp::synthetic::{Phone, RoomRecipe, room_response};
use room_dsp::{Analyzer, Band, Excitation, FilterBank, SampleRate};

const RATE: SampleRate = SampleRate::STANDARD;

/// Samples of 15 s.
const LEN: usize = 720_000;

/// The highest upper edge that is filtered, re the rate.
const CARRIED: f64 = 0.47;

fn yardstick(c: &mut Criterion) {
    let single = RealFftPlanner::<f32>::new().plan_fft_forward(LEN);
    let (mut x, mut y) = (single.make_input_vec(), single.make_output_vec());
    c.bench_function("plain transform of 720 000 f32", |b| {
        b.iter(|| single.process(black_box(&mut x), &mut y));
    });
    let double = RealFftPlanner::<f64>::new().plan_fft_forward(LEN);
    let (mut x, mut y) = (double.make_input_vec(), double.make_output_vec());
    c.bench_function("plain transform of 720 000 f64", |b| {
        b.iter(|| double.process(black_box(&mut x), &mut y));
    });
}

#[expect(clippy::unwrap_used, reason = "the recipe is valid")]
fn stages(c: &mut Criterion) {
    let excitation = Excitation::reference();
    c.bench_function("Excitation::signal", |b| b.iter(|| excitation.signal()));
    c.bench_function("Analyzer::new", |b| {
        b.iter(|| Analyzer::new(black_box(excitation)));
    });
    let analyzer = Analyzer::new(excitation);
    let response = room_response(RATE, &RoomRecipe::uniform(0.6, 1)).unwrap();
    let phone = Phone::new(RATE, 1).skew_ppm(40.0).white_noise_db(-66.0);
    let recording = phone.record(&excitation.signal(), &response).unwrap();
    c.bench_function("Analyzer::measure", |b| {
        b.iter(|| analyzer.measure(black_box(&recording)));
    });
    let measured = analyzer.measure(&recording).unwrap();
    bands(c, measured.impulse_response.samples());
}

/// All octaves and thirds over one response.
fn bands(c: &mut Criterion, response: &[f64]) {
    let carried = |b: &Band| b.upper_hz() <= CARRIED * RATE.as_f64();
    let all: Vec<Band> = Band::octaves()
        .chain(Band::thirds())
        .filter(carried)
        .collect();
    let bank = FilterBank::new(RATE, &all);
    c.bench_function("FilterBank::visit, one response", |b| {
        b.iter(|| {
            bank.visit(&[black_box(response)], |output| {
                black_box(output.signals.len());
            });
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = yardstick, stages
}
criterion_main!(benches);
