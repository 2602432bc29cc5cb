//! The published transcript of one measurement, and the pushes of one with two loudspeakers, word for word.

use contract::session::Phase;
use lobby::session::{Action, Command, Fact, Outcome, PushData, Session, Stage as Where};
use serde_json::{Value, json};

use super::cast::{
    ADMIN, Cast, DEFAULT_BASE, JOB, LOBBY, SESSION, at, audio_ready, by, create, name_of, results,
    uploaded,
};
use super::history::correct;

/// One loudspeaker, one microphone, an admin that is not listed.
struct Stage {
    session: Session,
}

impl Stage {
    fn does(&mut self, device: &str, action: Action) -> Outcome {
        let outcome = self.session.apply(&by(device, action), at(1)).unwrap();
        self.session = outcome.next.clone();
        outcome
    }
}

/// Each push as its name, its receivers and its data.
fn told(outcome: &Outcome) -> Vec<(String, Vec<&str>, Value)> {
    let one = |push: &lobby::session::Push| {
        let name = push.event().trim_start_matches("measurement.").to_owned();
        (name, Vec::new(), serde_json::to_value(&push.data).unwrap())
    };
    let mut told: Vec<(String, Vec<&str>, Value)> = outcome.pushes.iter().map(one).collect();
    for (row, push) in told.iter_mut().zip(&outcome.pushes) {
        row.1 = push.to.iter().map(String::as_str).collect();
    }
    told
}

fn answer(outcome: &Outcome) -> Value {
    serde_json::to_value(&outcome.answer).unwrap()
}

fn phase(name: &str, completed: usize) -> (String, Vec<&'static str>, Value) {
    let phase: Phase = serde_json::from_value(json!(name)).unwrap();
    let data = json!({
        "session_id": SESSION, "job_id": JOB, "phase": name, "phase_description": phase.description(),
        "current_speaker_index": 0, "total_speakers": 1, "completed_speakers": completed,
    });
    ("phase_update".to_owned(), vec!["spk1", "mic1", ADMIN], data)
}

fn push<'a>(name: &str, to: &[&'a str], data: Value) -> (String, Vec<&'a str>, Value) {
    (name.to_owned(), to.to_vec(), data)
}

#[test]
fn the_published_transcript() {
    let cast = Cast::sized(1, 1);
    let made = create(&cast.request(), ADMIN, cast.facts()).unwrap();
    let sizes = json!({
        "session_id": SESSION, "job_id": JOB, "lobby_id": LOBBY, "total_speakers": 1, "total_microphones": 1,
    });
    assert_eq!((answer(&made), told(&made)), (sizes, Vec::new()));
    let mut stage = Stage { session: made.next };
    let all = ["spk1", "mic1", ADMIN];
    until_playback(&mut stage, &all);
    let played = stage.does("spk1", Action::PlaybackComplete);
    let stop = json!({
        "session_id": SESSION, "job_id": JOB, "speaker_slot_id": "speaker_1",
        "upload_endpoint": format!("{DEFAULT_BASE}/v1/jobs/{JOB}/uploads/"),
    });
    let pushes = vec![
        phase("playback_complete", 0),
        phase("uploading", 0),
        push("stop_recording", &["mic1"], stop),
    ];
    assert_eq!(told(&played), pushes);
    let commanding = json!({"session_id": SESSION, "status": "playback_complete", "action": "commanding_upload"});
    assert_eq!(answer(&played), commanding);
    let done = stage.does("mic1", uploaded("recording_mic_1.wav"));
    let whole = json!({
        "session_id": SESSION, "job_id": JOB, "completed_speakers": ["speaker_1"], "audio_hash": "H",
    });
    let finale = vec![
        phase("processing", 0),
        phase("completed", 1),
        push("session_complete", &all, whole),
    ];
    assert_eq!(told(&done), finale);
    let complete = json!({
        "session_id": SESSION, "status": "session_complete", "completed_speakers": ["speaker_1"], "audio_hash": "H",
    });
    assert_eq!(answer(&done), complete);
    let sent = stage.does(ADMIN, results());
    let data = json!({"session_id": SESSION, "job_id": JOB, "results": {"samplerate_hz": 48000}});
    assert_eq!(told(&sent), vec![push("analysis_results", &all, data)]);
    // Three: the admin is told too.
    let notified =
        json!({"session_id": SESSION, "status": "results_broadcast", "devices_notified": 3});
    assert_eq!(answer(&sent), notified);
}

fn until_playback(stage: &mut Stage, all: &[&str]) {
    let started = stage.does(ADMIN, Action::StartSpeaker);
    let start = json!({
        "session_id": SESSION, "job_id": JOB, "current_speaker_slot_id": "speaker_1",
        "current_speaker_slot_label": null, "speaker_device_id": "spk1", "total_microphones": 1,
    });
    assert_eq!(
        told(&started),
        vec![
            push("start_measurement", all, start),
            phase("notifying_clients", 0)
        ]
    );
    let current = json!({
        "session_id": SESSION, "status": "notifying_clients",
        "current_speaker": {"device_id": "spk1", "slot_id": "speaker_1", "slot_label": null},
        "microphones": [{"device_id": "mic1", "slot_id": "microphone_1"}],
    });
    assert_eq!(answer(&started), current);
    let first = stage.does("spk1", Action::Ready);
    assert!(told(&first).is_empty());
    let waiting = json!({"session_id": SESSION, "status": "waiting", "speaker_ready": true, "microphones_ready": "0/1"});
    assert_eq!(answer(&first), waiting);
    let second = stage.does("mic1", Action::Ready);
    let url = format!("{DEFAULT_BASE}/v1/measurement/audio?session_id={SESSION}");
    let audio = json!({"session_id": SESSION, "audio_url": url});
    assert_eq!(
        told(&second),
        vec![
            phase("speaker_downloading", 0),
            push("request_audio", &["spk1"], audio)
        ]
    );
    let ready = json!({"session_id": SESSION, "status": "all_ready", "action": "requesting_audio_from_speaker"});
    assert_eq!(answer(&second), ready);
    let fetched = stage.does("spk1", audio_ready(Some("H")));
    let record = json!({"session_id": SESSION, "speaker_slot_id": "speaker_1", "expected_duration_seconds": 15.0});
    let pushes = vec![
        phase("speaker_ready", 0),
        phase("starting_recording", 0),
        push("start_recording", &["mic1"], record),
    ];
    assert_eq!(told(&fetched), pushes);
    let commanding =
        json!({"session_id": SESSION, "status": "commanding_recording_start", "audio_hash": "H"});
    assert_eq!(answer(&fetched), commanding);
    let records = stage.does("mic1", Action::RecordingStarted);
    let play = json!({"session_id": SESSION});
    assert_eq!(
        told(&records),
        vec![phase("playing", 0), push("start_playback", &["spk1"], play)]
    );
    let playing =
        json!({"session_id": SESSION, "status": "all_recording", "action": "playback_commanded"});
    assert_eq!(answer(&records), playing);
}

#[test]
fn counters_are_text_in_answers_and_numbers_in_pushes() {
    let cast = Cast::sized(1, 2);
    let mut stage = Stage {
        session: cast.session(),
    };
    stage.does(ADMIN, Action::StartSpeaker);
    stage.does("spk1", Action::Ready);
    assert_eq!(
        answer(&stage.does("mic1", Action::Ready))["microphones_ready"],
        "1/2"
    );
    stage.does("mic2", Action::Ready);
    stage.does("spk1", audio_ready(None));
    let first = stage.does("mic2", Action::RecordingStarted);
    assert_eq!(answer(&first)["recordings_started"], "1/2");
    let [(_, to, data)] = &told(&first)[..] else {
        panic!("one push")
    };
    assert_eq!(to, &["spk1", "mic1", "mic2", ADMIN]);
    assert_eq!(data["phase"], "starting_recording");
    assert_eq!(
        (&data["recordings_started"], &data["total_microphones"]),
        (&json!(1), &json!(2))
    );
    stage.does("mic1", Action::RecordingStarted);
    stage.does("spk1", Action::PlaybackComplete);
    let upload = stage.does("mic2", uploaded("b.wav"));
    assert_eq!(answer(&upload)["uploads_received"], "1/2");
    assert!(told(&upload).is_empty());
    let view = serde_json::to_value(stage.session.status()).unwrap();
    assert_eq!(view["current_measurement"]["recordings_uploaded"], 1);
}

/// Every push that a device gets in a whole measurement, phases as `phase`.
fn heard(cast: &Cast, device: &str) -> Vec<String> {
    let (mut session, mut heard) = (cast.session(), Vec::new());
    for command in correct(cast) {
        let outcome = session.apply(&command, at(1)).unwrap();
        for push in outcome
            .pushes
            .iter()
            .filter(|push| push.to.iter().any(|to| to == device))
        {
            let name = push.event().trim_start_matches("measurement.");
            heard.push(if let PushData::PhaseUpdate(update) = &push.data {
                Where::Cycle(update.phase).as_str().to_owned()
            } else {
                name.to_uppercase()
            });
        }
        session = outcome.next;
    }
    heard
}

#[test]
fn two_loudspeakers_two_microphones() {
    let cast = Cast::sized(2, 2);
    let cycle = |who: &str, end: &[&str]| {
        let mut list = vec![
            "START_MEASUREMENT",
            "notifying_clients",
            "speaker_downloading",
        ];
        list.extend((who == "playing").then_some("REQUEST_AUDIO"));
        list.extend(["speaker_ready", "starting_recording"]);
        list.extend((who == "recording").then_some("START_RECORDING"));
        list.extend(["starting_recording", "playing"]);
        list.extend((who == "playing").then_some("START_PLAYBACK"));
        list.extend(["playback_complete", "uploading"]);
        list.extend((who == "recording").then_some("STOP_RECORDING"));
        list.push("processing");
        list.extend(end);
        list.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let (next, last) = (["SPEAKER_COMPLETE"], ["completed", "SESSION_COMPLETE"]);
    let whole = |first: &str, second: &str| [cycle(first, &next), cycle(second, &last)].concat();
    assert_eq!(heard(&cast, "spk1"), whole("playing", "listening"));
    assert_eq!(heard(&cast, "spk2"), whole("listening", "playing"));
    assert_eq!(heard(&cast, "mic1"), whole("recording", "recording"));
    assert_eq!(heard(&cast, "mic2"), whole("recording", "recording"));
    assert_eq!(heard(&cast, ADMIN), whole("listening", "listening"));
}

#[test]
fn one_phone_that_plays_and_records_gets_each_push_once() {
    let cast = Cast::sized(1, 1).with_loopback();
    let heard = heard(&cast, "spk1");
    let commands: Vec<&str> = heard
        .iter()
        .map(String::as_str)
        .filter(|name| name.chars().all(|c| !c.is_lowercase()))
        .collect();
    let once = [
        "START_MEASUREMENT",
        "REQUEST_AUDIO",
        "START_RECORDING",
        "START_PLAYBACK",
        "STOP_RECORDING",
        "SESSION_COMPLETE",
    ];
    assert_eq!(commands, once);
}

#[test]
fn every_recording_leaves_a_fact_with_its_key() {
    let cast = Cast::sized(2, 2);
    let mut session = cast.session();
    let mut facts: Vec<Fact> = Vec::new();
    let mut history: Vec<Command> = correct(&cast);
    // The first loudspeaker needs two attempts.
    history.insert(1, by(ADMIN, Action::StartSpeaker));
    for command in history {
        let outcome = session.apply(&command, at(1)).unwrap();
        facts.extend(outcome.facts);
        session = outcome.next;
    }
    let keys: Vec<(&str, &str, u32, &str)> = facts
        .iter()
        .map(|fact| {
            let pair = &fact.pair;
            (
                pair.speaker_slot.as_str(),
                pair.mic_slot.as_str(),
                pair.attempt,
                fact.upload.as_str(),
            )
        })
        .collect();
    let name = |speaker, mic| name_of(speaker, mic);
    let names = [
        name("speaker_1", "microphone_1"),
        name("speaker_1", "microphone_2"),
        name("speaker_2", "microphone_1"),
        name("speaker_2", "microphone_2"),
    ];
    let wanted = [
        ("speaker_1", "microphone_1", 2, names[0].as_str()),
        ("speaker_1", "microphone_2", 2, names[1].as_str()),
        ("speaker_2", "microphone_1", 1, names[2].as_str()),
        ("speaker_2", "microphone_2", 1, names[3].as_str()),
    ];
    assert_eq!(keys, wanted);
    assert!(
        facts
            .iter()
            .all(|fact| fact.job == JOB && fact.audio_hash.as_deref() == Some("h1"))
    );
    let event = uuid::Uuid::from_u128(9);
    let wire = serde_json::to_value(facts[0].clone().identified(event)).unwrap();
    assert_eq!(
        (&wire["event_id"], &wire["session_id"]),
        (&json!(event), &json!(SESSION))
    );
}
