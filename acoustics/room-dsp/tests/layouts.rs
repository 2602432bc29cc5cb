//! A recording of one layout is not analysed as one of the other: it is refused, and the remedy names the right one.

use room_dsp::synthetic::{Phone, RoomRecipe, room_response};
use room_dsp::{
    Analyzer, Excitation, ExcitationParameters, Finding, Layout, Refusal, SampleRate, Signal,
};

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn excitation(layout: Layout) -> Excitation {
    Excitation::new(match layout {
        Layout::Reference => ExcitationParameters::reference(),
        Layout::Paired => ExcitationParameters::paired(),
    })
    .unwrap()
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn phone(hz: u32) -> Phone {
    Phone::new(SampleRate::new(hz).unwrap(), 5)
        .delay_s(0.8)
        .skew_ppm(30.0)
        .white_noise_db(-60.0)
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn recorded(layout: Layout, phone: &Phone) -> Signal {
    let recipe = RoomRecipe {
        direct_to_reverberant_db: 0.0,
        duration_s: 1.5,
        ..RoomRecipe::uniform(0.9, 21)
    };
    let response = room_response(SampleRate::STANDARD, &recipe).unwrap();
    phone
        .record(&excitation(layout).signal(), &response)
        .unwrap()
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn refusal(expected: Layout, recording: &Signal) -> Refusal {
    Analyzer::new(excitation(expected))
        .measure(recording)
        .unwrap_err()
}

#[test]
fn the_other_layouts_recording_is_refused_by_name() {
    for hz in [48_000, 44_100] {
        let paired = refusal(Layout::Reference, &recorded(Layout::Paired, &phone(hz)));
        assert_eq!(paired.code(), "WRONG_LAYOUT");
        assert!(paired.remedy().contains("--layout paired"));
        let reference = refusal(Layout::Paired, &recorded(Layout::Reference, &phone(hz)));
        assert_eq!(reference.code(), "WRONG_LAYOUT");
        assert!(reference.remedy().contains("--layout reference"));
        let Refusal::WrongLayout { at_s, .. } = reference else {
            panic!("{reference}");
        };
        assert!((at_s - 15.3).abs() < 0.02, "{reference}");
    }
}

#[test]
fn a_lone_falling_chirp_tells_the_layout_too() {
    let late = recorded(Layout::Paired, &phone(48_000).cut_start_s(1.6));
    assert_eq!(refusal(Layout::Reference, &late).code(), "WRONG_LAYOUT");
}

#[test]
fn a_chirp_that_is_merely_missing_accuses_nobody() {
    let measured = |layout, phone: &Phone| {
        let measured = Analyzer::new(excitation(layout)).measure(&recorded(layout, phone));
        let findings = measured.unwrap().findings;
        findings.iter().map(Finding::code).collect::<Vec<_>>()
    };
    let end_missing = measured(Layout::Reference, &phone(48_000).keep_s(15.2));
    assert!(end_missing.contains(&"END_CHIRP_MISSING"));
    let start_missing = measured(Layout::Reference, &phone(48_000).cut_start_s(1.6));
    assert!(start_missing.contains(&"START_CHIRP_MISSING"));
    let paired_end_missing = measured(Layout::Paired, &phone(48_000).keep_s(17.1));
    assert!(paired_end_missing.contains(&"END_CHIRP_MISSING"));
    let paired_start_missing = measured(Layout::Paired, &phone(48_000).cut_start_s(1.6));
    assert!(paired_start_missing.contains(&"START_CHIRP_MISSING"));
}
