//! Documents in memory: they are answered without the database, and never older than a write that was answered.

use ledger::on;
use serde_json::{Value, json};

use super::bench::{Bench, benches, caching};

const PATH: &str = "/api/documents";
const BEHIND_ITS_BACK: &str = "UPDATE documents SET status = 'behind'";

async fn store(bench: &Bench, status: &str) {
    let document = json!({"id": "a", "url": "http://a", "status": status});
    let told = bench.post(PATH, json!({"documents": [document]})).await;
    assert_eq!(told.status, 200, "{}", told.body);
}

async fn status(bench: &Bench) -> Value {
    bench.get(&format!("{PATH}/a")).await.body["status"].clone()
}

/// As another process would write: storage does not see it.
async fn write_behind_its_back(bench: &Bench) {
    let pool = bench.pool();
    on!(pool.alone(), db => sqlx::query(BEHIND_ITS_BACK).execute(db).await.map(drop)).unwrap();
}

#[tokio::test]
async fn a_write_of_this_process_is_seen_by_the_next_read() {
    for bench in caching(8).await {
        store(&bench, "first").await;
        assert_eq!(status(&bench).await, "first");
        write_behind_its_back(&bench).await;
        assert_eq!(status(&bench).await, "first", "it is answered from memory");
        store(&bench, "second").await;
        assert_eq!(status(&bench).await, "second");
        let moved = json!([{"id": "a", "url": "http://b", "status": "moved"}]);
        bench.post(PATH, json!({ "documents": moved })).await;
        assert_eq!(status(&bench).await, "moved");
        let by_address = json!([{"url": "http://b", "status": "by address"}]);
        bench.post(PATH, json!({ "documents": by_address })).await;
        assert_eq!(status(&bench).await, "by address");
        assert_eq!(bench.delete(&format!("{PATH}/a")).await.status, 200);
        assert_eq!(bench.get(&format!("{PATH}/a")).await.status, 404);
    }
}

#[tokio::test]
async fn an_answer_from_memory_is_the_same_and_asks_no_database() {
    for bench in caching(8).await {
        store(&bench, "first").await;
        let (read, kept) = (
            bench.get(&format!("{PATH}/a")).await,
            bench.get(&format!("{PATH}/a")).await,
        );
        assert_eq!((read.status, &read.body), (kept.status, &kept.body));
        assert_eq!(read.header("content-type"), "application/json");
        assert_eq!(kept.header("content-type"), "application/json");
        let line = "database_queries_total{operation=\"documents_get\"} 1";
        assert!(bench.metrics().await.lines().any(|found| found == line));
    }
}

#[tokio::test]
async fn without_the_setting_every_read_asks_the_database() {
    for bench in benches().await {
        store(&bench, "first").await;
        assert_eq!(status(&bench).await, "first");
        write_behind_its_back(&bench).await;
        assert_eq!(status(&bench).await, "behind");
    }
}

async fn read_again_and_again(bench: &Bench) {
    for _ in 0..300 {
        status(bench).await;
    }
}

async fn write_again_and_again(bench: &Bench) {
    for n in 1..60 {
        store(bench, &n.to_string()).await;
        assert_eq!(status(bench).await, n.to_string());
    }
}

#[tokio::test]
async fn reads_beside_writes_are_never_behind_an_answered_write() {
    for bench in caching(8).await {
        store(&bench, "0").await;
        let reads = read_again_and_again(&bench);
        futures_util::future::join(reads, write_again_and_again(&bench)).await;
    }
}
