//! Facts of other services.

use serde_json::{Value, json};

use super::bench::{Bench, benches};

const LOBBY: &str = "0190a5c4-0000-7000-8000-000000000001";

fn fact(entity: &str, id: &str, seq: i64, fields: Value) -> Value {
    let mut fact = json!({"entity": entity, "id": id, "seq": seq});
    fact["fields"] = fields;
    fact
}

async fn told(bench: &Bench, facts: &[Value]) -> Value {
    let answer = bench
        .post("/internal/records", json!({"records": facts}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn facts_are_applied_in_order_once_and_change_only_what_they_name() {
    for bench in benches().await {
        let facts = [
            fact(
                "lobbies",
                LOBBY,
                1,
                json!({"code": "ROOM1", "state": "open", "creator_device_id": "phone 1", "created_at": "2026-01-31T09:00:00Z"}),
            ),
            fact("lobbies", LOBBY, 3, json!({"state": "measurement_running"})),
            fact("lobbies", LOBBY, 2, json!({"state": "closed"})),
            fact(
                "participants",
                "0190a5c4-0000-7000-8000-000000000002",
                1,
                json!({"lobby_id": LOBBY, "device_id": "phone 1", "role": "none"}),
            ),
            fact("devices", "phone 1", 1, json!({"label": "Phone"})),
        ];
        assert_eq!(
            told(&bench, &facts).await,
            json!({"applied": 4, "skipped": 1, "refused": []})
        );
        let lobby = bench.get("/v1/lobbies/by-code/ROOM1").await.body;
        assert_eq!(
            (&lobby["state"], &lobby["created_at"]),
            (
                &json!("measurement_running"),
                &json!("2026-01-31T09:00:00Z")
            )
        );
        let device = bench.get("/v1/devices/by-external/phone%201").await.body;
        assert_eq!(
            (&device["id"], &device["label"]),
            (&lobby["creator_device_id"], &json!("Phone"))
        );
        assert_eq!(
            told(&bench, &facts).await,
            json!({"applied": 0, "skipped": 5, "refused": []}),
            "sent again"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_applied_is_told_and_the_rest_is() {
    for bench in benches().await {
        bench.made("/v1/lobbies", json!({"code": "TAKEN"})).await;
        let facts = [
            fact(
                "analysis-outputs",
                LOBBY,
                1,
                json!({"measurement_id": LOBBY, "type": "sti"}),
            ),
            fact("lobbies", LOBBY, 1, json!({"code": "TAKEN"})),
            fact("lobbies", "no uuid", 1, json!({})),
            fact("analysis_outputs", LOBBY, 1, json!({"type": "banana"})),
            fact("measurements", LOBBY, 1, json!({"kind": "raw"})),
            fact("lobbies", LOBBY, 1, json!({"creator_device_id": "a\0"})),
            fact(
                "lobbies",
                LOBBY,
                1,
                json!({"creator_device_id": "x".repeat(129)}),
            ),
        ];
        let outcome = told(&bench, &facts).await;
        assert_eq!(
            (&outcome["applied"], &outcome["skipped"]),
            (&json!(1), &json!(0))
        );
        let refused: Vec<(Value, Value)> = outcome["refused"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| (r["index"].clone(), r["retry"].clone()))
            .collect();
        assert_eq!(
            refused,
            [
                (json!(0), json!(true)),
                (json!(1), json!(false)),
                (json!(2), json!(false)),
                (json!(3), json!(false)),
                (json!(5), json!(false)),
                (json!(6), json!(false))
            ]
        );
        let again = told(&bench, &facts[..1]).await;
        assert_eq!(again["applied"], 1, "its measurement is there now");
        let bad = bench
            .post(
                "/internal/records",
                json!({"records": [{"entity": "x", "seq": -1}]}),
            )
            .await;
        assert_eq!(
            (
                bad.status.as_u16(),
                bad.body["errors"].as_array().unwrap().len()
            ),
            (422, 4)
        );
    }
}
