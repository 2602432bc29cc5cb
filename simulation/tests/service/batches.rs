//! Many requests in one call.

use serde_json::{Value, json};

use crate::bench::{bench, documented};

/// The documented request, and the direct sound alone of it.
fn direct() -> Value {
    let mut body = documented();
    body["max_order"] = json!(0);
    body
}

async fn results(requests: Value) -> Vec<Value> {
    let body = json!({ "requests": requests });
    let answer = bench().post("/simulate/batch", &body).await.ok();
    answer["results"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_request_has_its_own_answer_or_refusal_in_its_place() {
    let mut softer = documented();
    softer["room"]["default_material"]["absorption"] = json!(0.5);
    let found = results(json!([documented(), {"room": {"type": "cube"}}, softer, {}])).await;
    assert_eq!(found.len(), 4);
    let rt60_s = |i: usize| found[i]["pairs"][0]["metrics"]["rt60_s"].as_f64().unwrap();
    assert!(
        rt60_s(0) > 2.0 * rt60_s(2),
        "{} and {}",
        rt60_s(0),
        rt60_s(2)
    );
    for index in [1, 3] {
        assert_eq!(found[index]["status"], 400);
        let place = &found[index]["errors"][0]["loc"];
        let way = json!(["body", "requests", index]);
        assert_eq!(place.as_array().unwrap()[..3], way.as_array().unwrap()[..]);
    }
    let alone = bench().post("/simulate", &documented()).await.ok();
    assert_eq!(found[0], alone, "a batch changes nothing");
}

#[tokio::test]
async fn responses_of_a_batch_share_their_room() {
    // Each could answer 5.76 million samples of the 8 million that all may.
    let mut long = direct();
    long["sample_rate_hz"] = json!(192_000);
    long["rir_duration_s"] = json!(30);
    long["include_rir"] = json!(true);
    let found = results(json!([long, long, direct()])).await;
    assert!(found[0]["pairs"][0]["rir"].is_array());
    let msg = found[1]["errors"][0]["msg"].as_str().unwrap();
    assert!(msg.contains("5760000 samples; 2240000 are left"), "{msg}");
    assert_eq!(found[2]["pairs"][0]["distance_m"], json!(3.0));
}

#[tokio::test]
async fn a_batch_has_at_least_one_request_and_at_most_32() {
    let bench = bench();
    for requests in [
        json!([]),
        json!(vec![json!({}); 33]),
        json!([1]),
        json!(null),
    ] {
        let body = json!({ "requests": requests });
        let problem = bench.post("/simulate/batch", &body).await.refused(400);
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("Invalid simulation request: requests"),
            "{detail}"
        );
    }
    assert_eq!(results(json!(vec![direct(); 32])).await.len(), 32);
}
