//! One socket: who it is, what it may say, and how it is refused.

use contract::socket::VERSIONED;
use gateway::Limits;
use serde_json::json;

use crate::house::{FORMS, Plan};
use crate::phone::{Phone, code};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_stranger_is_asked_and_may_say_nothing_else() {
    let house = Plan::default().build().await;
    for query in ["", "?device_id=", "?other=1", "?device_id=a%00b"] {
        let mut phone = Phone::connect(house.address, query, None).await;
        let asked = phone.next().await;
        assert_eq!(asked["event"], "gateway.identify_required");
        assert!(asked["data"]["hint"].is_string());
        assert_eq!(
            code(&phone.call("lobby.create", json!({})).await),
            "unauthenticated"
        );
        assert_eq!(
            code(&phone.call("no.such", json!({})).await),
            "unauthenticated"
        );
        for bad in [
            json!({}),
            json!({"device_id": ""}),
            json!({"device_id": "x".repeat(201)}),
            json!({"device_id": "a\0b"}),
        ] {
            assert_eq!(code(&phone.call("identify", bad).await), "bad_request");
        }
        let known = phone.call("identify", json!({"device_id": "d"})).await;
        assert_eq!(
            (&known["type"], &known["data"]),
            (&json!("response"), &json!({"device_id": "d"}))
        );
        assert_eq!(
            phone.call("lobby.create", json!({})).await["type"],
            "response"
        );
    }
}

#[tokio::test]
async fn identify_again_answers_the_same_and_never_another() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    let again = phone.call("identify", json!({"device_id": "d"})).await;
    assert_eq!(again["data"], json!({"device_id": "d"}));
    assert_eq!(
        code(&phone.call("identify", json!({"device_id": "e"})).await),
        "conflict"
    );
    let seen = phone.call("lobby.get", json!({})).await;
    assert_eq!(seen["data"]["client"]["device_id"], "d");
}

#[tokio::test]
async fn the_service_learns_who_asks_and_by_which_address() {
    for form in FORMS {
        let house = Plan::form(form).build().await;
        let mut phone = house.phone("d").await;
        let answer = phone.call("lobby.get", json!({"n": 1.5})).await;
        let client = &answer["data"]["client"];
        assert_eq!(client["ip"], "127.0.0.1", "{form:?}");
        assert_eq!(client["base_url"], house.url(""));
        assert_eq!(client["connection_id"].as_str().unwrap().len(), 22);
        assert_eq!(answer["data"]["data"], json!({"n": 1.5}));
    }
}

#[tokio::test]
async fn refusals_name_what_they_refuse() {
    let house = Plan {
        simulation: false,
        ..Plan::default()
    }
    .build()
    .await;
    let mut phone = house.phone("d").await;
    let unknown = phone.call("no.such.event", json!({})).await;
    assert_eq!(code(&unknown), "unknown_event");
    assert_eq!(unknown["error"]["message"], "Unknown event 'no.such.event'");
    let service = phone.call("role.zzz", json!({})).await;
    assert_eq!(code(&service), "bad_request");
    assert_eq!(
        service["error"]["details"],
        json!({"status": 400, "service": "lobby"})
    );
    let absent = phone.call("simulation.run", json!({})).await;
    assert_eq!(code(&absent), "unavailable");
    assert!(
        absent["error"]["message"]
            .as_str()
            .unwrap()
            .contains("simulation.run")
    );
}

#[tokio::test]
async fn what_is_no_message_does_not_end_the_socket() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    for text in [
        "{not json",
        "[]",
        "",
        "{}",
        r#"{"event":"lobby.get","data":[1]}"#,
    ] {
        phone.send_text(text.to_owned()).await;
        assert_eq!(code(&phone.next().await), "bad_request", "{text}");
    }
    phone.send_binary().await;
    assert_eq!(code(&phone.next().await), "bad_request");
    assert_eq!(phone.call("lobby.get", json!({})).await["type"], "response");
}

#[tokio::test]
async fn size_and_rate_are_bounded() {
    let limits = Limits {
        message_bytes: 1000,
        messages_per_s: 0.0,
        burst: 3,
        ..Limits::default()
    };
    let house = Plan {
        limits,
        ..Plan::default()
    }
    .build()
    .await;
    let mut phone = house.phone("d").await;
    phone
        .send("lobby.get", "large", json!({"pad": "x".repeat(1000)}))
        .await;
    let large = phone.next().await;
    assert_eq!(code(&large), "message_too_large");
    assert_eq!(
        (&large["event"], &large["request_id"]),
        (&json!("lobby.get"), &json!("large"))
    );
    for _ in 0..3 {
        assert_eq!(phone.call("lobby.get", json!({})).await["type"], "response");
    }
    let limited = phone.call("lobby.get", json!({})).await;
    assert_eq!(code(&limited), "rate_limited");
    assert_eq!(limited["event"], "lobby.get");
    let mut other = house.phone("d").await;
    assert_eq!(
        other.call("lobby.get", json!({})).await["type"],
        "response",
        "each socket has its own"
    );
}

#[tokio::test]
async fn an_answer_that_no_socket_takes_is_an_error_and_the_socket_lives() {
    let limits = Limits {
        message_bytes: 4 * MIB,
        messages_per_s: 1e6,
        ..Limits::default()
    };
    for form in FORMS {
        let house = Plan {
            limits,
            ..Plan::form(form)
        }
        .build()
        .await;
        let mut phone = house.phone("d").await;
        for (event, bytes, expected) in [
            ("lobby.large", 9 * MIB, "unavailable"),
            ("lobby.large", 20 * MIB, "unavailable"),
            ("lobby.faulty", 7 * MIB, "bad_request"),
        ] {
            let refused = phone.call(event, json!({"bytes": bytes})).await;
            assert_eq!(code(&refused), expected, "{form:?}: {event} of {bytes}");
        }
        let most = phone
            .call("lobby.large", json!({"bytes": 8 * MIB - 1000}))
            .await;
        assert_eq!(most["type"], "response");
        let long_id = "i".repeat(3 * MIB / 2);
        phone
            .send("lobby.large", &long_id, json!({"bytes": 8 * MIB - 1000}))
            .await;
        assert_eq!(code(&phone.next().await), "answer_too_large", "{form:?}");
        assert_eq!(phone.call("lobby.get", json!({})).await["type"], "response");
    }
}

#[tokio::test]
async fn a_message_beyond_the_codec_ends_the_socket_with_1009() {
    let limits = Limits {
        message_bytes: 1000,
        ..Limits::default()
    };
    let house = Plan {
        limits,
        ..Plan::default()
    }
    .build()
    .await;
    let mut phone = house.phone("d").await;
    phone.send_text("x".repeat(16_001)).await;
    assert_eq!(phone.closed().await, Some(1009));
}

#[tokio::test]
async fn a_socket_that_answers_no_pings_is_closed() {
    let limits = Limits {
        ping_every: std::time::Duration::from_millis(20),
        ..Limits::default()
    };
    let house = Plan {
        limits,
        ..Plan::default()
    }
    .build()
    .await;
    let mut silent = house.phone("silent").await;
    let mut alive = house.phone("alive").await;
    let mut rounds = 0;
    while house.push(&["silent"], &json!({})).await == 1 {
        // Reading answers pings.
        assert_eq!(alive.call("lobby.get", json!({})).await["type"], "response");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        rounds += 1;
        assert!(rounds < 1000, "the silent socket is still there");
    }
    assert_eq!(silent.closed().await, Some(1011));
    assert_eq!(alive.call("lobby.get", json!({})).await["type"], "response");
}

#[tokio::test]
async fn the_sub_protocol_is_agreed_on() {
    let house = Plan::default().build().await;
    let new = Phone::connect(house.address, "?device_id=d", Some("other, sonalyze.v1")).await;
    assert_eq!(new.protocol.as_deref(), Some(VERSIONED));
    assert_eq!(house.phone("d").await.protocol, None);
}
