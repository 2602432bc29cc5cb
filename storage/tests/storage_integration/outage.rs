//! A server that fails under load and comes back: refusals meanwhile, and nothing lost that was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use ledger::testing::Cluster;
use serde_json::{Value, json};

use crate::bench::Bench;

/// Acknowledged creations that are waited for before the server fails, and after it is back.
const ACKNOWLEDGED: usize = 40;

/// What became of the requests of all writers.
#[derive(Default)]
struct Fate {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
}

/// Creates devices until enough were acknowledged since the server came back; answers the ids of all that were.
async fn write(
    bench: Arc<Bench>,
    fate: Arc<Fate>,
    writer: usize,
    back: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0.. {
        let device = json!({"external_id": format!("{writer}-{number}")});
        let answer = bench.post("/v1/devices", device).await;
        if answer.status == StatusCode::OK {
            ids.push(answer.body["id"].as_str().unwrap().to_owned());
            fate.acknowledged.fetch_add(1, Ordering::SeqCst);
        } else {
            assert_eq!(
                answer.status,
                StatusCode::SERVICE_UNAVAILABLE,
                "{}",
                answer.body
            );
            assert_eq!(answer.header("retry-after"), "1");
            fate.refused.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
        let since = back.load(Ordering::SeqCst);
        if since > 0 && fate.acknowledged.load(Ordering::SeqCst) >= since + ACKNOWLEDGED {
            break;
        }
    }
    ids
}

/// Waits until a count has grown by so many.
async fn grown(count: &AtomicUsize, by: usize) {
    let end = count.load(Ordering::SeqCst) + by;
    while count.load(Ordering::SeqCst) < end {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_fails_and_comes_back_loses_nothing_that_was_acknowledged() {
    if std::env::var_os("SONALYZE_TEST_POSTGRES").is_some() {
        return;
    }
    let mut cluster = Cluster::start(Cluster::DURABLE).unwrap();
    let bench = Arc::new(Bench::at(cluster.database("storage").await.unwrap(), 0).await);
    let (fate, back) = (Arc::new(Fate::default()), Arc::new(AtomicUsize::new(0)));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        writers.spawn(write(
            Arc::clone(&bench),
            Arc::clone(&fate),
            writer,
            Arc::clone(&back),
        ));
    }
    grown(&fate.acknowledged, ACKNOWLEDGED).await;
    tokio::task::block_in_place(|| cluster.crash()).unwrap();
    grown(&fate.refused, 1).await;
    assert_eq!(bench.get("/healthz").await.body, json!({"ok": false}));
    let pushed = bench
        .post(
            "/api/queue",
            json!({"operation": "push", "queue": "q", "items": [{}]}),
        )
        .await;
    assert_eq!(
        (pushed.status.as_u16(), &pushed.body["success"]),
        (503, &Value::Bool(false))
    );
    let stored = bench
        .post(
            "/api/documents",
            json!({"documents": [{"url": "http://a"}]}),
        )
        .await;
    assert_eq!(
        (stored.status.as_u16(), &stored.body["failed"]),
        (503, &json!(1))
    );
    tokio::task::block_in_place(|| cluster.start_again()).unwrap();
    back.store(
        fate.acknowledged.load(Ordering::SeqCst).max(1),
        Ordering::SeqCst,
    );
    let ids: Vec<String> = writers.join_all().await.concat();
    assert!(ids.len() >= 2 * ACKNOWLEDGED);
    for id in ids {
        let found = bench.get(&format!("/v1/devices/{id}")).await;
        assert_eq!(found.status, StatusCode::OK, "{id} was acknowledged");
    }
    assert_eq!(bench.get("/healthz").await.body, json!({"ok": true}));
}
