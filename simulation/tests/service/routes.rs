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

#[tokio::test]
async fn a_batch_answers_each_request_for_itself() {
    let bench = bench();
    let requests = json!([{"room": {"type": "cube"}}, {}, {"room_model": "{"}]);
    let answer = bench
        .post("/simulate/batch", &json!({"requests": requests}))
        .await
        .ok();
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["status"], 400);
        let place = &result["errors"][0]["loc"];
        assert_eq!(
            (&place[1], &place[2]),
            (&json!("requests"), &json!(index)),
            "{result}"
        );
    }
}
