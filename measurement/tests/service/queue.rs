//! The queue of analyses: what is refused when it is full, what waits in it, and what does not wait.

use chassis::arithmetic::Arithmetic;
use serde_json::{Value, json};

use crate::analysis::reports;
use crate::bench::{benches_with, send};
use crate::sounds::response_wav;

#[tokio::test]
async fn a_full_queue_is_told_with_a_time_to_come_back() {
    let arithmetic = Arithmetic::new(1, 0);
    let busy = arithmetic.clone();
    let settings = move |s: &mut measurement::Settings| s.arithmetic = arithmetic.clone();
    let bench = benches_with(settings).await.remove(0);
    let job = bench.new_job().await;
    bench.upload(&job, "a", &response_wav()).await.ok();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (started, running) = tokio::sync::oneshot::channel();
    let held = tokio::spawn(async move {
        busy.run(move || {
            started.send(()).unwrap();
            // Ends when the other side is dropped.
            wait.recv().unwrap_err();
        })
        .await
    });
    running.await.unwrap();
    let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
    let refused = bench.analyze(&job, &body).await;
    assert_eq!(refused.refused(503), "UNAVAILABLE");
    assert!(refused.headers.contains_key("retry-after"));
    // What is no analysis does not wait for one.
    assert_eq!(bench.get("/v1/measurement/audio").await.status, 200);
    drop(release);
    held.await.unwrap().unwrap();
    bench.analyze(&job, &body).await.ok();
}

#[tokio::test]
async fn reports_are_read_while_analyses_queue() {
    let arithmetic = Arithmetic::new(1, 0);
    let pool = arithmetic.clone();
    let settings = move |s: &mut measurement::Settings| s.arithmetic = arithmetic.clone();
    let bench = benches_with(settings).await.remove(0);
    let job = bench.new_job().await;
    bench.upload(&job, "a", &response_wav()).await.ok();
    let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
    bench.analyze(&job, &body).await.ok();
    let _full = pool.admit().unwrap().turn().await.unwrap();
    bench.analyze(&job, &body).await.refused(503);
    let report = &reports(&bench, &job).await[0];
    let path = format!("/v1/jobs/{job}/reports/{}", report["id"].as_str().unwrap());
    for format in ["json", "html", "csv"] {
        let read = bench.get(&format!("{path}?format={format}")).await;
        assert_eq!(read.status, 200, "{format}: {}", read.text());
    }
}

#[tokio::test]
async fn contents_are_read_by_those_alone_whose_turn_it_is() {
    let arithmetic = Arithmetic::new(1, 1);
    let pool = arithmetic.clone();
    let settings = move |s: &mut measurement::Settings| s.arithmetic = arithmetic.clone();
    let bench = benches_with(settings).await.remove(0);
    let job = bench.new_job().await;
    bench.upload(&job, "a", &response_wav()).await.ok();
    let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
    let turn = pool.admit().unwrap().turn().await.unwrap();
    let client = bench.client.clone();
    let request = crate::bench::posted(&format!("/v1/jobs/{job}/analyze"), &body);
    let waits = tokio::spawn(async move { send(&client, request).await });
    assert!(becomes(&pool, false).await, "the call waits in the queue");
    // Who reads it now finds nothing.
    std::fs::remove_dir_all(bench.folder.path().join("blobs/sha256")).unwrap();
    let refused = bench.analyze(&job, &body).await;
    assert_eq!(
        refused.refused(503),
        "UNAVAILABLE",
        "refused before it is read"
    );
    drop(turn);
    let late = waits.await.unwrap();
    assert_eq!(late.refused(404), "NOT_FOUND", "read when it was its turn");
}

#[tokio::test]
async fn a_caller_that_leaves_the_queue_has_nothing_computed() {
    let arithmetic = Arithmetic::new(1, 1);
    let pool = arithmetic.clone();
    let settings = move |s: &mut measurement::Settings| s.arithmetic = arithmetic.clone();
    let bench = benches_with(settings).await.remove(0);
    let job = bench.new_job().await;
    bench.upload(&job, "a", &response_wav()).await.ok();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let held = pool.run(move || wait.recv().unwrap_err());
    let mut held = std::pin::pin!(held);
    assert!(futures_util::poll!(&mut held).is_pending());
    let client = bench.client.clone();
    let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
    let request = crate::bench::posted(&format!("/v1/jobs/{job}/analyze"), &body);
    let call = tokio::spawn(async move { send(&client, request).await });
    assert!(becomes(&pool, false).await, "the call waits in the queue");
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert!(becomes(&pool, true).await, "the place is free again");
    drop(release);
    held.await.unwrap();
    // Whatever waited before has been computed by now.
    pool.run(|| ()).await.unwrap();
    assert_eq!(reports(&bench, &job).await, Vec::<Value>::new());
}

/// Whether a full pool comes to have a place to wait, or to have none.
async fn becomes(pool: &Arithmetic, free: bool) -> bool {
    for _ in 0..1000 {
        // Dropped at once, so that it takes nobody's place.
        let asked = futures_util::poll!(Box::pin(pool.run(|| ())));
        if asked.is_pending() == free {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    false
}
