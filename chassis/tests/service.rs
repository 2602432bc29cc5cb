//! A service over a real socket and in memory: the same answers, panics caught, doors locked, an end that ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as Incoming;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use chassis::body::JsonObject;
use chassis::carrier::{BROADCAST, Carrier, CarrierError, Push};
use chassis::client::{CallError, Disturbance, Faults, Manner, ServiceClient};
use chassis::problem::Problem;
use chassis::service::{HANDLE, Identity, internal, layers};
use chassis::shutdown::{ListenError, Shutdown, listen, serve};
use chassis::token::Token;
use chassis::trace::Trace;
use contract::broadcast::{Audience, Broadcast};
use contract::socket::Meta;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Tells a test that a handler was cancelled.
struct Watched(Arc<AtomicUsize>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Clone, Default)]
struct Seen {
    cancelled: Arc<AtomicUsize>,
    entered: Arc<Notify>,
}

fn token() -> Option<Token> {
    Token::new("secret")
}

async fn echo(request: Incoming) -> impl IntoResponse {
    let (parts, body) = request.into_parts();
    let mut headers = HeaderMap::new();
    for name in [
        "x-internal-token",
        "content-type",
        "x-deadline-ms",
        "connection",
        "te",
    ] {
        if let Some(value) = parts.headers.get(name) {
            headers.insert(
                http::HeaderName::try_from(format!("seen-{name}")).unwrap(),
                value.clone(),
            );
        }
    }
    headers.insert(
        "seen-path",
        parts
            .uri
            .path_and_query()
            .unwrap()
            .as_str()
            .parse()
            .unwrap(),
    );
    (headers, Body::from_stream(body.into_data_stream()))
}

fn service(seen: &Seen, identity: &Identity) -> Router {
    let watched = seen.clone();
    let slow = move || {
        let guard = Watched(Arc::clone(&watched.cancelled));
        let entered = Arc::clone(&watched.entered);
        async move {
            let _guard = guard;
            entered.notify_one();
            std::future::pending::<()>().await;
        }
    };
    let doors = Router::new()
        .route("/internal/thing", post(|| async { "in" }))
        .route(HANDLE, post(|| async { axum::Json(json!({"ok": true})) }));
    let router = Router::new()
        .route("/echo", get(echo).post(echo))
        .route("/slow", get(slow))
        .route("/panic", get(panicking))
        .route(
            "/object",
            post(|JsonObject::<64>(map): JsonObject<64>| async { axum::Json(map) }),
        )
        .route(
            "/refused",
            get(|| async { Problem::unavailable("Full", 7).data(json!({"waiting": 3})) }),
        )
        .route("/large", get(|| async { axum::Json("x".repeat(2000)) }))
        .route("/text", get(|| async { "no json" }))
        .route(
            "/moved",
            get(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/x")]) }),
        )
        .route("/trace", get(trace))
        .merge(internal(doors, identity));
    layers(router, identity)
}

async fn panicking() {
    panic!("the secret of /srv/inner.rs");
}

async fn trace() -> axum::Json<Value> {
    let trace = Trace::current().unwrap();
    axum::Json(
        json!({"id": trace.trace_id(), "request": trace.request_id().to_str().unwrap(),
        "in_time": trace.remaining().is_some_and(|left| !left.is_zero())}),
    )
}

/// A service on a real socket and the same in memory.
struct Both {
    clients: [ServiceClient; 2],
    seen: Seen,
    shutdown: Shutdown,
    at: SocketAddr,
}

fn manner() -> Manner {
    Manner {
        token: token(),
        timeout: Duration::from_secs(20),
        answer_limit: 1000,
    }
}

async fn both(manner: &Manner) -> Both {
    let identity = Identity::new("tested", "0.0.0.0", token());
    let seen = Seen::default();
    let router = service(&seen, &identity);
    let shutdown = Shutdown::new(Duration::from_secs(20));
    let listener = listen("127.0.0.1", 0).await.unwrap();
    let at = listener.local_addr().unwrap();
    drop(tokio::spawn(serve(
        listener,
        router.clone(),
        shutdown.clone(),
    )));
    let http = ServiceClient::http("tested", &format!("http://{at}/"), manner).unwrap();
    let memory = ServiceClient::in_memory("tested", router, manner);
    Both {
        clients: [http, memory],
        seen,
        shutdown,
        at,
    }
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..2000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it did not come about");
}

/// Status, headers and body of an answer; the date and the ids that differ by nature are taken off.
async fn whole(answer: Response<Body>) -> (StatusCode, HeaderMap, String) {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove("date");
    let bytes = body.collect().await.unwrap().to_bytes();
    let mut text = String::from_utf8(bytes.to_vec()).unwrap();
    if let Ok(mut value) = serde_json::from_str::<Value>(&text) {
        if value.get("trace_id").is_some() {
            value["trace_id"] = "an id".into();
            text = value.to_string();
            parts.headers.remove("content-length");
        }
    }
    (parts.status, parts.headers, text)
}

fn request(method: Method, path: &str, body: &'static str) -> Request<Body> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("x-request-id", "r-1".parse().unwrap());
    headers.insert("content-type", "text/x-own".parse().unwrap());
    headers.insert("connection", "keep-alive, x-mine".parse().unwrap());
    headers.insert("x-mine", "1".parse().unwrap());
    headers.insert("te", "trailers".parse().unwrap());
    request
}

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
async fn refusals_of_the_house_have_the_earlier_texts() {
    let both = both(&manner()).await;
    for client in &both.clients {
        for (method, path, status, detail) in [
            (Method::GET, "/unknown", 404, "Not Found"),
            (Method::PUT, "/echo", 405, "Method Not Allowed"),
        ] {
            let (found, headers, text) =
                whole(client.send(request(method, path, "")).await.unwrap()).await;
            let body: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (found.as_u16(), body["detail"].as_str()),
                (status, Some(detail))
            );
            assert_eq!(headers["content-type"], "application/problem+json");
        }
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
async fn a_panic_costs_one_answer() {
    let both = both(&manner()).await;
    for client in &both.clients {
        let (status, _, text) = whole(
            client
                .send(request(Method::GET, "/panic", ""))
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(status, 500);
        assert!(text.contains("an id") && !text.contains("secret"), "{text}");
        let again: Value = client.post_json("/object", &json!({})).await.unwrap();
        assert_eq!(again, json!({}));
    }
    let bare =
        ServiceClient::in_memory("bare", Router::new().route("/", get(panicking)), &manner());
    let gone = bare.get_json::<Value>("/").await.unwrap_err();
    assert!(matches!(gone, CallError::Unreachable { .. }), "{gone}");
    let told = Problem::from(gone);
    assert!(
        told.status() == 503 && !told.sentence().contains("secret"),
        "{told}"
    );
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

/// Status of a call to an inner door.
async fn knock(own: Option<&str>, host: &str, path: &str, shown: Option<&str>) -> (u16, String) {
    let identity = Identity::new("tested", host, own.and_then(Token::new));
    let router = service(&Seen::default(), &identity);
    let mut request = Request::post(path).body(Body::empty()).unwrap();
    if let Some(shown) = shown {
        request
            .headers_mut()
            .insert("x-internal-token", shown.parse().unwrap());
    }
    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
    let (status, _, text) = whole(answer).await;
    (status.as_u16(), text)
}

#[tokio::test]
async fn inner_doors_open_to_the_token_alone() {
    let (thing, handle) = ("/internal/thing", HANDLE);
    let loopback = "127.0.0.1";
    let outside = "0.0.0.0";
    for (own, host, path, shown, status) in [
        (Some("secret"), outside, thing, Some("secret"), 200),
        (Some("secret"), outside, thing, Some("Secret"), 403),
        (Some("secret"), outside, thing, Some("secre"), 403),
        (Some("secret"), outside, thing, None, 403),
        (None, outside, thing, Some("secret"), 403),
        (None, outside, thing, None, 403),
        (Some("secret"), loopback, thing, Some("secret"), 200),
        (Some("secret"), loopback, thing, None, 403),
        (None, loopback, thing, None, 403),
        (Some("secret"), outside, handle, Some("secret"), 200),
        (Some("secret"), outside, handle, Some("other"), 403),
        (Some("secret"), outside, handle, None, 403),
        (None, outside, handle, None, 403),
        (Some("secret"), loopback, handle, None, 200),
        (Some("secret"), loopback, handle, Some("other"), 200),
        (None, "localhost", handle, None, 200),
        (None, "[::1]", handle, None, 200),
    ] {
        let (found, text) = knock(own, host, path, shown).await;
        assert_eq!(found, status, "{own:?} {host} {path} {shown:?}: {text}");
        assert_eq!(
            text.contains("INTERNAL_AUTH_TOKEN not configured"),
            status == 403 && own.is_none(),
            "{text}"
        );
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
    assert!(
        matches!(away, CallError::Unreachable { .. }) && away.is_transient(),
        "{away}"
    );
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
        Disturbance::Delay(Duration::from_secs(60)),
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
async fn a_busy_port_is_explained() {
    let first = listen("127.0.0.1", 0).await.unwrap();
    let port = first.local_addr().unwrap().port();
    let busy = listen("127.0.0.1", port).await.unwrap_err();
    assert!(matches!(busy, ListenError::Busy { .. }));
    let text = busy.to_string();
    assert!(
        text.contains(&format!("127.0.0.1:{port}")) && text.contains("--port"),
        "{text}"
    );
    assert!(matches!(
        listen("no such host.", 0).await,
        Err(ListenError::Refused { .. })
    ));
}

#[tokio::test]
async fn the_end_lets_work_finish_but_waits_no_longer_than_the_grace_period() {
    let patient = Shutdown::new(Duration::from_secs(60));
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let begun = patient.clone();
    let task = patient.spawn(async move {
        begun.begun().await;
        wait.await.unwrap();
        7
    });
    let end = tokio::spawn({
        let patient = patient.clone();
        async move { patient.finish().await }
    });
    patient.begun().await;
    assert!(!end.is_finished());
    go.send(()).unwrap();
    assert!(end.await.unwrap());
    assert_eq!(task.await.unwrap(), 7);

    let short = Shutdown::new(Duration::from_millis(20));
    drop(short.spawn(std::future::pending::<()>()));
    assert!(!short.finish().await);
}

#[tokio::test]
async fn a_connection_that_hangs_does_not_keep_the_process() {
    let seen = Seen::default();
    let router = service(&seen, &Identity::new("tested", "127.0.0.1", None));
    let shutdown = Shutdown::new(Duration::from_millis(50));
    let listener = listen("127.0.0.1", 0).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(serve(listener, router, shutdown.clone()));
    let client = ServiceClient::http("tested", &base, &manner()).unwrap();
    let hanging = tokio::spawn(async move { client.get_json::<Value>("/slow").await });
    seen.entered.notified().await;
    shutdown.begin();
    served.await.unwrap().unwrap();
    hanging.abort();
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
