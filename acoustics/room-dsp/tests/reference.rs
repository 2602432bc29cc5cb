//! Any signal can be the reference: the response must be the one that was made.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot make its input fails"
)]

use room_dsp::synthetic::{DIRECT_SAMPLE, Phone, RoomRecipe, room_response};
use room_dsp::{
    Excitation, ExcitationParameters, ReferenceAnalyzer, ReferenceFault, Refusal, SampleRate,
    Signal,
};

const RATE: SampleRate = SampleRate::STANDARD;

/// A sweep of another program: 4 s from 40 Hz to 16 kHz, without chirps around it.
fn sweep() -> Signal {
    let parameters = ExcitationParameters {
        sweep_duration_s: 4.0,
        sweep_start_hz: 40.0,
        sweep_end_hz: 16_000.0,
        ..ExcitationParameters::reference()
    };
    let excitation = Excitation::new(parameters).unwrap();
    let signal = excitation.signal();
    let whole = &signal.channels()[0];
    let from = RATE.samples(excitation.sweep_start_s());
    let to = RATE.samples(excitation.sweep_end_s());
    Signal::mono(RATE, whole[from..to].to_vec())
}

fn room() -> Vec<f64> {
    room_response(RATE, &RoomRecipe::uniform(0.5, 3)).unwrap()
}

fn energy(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum()
}

#[test]
fn the_response_is_the_rooms_within_the_excited_band() {
    let truth = room();
    let recorded = Phone::new(RATE, 1)
        .delay_s(0.7)
        .after_s(1.5)
        .record(&sweep(), &truth)
        .unwrap();
    let measured = ReferenceAnalyzer::new(&sweep())
        .unwrap()
        .measure(&recorded)
        .unwrap();
    let found = &measured.impulse_response;
    let (low, high) = found.range_hz();
    assert!(
        (20.0..60.0).contains(&low) && (14_000.0..20_000.0).contains(&high),
        "{low} {high}"
    );
    let expected = 0.7 * 48_000.0 + DIRECT_SAMPLE as f64;
    assert!((measured.alignment.start_chirp_sample - expected).abs() < 4.0);
    // The decay of energy is the room's: compare what is left after 50 ms and 200 ms, a band limit apart.
    for after_s in [0.05, 0.2] {
        let left = |h: &[f64], onset: usize| {
            10.0 * (energy(&h[onset + RATE.samples(after_s)..]) / energy(&h[onset..])).log10()
        };
        let made = left(&truth, DIRECT_SAMPLE);
        let seen = left(found.samples(), found.onset());
        assert!(
            (made - seen).abs() < 1.0,
            "{after_s} s: {made} dB made, {seen} dB found"
        );
    }
}

/// Beyond its last frequency a sweep without fades falls off slowly. What is divided there is background.
#[test]
fn the_edges_of_a_bare_sweep_do_not_lift_the_background() {
    let truth = room();
    let recorded = Phone::new(RATE, 5)
        .delay_s(0.4)
        .after_s(1.5)
        .white_noise_db(-70.0)
        .record(&bare_sweep(), &truth)
        .unwrap();
    let measured = ReferenceAnalyzer::new(&bare_sweep())
        .unwrap()
        .measure(&recorded)
        .unwrap();
    let found = &measured.impulse_response;
    let (low, high) = found.range_hz();
    assert!(
        (14.0..25.0).contains(&low) && (19_000.0..20_300.0).contains(&high),
        "{low} {high}"
    );
    // After 0.8 s of a decay time of 0.5 s nothing is left but background.
    let tail = &found.samples()[found.onset() + RATE.samples(0.8)..];
    let peak = found.samples().iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let floor_db = 10.0 * (energy(tail) / tail.len() as f64 / peak.powi(2)).log10();
    assert!(floor_db < -75.0, "background at {floor_db} dB re the peak");
}

/// 10 s from 20 Hz to 20 kHz that begins and ends at once.
fn bare_sweep() -> Signal {
    let (duration_s, low_hz, high_hz) = (10.0, 20.0, 20_000.0);
    let rate_s = duration_s / f64::ln(high_hz / low_hz);
    let sample = |i: usize| {
        let phase = low_hz * rate_s * ((i as f64 / RATE.as_f64() / rate_s).exp_m1());
        (0.9 * (core::f64::consts::TAU * phase).sin()) as f32
    };
    Signal::mono(RATE, (0..RATE.samples(duration_s)).map(sample).collect())
}

/// Beyond its ends a sweep has nothing to divide by; noise there must not come back raised.
#[test]
fn noise_beyond_the_ends_of_the_sweep_stays_out() {
    let recorded = Phone::new(RATE, 1)
        .delay_s(0.7)
        .after_s(1.5)
        .white_noise_db(-70.0)
        .record(&sweep(), &room())
        .unwrap();
    let measured = ReferenceAnalyzer::new(&sweep())
        .unwrap()
        .measure(&recorded)
        .unwrap();
    let found = measured.impulse_response.samples();
    let peak = found.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let tail = &found[found.len() - RATE.samples(0.3)..];
    let floor_db = 10.0 * (energy(tail) / tail.len() as f64 / peak.powi(2)).log10();
    assert!(floor_db < -75.0, "{floor_db} dB");
    let (low, high) = measured.impulse_response.range_hz();
    // The short fade spreads the beginning downwards by up to half an octave.
    assert!((28.3..44.0).contains(&low), "{low} Hz");
    assert!((15_500.0..16_200.0).contains(&high), "{high} Hz");
}

#[test]
fn another_rate_is_converted_and_a_strange_recording_refused() {
    let analyzer = ReferenceAnalyzer::new(&sweep()).unwrap();
    let other = SampleRate::new(44_100).unwrap();
    let recorded = Phone::new(other, 1)
        .after_s(1.5)
        .record(&sweep(), &room())
        .unwrap();
    let measured = analyzer.measure(&recorded).unwrap();
    let codes: Vec<&str> = measured
        .findings
        .iter()
        .map(room_dsp::Finding::code)
        .collect();
    assert_eq!(codes, ["SKEW_UNKNOWN", "SAMPLE_RATE_CONVERTED"]);

    let noise = Phone::new(RATE, 1)
        .white_noise_db(-30.0)
        .record(&Signal::mono(RATE, vec![1e-9; 200_000]), &[1.0]);
    let refusal = analyzer.measure(&noise.unwrap()).unwrap_err();
    assert!(matches!(refusal, Refusal::NoSync { .. }), "{refusal}");
}

#[test]
fn an_end_within_the_signal_and_silence_are_refused() {
    let analyzer = ReferenceAnalyzer::new(&sweep()).unwrap();
    let cut = Phone::new(RATE, 1)
        .keep_s(3.5)
        .record(&sweep(), &room())
        .unwrap();
    assert!(matches!(
        analyzer.measure(&cut),
        Err(Refusal::RecordingTruncated { .. })
    ));
    let silence = Signal::mono(RATE, vec![0.0; 300_000]);
    assert!(matches!(
        analyzer.measure(&silence),
        Err(Refusal::NoSignal { .. })
    ));
    let silent = ReferenceAnalyzer::new(&silence).unwrap_err();
    assert_eq!(silent, ReferenceFault::Silent);
    let short = ReferenceAnalyzer::new(&Signal::mono(RATE, vec![0.5; 100])).unwrap_err();
    assert!(matches!(short, ReferenceFault::Duration { .. }));
}
