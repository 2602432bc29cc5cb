//! HTTP through the gateway: what passes, what is taken off, and that nothing is kept.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use gateway::Limits;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

use crate::house::{FORMS, Plan, TOKEN};

const UPLOAD: &str = "/v1/jobs/j/uploads/a.wav";
const MIB: usize = 1024 * 1024;

/// A stream whose pieces a test sends one by one.
fn piecewise() -> (
    mpsc::UnboundedSender<Bytes>,
    impl stream::Stream<Item = Result<Bytes, Infallible>>,
) {
    let (pieces, taken) = mpsc::unbounded_channel();
    let stream = stream::unfold(taken, async |mut rest| Some((Ok(rest.recv().await?), rest)));
    (pieces, stream)
}

#[tokio::test]
async fn the_request_and_the_answer_come_through_without_inner_headers() {
    let shown = any(async |request: Request| {
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let uri = request.uri().path_and_query().unwrap().to_string();
        let answer = [
            ("x-audio-hash", "abc"),
            ("x-internal-secret", "1"),
            ("access-control-allow-origin", "http://inner"),
        ];
        (answer, Json(json!({"uri": uri, "headers": headers})))
    });
    for form in FORMS {
        let proxied = Router::new().route("/v1/measurement/audio", shown.clone());
        let house = Plan {
            proxied,
            ..Plan::form(form)
        }
        .build()
        .await;
        let answer = reqwest::Client::new()
            .get(house.url("/v1/measurement/audio?a=1&b=%2F&a=2"))
            .header("x-internal-token", "guess")
            .header("x-forwarded-for", "1.2.3.4")
            .header("connection", "x-private")
            .header("x-private", "1")
            .header("te", "trailers")
            .header("accept", "audio/wav")
            .header("origin", "http://app.example")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["x-audio-hash"], "abc");
        assert!(!answer.headers().contains_key("x-internal-secret"));
        assert_eq!(
            answer
                .headers()
                .get_all("access-control-allow-origin")
                .iter()
                .collect::<Vec<_>>(),
            ["*"]
        );
        let seen: Value = answer.json().await.unwrap();
        assert_eq!(seen["uri"], "/v1/measurement/audio?a=1&b=%2F&a=2");
        let header = |name: &str| {
            let headers = seen["headers"].as_array().unwrap();
            headers
                .iter()
                .find(|header| header[0] == name)
                .map(|header| header[1].as_str().unwrap().to_owned())
        };
        assert_eq!(
            header("x-internal-token").as_deref(),
            Some(TOKEN),
            "{form:?}"
        );
        assert_eq!(header("x-forwarded-for").as_deref(), Some("127.0.0.1"));
        assert_eq!(header("x-forwarded-host"), Some(house.address.to_string()));
        assert_eq!(header("accept").as_deref(), Some("audio/wav"));
        assert_eq!((header("x-private"), header("te")), (None, None));
    }
}

#[tokio::test]
async fn jobs_are_made_with_and_without_a_slash() {
    for form in FORMS {
        let made = post(async |body: String| (http::StatusCode::CREATED, body));
        let proxied = Router::new().route("/v1/jobs", made);
        let house = Plan {
            proxied,
            ..Plan::form(form)
        }
        .build()
        .await;
        for path in ["/v1/jobs", "/v1/jobs/"] {
            let answer = reqwest::Client::new()
                .post(house.url(path))
                .body(r#"{"map":{}}"#)
                .send()
                .await
                .unwrap();
            assert_eq!(
                (answer.status().as_u16(), answer.text().await.unwrap()),
                (201, r#"{"map":{}}"#.to_owned())
            );
        }
    }
}

#[tokio::test]
async fn an_answer_begins_before_its_service_has_finished() {
    for form in FORMS {
        let (pieces, body) = piecewise();
        let body = Arc::new(std::sync::Mutex::new(Some(Body::from_stream(body))));
        let slow = get(async move || body.lock().unwrap().take().unwrap().into_response());
        let proxied = Router::new().route("/v1/measurement/audio", slow);
        let house = Plan {
            proxied,
            ..Plan::form(form)
        }
        .build()
        .await;
        pieces.send(Bytes::from_static(b"first")).unwrap();
        let answer = reqwest::get(house.url("/v1/measurement/audio"))
            .await
            .unwrap();
        let mut read = answer.bytes_stream();
        assert_eq!(read.next().await.unwrap().unwrap(), "first", "{form:?}");
        pieces.send(Bytes::from_static(b"second")).unwrap();
        drop(pieces);
        assert_eq!(read.next().await.unwrap().unwrap(), "second");
        assert!(read.next().await.is_none());
    }
}

/// Reads a body and tells of every piece.
fn telling(arrived: mpsc::UnboundedSender<Bytes>) -> MethodRouter {
    post(async move |request: Request| {
        let mut pieces = request.into_body().into_data_stream();
        while let Some(piece) = pieces.next().await {
            arrived.send(piece.unwrap()).unwrap();
        }
        Json(json!({"done": true}))
    })
}

#[tokio::test]
async fn an_upload_reaches_its_service_while_it_is_still_sent() {
    for form in FORMS {
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let taking = telling(arrived);
        let proxied = Router::new().route(UPLOAD, taking);
        let house = Plan {
            proxied,
            ..Plan::form(form)
        }
        .build()
        .await;
        let (pieces, body) = piecewise();
        let sent = reqwest::Client::new()
            .post(house.url(UPLOAD))
            .body(reqwest::Body::wrap_stream(body))
            .send();
        let sent = tokio::spawn(sent);
        for piece in ["first", "again"] {
            pieces.send(Bytes::from_static(piece.as_bytes())).unwrap();
            assert_eq!(arrivals.recv().await.unwrap(), piece, "{form:?}");
        }
        drop(pieces);
        assert_eq!(sent.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_service_that_does_not_read_holds_the_upload_back() {
    let gate = Arc::new(Semaphore::new(0));
    let (inner, whole) = (Arc::clone(&gate), 200 * MIB);
    let waiting = post(async move |request: Request| {
        inner.acquire().await.unwrap().forget();
        let mut bytes = 0;
        let mut body = request.into_body();
        while let Some(frame) = body.frame().await {
            bytes += frame.unwrap().into_data().unwrap().len();
        }
        Json(json!({"bytes": bytes}))
    });
    let limits = Limits {
        upload_bytes: whole as u64,
        ..Limits::default()
    };
    let house = Plan {
        proxied: Router::new().route(UPLOAD, waiting),
        limits,
        ..Plan::default()
    }
    .build()
    .await;
    let pulled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&pulled);
    let pieces = stream::iter(0..whole / MIB).map(move |_| {
        counter.fetch_add(MIB, Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from(vec![7; MIB]))
    });
    let sent = tokio::spawn(
        reqwest::Client::new()
            .post(house.url(UPLOAD))
            .body(reqwest::Body::wrap_stream(pieces))
            .send(),
    );
    let held = standing(&pulled).await;
    assert!(
        held < 64 * MIB,
        "{held} bytes were taken though nobody reads"
    );
    gate.add_permits(1);
    let answer: Value = sent.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"bytes": whole}));
}

/// The value of a counter once it has moved and then stood still for a while.
async fn standing(counter: &AtomicUsize) -> usize {
    let (mut last, mut still) = (0, 0);
    for _ in 0..2000 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = counter.load(Ordering::SeqCst);
        still = if now == last && now > 0 { still + 1 } else { 0 };
        if still >= 30 {
            return now;
        }
        last = now;
    }
    panic!("the counter never stands still");
}

#[tokio::test]
async fn what_is_too_long_is_refused_with_the_limit() {
    for form in FORMS {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        let taking = post(async move |request: Request| {
            counter.fetch_add(1, Ordering::SeqCst);
            match request.into_body().collect().await {
                Ok(whole) => whole.to_bytes().len().to_string().into_response(),
                Err(_) => http::StatusCode::BAD_REQUEST.into_response(),
            }
        });
        let limits = Limits {
            upload_bytes: 1000,
            ..Limits::default()
        };
        let proxied = Router::new().route(UPLOAD, taking);
        let house = Plan {
            limits,
            proxied,
            ..Plan::form(form)
        }
        .build()
        .await;
        let limit = 1000 + 64 * 1024;
        let send = async |body: reqwest::Body| {
            reqwest::Client::new()
                .post(house.url(UPLOAD))
                .body(body)
                .send()
                .await
                .unwrap()
        };
        assert_eq!(
            send(vec![7; limit].into()).await.text().await.unwrap(),
            limit.to_string()
        );
        let announced = send(vec![7; limit + 1].into()).await;
        assert_eq!(
            (announced.status().as_u16(), calls.load(Ordering::SeqCst)),
            (413, 1),
            "{form:?}"
        );
        let body: Value = announced.json().await.unwrap();
        assert_eq!(
            body["data"],
            json!({"limit_bytes": 1000, "seen_bytes": limit + 1})
        );
        assert_eq!(body["detail"], "Upload too large (>1000 bytes)");
        let pieces = stream::iter(0..=limit / 1000)
            .map(|_| Ok::<_, Infallible>(Bytes::from_static(&[7; 1000])));
        let counted = send(reqwest::Body::wrap_stream(pieces)).await;
        assert_eq!(counted.status(), 413);
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_a_bad_gateway() {
    let house = Plan {
        simulation: false,
        ..Plan::default()
    }
    .build()
    .await;
    let answer = reqwest::get(house.url("/v1/simulation/materials"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 502);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["detail"], &body["data"]),
        (
            &json!("Upstream unreachable"),
            &json!({"service": "simulation"})
        )
    );
}

#[tokio::test]
async fn simulation_loses_its_prefix_and_keeps_its_query() {
    let proxied = Router::new().route(
        "/materials",
        get(async |request: Request| request.uri().to_string()),
    );
    let house = Plan {
        proxied,
        ..Plan::default()
    }
    .build()
    .await;
    let answer = reqwest::get(house.url("/v1/simulation/materials?x=1"))
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "/materials?x=1");
    let shut = reqwest::get(house.url("/v1/simulation/docs"))
        .await
        .unwrap();
    assert_eq!(shut.status(), 404);
}
