//! The process is killed after every command of a measurement in turn, and started again on the same file and port:
//! devices that come back find the session as it was, the measurement ends, and no push is lost.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![expect(clippy::panic, reason = "a test that cannot be set up has failed")]

mod process;
mod surroundings;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use process::Process;
use surroundings::Surroundings;

/// Commands of a session of one loudspeaker and two microphones.
const COMMANDS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_every_command_of_a_measurement() {
    for position in 0..=COMMANDS {
        run(position).await;
    }
}

async fn run(position: usize) {
    let surroundings = Surroundings::start().await;
    let mut process = Process::start(&surroundings).await;
    let session = session(&process).await;
    let commands = commands(&session);
    assert_eq!(commands.len(), COMMANDS);
    let (before, after) = commands.split_at(position);
    for (number, (device, event, data)) in before.iter().enumerate() {
        // What the last command pushes is still in the outbox when the process dies.
        surroundings.set_away(number + 1 == position);
        process.ok(device, event, data).await;
    }
    let stood = process
        .ok("adm", "measurement.session_status", &session)
        .await;
    process.kill();
    surroundings.set_away(false);

    process.start_again(&surroundings).await;
    assert_eq!(
        process
            .ok("adm", "measurement.session_status", &session)
            .await,
        stood,
        "killed after {position}"
    );
    if let Some((device, event, data)) = before
        .last()
        .filter(|(_, event, _)| *event != "measurement.start_speaker")
    {
        process.ok(device, event, data).await;
        let again = process
            .ok("adm", "measurement.session_status", &session)
            .await;
        assert_eq!(
            again, stood,
            "a device that repeats its command changes nothing, after {position}"
        );
    }
    for (device, event, data) in after {
        process.ok(device, event, data).await;
    }
    let done = process
        .ok("adm", "measurement.session_status", &session)
        .await;
    assert_eq!(
        (&done["status"], &done["completed_speakers"]),
        (&json!("completed"), &json!(1)),
        "after {position}"
    );
    check(&surroundings, &process, position).await;
}

/// A lobby with its devices and a session.
async fn session(process: &Process) -> Value {
    let lobby = process.ok("adm", "lobby.create", &json!({})).await;
    for device in ["spk", "mic1", "mic2"] {
        process
            .ok(device, "lobby.join", &json!({"code": lobby["code"]}))
            .await;
    }
    let listed = |device: &str| json!({"device_id": device, "slot_id": format!("at_{device}")});
    let request = json!({"job_id": surroundings::JOB, "lobby_id": lobby["lobby_id"],
        "speakers": [listed("spk")], "microphones": [listed("mic1"), listed("mic2")]});
    let made = process
        .ok("adm", "measurement.create_session", &request)
        .await;
    json!({"session_id": made["session_id"]})
}

fn commands(session: &Value) -> Vec<(&'static str, &'static str, Value)> {
    let with = |name: &str, value: &str| {
        let mut data = session.clone();
        data[name] = json!(value);
        data
    };
    vec![
        ("adm", "measurement.start_speaker", session.clone()),
        ("spk", "measurement.ready", session.clone()),
        ("mic1", "measurement.ready", session.clone()),
        ("mic2", "measurement.ready", session.clone()),
        (
            "spk",
            "measurement.speaker_audio_ready",
            with("audio_hash", "hash"),
        ),
        ("mic1", "measurement.recording_started", session.clone()),
        ("mic2", "measurement.recording_started", session.clone()),
        ("spk", "measurement.playback_complete", session.clone()),
        (
            "mic1",
            "measurement.recording_uploaded",
            with("upload_name", "one.wav"),
        ),
        (
            "mic2",
            "measurement.recording_uploaded",
            with("upload_name", "two.wav"),
        ),
    ]
}

/// Every push and every fact arrived at least once, and for the first time in order.
async fn check(surroundings: &Surroundings, process: &Process, position: usize) {
    let wanted = process.outbox().await;
    assert_eq!(wanted.get("measurement"), Some(&2), "after {position}");
    let pushes = wanted["gateway"];
    let seqs = surroundings.until(pushes).await;
    assert_eq!(seqs, (1..=pushes).collect::<Vec<i64>>(), "after {position}");
    let facts: BTreeMap<String, String> = surroundings
        .facts()
        .iter()
        .map(|fact| {
            (
                fact["mic_slot"].as_str().unwrap().to_owned(),
                fact["upload"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let both = [("at_mic1", "one.wav"), ("at_mic2", "two.wav")];
    assert_eq!(
        facts,
        both.map(|(slot, name)| (slot.to_owned(), name.to_owned()))
            .into(),
        "after {position}"
    );
}
