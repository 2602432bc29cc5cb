//! What is refused, and how.

use std::sync::mpsc;

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::bench::{bench, documented};

#[tokio::test]
async fn a_request_with_faults_is_400_with_a_sentence_and_a_list() {
    let bench = bench();
    let mut body = documented();
    body["room"]["dimensions_m"] = json!([5, 4]);
    body["sample_rate_hz"] = json!(0);
    let problem = bench.post("/simulate", &body).await.refused(400);
    assert_eq!(
        problem["detail"],
        "Invalid simulation request: sample_rate_hz: Input should be a valid integer between 4000 and 192000; \
         room.dimensions_m: List should have at least 3 items after validation, not 2"
    );
    assert_eq!(
        problem["errors"][1]["loc"],
        json!(["body", "room", "dimensions_m"])
    );
    let event = bench.event("simulation.run", &body).await.refused(400);
    assert_eq!(event["detail"], problem["detail"]);
    assert_eq!(
        event["errors"][1]["loc"],
        json!(["data", "room", "dimensions_m"])
    );
}

#[tokio::test]
async fn a_body_that_is_no_object_is_422() {
    let bench = bench();
    bench.post("/simulate", &json!([1])).await.refused(422);
    let broken = Request::post("/simulate").body(Body::from("{")).unwrap();
    bench.send(broken).await.refused(422);
}

#[tokio::test]
async fn an_unknown_event_is_named() {
    let bench = bench();
    let problem = bench.event("simulation.zzz", &json!({})).await.refused(400);
    assert_eq!(
        (&problem["detail"], &problem["code"]),
        (
            &json!("Unknown event: simulation.zzz"),
            &json!("UNKNOWN_EVENT")
        )
    );
    bench
        .event("simulation.run", &json!([1]))
        .await
        .refused(400);
    bench.post("/gateway/handle", &json!({})).await.refused(422);
}

#[tokio::test]
async fn data_that_no_number_can_hold_or_that_are_too_deep_are_the_callers_fault() {
    let bench = bench();
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    for data in [r#"{"seed": 1e999}"#, &deep] {
        let envelope = format!(
            r#"{{"client": {{"device_id": "d", "connection_id": "c"}},
                "message": {{"event": "simulation.run", "data": {data}}}}}"#
        );
        let call = Request::post("/gateway/handle").body(Body::from(envelope));
        let problem = bench.send(call.unwrap()).await.refused(400);
        assert_eq!(problem["errors"][0]["type"], "json_invalid");
        assert_eq!(problem["errors"][0]["loc"], json!(["data"]));
    }
}

#[tokio::test]
async fn an_event_whose_answer_would_be_too_long_is_refused_before_it_is_computed() {
    let bench = bench();
    let mut body = documented();
    body["sample_rate_hz"] = json!(192_000);
    body["rir_duration_s"] = json!(3);
    body["include_rir"] = json!(true);
    let problem = bench.event("simulation.run", &body).await.refused(400);
    let fault = &problem["errors"][0];
    assert_eq!(fault["loc"], json!(["data", "include_rir"]));
    let msg = fault["msg"].as_str().unwrap();
    assert!(
        msg.contains("576000 samples") && msg.contains("POST /simulate"),
        "{msg}"
    );
}

#[tokio::test]
async fn a_full_pool_says_when_to_come_back() {
    let bench = bench();
    let held: Vec<_> = (0..2)
        .map(|_| {
            let (release, wait) = mpsc::channel::<()>();
            let (started, start) = tokio::sync::oneshot::channel();
            let arithmetic = bench.arithmetic.clone();
            let work = move || {
                started.send(()).unwrap();
                wait.recv().unwrap();
            };
            (
                release,
                start,
                tokio::spawn(async move { arithmetic.run(work).await }),
            )
        })
        .collect();
    let mut running = Vec::new();
    for (release, start, task) in held {
        start.await.unwrap();
        running.push((release, task));
    }
    for path in ["/simulate", "/simulate/batch"] {
        let answer = bench.post(path, &documented()).await;
        assert!(answer.headers.contains_key("retry-after"));
        answer.refused(503);
        // Nothing is read for who is not admitted.
        let broken = Request::post(path).body(Body::from("{")).unwrap();
        bench.send(broken).await.refused(503);
    }
    for (release, task) in running {
        release.send(()).unwrap();
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_handle_needs_the_token_where_others_can_reach_it() {
    let identity = chassis::service::Identity::new(simulation::NAME, "0.0.0.0", None);
    let router = simulation::Simulation::new(simulation::Settings::new(identity)).router();
    let manner = chassis::client::Manner::default();
    let client = chassis::client::ServiceClient::in_memory(simulation::NAME, router, &manner);
    let call = Request::post("/gateway/handle")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(client.send(call).await.unwrap().status(), 403);
}
