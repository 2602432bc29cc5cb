//! The schema on both databases, and what survives a restart.

use ledger::testing::{assert_catalogue, databases};
use measurement::{MIGRATIONS, Measurement, Settings, statements};
use serde_json::json;

use crate::bench::one;

#[tokio::test]
async fn every_statement_is_understood() {
    for database in databases().await {
        MIGRATIONS.up(&database.pool).await.unwrap();
        ledger::prepare_all(&database.pool, statements::ALL)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_committed_catalogue_is_what_the_migrations_make() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    assert_catalogue(&MIGRATIONS, folder).await;
}

#[tokio::test]
async fn the_schema_goes_down_and_up_with_data_in_it() {
    for bench in crate::bench::benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "a", b"x").await.ok();
        let pool = &bench.database.pool;
        assert_eq!(MIGRATIONS.down(pool, 0).await.unwrap(), 2);
        assert_eq!(MIGRATIONS.up(pool).await.unwrap(), 2);
        MIGRATIONS.verify(pool).await.unwrap();
        bench.get(&format!("/v1/jobs/{job}")).await.refused(404);
        bench.new_job().await;
    }
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let bench = one().await;
    let (job, hash) = (bench.new_job().await, bench.audio_hash().await);
    bench.upload(&job, "a", b"x").await.ok();
    let identity = chassis::service::Identity::new("again", "127.0.0.1", None);
    let settings = Settings {
        database: Some(bench.database.url.clone()),
        run_migrations: false,
        ..Settings::new(identity, bench.folder.path())
    };
    let again = Measurement::open(settings).await.unwrap();
    let manner = chassis::client::Manner::default();
    let client = chassis::client::ServiceClient::in_memory("again", again.router(), &manner);
    let found: serde_json::Value = client.get_json(&format!("/v1/jobs/{job}")).await.unwrap();
    assert_eq!(found["uploads"], json!(["a"]));
    let path = format!("/internal/references/{hash}");
    let known: serde_json::Value = client.get_json(&path).await.unwrap();
    assert_eq!(known["audio_hash"], json!(hash));
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_without_its_words() {
    let bench = one().await;
    bench.measurement.close().await;
    let refused = bench.get("/v1/jobs").await;
    assert_eq!(refused.refused(503), "UNAVAILABLE");
    assert!(refused.headers.contains_key("retry-after"));
    let text = refused.text().to_lowercase();
    for inside in ["sql", "select", "pool", ".db", "/tmp"] {
        assert!(!text.contains(inside), "{text}");
    }
    assert_eq!(bench.get("/v1/ready").await.status, 503);
    assert_eq!(bench.get("/v1/health").await.status, 200);
}
