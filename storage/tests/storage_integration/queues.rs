//! `POST /api/queue`: every operation, and every refusal in the form of the route.

use http::StatusCode;
use serde_json::{Value, json};

use crate::bench::benches;

fn ids(items: &Value) -> Vec<&str> {
    let ids = items.as_array().unwrap().iter();
    ids.map(|item| item["id"].as_str().unwrap()).collect()
}

fn numbered(count: usize) -> Value {
    (0..count)
        .map(|number| json!({"id": format!("i{number}")}))
        .collect()
}

#[tokio::test]
async fn items_come_out_by_priority_then_in_the_order_they_went_in_and_are_gone() {
    for bench in benches().await {
        let items = json!([{"id": "low", "priority": -3, "payload": {"a": 1}}, {"id": "first"}, {"id": "second"},
            {"id": "high", "priority": 7}]);
        let pushed = bench
            .queue(json!({"operation": "push", "queue": "q", "items": items}))
            .await;
        assert_eq!(ids(&pushed), ["low", "first", "second", "high"]);
        assert_eq!(pushed[0]["payload"], json!({"a": 1}));
        let all = json!({"operation": "peek", "queue": "q"});
        let order = ["high", "first", "second", "low"];
        assert_eq!(
            ids(&bench.queue(all.clone()).await),
            order,
            "a look changes nothing"
        );
        assert_eq!(ids(&bench.queue(all.clone()).await), order);
        let one = bench
            .queue(json!({"operation": "pop", "queue": "q", "limit": 1}))
            .await;
        assert_eq!(ids(&one), ["high"]);
        assert!(
            one[0].get("receipt").is_none(),
            "it is gone: there is nothing to finish"
        );
        let two = bench
            .queue(json!({"operation": "pop", "queue": "q", "items": [{}, {}]}))
            .await;
        assert_eq!(ids(&two), ["first", "second"]);
        let rest = bench.queue(json!({"operation": "pop", "queue": "q"})).await;
        assert_eq!(
            rest,
            json!([{"id": "low", "payload": {"a": 1}, "priority": -3, "attempts": 1}])
        );
        assert_eq!(
            bench.queue(json!({"operation": "pop", "queue": "q"})).await,
            json!([])
        );
        assert_eq!(
            bench
                .queue(json!({"operation": "pop", "queue": "unknown"}))
                .await,
            json!([])
        );
        assert_eq!(
            bench
                .queue(json!({"operation": "peek", "queue": "unknown"}))
                .await,
            json!([])
        );
    }
}

#[tokio::test]
async fn a_pop_takes_a_batch_at_most() {
    for bench in benches().await {
        bench
            .queue(json!({"operation": "push", "queue": "q", "items": numbered(150)}))
            .await;
        let taken = bench
            .queue(json!({"operation": "pop", "queue": "q", "limit": 1000}))
            .await;
        assert_eq!(taken.as_array().unwrap().len(), 100);
        let taken = bench.queue(json!({"operation": "pop", "queue": "q"})).await;
        assert_eq!(taken.as_array().unwrap().len(), 50);
    }
}

#[tokio::test]
async fn an_item_under_a_lease_is_finished_or_given_back_by_its_receipt_alone() {
    for bench in benches().await {
        bench
            .queue(json!({"operation": "push", "queue": "q", "items": numbered(2)}))
            .await;
        let lease = json!({"operation": "pop", "queue": "q", "visibilityTimeoutSeconds": 60});
        let taken = bench.queue(lease.clone()).await;
        assert_eq!(ids(&taken), ["i0", "i1"]);
        assert_eq!(
            bench.queue(lease.clone()).await,
            json!([]),
            "they are being worked on"
        );
        assert_eq!(
            bench
                .queue(json!({"operation": "peek", "queue": "q"}))
                .await,
            json!([])
        );

        let longer = json!({"operation": "extend", "queue": "q", "items": taken, "visibilityTimeoutSeconds": 90});
        assert_eq!(ids(&bench.queue(longer).await), ["i0", "i1"]);
        let done = json!({"operation": "ack", "queue": "q", "items": [taken[0]]});
        assert_eq!(bench.queue(done.clone()).await, json!([{"id": "i0"}]));
        bench
            .queue(json!({"operation": "nack", "queue": "q", "items": [taken[1]]}))
            .await;
        let again = bench.queue(lease).await;
        assert_eq!(
            (ids(&again), &again[0]["attempts"]),
            (vec!["i1"], &json!(2))
        );

        let stale = json!({"operation": "ack", "queue": "q", "items": [taken[0], taken[1], {"id": "x", "receipt": "y"}]});
        let refused = bench.post("/api/queue", stale).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.body["success"], false);
        assert_eq!(ids(&refused.body["errors"]), ["i0", "i1", "x"]);
        let elsewhere = json!({"operation": "ack", "queue": "r", "items": again});
        assert_eq!(
            bench.post("/api/queue", elsewhere).await.status,
            StatusCode::BAD_REQUEST
        );
        let mixed = json!({"operation": "ack", "queue": "q", "items": [taken[0], again[0]]});
        let partly = bench.post("/api/queue", mixed).await;
        assert_eq!(partly.status, StatusCode::MULTI_STATUS);
        assert_eq!(
            (ids(&partly.body["items"]), ids(&partly.body["errors"])),
            (vec!["i1"], vec!["i0"])
        );
    }
}

#[tokio::test]
async fn an_item_that_fails_too_often_is_dead_until_it_is_pushed_again() {
    for bench in benches().await {
        bench
            .queue(json!({"operation": "push", "queue": "q", "items": numbered(1)}))
            .await;
        let lease = json!({"operation": "pop", "queue": "q", "visibilityTimeoutSeconds": 60});
        for attempt in 1..=3 {
            let taken = bench.queue(lease.clone()).await;
            assert_eq!(taken[0]["attempts"], attempt);
            bench
                .queue(json!({"operation": "nack", "queue": "q", "items": taken}))
                .await;
        }
        assert_eq!(bench.queue(lease.clone()).await, json!([]));
        let dead = json!({"operation": "peek", "queue": "q", "status": "dead"});
        assert_eq!(ids(&bench.queue(dead.clone()).await), ["i0"]);
        bench
            .queue(json!({"operation": "push", "queue": "q", "items": numbered(1)}))
            .await;
        assert_eq!(bench.queue(dead).await, json!([]));
        assert_eq!(bench.queue(lease).await[0]["attempts"], 1, "it begins anew");
    }
}

#[tokio::test]
async fn of_one_id_a_queue_has_one_item() {
    for bench in benches().await {
        let push = |queue: &str, items: Value| json!({"operation": "push", "queue": queue, "items": items});
        bench
            .queue(push(
                "q",
                json!([{"id": "a", "payload": {"n": 1}}, {"id": "b"}]),
            ))
            .await;
        bench
            .queue(push("r", json!([{"id": "a", "payload": {"n": 2}}])))
            .await;
        let twice = json!([{"id": "b", "payload": {"n": 3}}, {"id": "b", "payload": {"n": 4}, "priority": 1}]);
        assert_eq!(
            ids(&bench.queue(push("q", twice)).await),
            ["b", "b"],
            "both are answered"
        );
        let seen = bench
            .queue(json!({"operation": "peek", "queue": "q"}))
            .await;
        assert_eq!(ids(&seen), ["b", "a"]);
        assert_eq!(seen[0]["payload"], json!({"n": 4}));
        let taken = bench
            .queue(json!({"operation": "pop", "queue": "q", "visibilityTimeoutSeconds": 60}))
            .await;
        bench
            .queue(push("q", json!([{"id": "a", "payload": {"n": 9}}])))
            .await;
        assert_eq!(
            bench
                .queue(json!({"operation": "peek", "queue": "q"}))
                .await,
            json!([]),
            "a is being worked on"
        );
        bench
            .queue(json!({"operation": "nack", "queue": "q", "items": taken}))
            .await;
        let seen = bench
            .queue(json!({"operation": "peek", "queue": "q"}))
            .await;
        assert_eq!(seen[1]["payload"], json!({"n": 1}), "and stays as it was");
    }
}

#[tokio::test]
async fn items_for_later_are_not_seen_yet() {
    for bench in benches().await {
        let items = json!([{"id": "later", "delaySeconds": 3600}, {"id": "then", "scheduledAt": "2999-01-01T00:00:00Z"},
            {"id": "past", "scheduledAt": "2001-01-01T00:00:00Z"}]);
        bench
            .queue(json!({"operation": "push", "queue": "q", "items": items}))
            .await;
        assert_eq!(
            ids(&bench
                .queue(json!({"operation": "peek", "queue": "q"}))
                .await),
            ["past"]
        );
        let taken = bench
            .queue(json!({"operation": "pop", "queue": "q", "visibilityTimeoutSeconds": 60}))
            .await;
        assert_eq!(ids(&taken), ["past"]);
        bench
            .queue(json!({"operation": "nack", "queue": "q", "items": taken, "delaySeconds": 60}))
            .await;
        assert_eq!(
            bench.queue(json!({"operation": "pop", "queue": "q"})).await,
            json!([])
        );
        bench
            .queue(json!({"operation": "push", "queue": "q", "items": [{"id": "later"}]}))
            .await;
        assert_eq!(
            ids(&bench
                .queue(json!({"operation": "peek", "queue": "q"}))
                .await),
            ["later"],
            "it was brought forward"
        );
    }
}

#[tokio::test]
async fn a_push_is_whole_or_partial_and_tells_every_fault() {
    for bench in benches().await {
        let items = json!([{"id": "good"}, {"id": "bad", "priority": 0.5}, {"id": 7}]);
        let whole = json!({"operation": "push", "queue": "q", "items": items});
        let refused = bench.post("/api/queue", whole).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            (&refused.body["success"], &refused.body["items"]),
            (&json!(false), &json!([]))
        );
        let error = refused.body["error"].as_str().unwrap();
        assert!(
            error.contains("item bad: priority") && error.contains("item #2: id"),
            "{error}"
        );
        assert_eq!(
            bench
                .queue(json!({"operation": "peek", "queue": "q"}))
                .await,
            json!([]),
            "nothing went in"
        );
        let partial = json!({"operation": "push", "queue": "q", "items": items, "partial": true});
        let answered = bench.post("/api/queue", partial).await;
        assert_eq!(answered.status, StatusCode::MULTI_STATUS);
        assert_eq!(ids(&answered.body["items"]), ["good"]);
        assert_eq!(ids(&answered.body["errors"]), ["bad", "#2"]);
        let none =
            json!({"operation": "push", "queue": "q", "items": [{"id": 7}], "partial": true});
        assert_eq!(
            bench.post("/api/queue", none).await.status,
            StatusCode::BAD_REQUEST
        );
        let many = json!({"operation": "push", "queue": "q", "items": numbered(1001)});
        let many = bench.post("/api/queue", many).await;
        assert_eq!(many.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(many.body["success"], false);
        for wrong in [
            json!(1),
            json!({}),
            json!({"operation": "pop"}),
            json!({"operation": "pop", "queue": ""}),
        ] {
            let refused = bench.post("/api/queue", wrong).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert_eq!(
                (&refused.body["success"], &refused.body["items"]),
                (&json!(false), &json!([]))
            );
            assert!(refused.body["error"].is_string());
        }
    }
}

#[tokio::test]
async fn a_pop_may_wait_for_the_next_push() {
    for bench in benches().await {
        let wait = json!({"operation": "pop", "queue": "q", "waitSeconds": 20});
        let push = json!({"operation": "push", "queue": "q", "items": [{"id": "a"}]});
        let (taken, _) = tokio::join!(bench.queue(wait), bench.queue(push));
        assert_eq!(ids(&taken), ["a"]);
        let briefly = json!({"operation": "pop", "queue": "q", "waitSeconds": 0.01});
        assert_eq!(bench.queue(briefly).await, json!([]));
    }
}
