//! For every finding and refusal of the ear: made faults that raise it, and close neighbours that do not.
//!
//! The signal is the reference layout. With the delay of 0.8 s, the first chirp sounds from 0.8 s, the sweep
//! from 3.3 s to 13.3 s, the second chirp from 15.3 s to 15.8 s of the file. `LOW_INR_BANDS` and `CURVED_DECAY`
//! are judged from decays, in room-metrics.

use std::sync::LazyLock;

use room_dsp::synthetic::{Phone, RoomRecipe, StereoKind, room_response, speech_like};
use room_dsp::{Analyzer, Excitation, ExcitationParameters, Finding, SampleRate, Signal};

const RATE: SampleRate = SampleRate::STANDARD;

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(|| Analyzer::new(Excitation::reference()));

static PLAYED: LazyLock<Signal> = LazyLock::new(|| Excitation::reference().signal());

static RESPONSE: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let recipe = RoomRecipe {
        decay_time_s: [0.7, 0.65, 0.6, 0.55, 0.5, 0.5, 0.45, 0.4, 0.3],
        direct_to_reverberant_db: 3.0,
        reflections: vec![(7.0, -14.0).into(), (13.0, -16.0).into()],
        duration_s: 1.2,
        ..RoomRecipe::uniform(0.5, 21)
    };
    room_response(RATE, &recipe).unwrap_or_default()
});

/// A phone without a fault.
fn phone() -> Phone {
    at_rate(48_000)
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn at_rate(hz: u32) -> Phone {
    Phone::new(SampleRate::new(hz).unwrap(), 5)
        .delay_s(0.8)
        .skew_ppm(15.0)
        .white_noise_db(-66.0)
}

/// Codes that the analysis gives a recording of `played`.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn codes(phone: &Phone, played: &Signal) -> Vec<&'static str> {
    let recording = phone.record(played, &RESPONSE).unwrap();
    match ANALYZER.measure(&recording) {
        Ok(measured) => measured.findings.iter().map(Finding::code).collect(),
        Err(refusal) => vec![refusal.code()],
    }
}

/// The recording must raise every code of `must` and none of `must_not`.
fn check_played(played: &Signal, phone: &Phone, must: &[&str], must_not: &[&str]) {
    let found = codes(phone, played);
    let missing: Vec<_> = must.iter().filter(|c| !found.contains(c)).collect();
    let wrong: Vec<_> = must_not.iter().filter(|c| found.contains(c)).collect();
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "found {found:?}; missing {missing:?}, wrong {wrong:?} for {phone:?}"
    );
}

fn check(phone: &Phone, must: &[&str], must_not: &[&str]) {
    check_played(&PLAYED, phone, must, must_not);
}

/// Every fault raises the code, every neighbour is analysed without it.
fn raised_by(code: &str, faults: &[Phone], neighbours: &[Phone]) {
    let refusals = [
        "NO_SIGNAL",
        "NO_SYNC",
        "RECORDING_TRUNCATED",
        "WRONG_LAYOUT",
        "SYNC_INCONSISTENT",
    ];
    for fault in faults {
        check(fault, &[code], &[]);
    }
    let must_not: Vec<&str> = refusals.into_iter().chain([code]).collect();
    for neighbour in neighbours {
        check(neighbour, &[], &must_not);
    }
}

#[test]
fn an_honest_phone_raises_nothing() {
    let quiet = phone().peak(0.02).white_noise_db(-85.0).bits(24);
    let far_behind = phone().delay_s(7.2);
    for honest in [phone(), quiet, far_behind, phone().pink_noise_db(-60.0)] {
        assert_eq!(codes(&honest, &PLAYED), [""; 0], "{honest:?}");
    }
}

#[test]
fn silence_is_no_signal_and_a_whisper_is_one() {
    let silence = Signal::mono(RATE, vec![0.0; PLAYED.len()]);
    let hiss = phone().white_noise_db(-80.0);
    check_played(&silence, &hiss, &["NO_SIGNAL"], &[]);
    let nothing = Phone::new(RATE, 5).without_dither();
    check_played(&silence, &nothing, &["NO_SIGNAL"], &[]);
    raised_by(
        "NO_SIGNAL",
        &[],
        &[phone().peak(0.003).white_noise_db(-90.0).bits(24)],
    );
    let loud_hiss = phone().white_noise_db(-50.0);
    check_played(&silence, &loud_hiss, &["NO_SYNC"], &["NO_SIGNAL"]);
}

#[test]
fn speech_and_other_chirps_are_no_sync() {
    for seed in 0..4 {
        let speech = speech_like(RATE, 16.0, seed);
        check_played(&speech, &phone(), &["NO_SYNC"], &[]);
    }
    let other = ExcitationParameters {
        chirp_start_hz: 300.0,
        chirp_end_hz: 1500.0,
        ..ExcitationParameters::reference()
    };
    let other = Excitation::new(other).unwrap().signal();
    check_played(&other, &phone(), &["NO_SYNC"], &[]);
    raised_by("NO_SYNC", &[], &[phone().pink_noise_db(-30.0)]);
}

#[test]
fn a_sweep_that_is_not_whole_is_truncated() {
    raised_by(
        "RECORDING_TRUNCATED",
        &[
            phone().keep_s(9.5),
            phone().keep_s(13.2),
            phone().cut_start_s(4.0),
        ],
        &[phone().keep_s(14.0), phone().cut_start_s(3.0)],
    );
}

#[test]
fn lost_samples_between_the_chirps_are_inconsistent() {
    raised_by(
        "SYNC_INCONSISTENT",
        &[
            phone().lost(7.5, 0.010),
            phone().lost(2.0, 0.002),
            phone().lost(9.0, 0.001),
            phone().lost(14.0, 0.001),
            phone().skew_ppm(400.0),
        ],
        &[
            phone().lost(0.4, 0.010),
            phone().lost(16.0, 0.010),
            phone().skew_ppm(240.0),
            phone().skew_ppm(-240.0),
        ],
    );
}

#[test]
fn skew_beyond_a_hundred_ppm_is_said() {
    raised_by(
        "CLOCK_SKEW_COMPENSATED",
        &[phone().skew_ppm(110.0), phone().skew_ppm(-200.0)],
        &[phone().skew_ppm(90.0), phone().skew_ppm(-90.0)],
    );
}

#[test]
fn a_missing_chirp_leaves_the_skew_unknown() {
    raised_by(
        "END_CHIRP_MISSING",
        &[phone().keep_s(15.2)],
        &[phone().keep_s(15.85), phone().cut_start_s(1.6)],
    );
    raised_by(
        "START_CHIRP_MISSING",
        &[phone().cut_start_s(1.6)],
        &[phone().cut_start_s(0.75), phone().keep_s(15.2)],
    );
    raised_by(
        "SKEW_UNKNOWN",
        &[phone().keep_s(15.2), phone().cut_start_s(1.6)],
        &[phone().keep_s(15.85)],
    );
}

#[test]
fn another_rate_is_converted() {
    raised_by(
        "SAMPLE_RATE_CONVERTED",
        &[at_rate(44_100), at_rate(96_000), at_rate(32_000)],
        &[phone()],
    );
}

#[test]
fn one_of_differing_channels_is_selected() {
    let delayed = StereoKind::Delayed { delay_s: 0.0007 };
    raised_by(
        "CHANNEL_SELECTED",
        &[
            phone().stereo(StereoKind::Silent),
            phone().stereo(StereoKind::Antiphase),
            phone().stereo(delayed),
        ],
        &[phone().stereo(StereoKind::Identical)],
    );
}

#[test]
fn a_short_tail_is_truncated() {
    raised_by(
        "TRUNCATED_TAIL",
        &[phone().keep_s(14.3), phone().keep_s(15.0)],
        &[phone().keep_s(15.85)],
    );
}

#[test]
fn cut_peaks_are_clipping() {
    raised_by(
        "CLIPPING",
        &[phone().peak(1.0).clip(0.45), phone().peak(1.5)],
        &[phone().peak(0.98), phone().peak(0.4).clip(0.45)],
    );
}

#[test]
fn stretches_without_new_sound_are_dropouts() {
    raised_by(
        "DROPOUT",
        &[
            phone().zeroed(8.0, 0.06),
            phone().zeroed(9.0, 0.002),
            phone().repeated(8.0, 1024.0 / 48_000.0),
        ],
        &[phone().zeroed(2.0, 0.06), phone().zeroed(0.3, 0.06)],
    );
}

#[test]
fn a_gain_that_moves_is_said() {
    raised_by(
        "GAIN_CHANGE",
        &[
            phone().gain_steps(&[(6.0, -6.0), (11.0, 2.0)]),
            phone().gain_steps(&[(9.0, -3.0)]),
            phone().gain_steps(&[(14.0, 1.5)]),
        ],
        &[
            phone().gain_steps(&[(9.0, -0.2)]),
            phone().gain_steps(&[(0.3, -6.0)]),
            phone().gain_steps(&[(16.2, -6.0)]),
        ],
    );
}

#[test]
fn lines_of_the_mains_are_hum_and_others_are_not() {
    raised_by(
        "MAINS_HUM",
        &[phone().hum(50.0, -30.0, 5), phone().hum(60.0, -40.0, 3)],
        &[phone().hum(83.0, -40.0, 1), phone().pink_noise_db(-50.0)],
    );
}

#[test]
fn a_small_loudspeaker_is_band_limited() {
    raised_by(
        "BAND_LIMITED_SOURCE",
        &[
            phone().band_limit(350.0, 14_000.0),
            phone().band_limit(30.0, 4000.0),
        ],
        &[phone().band_limit(60.0, 16_000.0)],
    );
}

#[test]
fn harmonics_are_distortion() {
    raised_by(
        "DISTORTION",
        &[phone().distortion(0.2, 0.0), phone().distortion(0.0, 0.3)],
        &[phone().distortion(0.03, 0.0), phone().distortion(0.0, 0.03)],
    );
}

#[test]
fn knocks_during_the_sweep_are_impulsive() {
    raised_by(
        "IMPULSIVE_NOISE",
        &[phone().click(9.0, -10.0), phone().click(5.0, -20.0)],
        &[
            phone().click(0.3, -10.0),
            phone().click(16.5, -10.0),
            phone().click(9.0, -75.0),
        ],
    );
}

#[test]
fn slight_clipping_is_clipping_and_no_dropout() {
    for clipped in [
        phone().clip(0.48),
        phone().peak(1.02),
        phone().peak(1.0).clip(0.45),
    ] {
        check(&clipped, &["CLIPPING"], &["DROPOUT"]);
    }
}

#[test]
fn a_gain_that_comes_back_where_the_chirp_also_plays_is_a_change() {
    raised_by(
        "GAIN_CHANGE",
        &[phone().gain_steps(&[(10.5, -6.0), (11.5, 0.0)])],
        &[],
    );
}

#[test]
fn a_chirp_that_is_cut_by_the_rate_or_the_end_is_no_change_of_gain() {
    raised_by("GAIN_CHANGE", &[], &[at_rate(8_000), phone().keep_s(15.5)]);
}

/// A recorder of a low rate ends before the sweep does; where it stops hearing is no click.
#[test]
fn the_end_of_what_a_recorder_carries_is_no_click() {
    for hz in [22_050, 16_000, 12_000, 8_000] {
        check(&at_rate(hz), &[], &["IMPULSIVE_NOISE"]);
    }
}
