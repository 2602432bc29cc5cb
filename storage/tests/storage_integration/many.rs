//! Many rows in one request.

use serde_json::json;

use super::bench::benches;

#[tokio::test]
async fn all_or_none() {
    for bench in benches().await {
        let items: Vec<_> = (0..200)
            .map(|n| json!({"external_id": format!("d{n}")}))
            .collect();
        let made = bench
            .post("/v1/devices:batch", json!({"items": items}))
            .await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(made.body["items"][199]["external_id"], "d199");
        let faulty = json!({"items": [{"code": "A"}, {"code": "x".repeat(17)}, {"state": "banana", "code": "B"}]});
        let refused = bench.post("/v1/lobbies:batch", faulty).await;
        assert_eq!(refused.status, 422);
        assert_eq!(
            refused.body["errors"][0]["loc"],
            json!(["body", "items", 1, "code"])
        );
        assert_eq!(
            refused.body["errors"][1]["loc"],
            json!(["body", "items", 2, "state"])
        );
        let twice = json!({"items": [{"code": "A"}, {"code": "B"}, {"code": "A"}]});
        let refused = bench.post("/v1/lobbies:batch", twice).await;
        assert_eq!(refused.status, 409);
        assert_eq!(
            refused.body["detail"],
            "items[2]: lobby code already exists"
        );
        assert_eq!(
            bench.get("/v1/lobbies").await.body,
            json!([]),
            "none was kept"
        );
    }
}

#[tokio::test]
async fn those_that_can_be() {
    for bench in benches().await {
        let items = json!([{"code": "A"}, {"code": "A"}, {"state": "banana"}, {}]);
        let told = bench
            .post(
                "/v1/lobbies:batch",
                json!({"items": items, "mode": "partial"}),
            )
            .await;
        assert_eq!(told.status, 207);
        let statuses: Vec<_> = told.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["status"].clone())
            .collect();
        assert_eq!(json!(statuses), json!([200, 409, 422, 200]));
        assert_eq!(told.body["items"][0]["body"]["code"], "A");
        assert_eq!(
            told.body["items"][1]["problem"]["detail"],
            "lobby code already exists"
        );
        let key = [("idempotency-key", "k")];
        let keyed = bench
            .call(
                "POST",
                "/v1/lobbies:batch",
                &key,
                Some(&json!({"items": [{}], "mode": "partial"})),
            )
            .await;
        assert_eq!(keyed.status, 400);
    }
}

#[tokio::test]
async fn a_batch_with_a_key_happens_once_and_has_bounds() {
    for bench in benches().await {
        let key = [("idempotency-key", "k")];
        let body = json!({"items": [{}, {}]});
        let first = bench
            .call("POST", "/v1/lobbies:batch", &key, Some(&body))
            .await;
        let again = bench
            .call("POST", "/v1/lobbies:batch", &key, Some(&body))
            .await;
        assert_eq!((first.status.as_u16(), &first.body), (200, &again.body));
        assert_eq!(
            bench
                .get("/v1/lobbies")
                .await
                .body
                .as_array()
                .unwrap()
                .len(),
            2
        );
        for body in [
            json!({}),
            json!({"items": []}),
            json!({"items": vec![json!({}); 1001]}),
            json!({"items": [1]}),
            json!({"items": [{}], "mode": "some"}),
        ] {
            assert_eq!(bench.post("/v1/lobbies:batch", body).await.status, 422);
        }
    }
}
