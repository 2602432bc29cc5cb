//! Who may do what, and the sentence for who may not.

use lobby::session::{Action, Rejection, Session};
use serde_json::json;

use super::cast::{
    ADMIN, Cast, STRANGER, actor, after, at, audio_ready, by, cancel, error, results, uploaded,
};
use super::history::correct;

#[test]
fn before_the_first_start_there_is_no_measurement() {
    let session = Cast::sized(2, 1).session();
    for (device, action) in [
        ("mic1", Action::Ready),
        ("spk2", audio_ready(None)),
        ("spk1", Action::RecordingStarted),
        ("spk1", Action::PlaybackComplete),
        ("mic1", uploaded("a.wav")),
    ] {
        let no = session.apply(&by(device, action), at(1)).unwrap_err();
        assert_eq!(
            (no.refusal().status, no.to_string().as_str()),
            (400, "No active measurement")
        );
    }
}

#[test]
fn steps_of_others_are_refused_with_the_contracts_sentences() {
    let cast = Cast::sized(2, 1);
    let session = after(&cast.session(), &correct(&cast)[..3]);
    let audio = "Only the current speaker can signal audio ready";
    let played = "Only the current speaker can signal playback complete";
    for (device, action, told) in [
        ("spk2", audio_ready(None), audio),
        ("mic1", audio_ready(None), audio),
        ("spk2", Action::PlaybackComplete, played),
        (
            "spk1",
            Action::RecordingStarted,
            "Only a microphone can signal recording started",
        ),
        (
            "spk1",
            uploaded("a.wav"),
            "Only a microphone can signal recording uploaded",
        ),
    ] {
        let no = session.apply(&by(device, action), at(1)).unwrap_err();
        assert_eq!((no.refusal().status, no.to_string().as_str()), (400, told));
    }
}

#[test]
fn who_is_not_listed_takes_no_part_and_who_is_not_admin_does_not_conduct() {
    let cast = Cast::sized(1, 1);
    let session = after(&cast.session(), &correct(&cast)[..3]);
    for device in [STRANGER, ADMIN] {
        let no = session
            .apply(&by(device, audio_ready(None)), at(1))
            .unwrap_err();
        let told =
            format!("Device '{device}' is neither a speaker nor a microphone of this session");
        assert_eq!((no.refusal().status, no.to_string()), (403, told));
    }
    for action in [Action::StartSpeaker, cancel("x"), results()] {
        let no = session.apply(&by("spk1", action), at(1)).unwrap_err();
        assert_eq!(
            no,
            Rejection::NotAdmin {
                device_id: "spk1".to_owned()
            }
        );
    }
}

#[test]
fn the_status_is_for_members() {
    let session = Cast::sized(1, 1).session();
    for device in ["spk1", ADMIN, "another member"] {
        assert!(session.status_for(&actor(device)).is_ok(), "{device}");
    }
    let no = session.status_for(&actor(STRANGER)).unwrap_err();
    assert_eq!(no.refusal().status, 403);
    let mut left = actor("spk1");
    left.is_member = false;
    assert!(session.status_for(&left).is_ok());
}

#[test]
fn the_status_has_the_contracts_fields() {
    let cast = Cast::sized(1, 1);
    let created = serde_json::to_value(cast.session().status()).unwrap();
    assert!(created.get("current_measurement").is_none());
    let session = after(&cast.session(), &correct(&cast)[..2]);
    let view = serde_json::to_value(session.status()).unwrap();
    let wanted = json!({
        "session_id": session.id(), "job_id": session.job_id(), "lobby_id": session.lobby_id(),
        "status": "running", "total_speakers": 1, "completed_speakers": 0,
        "speakers": [{"device_id": "spk1", "slot_id": "speaker_1", "slot_label": null, "completed": false,
            "owes": null}],
        "microphones": [{"device_id": "mic1", "slot_id": "microphone_1", "slot_label": null,
            "owes": "measurement.ready"}],
        "current_measurement": {
            "speaker_slot_id": "speaker_1", "phase": "notifying_clients", "speaker_ready": true,
            "speaker_audio_received": false, "microphones_ready": 0, "recordings_started": 0,
            "recordings_uploaded": 0, "audio_hash": null, "attempt": 1, "warnings": [],
        },
    });
    assert_eq!(view, wanted);
}

#[test]
fn the_status_tells_a_device_that_comes_back_what_it_has_to_send() {
    let cast = Cast::sized(2, 2);
    let way = correct(&cast);
    let owed = |session: &Session| {
        let view = session.status();
        let speakers = view.speakers.into_iter().map(|one| one.owes);
        let microphones = view.microphones.into_iter().map(|one| one.owes);
        let short = |owes: Option<&'static str>| owes.map_or("-", |event| &event[12..]);
        speakers.chain(microphones).map(short).collect::<Vec<_>>()
    };
    for (count, wanted) in [
        (0, ["-", "-", "-", "-"]),
        (1, ["ready", "-", "ready", "ready"]),
        (2, ["-", "-", "ready", "ready"]),
        (3, ["-", "-", "-", "ready"]),
        (4, ["speaker_audio_ready", "-", "-", "-"]),
        (5, ["-", "-", "recording_started", "recording_started"]),
        (6, ["-", "-", "-", "recording_started"]),
        (7, ["playback_complete", "-", "-", "-"]),
        (8, ["-", "-", "recording_uploaded", "recording_uploaded"]),
        (9, ["-", "-", "-", "recording_uploaded"]),
        (10, ["-", "-", "-", "-"]),
        (11, ["-", "ready", "ready", "ready"]),
        (20, ["-", "-", "-", "-"]),
    ] {
        let session = after(&cast.session(), &way[..count]);
        assert_eq!(owed(&session), wanted, "after {count}");
        // Whoever sends what it owes is heard.
        if let Some(next) = way.get(count).filter(|_| wanted != ["-"; 4]) {
            assert!(
                session
                    .apply(next, at(2))
                    .is_ok_and(|taken| !taken.is_repeat())
            );
        }
    }
    for stop in [
        by(ADMIN, cancel("door bell")),
        by("mic1", error("battery low")),
    ] {
        let stopped = after(&cast.session(), &way[..7]);
        assert_eq!(owed(&after(&stopped, &[stop])), ["-"; 4]);
    }
}

#[test]
fn addresses_are_shown_to_the_devices_that_they_are_for_as_they_reach_us_now() {
    let cast = Cast::sized(2, 1);
    let session = after(&cast.session(), &correct(&cast)[..4]);
    let shown = |device: &str| {
        let mut asks = actor(device);
        asks.base_url = Some(format!("http://{device}.local:8000/"));
        let view = session.status_for(&asks).unwrap();
        let current = view.current_measurement.unwrap();
        (current.audio_url, current.upload_endpoint)
    };
    let audio = format!(
        "http://spk1.local:8000/v1/measurement/audio?session_id={}",
        session.id()
    );
    let upload = format!(
        "http://mic1.local:8000/v1/jobs/{}/uploads/",
        session.job_id()
    );
    assert_eq!(shown("spk1"), (Some(audio), None));
    assert_eq!(shown("mic1"), (None, Some(upload)));
    assert_eq!(shown("spk2"), (None, None));
    assert_eq!(shown(ADMIN), (None, None));
}
