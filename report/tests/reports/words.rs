//! Every code of the acoustics crates is known to the contract and has words.
//!
//! The enums are open, so no `match` here could notice a new variant: the codes are read from the sources that define
//! them, and the examples below must cover them all.

use std::collections::BTreeSet;

use contract::code::{FailureCode, WarningCode};
use report::flag_in_words;
use room_dsp::{Cause, Finding, Layout, Refusal};
use room_metrics::{Flag, NotEvaluable, Notice};

const FINDINGS: &str = include_str!("../../../acoustics/room-dsp/src/finding.rs");
const CAUSES: &str = include_str!("../../../acoustics/room-dsp/src/doubt.rs");
const FLAGS: &str = include_str!("../../../acoustics/room-metrics/src/parameters.rs");
const NOTICES: &str = include_str!("../../../acoustics/room-metrics/src/notice.rs");
const REASONS: &str = include_str!("../../../acoustics/room-metrics/src/quantity.rs");

type Codes = BTreeSet<String>;

/// Everything in `source` that looks like `=> "SOME_CODE"`.
fn defined(source: &str) -> Codes {
    let is_code = |text: &&str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
    };
    let arms = source.split("=> \"").skip(1);
    arms.filter_map(|arm| arm.split('"').next().filter(is_code))
        .map(str::to_owned)
        .collect()
}

fn set<'a>(codes: impl IntoIterator<Item = &'a str>) -> Codes {
    codes.into_iter().map(str::to_owned).collect()
}

fn findings() -> Vec<Finding> {
    vec![
        Finding::ClockSkewCompensated { skew_ppm: 120.0 },
        Finding::SkewUnknown,
        Finding::SampleRateConverted {
            from_hz: 44_100,
            to_hz: 48_000,
        },
        Finding::ChannelSelected {
            channel: 1,
            channels: 2,
        },
        Finding::StartChirpMissing,
        Finding::EndChirpMissing,
        Finding::TruncatedTail {
            found_s: 0.5,
            needed_s: 2.0,
        },
        Finding::Clipping {
            runs: 3,
            ceiling_dbfs: -6.0,
        },
        Finding::Dropout {
            count: 1,
            total_s: 0.06,
            first_s: 4.0,
        },
        Finding::GainChange { change_db: 6.0 },
        Finding::MainsHum {
            fundamental_hz: 50.0,
            prominence_db: 20.0,
        },
        Finding::NoiseGate { drop_db: 30.0 },
        Finding::BandLimitedSource {
            octaves_hz: vec![63.0],
        },
        Finding::Distortion { thd_percent: 5.0 },
        Finding::ImpulsiveNoise {
            at_s: 3.0,
            prominence_db: 30.0,
            count: 1,
        },
    ]
}

fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::NoSignal { peak_dbfs: None },
        Refusal::NoSync {
            best_prominence_db: 4.0,
            needed_prominence_db: 12.0,
        },
        Refusal::RecordingTruncated {
            found_s: 3.0,
            needed_s: 10.0,
        },
        Refusal::WrongLayout {
            expected: Layout::Reference,
            at_s: 16.4,
            prominence_db: 60.0,
            correlation: 0.9,
        },
        Refusal::SyncInconsistent {
            deviation_ppm: 690.0,
            step_ms: None,
        },
    ]
}

fn notices() -> Vec<Notice> {
    let octaves_hz = vec![500.0];
    vec![
        Notice::LowInrBands {
            octaves_hz: octaves_hz.clone(),
            lowest_db: 40.0,
        },
        Notice::CurvedDecay {
            octaves_hz,
            largest_pct: 20.0,
        },
    ]
}

fn reasons() -> Vec<NotEvaluable> {
    vec![
        NotEvaluable::DecayRange {
            needed_db: 45.0,
            found_db: 31.0,
        },
        NotEvaluable::ResponseTooShort {
            needed_db: 45.0,
            found_db: 31.0,
        },
        NotEvaluable::DecayTooFast {
            needed: 4.0,
            found: 1.0,
        },
        NotEvaluable::NotLinear {
            allowed_permille: 250.0,
            found_permille: 695.0,
        },
        NotEvaluable::BandNotExcited {
            band_hz: (11_220.0, 22_387.0),
            range_hz: (20.0, 20_000.0),
        },
        NotEvaluable::BandTooNarrow {
            needed_hz: 286.0,
            found_hz: 44.0,
        },
        NotEvaluable::TooShortForSpeech {
            needed_s: 0.05,
            found_s: 0.02,
        },
        NotEvaluable::NoEnergy,
        NotEvaluable::NoBackground,
        NotEvaluable::NoChance,
        NotEvaluable::Incomplete,
    ]
}

fn has_words(code: &str, texts: &[&str]) {
    for text in texts {
        assert!(text.len() > 10 && text.contains(' '), "{code}: {text:?}");
    }
}

#[test]
fn every_finding_and_refusal_has_words_and_a_remedy() {
    let (findings, refusals) = (findings(), refusals());
    for finding in &findings {
        has_words(finding.code(), &[&finding.message(), finding.remedy()]);
    }
    for refusal in &refusals {
        has_words(refusal.code(), &[&refusal.message(), refusal.remedy()]);
    }
    let warnings = set(findings.iter().map(Finding::code));
    let failures = set(refusals.iter().map(Refusal::code));
    assert_eq!(&warnings | &failures, defined(FINDINGS));
    assert!(warnings.is_subset(&set(WarningCode::ALL.iter().map(|c| c.as_str()))));
    assert!(failures.is_subset(&set(FailureCode::ALL.iter().map(|c| c.as_str()))));
}

#[test]
fn every_notice_has_words_and_a_remedy() {
    let notices = notices();
    for notice in &notices {
        has_words(notice.code(), &[&notice.message(), notice.remedy()]);
    }
    let codes = set(notices.iter().map(Notice::code));
    assert_eq!(codes, defined(NOTICES));
    assert!(codes.is_subset(&set(WarningCode::ALL.iter().map(|c| c.as_str()))));
}

#[test]
fn every_flag_has_words() {
    let own = [Flag::LowInr, Flag::FilterLimited, Flag::CurvedDecay];
    let causes = [
        Cause::Clipping,
        Cause::Dropout,
        Cause::GainChange,
        Cause::BandLimitedSource,
        Cause::ImpulsiveNoise,
    ];
    assert_eq!(set(own.map(Flag::code)), defined(FLAGS));
    assert_eq!(set(causes.map(Cause::code)), defined(CAUSES));
    let unknown = flag_in_words("no such code");
    for flag in own.into_iter().chain(causes.map(Flag::Doubtful)) {
        has_words(flag.code(), &[flag_in_words(flag.code())]);
        assert_ne!(flag_in_words(flag.code()), unknown, "{}", flag.code());
    }
    for cause in causes {
        let words = flag_in_words(cause.code());
        assert!(
            words.starts_with("a fault of the recording has reached this band"),
            "{words}"
        );
    }
}

#[test]
fn every_reason_has_words() {
    let reasons = reasons();
    for reason in &reasons {
        has_words(reason.code(), &[&reason.message()]);
    }
    assert_eq!(
        set(reasons.iter().map(NotEvaluable::code)),
        defined(REASONS)
    );
}
