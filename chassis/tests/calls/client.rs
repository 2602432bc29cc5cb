//! The two forms of a client answer the same, over a real socket and in memory; the third misbehaves as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::house::{both, manner, request, token, until, whole};
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use chassis::carrier::{BROADCAST, Carrier, CarrierError, Push};
use chassis::client::{CallError, Disturbance, Faults, Manner, ServiceClient};
use chassis::health::{State, probe};
use chassis::problem::Problem;
use chassis::service::{Identity, internal, layers};
use chassis::shutdown::{Shutdown, listen, serve};
use chassis::token::Token;
use chassis::trace::Trace;
use contract::broadcast::{Audience, Broadcast};
use contract::socket::Meta;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[tokio::test]
async fn both_forms_answer_the_same() {
    let both = both(&manner()).await;
    for (method, path, body, status) in [
        (Method::POST, "/echo?a=1&b=%20", "hello", 200),
        (Method::GET, "/echo", "", 200),
        (Method::POST, "/object", "{\"a\":1}", 200),
        (Method::POST, "/object", "[1]", 422),
        (
            Method::POST,
            "/object",
            "{\"a\":\"0123456789012345678901234567890123456789012345678901234567\"}",
            413,
        ),
        (Method::GET, "/refused", "", 503),
        (Method::GET, "/panic", "", 500),
        (Method::GET, "/unknown", "", 404),
        (Method::DELETE, "/echo", "", 405),
        (Method::GET, "/moved", "", 307),
        (Method::POST, "/internal/thing", "", 200),
    ] {
        let mut answers = Vec::new();
        for client in &both.clients {
            answers.push(
                whole(
                    client
                        .send(request(method.clone(), path, body))
                        .await
                        .unwrap(),
                )
                .await,
            );
        }
        assert_eq!(answers[0], answers[1], "{path}");
        let (found, headers, text) = &answers[0];
        assert_eq!(*found, status, "{path}: {text}");
        assert_eq!(headers["x-request-id"], "r-1");
        assert!(
            !headers.contains_key("connection") && !headers.contains_key("seen-connection"),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    let both = both(&manner()).await;
    for client in &both.clients {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
        let pieces = stream::unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        });
        let sent = Request::post("/echo")
            .body(Body::from_stream(pieces))
            .unwrap();
        let answer = client.send(sent).await.unwrap();
        let mut back = answer.into_body().into_data_stream();
        // The head has come though the request is not at its end; each piece comes back before the next is sent.
        for piece in ["one", "two", "three"] {
            sender.send(Ok(Bytes::from(piece))).await.unwrap();
            assert_eq!(back.next().await.unwrap().unwrap(), piece);
        }
        drop(sender);
        assert!(back.next().await.is_none());
    }
}

#[tokio::test]
async fn json_answers_are_bounded_and_refusals_come_whole() {
    let both = both(&manner()).await;
    for client in &both.clients {
        let back: Value = client
            .post_json("/object", &json!({"a": [1]}))
            .await
            .unwrap();
        assert_eq!(back, json!({"a": [1]}));

        let large = client.get_json::<Value>("/large").await.unwrap_err();
        assert!(matches!(large, CallError::Unreadable { .. }), "{large}");
        let text = client.get_json::<Value>("/text").await.unwrap_err();
        assert_eq!(Problem::from(text).status(), 502);
        let moved = client.get_json::<Value>("/moved").await.unwrap_err();
        assert!(matches!(moved, CallError::Unreadable { .. }), "{moved}");

        let CallError::Answered(problem) = client.get_json::<Value>("/refused").await.unwrap_err()
        else {
            panic!("not answered");
        };
        assert_eq!(
            (problem.status().as_u16(), problem.retry_after_s()),
            (503, Some(7))
        );
        assert_eq!(
            (problem.code(), problem.sentence().as_str()),
            ("UNAVAILABLE", "Full")
        );
        assert_eq!(problem.body().data, Some(json!({"waiting": 3})));
        assert!(problem.body().trace_id.is_some());
    }
}

#[tokio::test]
async fn a_late_answer_is_given_up_and_the_work_cancelled() {
    let both = both(&Manner {
        timeout: Duration::from_millis(300),
        ..manner()
    })
    .await;
    for (index, client) in both.clients.iter().enumerate() {
        let late = client.get_json::<Value>("/slow").await.unwrap_err();
        assert!(
            matches!(
                late,
                CallError::TimedOut {
                    service: "tested",
                    ..
                }
            ),
            "{late}"
        );
        assert_eq!(Problem::from(late).status(), 504);
        let cancelled = &both.seen.cancelled;
        until(|| cancelled.load(Ordering::SeqCst) == index + 1).await;
    }
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let both = both(&manner()).await;
    for (index, client) in both.clients.iter().enumerate() {
        let client = client.clone();
        let call = tokio::spawn(async move { client.get_json::<Value>("/slow").await });
        both.seen.entered.notified().await;
        call.abort();
        let cancelled = &both.seen.cancelled;
        until(|| cancelled.load(Ordering::SeqCst) == index + 1).await;
    }
}

#[tokio::test]
async fn a_call_carries_the_request_it_serves() {
    let both = both(&manner()).await;
    for client in &both.clients {
        let mut headers = HeaderMap::new();
        headers.insert(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
                .parse()
                .unwrap(),
        );
        headers.insert("x-request-id", "from-the-phone".parse().unwrap());
        let outer = Trace::from_headers(&headers);
        let seen: Value = outer.scope(client.get_json("/trace")).await.unwrap();
        let expected = json!({"id": "0af7651916cd43dd8448eb211c80319c", "request": "from-the-phone", "in_time": true});
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_caller_that_waits_no_longer_is_not_waited_for() {
    let both = both(&manner()).await;
    for client in &both.clients {
        let mut headers = HeaderMap::new();
        headers.insert("x-deadline-ms", "50".parse().unwrap());
        let late = Trace::from_headers(&headers)
            .scope(client.get_json::<Value>("/slow"))
            .await
            .unwrap_err();
        let CallError::TimedOut { after, .. } = late else {
            panic!("{late}")
        };
        assert!(after <= Duration::from_millis(50), "{after:?}");
    }
}

#[tokio::test]
async fn a_client_without_a_token_passes_none_on() {
    let both = both(&Manner {
        token: None,
        ..manner()
    })
    .await;
    for client in &both.clients {
        let mut forged = request(Method::GET, "/echo", "");
        forged
            .headers_mut()
            .insert("x-internal-token", "secret".parse().unwrap());
        let answer = client.send(forged).await.unwrap();
        assert!(!answer.headers().contains_key("seen-x-internal-token"));
    }
}

#[tokio::test]
async fn a_service_that_is_away_is_unreachable() {
    let both = both(&manner()).await;
    both.shutdown.begin();
    let address = both.at;
    for _ in 0..2000 {
        if tokio::net::TcpListener::bind(address).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let client = ServiceClient::http("tested", &format!("http://{address}"), &manner()).unwrap();
    let away = client.get_json::<Value>("/echo").await.unwrap_err();
    assert!(matches!(away, CallError::Unreachable { .. }), "{away}");
    let told = Problem::from(away);
    assert_eq!((told.status().as_u16(), told.code()), (503, "UNAVAILABLE"));
    assert!(!told.sentence().contains("127.0.0.1"), "{told}");
}

#[tokio::test]
async fn a_faulty_service_follows_its_script() {
    let faults = Faults::none();
    let served = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&served);
    let router = Router::new().route(
        "/",
        get(move || async move { axum::Json(counted.fetch_add(1, Ordering::SeqCst)) }),
    );
    let patience = Manner {
        timeout: Duration::from_millis(100),
        ..manner()
    };
    let client = ServiceClient::faulty("faulty", router, &faults, &patience);
    let call = || client.get_json::<usize>("/");
    faults.next([
        Disturbance::Refuse,
        Disturbance::Answer(StatusCode::INTERNAL_SERVER_ERROR),
        Disturbance::Delay(Duration::from_mins(1)),
        Disturbance::LoseAnswer,
        Disturbance::Pass,
    ]);
    assert!(matches!(call().await, Err(CallError::Unreachable { .. })));
    assert_eq!(
        call().await.unwrap_err().answered_status(),
        Some(StatusCode::INTERNAL_SERVER_ERROR)
    );
    assert!(matches!(call().await, Err(CallError::TimedOut { .. })));
    assert_eq!(served.load(Ordering::SeqCst), 0);
    assert!(matches!(call().await, Err(CallError::Unreachable { .. })));
    assert_eq!(call().await.unwrap(), 1);
    faults.always(Disturbance::Refuse);
    assert!(call().await.is_err());
    assert!(call().await.is_err());
    faults.clear();
    assert_eq!(call().await.unwrap(), 2);
    assert_eq!(faults.calls(), 8);
}

#[tokio::test]
async fn a_push_crosses_to_the_gateways_process_whole() {
    let (sender, mut arrived) = tokio::sync::mpsc::channel(1);
    let take = post(
        move |axum::Json(broadcast): axum::Json<Broadcast>| async move {
            sender.send(Push::from(broadcast)).await.unwrap();
            axum::Json(json!({"sent": 3}))
        },
    );
    let identity = Identity::new("gateway", "0.0.0.0", token());
    let router = layers(
        internal(Router::new().route(BROADCAST, take), &identity),
        &identity,
    );
    let listener = listen("127.0.0.1", 0).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(tokio::spawn(serve(listener, router, Shutdown::default())));

    let meta = Meta {
        event_id: uuid::Uuid::from_u128(1),
        lobby_id: uuid::Uuid::from_u128(2),
        seq: 3,
    };
    let push = Push {
        event: "lobby.updated".to_owned(),
        data: Arc::from(RawValue::from_string("{\"b\":1,\"a\":1.0}".to_owned()).unwrap()),
        device_ids: vec!["d1".to_owned(), "d2".to_owned()],
        meta: Some(meta),
        audience: Audience::Versioned,
    };
    let carrier = Carrier::http(ServiceClient::http("gateway", &base, &manner()).unwrap());
    assert_eq!(carrier.deliver(push.clone()).await.unwrap(), 3);
    let there = arrived.recv().await.unwrap();
    assert_eq!(
        (there.event, there.data.get()),
        (push.event.clone(), push.data.get())
    );
    assert_eq!(
        (there.device_ids, there.meta, there.audience),
        (push.device_ids.clone(), push.meta, push.audience)
    );

    let stranger = Manner {
        token: Token::new("other"),
        ..manner()
    };
    let refused = Carrier::http(ServiceClient::http("gateway", &base, &stranger).unwrap());
    let error = refused.deliver(push).await.unwrap_err();
    assert!(
        matches!(&error, CarrierError::Away(away) if away.answered_status() == Some(StatusCode::FORBIDDEN))
    );
}

#[tokio::test]
async fn health_names_the_state_of_each_part() {
    let faults = Faults::none();
    let router = Router::new().route("/health", get(|| async { axum::Json(json!({"ok": true})) }));
    let patience = Manner {
        timeout: Duration::from_millis(100),
        ..manner()
    };
    let client = ServiceClient::faulty("lobby", router, &faults, &patience);
    let state = async || probe(&client, "/health").await.state;
    faults.next([
        Disturbance::Pass,
        Disturbance::Refuse,
        Disturbance::Answer(StatusCode::SERVICE_UNAVAILABLE),
        Disturbance::Delay(Duration::from_mins(1)),
    ]);
    assert_eq!(state().await, State::Up);
    assert_eq!(state().await, State::Down);
    assert_eq!(state().await, State::Down);
    assert_eq!(state().await, State::Late);
}
