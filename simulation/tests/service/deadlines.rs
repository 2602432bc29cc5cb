//! Callers whose time is over, and callers who leave: what runs for them ends.

use std::time::Duration;

use chassis::arithmetic::Arithmetic;
use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::bench::{Bench, bench, bench_with, documented, endless, within};

/// A service that computes one thing at a time; another may wait.
fn narrow() -> Bench {
    bench_with(Arithmetic::new(1, 1))
}

async fn call(bench: &Bench, request: http::Request<axum::body::Body>) -> (StatusCode, Value) {
    let answer = bench.router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// Waits until every place to compute and to wait is taken, or one of them is free again.
async fn until_full(arithmetic: &Arithmetic, is_full: bool) {
    for _ in 0..10_000 {
        if arithmetic.admit().is_err() == is_full {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let is = arithmetic.admit().is_err();
    assert_eq!(is, is_full, "it did not come about");
}

#[tokio::test]
async fn who_has_no_time_left_is_told_so_at_once() {
    for path in ["/simulate", "/simulate/batch"] {
        let (status, problem) = call(&bench(), within(0, path, &documented())).await;
        assert_eq!(
            (status.as_u16(), &problem["code"]),
            (504, &json!("TIMEOUT"))
        );
    }
}

#[tokio::test]
async fn what_takes_longer_than_its_caller_waits_is_given_up() {
    let bench = narrow();
    let (status, problem) = call(&bench, within(100, "/simulate", &endless())).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (504, &json!("TIMEOUT"))
    );
    assert!(problem["remedy"].as_str().unwrap().contains("fewer rays"));
    // There is one place to compute; this one has it only if the other ended.
    let next = bench.post("/simulate", &documented()).await.ok();
    assert_eq!(next["pairs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_runs_for_a_caller_who_leaves_is_given_up() {
    let bench = bench_with(Arithmetic::new(1, 0));
    let router = bench.router.clone();
    let request = within(60_000, "/simulate", &endless());
    let leaving = tokio::spawn(async move { router.oneshot(request).await });
    until_full(&bench.arithmetic, true).await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    until_full(&bench.arithmetic, false).await;
}

#[tokio::test]
async fn a_batch_hands_over_what_was_done_in_time() {
    let mut direct = documented();
    direct["max_order"] = json!(0);
    let body = json!({"requests": [direct, endless(), direct]});
    let (status, answer) = call(&bench(), within(4000, "/simulate/batch", &body)).await;
    assert_eq!(status, 200, "{answer}");
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results[0]["pairs"][0]["distance_m"], json!(3.0));
    for late in &results[1..] {
        assert_eq!(
            (&late["status"], &late["code"]),
            (&json!(504), &json!("TIMEOUT"))
        );
    }
}
