//! Retries, stragglers and second thoughts: what networks do to a correct history.

use contract::session::SessionStatus;
use lobby::session::{Action, Command, Reference, Rejection, Session};
use serde_json::{Value, json};

use super::cast::{
    ADMIN, Cast, after, at, audio_ready, by, cancel, error, missing, name_of, take, uploaded,
};
use super::history::correct;

fn answer(session: &Session, command: &Command) -> Value {
    let outcome = session
        .apply(command, at(3))
        .unwrap_or_else(|no| panic!("{command:?}: {no}"));
    serde_json::to_value(outcome.answer).unwrap()
}

/// A session of two loudspeakers and two microphones after so many correct commands.
fn upto(count: usize) -> Session {
    let cast = Cast::sized(2, 2);
    after(&cast.session(), &correct(&cast)[..count])
}

#[test]
fn uploads_of_a_finished_loudspeaker_are_answered_as_the_first_time_in_every_later_state() {
    let first = by("mic1", uploaded(&name_of("speaker_1", "microphone_1")));
    let last = by("mic2", uploaded(&name_of("speaker_1", "microphone_2")));
    let told = (answer(&upto(8), &first), answer(&upto(9), &last));
    assert_eq!(told.0["uploads_received"], "1/2");
    assert_eq!(told.1["status"], "speaker_measurement_complete");
    assert_eq!(told.1["remaining_speakers"], 1);
    let mut later: Vec<Session> = (10..=20).map(upto).collect();
    later.push(after(&upto(14), &[by("mic1", error("no permission"))]));
    later.push(after(&upto(14), &[by(ADMIN, cancel("door bell"))]));
    for session in later {
        for (command, wanted) in [(&first, &told.0), (&last, &told.1)] {
            let outcome = session.apply(command, at(9)).unwrap();
            assert_eq!(
                serde_json::to_value(&outcome.answer).unwrap(),
                *wanted,
                "{:?}",
                session.stage()
            );
            assert!(outcome.is_repeat());
            assert_eq!(outcome.next, session);
        }
    }
}

#[test]
fn one_name_for_every_loudspeaker_is_told_from_a_repeat_by_its_bytes() {
    let mut session = upto(8);
    for (device, name) in [("mic1", "a.wav"), ("mic2", "b.wav")] {
        session = after(&session, &[by(device, take(name, Some("take 1")))]);
    }
    let cast = Cast::sized(2, 2);
    let session = after(&session, &correct(&cast)[10..18]);
    let again = session
        .apply(&by("mic1", take("a.wav", Some("take 1"))), at(3))
        .unwrap();
    assert!(again.is_repeat());
    let unknown = session
        .apply(&by("mic1", take("a.wav", None)), at(3))
        .unwrap();
    assert!(unknown.is_repeat());
    let fresh = session
        .apply(&by("mic1", take("a.wav", Some("take 2"))), at(3))
        .unwrap();
    assert_eq!(fresh.facts.len(), 1);
    assert_eq!(fresh.facts[0].pair.speaker_slot, "speaker_2");
}

#[test]
fn another_name_replaces_while_others_are_missing() {
    let session = after(&upto(8), &[by("mic1", uploaded("first.wav"))]);
    let replaced = session
        .apply(&by("mic1", uploaded("second.wav")), at(3))
        .unwrap();
    assert_eq!(replaced.facts[0].upload, "second.wav");
    let back = json!("1/2");
    assert_eq!(
        serde_json::to_value(&replaced.answer).unwrap()["uploads_received"],
        back
    );
    let done = after(&replaced.next, &[by("mic2", uploaded("b.wav"))]);
    assert_eq!(done.finished()[0].uploads[0].name, "second.wav");
    // Afterwards nothing is replaced.
    let no = done
        .apply(&by("mic1", uploaded("third.wav")), at(3))
        .unwrap_err();
    assert!(matches!(no, Rejection::WrongPhase { .. }), "{no}");
}

#[test]
fn a_late_duplicate_of_a_replaced_recording_is_answered_and_changes_nothing() {
    let late = by("mic1", uploaded("first.wav"));
    let named = [
        by("mic1", uploaded("first.wav")),
        by("mic1", uploaded("second.wav")),
    ];
    let replaced = after(&upto(8), &named);
    let next = after(&replaced, &[by("mic2", uploaded("b.wav"))]);
    let last = after(&after(&upto(18), &named), &[by("mic2", uploaded("y.wav"))]);
    for session in [replaced, next, last] {
        let outcome = session.apply(&late, at(3)).unwrap();
        assert!(outcome.is_repeat(), "{:?}", session.stage());
        assert_eq!(outcome.next, session);
        let told = serde_json::to_value(&outcome.answer).unwrap();
        assert_eq!(told["status"], "waiting_uploads", "{:?}", session.stage());
    }
}

#[test]
fn a_new_recording_under_a_replaced_name_is_taken() {
    let named = [by("mic1", uploaded("a.wav")), by("mic1", uploaded("b.wav"))];
    let session = after(&upto(8), &named);
    let fresh = session
        .apply(&by("mic1", take("a.wav", Some("take 2"))), at(3))
        .unwrap();
    assert_eq!(fresh.facts.len(), 1);
}

#[test]
fn a_recording_belongs_to_one_microphone() {
    let session = after(&upto(8), &[by("mic1", uploaded("a.wav"))]);
    let no = session
        .apply(&by("mic2", uploaded("a.wav")), at(3))
        .unwrap_err();
    let told = "Upload 'a.wav' is already the recording of microphone 'microphone_1' for speaker 'speaker_1'";
    assert_eq!((no.refusal().status, no.to_string().as_str()), (409, told));
    // Nor may it overwrite what the other one recorded from an earlier loudspeaker.
    let later = upto(18);
    let old = name_of("speaker_1", "microphone_1");
    assert!(matches!(
        later.apply(&by("mic2", uploaded(&old)), at(3)),
        Err(Rejection::NameTaken { .. })
    ));
}

#[test]
fn start_speaker_sent_again_is_a_new_attempt_that_forgets_the_old_one() {
    let started = upto(3);
    assert_eq!(
        (
            started.attempt(),
            started
                .status()
                .current_measurement
                .unwrap()
                .microphones_ready
        ),
        (1, 1)
    );
    let again = after(&started, &[by(ADMIN, Action::StartSpeaker)]);
    let current = again.status().current_measurement.unwrap();
    assert_eq!(
        (
            current.attempt,
            current.speaker_ready,
            current.microphones_ready
        ),
        (2, false, 0)
    );
    // A `ready` that was under way counts: the device is ready. Sent once more, it is a repeat.
    let late = again.apply(&by("mic1", Action::Ready), at(3)).unwrap();
    assert_eq!(
        serde_json::to_value(&late.answer).unwrap()["microphones_ready"],
        "1/2"
    );
    assert!(
        late.next
            .apply(&by("mic1", Action::Ready), at(3))
            .unwrap()
            .is_repeat()
    );
}

#[test]
fn stragglers_of_an_old_attempt_do_not_count_before_their_step() {
    let again = after(&upto(9), &[by(ADMIN, Action::StartSpeaker)]);
    let stragglers = [
        by("mic2", Action::RecordingStarted),
        by("spk1", Action::PlaybackComplete),
        by("mic1", uploaded(&name_of("speaker_1", "microphone_1"))),
        by("spk1", audio_ready(Some("h1"))),
    ];
    for straggler in &stragglers {
        let no = again.apply(straggler, at(3)).unwrap_err().refusal();
        assert_eq!((no.status, no.code), (409, "WRONG_PHASE"));
        assert_eq!(no.data["phase"], "notifying_clients");
        assert!(no.remedy.contains("measurement."), "{}", no.remedy);
    }
}

#[test]
fn a_recording_of_an_attempt_that_was_given_up_is_never_taken_for_a_later_one() {
    let cast = Cast::sized(2, 2);
    let way = correct(&cast);
    let named = [
        by("mic1", uploaded("first.wav")),
        by("mic1", uploaded("a.wav")),
    ];
    let again = after(&after(&upto(8), &named), &way[..8]);
    let failed = after(
        &after(&upto(8), &named),
        &[by("mic2", error("battery low"))],
    );
    let after_failure = after(&failed, &way[..8]);
    let next = [
        by("mic1", take("a.wav", Some("take 2"))),
        by("mic2", uploaded("b.wav")),
    ];
    let next_speaker = after(&after(&again, &next), &way[10..18]);
    for session in [&again, &after_failure, &next_speaker] {
        for (device, name) in [
            ("mic1", "first.wav"),
            ("mic1", "a.wav"),
            ("mic2", "first.wav"),
        ] {
            let no = session
                .apply(&by(device, uploaded(name)), at(3))
                .unwrap_err();
            let refusal = no.refusal();
            assert_eq!((refusal.status, refusal.code), (409, "ABANDONED_RECORDING"));
            let place = json!({"upload_name": name, "mic_slot": "microphone_1", "speaker_slot": "speaker_1",
                "attempt": 1});
            assert_eq!(refusal.data, place);
            assert!(
                refusal.remedy.contains("of this attempt"),
                "{}",
                refusal.remedy
            );
        }
    }
    // A new recording may have the old name, and what is not there is simply not found.
    let fresh = again.apply(&by("mic1", take("a.wav", Some("take 2"))), at(3));
    assert_eq!(fresh.unwrap().facts.len(), 1);
    let gone = again.apply(&by("mic1", missing("a.wav")), at(3));
    assert!(matches!(gone, Err(Rejection::UploadNotFound { .. })));
}

#[test]
fn what_was_replaced_in_a_finished_cycle_is_not_taken_for_the_next() {
    let cast = Cast::sized(2, 2);
    let named = [
        by("mic1", uploaded("first.wav")),
        by("mic1", uploaded("a.wav")),
        by("mic2", uploaded("b.wav")),
    ];
    let next = after(&after(&upto(8), &named), &correct(&cast)[10..18]);
    let no = next
        .apply(&by("mic1", uploaded("first.wav")), at(3))
        .unwrap_err();
    assert!(
        matches!(no, Rejection::AbandonedRecording { attempt: 1, .. }),
        "{no}"
    );
    assert!(
        next.apply(&by("mic1", uploaded("a.wav")), at(3))
            .unwrap()
            .is_repeat()
    );
}

#[test]
fn a_session_that_was_stored_before_recordings_were_remembered_is_read() {
    let session = upto(9);
    let mut stored = serde_json::to_value(&session).unwrap();
    stored.as_object_mut().unwrap().remove("abandoned");
    stored["cycle"].as_object_mut().unwrap().remove("replaced");
    assert_eq!(serde_json::from_value::<Session>(stored).unwrap(), session);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut session = upto(8);
    for take in 0..600 {
        session = after(&session, &[by("mic1", uploaded(&format!("{take}.wav")))]);
    }
    let remembered = |of: &Session| {
        let stored = serde_json::to_value(of).unwrap();
        let count = |list: &Value| list.as_array().unwrap().len();
        (
            count(&stored["cycle"]["replaced"]),
            count(&stored["abandoned"]),
        )
    };
    assert_eq!(remembered(&session), (512, 0));
    let again = after(&session, &[by(ADMIN, Action::StartSpeaker)]);
    assert_eq!(remembered(&again), (0, 512));
}

#[test]
fn a_completed_session_starts_nothing_and_says_so() {
    let completed = upto(20);
    let outcome = completed
        .apply(&by(ADMIN, Action::StartSpeaker), at(3))
        .unwrap();
    assert!(outcome.is_repeat() && outcome.next == completed);
    let told = serde_json::to_value(&outcome.answer).unwrap();
    assert_eq!(told["status"], "completed");
    assert_eq!(
        told["completed_speakers"],
        json!(["speaker_1", "speaker_2"])
    );
    assert_eq!(
        completed
            .status()
            .current_measurement
            .unwrap()
            .speaker_slot_id,
        "speaker_2"
    );
}

#[test]
fn another_signal_than_the_one_named_first_is_refused() {
    let session = upto(5);
    assert_eq!(
        answer(&session, &by("spk1", audio_ready(None)))["audio_hash"],
        "h1"
    );
    let no = session
        .apply(&by("spk1", audio_ready(Some("h2"))), at(3))
        .unwrap_err();
    assert_eq!(
        no.to_string(),
        "The speaker signalled audio ready with audio_hash 'h1'; now it names 'h2'"
    );
    assert_eq!(no.refusal().status, 409);
}

#[test]
fn an_unknown_signal_is_flagged_never_refused() {
    for (reference, warnings) in [
        (Reference::Known, json!([])),
        (Reference::NotAsked, json!([])),
        (Reference::Unknown, json!(["REFERENCE_UNKNOWN"])),
    ] {
        let action = Action::SpeakerAudioReady {
            audio_hash: Some("x".to_owned()),
            reference,
        };
        let outcome = upto(4).apply(&by("spk1", action), at(3)).unwrap();
        let view = serde_json::to_value(outcome.next.status()).unwrap();
        assert_eq!(view["current_measurement"]["warnings"], warnings);
        assert_eq!(view["current_measurement"]["audio_hash"], "x");
        assert_eq!(outcome.events[0].payload["warnings"], warnings);
    }
}

#[test]
fn a_failure_stops_the_cycle_and_every_device_may_say_why() {
    let failed = after(&upto(6), &[by("mic1", error("no permission"))]);
    assert_eq!(failed.status().status, SessionStatus::Running);
    let second = failed
        .apply(&by("mic2", error("battery low")), at(3))
        .unwrap();
    let names: Vec<&str> = second
        .pushes
        .iter()
        .map(lobby::session::Push::event)
        .collect();
    assert_eq!(names, ["measurement.error"]);
    let no = second
        .next
        .apply(&by("mic2", Action::RecordingStarted), at(3))
        .unwrap_err()
        .refusal();
    assert_eq!(
        (no.code, &no.data["phase"]),
        ("WRONG_PHASE", &json!("failed"))
    );
    assert_eq!(
        no.remedy,
        "The admin starts this speaker again with measurement.start_speaker."
    );
    let retried = after(&second.next, &[by(ADMIN, Action::StartSpeaker)]);
    assert_eq!(
        (retried.attempt(), retried.cycle().unwrap().reports.len()),
        (2, 0)
    );
}

#[test]
fn an_error_after_the_last_recording_is_told_and_changes_nothing() {
    for session in [upto(10), upto(20)] {
        let report = by("mic1", error("battery low"));
        for _ in 0..2 {
            let outcome = session.apply(&report, at(3)).unwrap();
            assert_eq!(outcome.next, session);
            let [push] = outcome.pushes.as_slice() else {
                panic!("{:?}", outcome.pushes)
            };
            assert_eq!(push.event(), "measurement.error");
            assert!(push.to.contains(&ADMIN.to_owned()));
            assert_eq!(outcome.events[0].kind, "session_device_error");
        }
    }
}

#[test]
fn a_cancelled_cycle_has_failed_and_no_phase_is_pushed() {
    for session in [upto(3), upto(8), upto(10)] {
        let outcome = session
            .apply(&by(ADMIN, cancel("door bell")), at(3))
            .unwrap();
        let view = serde_json::to_value(outcome.next.status()).unwrap();
        assert_eq!(view["status"], "cancelled");
        assert_eq!(view["current_measurement"]["phase"], "failed");
        let events: Vec<&str> = outcome
            .pushes
            .iter()
            .map(lobby::session::Push::event)
            .collect();
        assert_eq!(events, ["measurement.session_cancelled"]);
    }
}

#[test]
fn the_first_reason_of_a_cancellation_stays() {
    let cancelled = after(&upto(3), &[by(ADMIN, cancel("door bell"))]);
    let again = answer(&cancelled, &by(ADMIN, cancel("too loud")));
    assert_eq!(
        again,
        json!({"session_id": cancelled.id(), "status": "cancelled", "reason": "door bell"})
    );
    let no = cancelled
        .apply(&by(ADMIN, Action::StartSpeaker), at(3))
        .unwrap_err()
        .refusal();
    assert_eq!((no.status, &no.data["phase"]), (409, &json!("cancelled")));
    assert_eq!(
        no.remedy,
        "Make a new session with measurement.create_session."
    );
}

#[test]
fn one_phone_at_two_places_plays_both_and_one_ready_counts_for_all_its_roles() {
    let cast = Cast::sized(2, 1).with_one_loudspeaker().with_loopback();
    let history = correct(&cast);
    let readies = history
        .iter()
        .filter(|command| command.action == Action::Ready)
        .count();
    assert_eq!(readies, 2);
    let session = after(&cast.session(), &history);
    assert_eq!(session.status().status, SessionStatus::Completed);
    assert_eq!(session.everybody(), ["spk1", ADMIN]);
}
