//! What every caller gets.

use serde_json::json;

use crate::bench::bench;

#[tokio::test]
async fn it_is_alive_and_ready_over_http_and_as_an_event() {
    let bench = bench();
    let alive = json!({"status": "ok"});
    assert_eq!(bench.get("/health").await.ok(), alive);
    assert_eq!(
        bench.event("simulation.health", &json!({})).await.ok(),
        alive
    );
    assert_eq!(bench.get("/ready").await.ok()["ready"], true);
}

#[tokio::test]
async fn materials_and_profiles_are_lists() {
    let bench = bench();
    let materials = bench.get("/materials").await.ok();
    assert_eq!(materials["materials"][0]["id"], "concrete");
    let profiles = bench.get("/reference-profiles").await.ok();
    assert_eq!(profiles["profiles"][1]["id"], "concert_hall");
}
