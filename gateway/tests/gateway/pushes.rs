//! Pushes: whom they reach, in which order, and what happens to who does not read.

use chassis::carrier::{CarrierError, PUSH_BYTES, Push};
use chassis::client::CallError;
use contract::broadcast::Audience;
use contract::socket::{Meta, VERSIONED};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{FORMS, House, Plan, TOKEN, push};
use crate::phone::Phone;

async fn broadcast(house: &House, token: Option<&str>, body: &Value) -> (u16, Value) {
    let mut request = reqwest::Client::new()
        .post(house.url("/internal/broadcast"))
        .json(body);
    if let Some(token) = token {
        request = request.header("X-Internal-Token", token);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_broadcast_reaches_its_devices_and_counts_sockets() {
    let house = Plan::default().build().await;
    let (mut a, mut b, mut c) = (
        house.phone("a").await,
        house.phone("a").await,
        house.phone("c").await,
    );
    for phone in [&mut a, &mut b, &mut c] {
        phone.call("lobby.get", json!({})).await;
    }
    let data = json!({"n": [1, 2.5, null, "ü"], "deep": {"k": true}});
    let body =
        json!({"event": "t.x", "data": data, "targets": {"device_ids": ["a", "absent", "a"]}});
    assert_eq!(
        broadcast(&house, Some(TOKEN), &body).await,
        (200, json!({"sent": 2}))
    );
    for phone in [&mut a, &mut b] {
        let pushed = phone.next().await;
        assert_eq!(
            pushed,
            json!({"type": "event", "event": "t.x", "request_id": null, "data": data, "error": null})
        );
    }
    assert_eq!(
        c.call("lobby.get", json!({})).await["type"],
        "response",
        "nothing came before it"
    );
    a.leave().await;
    assert_eq!(house.push(&["a", "c"], &json!({})).await, 2);
}

#[tokio::test]
async fn a_broadcast_that_is_repeated_reaches_its_sockets_once() {
    let house = Plan::default().build().await;
    let (mut a, mut b) = (house.phone("a").await, house.phone("a").await);
    for phone in [&mut a, &mut b] {
        phone.call("lobby.get", json!({})).await;
    }
    let body = |event_id: u128, n: u32| {
        let meta = Meta {
            event_id: Uuid::from_u128(event_id),
            lobby_id: Uuid::from_u128(2),
            seq: 3,
        };
        json!({"event": "t.x", "data": {"n": n}, "targets": {"device_ids": ["a"]}, "meta": meta})
    };
    for (event_id, n) in [(1, 1), (1, 2), (4, 3), (1, 4)] {
        assert_eq!(
            broadcast(&house, Some(TOKEN), &body(event_id, n)).await,
            (200, json!({"sent": 2}))
        );
    }
    for phone in [&mut a, &mut b] {
        for n in [1, 3] {
            assert_eq!(phone.next().await["data"], json!({"n": n}));
        }
        assert_eq!(
            phone.call("lobby.get", json!({})).await["type"],
            "response",
            "nothing came after it"
        );
    }
}

/// Nothing but pushes that a socket can take reaches it; who pushes learns of the others.
#[tokio::test]
async fn a_push_that_is_too_large_is_refused_and_the_socket_lives() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    phone.call("lobby.get", json!({})).await;
    for bytes in [PUSH_BYTES + 1, 10 * PUSH_BYTES] {
        let data = json!({"pad": "x".repeat(bytes)});
        let refused = house.carrier.deliver(push(&["d"], &data)).await;
        let Err(CarrierError::Away(CallError::Answered(problem))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(problem.status(), 413);
        let body = json!({"event": "t.x", "data": data, "targets": {"device_ids": ["d"]}});
        assert_eq!(broadcast(&house, Some(TOKEN), &body).await.0, 413);
    }
    let most = json!({"pad": "x".repeat(PUSH_BYTES - 1000)});
    assert_eq!(house.push(&["d"], &most).await, 1);
    assert_eq!(phone.next().await["data"], most);
    assert_eq!(phone.call("lobby.get", json!({})).await["type"], "response");
}

#[tokio::test]
async fn the_token_comes_before_the_body() {
    let house = Plan::default().build().await;
    for token in [None, Some("wrong"), Some("test-toke"), Some("test-token2")] {
        let (status, body) = broadcast(&house, token, &json!([])).await;
        assert_eq!(
            (status, &body["detail"]),
            (403, &json!("Forbidden")),
            "{token:?}"
        );
    }
    let (status, body) = broadcast(&house, Some(TOKEN), &json!({"event": "", "data": 1})).await;
    assert_eq!((status, body["detail"].as_array().unwrap().len()), (422, 3));
}

#[tokio::test]
async fn without_a_token_of_its_own_the_door_stays_closed() {
    let house = Plan {
        token: None,
        ..Plan::default()
    }
    .build()
    .await;
    let (status, body) = broadcast(&house, Some(""), &json!({})).await;
    assert_eq!(
        (status, &body["detail"]),
        (500, &json!("INTERNAL_AUTH_TOKEN not configured"))
    );
}

#[tokio::test]
async fn a_push_comes_before_the_answer_that_caused_it() {
    for form in FORMS {
        let house = Plan::form(form).build().await;
        let mut phone = house.phone("d").await;
        for round in 0..100 {
            let id = round.to_string();
            phone.send("lobby.push", &id, json!({})).await;
            let pushed = phone.next().await;
            assert_eq!(
                (&pushed["type"], &pushed["data"]["before"]),
                (&json!("event"), &json!(id))
            );
            assert_eq!(phone.next().await["request_id"], id);
        }
    }
}

#[tokio::test]
async fn versioned_sockets_get_meta_and_newer_events() {
    let house = Plan::default().build().await;
    let mut old = house.phone("d").await;
    let mut new = Phone::connect(house.address, "?device_id=d", Some(VERSIONED)).await;
    for phone in [&mut old, &mut new] {
        phone.call("lobby.get", json!({})).await;
    }
    let meta = |event_id| Meta {
        event_id: Uuid::from_u128(event_id),
        lobby_id: Uuid::from_u128(2),
        seq: 3,
    };
    let newer = Push {
        meta: Some(meta(1)),
        audience: Audience::Versioned,
        ..push(&["d"], &json!({"n": 1}))
    };
    assert_eq!(house.carrier.deliver(newer).await.unwrap(), 1);
    let marked = Push {
        meta: Some(meta(2)),
        ..push(&["d"], &json!({"n": 2}))
    };
    assert_eq!(house.carrier.deliver(marked).await.unwrap(), 2);
    let seen = old.next().await;
    assert_eq!((&seen["data"], seen.get("meta")), (&json!({"n": 2}), None));
    for n in [1, 2] {
        let newest = new.next().await;
        assert_eq!(
            (&newest["data"], &newest["meta"]),
            (&json!({"n": n}), &json!(meta(n)))
        );
    }
}

#[tokio::test]
async fn who_does_not_read_is_closed_and_delays_nobody() {
    let house = Plan::default().build().await;
    let (mut slow, mut quick) = (house.phone("slow").await, house.phone("quick").await);
    for phone in [&mut slow, &mut quick] {
        phone.call("lobby.get", json!({})).await;
    }
    let large = json!({"pad": "x".repeat(200_000)});
    let mut rounds = 0;
    while house.push(&["slow", "quick"], &large).await == 2 {
        assert_eq!(quick.next().await["event"], "t.push");
        rounds += 1;
        assert!(rounds < 1000, "the queue has no end");
    }
    assert_eq!(
        quick.next().await["event"],
        "t.push",
        "the others get the push that was too much for one"
    );
    assert_eq!(slow.closed().await, Some(4101));
    assert_eq!(house.push(&["slow", "quick"], &json!({})).await, 1);
    assert_eq!(quick.next().await["data"], json!({}));
}
