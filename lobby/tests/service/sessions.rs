//! Sessions through the service: whole measurements, who may, and what happens when measurement is away.

use chassis::client::Disturbance;
use ledger::testing::sqlite;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::cast::Cast;

#[tokio::test]
async fn a_repeat_of_every_step_changes_nothing() {
    for bench in Bench::both().await {
        a_repeat_of_every_step_changes_nothing_on(bench).await;
    }
}

async fn a_repeat_of_every_step_changes_nothing_on(bench: Bench) {
    let cast = Cast::of(&bench, 1, 1).await;
    let session = cast.session(&bench).await;
    cast.upload(&bench, 0);
    for (device, event, data) in cast.cycle(0, &session) {
        let first = bench.ok(&device, event, data.clone()).await;
        if event == "measurement.start_speaker" {
            continue;
        }
        let told = bench.gateway.all().len();
        let again = bench.ok(&device, event, data).await;
        assert_eq!((again, bench.gateway.all().len()), (first, told), "{event}");
    }
    assert_eq!(bench.measurement.facts().len(), 1);
    let nothing_left = bench.ok("adm", "measurement.start_speaker", session).await;
    assert_eq!(nothing_left["status"], "completed");
}

#[tokio::test]
async fn strangers_and_members_may_not_conduct() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        let (status, sentence) = bench
            .refused("spk1", "measurement.create_session", cast.request())
            .await;
        assert_eq!(
            (status, sentence.as_str()),
            (403, "Only the lobby admin can perform this action")
        );
        let session = cast.session(&bench).await;
        for event in ["start_speaker", "cancel_session"] {
            let (status, _) = bench
                .refused("mic1", &format!("measurement.{event}"), session.clone())
                .await;
            assert_eq!(status, 403, "{event}");
        }
        let mut results = session.clone();
        results["job_id"] = json!(cast.job_id);
        results["results"] = json!({"a": 0.1});
        assert_eq!(
            bench
                .refused("mic1", "measurement.broadcast_results", results.clone())
                .await
                .0,
            403
        );
        for event in ["ready", "recording_started", "error"] {
            let (status, _) = bench
                .refused("stranger", &format!("measurement.{event}"), session.clone())
                .await;
            assert_eq!(status, 403, "{event}");
        }
        assert_eq!(
            bench
                .refused("stranger", "measurement.session_status", session.clone())
                .await
                .0,
            403
        );
        bench
            .ok("onlooker", "lobby.join", json!({"code": cast.code}))
            .await;
        bench
            .ok("onlooker", "measurement.session_status", session.clone())
            .await;
        bench.gateway.take();

        let told = bench
            .ok("adm", "measurement.broadcast_results", results.clone())
            .await;
        assert_eq!(
            (&told["status"], &told["devices_notified"]),
            (&json!("results_broadcast"), &json!(3))
        );
        let (event, data, devices) = bench.gateway.take().remove(0);
        assert_eq!(
            (event.as_str(), devices.len()),
            ("measurement.analysis_results", 3)
        );
        assert_eq!(data["results"], results["results"]);
    }
}

#[tokio::test]
async fn a_session_needs_its_job_its_lobby_and_its_devices() {
    for bench in Bench::both().await {
        a_session_needs_its_job_its_lobby_and_its_devices_on(bench).await;
    }
}

async fn a_session_needs_its_job_its_lobby_and_its_devices_on(bench: Bench) {
    let cast = Cast::of(&bench, 1, 1).await;
    let with = |name: &str, value: Value| {
        let mut request = cast.request();
        request[name] = value;
        request
    };
    let unknown = "0190a5c6-0000-7000-8000-000000000000";
    for (request, status, part) in [
        (with("job_id", json!(unknown)), 404, "Job not found"),
        (with("job_id", json!("j")), 404, "Job not found"),
        (with("lobby_id", json!(unknown)), 404, "Lobby not found"),
        (with("lobby_id", json!("l")), 404, "Lobby not found"),
        (
            with("speakers", json!([])),
            400,
            "At least one speaker is required",
        ),
        (
            with("microphones", json!([{"device_id": "x"}])),
            400,
            "slot_id",
        ),
        (
            with(
                "microphones",
                json!([{"device_id": "nobody", "slot_id": "m"}]),
            ),
            409,
            "nobody",
        ),
    ] {
        let (found, sentence) = bench
            .refused("adm", "measurement.create_session", request)
            .await;
        assert!(
            found == status && sentence.contains(part),
            "{found} {sentence}"
        );
    }
    let missing = bench
        .refused("adm", "measurement.create_session", json!({}))
        .await;
    for name in ["job_id", "lobby_id", "speakers", "microphones"] {
        assert!(missing.1.contains(name), "{missing:?}");
    }
    for event in [
        "ready",
        "session_status",
        "cancel_session",
        "broadcast_results",
        "start_speaker",
    ] {
        for id in ["nope", unknown] {
            let told = bench
                .refused(
                    "adm",
                    &format!("measurement.{event}"),
                    json!({"session_id": id}),
                )
                .await;
            assert_eq!(told, (404, format!("Session not found: {id}")), "{event}");
        }
    }
}

#[tokio::test]
async fn without_measurement_only_the_hash_goes_unasked() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        bench.measurement.faults.always(Disturbance::Refuse);
        let away = (503, "The measurement service does not answer".to_owned());
        assert_eq!(
            bench
                .refused("adm", "measurement.create_session", cast.request())
                .await,
            away
        );
        bench.measurement.faults.clear();
        let session = cast.session(&bench).await;
        cast.upload(&bench, 0);
        bench.measurement.faults.always(Disturbance::Refuse);
        let steps = cast.cycle(0, &session);
        let (uploaded, before) = steps.split_last().unwrap();
        for (device, event, data) in before {
            bench.ok(device, event, data.clone()).await;
        }
        let status = bench
            .ok("adm", "measurement.session_status", session.clone())
            .await;
        assert_eq!(
            status["current_measurement"]["warnings"],
            json!([]),
            "not asked is not unknown"
        );
        assert_eq!(
            bench
                .refused(&uploaded.0, uploaded.1, uploaded.2.clone())
                .await,
            away
        );
        assert_eq!(
            bench.ok("adm", "measurement.session_status", session).await,
            status,
            "nothing changed"
        );
        bench.measurement.faults.clear();
        let done = bench.ok(&uploaded.0, uploaded.1, uploaded.2.clone()).await;
        assert_eq!(done["status"], "session_complete");
    }
}

#[tokio::test]
async fn who_may_not_and_what_comes_at_the_wrong_time_is_refused_before_measurement_is_asked() {
    for bench in Bench::both().await {
        who_may_not_and_what_comes_at_the_wrong_time_is_refused_before_measurement_is_asked_on(
            bench,
        )
        .await;
    }
}

async fn who_may_not_and_what_comes_at_the_wrong_time_is_refused_before_measurement_is_asked_on(
    bench: Bench,
) {
    let cast = Cast::of(&bench, 2, 2).await;
    let session = cast.session(&bench).await;
    cast.upload(&bench, 0);
    let steps = cast.cycle(0, &session);
    let (last, before) = steps.split_last().unwrap();
    bench.measurement.faults.always(Disturbance::Refuse);
    let calls = bench.measurement.faults.calls();
    for (done, (device, event, data)) in before.iter().enumerate() {
        refuses_without_asking(&bench, &steps[done..], done, &session).await;
        if *event == "measurement.recording_uploaded" {
            bench.measurement.faults.clear();
        }
        bench.ok(device, event, data.clone()).await;
    }
    let others =
        json!({"session_id": session["session_id"], "upload_name": cast.upload_name(0, "mic1")});
    bench.measurement.faults.always(Disturbance::Refuse);
    let asked = bench.measurement.faults.calls();
    let taken = bench.refused("mic2", last.1, others).await;
    assert_eq!(taken.0, 409, "{taken:?}");
    assert_eq!(bench.measurement.faults.calls(), asked);
    assert!(
        asked > calls,
        "the hash and the first recording were asked for"
    );
}

/// Steps that are not due yet, and steps of strangers, while measurement is away.
async fn refuses_without_asking(
    bench: &Bench,
    left: &[(String, &'static str, Value)],
    done: usize,
    session: &Value,
) {
    let asked = bench.measurement.faults.calls();
    let upload = json!({"session_id": session["session_id"], "upload_name": "a.wav"});
    let audio = json!({"session_id": session["session_id"], "audio_hash": "known"});
    for (event, data) in [
        ("recording_uploaded", &upload),
        ("speaker_audio_ready", &audio),
    ] {
        let event = format!("measurement.{event}");
        let stranger = bench.refused("stranger", &event, data.clone()).await;
        assert_eq!(stranger.0, 403, "{event} after {done} steps: {stranger:?}");
        let next = left.first().map(|step| step.1);
        let due = next == Some(event.as_str());
        let early = left
            .iter()
            .skip(1)
            .find(|step| step.1 == event)
            .filter(|_| !due);
        if let Some((device, _, _)) = early {
            let early = bench.refused(device, &event, data.clone()).await;
            let wanted = if done == 0 { 400 } else { 409 };
            assert_eq!(early.0, wanted, "{event} after {done} steps: {early:?}");
        }
    }
    assert_eq!(
        bench.measurement.faults.calls(),
        asked,
        "after {done} steps"
    );
}

#[tokio::test]
async fn an_unknown_hash_is_flagged_and_an_absent_upload_refused() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        let session = cast.session(&bench).await;
        let steps = cast.cycle(0, &session);
        let (uploaded, before) = steps.split_last().unwrap();
        for (device, event, data) in before {
            bench.ok(device, event, data.clone()).await;
        }
        let status = bench
            .ok("mic1", "measurement.session_status", session)
            .await;
        assert_eq!(
            status["current_measurement"]["warnings"],
            json!(["REFERENCE_UNKNOWN"])
        );
        let (status, sentence) = bench
            .refused(&uploaded.0, uploaded.1, uploaded.2.clone())
            .await;
        assert!(
            status == 404 && sentence.contains("rec spk1/mic1.wav"),
            "{status} {sentence}"
        );
    }
}

#[tokio::test]
async fn what_the_operator_says_is_the_address_of_everybody() {
    let bench = Bench::on(sqlite().await, Some("https://sonalyze.example/")).await;
    let cast = Cast::of(&bench, 1, 1).await;
    bench
        .ok(
            "adm",
            "lobby.profile_update",
            json!({"lobby_id": cast.lobby_id, "profile_id": "smartphone"}),
        )
        .await;
    let session = cast.session(&bench).await;
    cast.run(&bench, 0, &session).await;
    let pushes = bench.gateway.take();
    let url = pushes
        .iter()
        .find(|(event, _, _)| event == "measurement.request_audio")
        .unwrap()
        .1["audio_url"]
        .clone();
    let url = url.as_str().unwrap();
    assert!(
        url.starts_with("https://sonalyze.example/v1/measurement/audio?session_id="),
        "{url}"
    );
    assert!(
        url.contains("sweep_f_start=200") && url.contains("sweep_f_end=12000"),
        "the profile's band: {url}"
    );
}
