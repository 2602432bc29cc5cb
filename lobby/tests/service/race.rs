//! Commands of one lobby at once: none is lost, and pushes keep one order without gaps.

use serde_json::json;

use crate::bench::Bench;
use crate::cast::Cast;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn microphones_that_speak_at_once_are_all_heard() {
    for bench in Bench::both().await {
        microphones_that_speak_at_once_are_all_heard_on(bench).await;
    }
}

async fn microphones_that_speak_at_once_are_all_heard_on(bench: Bench) {
    let cast = Cast::of(&bench, 1, 64).await;
    let session = cast.session(&bench).await;
    bench
        .ok("adm", "measurement.start_speaker", session.clone())
        .await;
    let mut ready = tokio::task::JoinSet::new();
    let bench = std::sync::Arc::new(bench);
    for device in cast.speakers.iter().chain(&cast.microphones) {
        let (bench, device, session) = (
            std::sync::Arc::clone(&bench),
            device.clone(),
            session.clone(),
        );
        ready.spawn(async move { bench.ok(&device, "measurement.ready", session).await });
    }
    let answers = ready.join_all().await;
    let last = answers
        .iter()
        .filter(|answer| answer["status"] == "all_ready")
        .count();
    assert_eq!(last, 1, "exactly one was the last: {answers:?}");
    let requests = bench
        .gateway
        .all()
        .into_iter()
        .filter(|push| push.event == "measurement.request_audio");
    assert_eq!(requests.count(), 1);
    let status = bench.ok("adm", "measurement.session_status", session).await;
    assert_eq!(status["current_measurement"]["microphones_ready"], 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pushes_of_a_lobby_are_numbered_without_gaps_and_arrive_in_order() {
    for bench in Bench::both().await {
        pushes_of_a_lobby_are_numbered_without_gaps_and_arrive_in_order_on(bench).await;
    }
}

async fn pushes_of_a_lobby_are_numbered_without_gaps_and_arrive_in_order_on(bench: Bench) {
    let made = bench.ok("adm", "lobby.create", json!({})).await;
    let bench = std::sync::Arc::new(bench);
    let mut joining = tokio::task::JoinSet::new();
    for number in 0..12 {
        let (bench, code) = (std::sync::Arc::clone(&bench), made["code"].clone());
        joining.spawn(async move {
            bench
                .ok(&format!("d{number}"), "lobby.join", json!({"code": code}))
                .await
        });
    }
    joining.join_all().await;
    let pushes = bench.gateway.until(24).await;
    let seqs: Vec<i64> = pushes.iter().map(|push| push.meta.unwrap().seq).collect();
    assert_eq!(seqs, (1..=24).collect::<Vec<i64>>());
    for (index, push) in pushes
        .iter()
        .filter(|push| push.event == "lobby.updated")
        .enumerate()
    {
        assert_eq!(
            push.device_ids.len(),
            index + 2,
            "each join is told to those who were there after it"
        );
    }
}
