//! A small service with every kind of answer, on a real socket and in memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as Incoming;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use chassis::body::{JsonObject, Path};
use chassis::carrier::BROADCAST;
use chassis::client::{Manner, ServiceClient};
use chassis::problem::Problem;
use chassis::service::{HANDLE, Identity, internal, layers};
use chassis::shutdown::{Shutdown, listen, serve};
use chassis::token::Token;
use chassis::trace::Trace;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
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
pub(crate) struct Seen {
    pub(crate) cancelled: Arc<AtomicUsize>,
    pub(crate) entered: Arc<Notify>,
}

pub(crate) fn token() -> Option<Token> {
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

pub(crate) fn service(seen: &Seen, identity: &Identity) -> Router {
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
        .route(BROADCAST, post(|| async { "in" }))
        .route(HANDLE, post(|| async { axum::Json(json!({"ok": true})) }));
    let router = Router::new()
        .route("/echo", get(echo).post(echo))
        .route(
            "/named/{name}",
            get(|Path(name): Path<String>| async { name }),
        )
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

pub(crate) async fn panicking() {
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
pub(crate) struct Both {
    pub(crate) clients: [ServiceClient; 2],
    pub(crate) seen: Seen,
    pub(crate) shutdown: Shutdown,
    pub(crate) at: SocketAddr,
}

pub(crate) fn manner() -> Manner {
    Manner {
        token: token(),
        timeout: Duration::from_secs(20),
        answer_limit: 1000,
    }
}

pub(crate) async fn both(manner: &Manner) -> Both {
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

pub(crate) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..2000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it did not come about");
}

/// Status, headers and body of an answer; the date and the ids that differ by nature are taken off.
pub(crate) async fn whole(answer: Response<Body>) -> (StatusCode, HeaderMap, String) {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove("date");
    let bytes = body.collect().await.unwrap().to_bytes();
    let mut text = String::from_utf8(bytes.to_vec()).unwrap();
    if let Ok(mut value) = serde_json::from_str::<Value>(&text)
        && value.get("trace_id").is_some()
    {
        value["trace_id"] = "an id".into();
        text = value.to_string();
        parts.headers.remove("content-length");
    }
    (parts.status, parts.headers, text)
}

pub(crate) fn request(method: Method, path: &str, body: &'static str) -> Request<Body> {
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
