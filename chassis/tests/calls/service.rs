//! A service as its callers meet it: refusals in one form, panics caught, doors locked, an end that ends.

use crate::house::{Seen, both, manner, panicking, request, service, whole};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use chassis::carrier::BROADCAST;
use chassis::client::{CallError, ServiceClient};
use chassis::problem::Problem;
use chassis::service::{HANDLE, Identity};
use chassis::shutdown::{ListenError, Shutdown, listen, serve};
use chassis::token::Token;
use http::{Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

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
async fn a_path_that_cannot_be_read_is_refused_in_the_common_form() {
    let both = both(&manner()).await;
    for client in &both.clients {
        let read = client.send(request(Method::GET, "/named/%C3%BC", ""));
        assert_eq!(whole(read.await.unwrap()).await.2, "ü");
        let refused = client.send(request(Method::GET, "/named/%ff%fe", ""));
        let (status, headers, text) = whole(refused.await.unwrap()).await;
        assert_eq!(status, 400);
        assert_eq!(headers["content-type"], "application/problem+json");
        assert!(text.contains("UTF-8"), "{text}");
    }
}

/// What a bare socket hears of one request; none at the end of the connection.
async fn heard(stream: &mut tokio::net::TcpStream, sent: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    stream.write_all(sent.as_bytes()).await.ok()?;
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.ok()?;
    answer.truncate(read);
    (read > 0).then(|| String::from_utf8(answer).unwrap().to_lowercase())
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_request_says_that_the_connection_ends() {
    let at = both(&manner()).await.at;
    let to = |path: &str, length: usize| {
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n")
    };
    for path in ["/unknown", "/refused"] {
        let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
        let answer = heard(&mut stream, &to(path, 1_000_000)).await.unwrap();
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        // A body that is here is no reason to end anything.
        let mut living = tokio::net::TcpStream::connect(at).await.unwrap();
        for _ in 0..3 {
            let whole = to(path, 5) + "12345";
            let next = heard(&mut living, &whole).await.unwrap();
            assert!(!next.contains("connection: close"), "{next}");
        }
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
        (None, loopback, thing, None, 200),
        (None, loopback, BROADCAST, None, 403),
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
    let patient = Shutdown::new(Duration::from_mins(1));
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

#[cfg(unix)]
#[tokio::test]
async fn a_signal_begins_the_end_and_a_second_one_cuts_it_short() {
    let shutdown = Shutdown::new(Duration::from_hours(1));
    shutdown.on_signals().unwrap();
    drop(shutdown.spawn(std::future::pending::<()>()));
    let signal = || {
        let own = std::process::id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-TERM", &own])
            .status()
            .unwrap();
        assert!(sent.success());
    };
    signal();
    shutdown.begun().await;
    let end = tokio::spawn(async move { shutdown.finish().await });
    signal();
    assert!(!end.await.unwrap(), "the work that hangs was left behind");
}
