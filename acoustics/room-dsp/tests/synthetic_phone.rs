//! The made phone seen from outside: closed forms for its clock and loudspeaker, each fault at its place, seeds.

use core::f64::consts::{PI, TAU};

use room_dsp::synthetic::{Phone, StereoKind};
use room_dsp::{SampleRate, Signal};

const RATE: SampleRate = SampleRate::STANDARD;

/// A sine of amplitude 0.5 that fades in and out within 40 ms, so that it has no other frequencies.
fn sine(hz: f64, seconds: f64) -> Signal {
    let length = RATE.samples(seconds);
    let fade = |n: usize| {
        (PI / 2.0 * (n.min(length - n) as f64 / 1920.0).min(1.0))
            .sin()
            .powi(2)
    };
    let samples = (0..length)
        .map(|n| 0.5 * fade(n) * (TAU * hz * n as f64 / 48_000.0).sin())
        .collect::<Vec<f64>>();
    Signal::mono(RATE, single(&samples))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "signals are single precision"
)]
fn single(samples: &[f64]) -> Vec<f32> {
    samples.iter().map(|x| *x as f32).collect()
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64).sqrt()
}

fn exact() -> Phone {
    Phone::new(RATE, 1).float()
}

fn channel(recording: &Signal, index: usize) -> Vec<f64> {
    recording.channels()[index]
        .iter()
        .map(|x| f64::from(*x))
        .collect()
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn recorded(phone: &Phone, played: &Signal) -> Vec<f64> {
    channel(&phone.record(played, &[1.0]).unwrap(), 0)
}

/// Largest deviation from the closed form `0.5 sin(2 pi f t)` at the true times of the samples, away from the
/// ends of the tone.
fn worst_db(found: &[f64], rate: f64, hz: f64, delay_s: f64, seconds: f64) -> f64 {
    let worst = found
        .iter()
        .enumerate()
        .map(|(n, x)| (n as f64 / rate - delay_s, x))
        .filter(|(t, _)| (0.05..seconds - 0.05).contains(t))
        .map(|(t, x)| (x - 0.5 * (TAU * hz * t).sin()).abs())
        .fold(0.0, f64::max);
    20.0 * worst.log10()
}

#[test]
fn skew_delay_and_rate_follow_the_closed_form_of_a_sine() {
    let cases = [
        (48_000, 250.0, 0.5),
        (48_000, -200.0, 0.123_456_7),
        (44_100, 35.0, 0.3),
        (96_000, -1000.0, 0.2),
    ];
    for (rate, ppm, delay_s) in cases {
        for hz in [100.0, 3777.0, 15_000.0, 19_500.0] {
            let phone = Phone::new(SampleRate::new(rate).unwrap(), 1)
                .float()
                .skew_ppm(ppm)
                .delay_s(delay_s);
            let found = recorded(&phone, &sine(hz, 2.0));
            let true_rate = f64::from(rate) * (1.0 + 1e-6 * ppm);
            let error = worst_db(&found, true_rate, hz, delay_s, 2.0);
            assert!(error < -100.0, "{rate} Hz {ppm} ppm {hz} Hz: {error} dB");
        }
    }
}

#[test]
fn a_slow_recorder_hears_nothing_above_half_its_rate() {
    let phone = Phone::new(SampleRate::new(16_000).unwrap(), 1).float();
    let low_and_high: Vec<f32> = sine(3000.0, 1.0).channels()[0]
        .iter()
        .zip(&sine(9000.0, 1.0).channels()[0])
        .map(|(a, b)| a + b)
        .collect();
    let found = recorded(&phone, &Signal::mono(RATE, low_and_high));
    let tone = |hz: f64| {
        let (re, im) =
            found[10_000..20_000]
                .iter()
                .enumerate()
                .fold((0.0, 0.0), |(re, im), (n, x)| {
                    let (s, c) = (TAU * hz * n as f64 / 16_000.0).sin_cos();
                    (re + x * c, im + x * s)
                });
        re.hypot(im) / 5000.0
    };
    assert!(tone(3000.0) > 0.2);
    assert!(tone(7000.0) < 1e-4, "alias {}", tone(7000.0));
}

#[test]
fn the_room_is_a_convolution_and_the_peak_is_kept() {
    let played = sine(1000.0, 0.2);
    let mut response = vec![0.0; 600];
    response[480] = 1.0;
    response[599] = -0.5;
    let phone = exact().delay_s(0.25).peak(0.8);
    let found = channel(&phone.record(&played, &response).unwrap(), 0);
    let x = channel(&played, 0);
    let at = |n: usize| x.get(n).copied().unwrap_or(0.0);
    let expected: Vec<f64> = (0..x.len())
        .map(|n| at(n) - 0.5 * if n >= 119 { at(n - 119) } else { 0.0 })
        .collect();
    let peak = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    for (n, value) in expected.iter().enumerate() {
        assert!(
            (found[12_000 + 480 + n] - 0.8 * value / peak).abs() < 1e-6,
            "{n}"
        );
    }
}

#[test]
fn distortion_makes_the_harmonics_of_its_polynomial() {
    let found = recorded(&exact().distortion(0.1, 0.2), &sine(1000.0, 1.0));
    let tone = |hz: f64| {
        let part = &found[36_000..60_000];
        let (re, im) = part
            .iter()
            .enumerate()
            .fold((0.0, 0.0), |(re, im), (n, x)| {
                let (s, c) = (TAU * hz * n as f64 / 48_000.0).sin_cos();
                (re + x * c, im + x * s)
            });
        re.hypot(im) * 2.0 / part.len() as f64
    };
    // x = 0.5 sin: fundamental 0.5 + 3/4 0.2 0.125, second 0.1 0.25 / 2, third 0.2 0.125 / 4.
    let first = 0.5 + 0.018_75;
    assert!((tone(2000.0) / tone(1000.0) - 0.0125 / first).abs() < 1e-5);
    assert!((tone(3000.0) / tone(1000.0) - 0.006_25 / first).abs() < 1e-5);
    assert!(tone(4000.0) / tone(1000.0) < 1e-5);
}

#[test]
fn noise_has_its_level_where_nothing_plays() {
    let phone = exact().delay_s(3.0).white_noise_db(-60.0);
    let found = recorded(&phone, &sine(1000.0, 0.5));
    let level = 20.0 * rms(&found[..140_000]).log10();
    assert!((level + 60.0).abs() < 0.05, "{level} dB");
    let honest = recorded(&exact().delay_s(3.0), &sine(1000.0, 0.5));
    assert!(rms(&honest[..140_000]) < 1e-300);
}

#[test]
fn faults_lie_at_their_times_in_the_file() {
    let base = exact().white_noise_db(-50.0);
    let played = sine(440.0, 2.0);
    let clean = recorded(&base, &played);
    let differing = |phone: Phone| -> (usize, usize) {
        let found = recorded(&phone, &played);
        let differs = |n: &usize| (found[*n] - clean[*n]).abs() > 0.0;
        let all = 0..found.len().min(clean.len());
        let first = all.clone().find(differs).unwrap();
        (first, all.rev().find(differs).unwrap())
    };
    let end = clean.len() - 1;
    assert_eq!(differing(base.clone().zeroed(1.0, 0.06)), (48_000, 50_879));
    assert_eq!(
        differing(base.clone().repeated(1.5, 0.02)),
        (72_000, 72_959)
    );
    assert_eq!(
        differing(base.clone().gain_steps(&[(2.0, -6.0)])),
        (96_000, end)
    );
    assert_eq!(differing(base.clone().click(0.75, -20.0)).0, 36_000);
    assert_eq!(differing(base.clone().lost(1.25, 0.01)).0, 60_000);
    assert_eq!(differing(base.clone().dc_offset(0.01)), (0, end));
    let lost = recorded(&base.clone().lost(1.25, 0.01), &played);
    assert_eq!(lost.len(), clean.len() - 480);
    assert_eq!(
        recorded(&base.clone().keep_s(1.0), &played),
        clean[..48_000]
    );
}

#[test]
fn a_late_start_shifts_the_sound() {
    let played = sine(440.0, 1.0);
    let whole = recorded(&exact(), &played);
    let cut = recorded(&exact().cut_start_s(0.75), &played);
    assert_eq!(cut.len(), whole.len() - 36_000);
    for (a, b) in cut.iter().zip(&whole[36_000..]) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[test]
fn stereo_files_are_what_their_kind_says() {
    let played = sine(440.0, 0.5);
    let pair = |kind| {
        let phone = Phone::new(RATE, 3).white_noise_db(-60.0).stereo(kind);
        let recording = phone.record(&played, &[1.0]).unwrap();
        (channel(&recording, 0), channel(&recording, 1))
    };
    let (silent, heard) = pair(StereoKind::Silent);
    assert!(silent.iter().all(|x| x.abs() < 1.5 / 32_768.0));
    assert!(rms(&heard) > 0.05);
    let (plus, minus) = pair(StereoKind::Antiphase);
    assert!(plus.iter().zip(&minus).all(|(a, b)| (a + b).abs() < 1e-12));
    let (one, other) = pair(StereoKind::Identical);
    assert_eq!(one, other);
    let (left, right) = pair(StereoKind::Delayed { delay_s: 0.001 });
    let residue: Vec<f64> = left[..40_000]
        .iter()
        .zip(&right[48..])
        .map(|(a, b)| a - b)
        .collect();
    let level = 20.0 * rms(&residue).log10();
    assert!(
        (level + 57.0).abs() < 0.2,
        "two independent noises remain: {level} dB"
    );
}

#[test]
fn the_same_recipe_gives_the_same_bytes_and_another_seed_others() {
    let made = |seed| {
        let phone = Phone::new(RATE, seed)
            .pink_noise_db(-50.0)
            .hum(50.0, -40.0, 5)
            .click(0.2, -20.0);
        phone.record(&sine(440.0, 0.5), &[1.0]).unwrap()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn what_cannot_be_is_refused() {
    let played = sine(440.0, 0.5);
    let refused = |phone: Phone| phone.record(&played, &[1.0]).unwrap_err().field;
    assert_eq!(refused(exact().zeroed(9.0, 0.1)), "zeroed time_s");
    assert_eq!(refused(exact().clip(1.5)), "clip");
    assert_eq!(refused(exact().peak(f64::NAN)), "peak");
    assert_eq!(refused(exact().bits(32)), "bits");
    assert_eq!(refused(exact().band_limit(8000.0, 300.0)), "band_limit low");
    assert_eq!(
        exact().record(&played, &[]).unwrap_err().field,
        "response samples"
    );
    let two = Signal::new(RATE, vec![vec![0.0; 9]; 2]).unwrap();
    assert_eq!(
        exact().record(&two, &[1.0]).unwrap_err().field,
        "played channels"
    );
}
