//! A whole measurement of two loudspeakers and two microphones: who hears what, and which facts are left.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::cast::Cast;

/// Name, data and devices of a push.
type Heard = (String, Value, Vec<String>);

/// What the admin hears of a measurement: everything that goes to all.
const TO_ALL: &str = "start_measurement notifying_clients speaker_downloading speaker_ready starting_recording \
    starting_recording playing playback_complete uploading processing speaker_complete \
    start_measurement notifying_clients speaker_downloading speaker_ready starting_recording \
    starting_recording playing playback_complete uploading processing completed session_complete";

/// What the first loudspeaker hears while it plays.
const TO_THE_LOUDSPEAKER: &str = "start_measurement notifying_clients speaker_downloading request_audio \
    speaker_ready starting_recording starting_recording playing start_playback playback_complete uploading \
    processing speaker_complete";

/// What a microphone hears meanwhile.
const TO_A_MICROPHONE: &str = "start_measurement notifying_clients speaker_downloading speaker_ready \
    starting_recording start_recording starting_recording playing playback_complete uploading stop_recording \
    processing speaker_complete";

#[tokio::test]
async fn two_loudspeakers_and_two_microphones_are_measured() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 2, 2).await;
        bench.measurement.add_reference("known");
        let session = cast.session(&bench).await;
        let next = cast.run(&bench, 0, &session).await;
        assert_eq!(next["status"], "speaker_measurement_complete");
        assert_eq!(next["remaining_speakers"], 1);
        let done = cast.run(&bench, 1, &session).await;
        assert_eq!(
            (&done["status"], &done["audio_hash"]),
            (&json!("session_complete"), &json!("known"))
        );

        let pushes = bench.gateway.take();
        check_pushes(&pushes);
        check_addresses(&pushes, &cast, &session);
        check_facts(&bench, &cast);
        check_log(&bench, &cast, &session).await;
    }
}

fn check_pushes(pushes: &[Heard]) {
    for (_, _, devices) in pushes {
        let distinct: HashSet<_> = devices.iter().collect();
        assert_eq!(distinct.len(), devices.len(), "each device once");
    }
    assert_eq!(heard(pushes, "adm"), TO_ALL);
    assert!(
        heard(pushes, "spk1").starts_with(TO_THE_LOUDSPEAKER),
        "{}",
        heard(pushes, "spk1")
    );
    assert!(
        heard(pushes, "mic2").starts_with(TO_A_MICROPHONE),
        "{}",
        heard(pushes, "mic2")
    );
}

/// Each device is sent to the address under which it reached the gateway itself.
fn check_addresses(pushes: &[Heard], cast: &Cast, session: &Value) {
    let first = |name: &str| pushes.iter().find(|(event, _, _)| event == name).unwrap();
    let (_, asked, loudspeaker) = first("measurement.request_audio");
    let id = session["session_id"].as_str().unwrap();
    assert_eq!(
        asked["audio_url"],
        format!("http://spk1.local:8000/v1/measurement/audio?session_id={id}")
    );
    assert_eq!(loudspeaker, &["spk1"]);
    let (_, stopped, microphone) = first("measurement.stop_recording");
    let endpoint = format!("http://mic1.local:8000/v1/jobs/{}/uploads/", cast.job_id);
    assert_eq!(stopped["upload_endpoint"], endpoint);
    assert_eq!(microphone, &["mic1"]);
}

fn check_facts(bench: &Bench, cast: &Cast) {
    let facts = bench.measurement.facts();
    let text = |fact: &Value, name: &str| fact[name].as_str().unwrap().to_owned();
    let keys: Vec<String> = facts
        .iter()
        .map(|fact| format!("{} {}", text(fact, "speaker_slot"), text(fact, "mic_slot")))
        .collect();
    assert_eq!(
        keys,
        [
            "speaker_1 microphone_1",
            "speaker_1 microphone_2",
            "speaker_2 microphone_1",
            "speaker_2 microphone_2"
        ]
    );
    assert_eq!(
        facts[0]["sha256"],
        format!("sha of {}", cast.upload_name(0, "mic1"))
    );
    assert_eq!(
        (&facts[0]["audio_hash"], &facts[0]["job"]),
        (&json!("known"), &json!(cast.job_id))
    );
}

async fn check_log(bench: &Bench, cast: &Cast, session: &Value) {
    let status = bench
        .ok("spk1", "measurement.session_status", session.clone())
        .await;
    assert_eq!(
        (&status["status"], &status["completed_speakers"]),
        (&json!("completed"), &json!(2))
    );
    let log = bench.log(&cast.lobby_id).await;
    let of_session = log
        .iter()
        .filter(|(_, payload)| payload["session_id"] == session["session_id"]);
    assert!(
        of_session.count() >= 10,
        "the log tells of the session: {log:?}"
    );
}

/// Names of the pushes of one device, phases by their word.
fn heard(pushes: &[Heard], device: &str) -> String {
    let of_device = pushes
        .iter()
        .filter(|(_, _, devices)| devices.iter().any(|one| one == device));
    let word = |(event, data, _): &Heard| match data["phase"].as_str() {
        Some(phase) => phase.to_owned(),
        None => event.trim_start_matches("measurement.").to_owned(),
    };
    of_device.map(word).collect::<Vec<_>>().join(" ")
}
