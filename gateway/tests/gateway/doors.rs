//! Health, readiness, web pages of other origins, and doors that stay shut.

use gateway::Origins;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{FORMS, House, Plan};

async fn get(house: &House, path: &str) -> (u16, Value) {
    let response = reqwest::get(house.url(path)).await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Sends a request line as it stands, which no HTTP client would.
async fn raw(house: &House, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn health_and_readiness() {
    for form in FORMS {
        let house = Plan {
            simulation: false,
            ..Plan::form(form)
        }
        .build()
        .await;
        assert_eq!(
            get(&house, "/healthz").await,
            (200, json!({"status": "ok"}))
        );
        let (status, body) = get(&house, "/readyz").await;
        assert_eq!((status, &body["ready"]), (200, &json!(true)), "{form:?}");
        let up = |name| json!({"name": name, "state": "up"});
        let absent = json!({"name": "simulation", "state": "absent"});
        assert_eq!(
            body["upstreams"],
            json!([up("lobby"), up("measurement"), absent])
        );
    }
}

#[tokio::test]
async fn without_the_database_of_measurement_the_gateway_is_not_ready() {
    let house = Plan {
        storage: false,
        ..Plan::default()
    }
    .build()
    .await;
    let (status, body) = get(&house, "/readyz").await;
    assert_eq!((status, &body["ready"]), (503, &json!(false)));
    let states = [0, 1, 2].map(|index| body["upstreams"][index]["state"].clone());
    assert_eq!(states, [json!("up"), json!("down"), json!("up")]);
}

#[tokio::test]
async fn paths_that_are_not_there_are_problems() {
    let house = Plan::default().build().await;
    for path in ["/nope", "/v1/nothing", "/", "/v1/jobs/a/b", "/v1/health"] {
        assert_eq!(get(&house, path).await.0, 404, "{path}");
    }
    let (status, body) = get(&house, "/v1/jobs").await;
    assert_eq!(
        (status, &body["detail"]),
        (405, &json!("Method Not Allowed"))
    );
    let plain = get(&house, "/ws").await;
    assert_eq!((plain.0, &plain.1["code"]), (400, &json!("BAD_REQUEST")));
}

#[tokio::test]
async fn no_request_line_reaches_an_internal_door() {
    let house = Plan::default().build().await;
    for path in [
        "/gateway/handle",
        "/v1/simulation/gateway/handle",
        "/v1/simulation/../gateway/handle",
        "/v1/simulation/%2e%2e/gateway/handle",
        "/v1/simulation/..%2fgateway%2fhandle",
        "/v1/simulation//gateway/handle",
        "/v1/jobs/../../gateway/handle",
        "/v1/jobs/..%2f..%2fgateway%2fhandle",
        "/v1/jobs/x/uploads/..%2f..%2f..%2f..%2fgateway%2fhandle",
        "/v1/jobs/x/uploads/..",
        "/v1/measurement/../../internal/facts",
        "/internal/facts",
        "http://other/gateway/handle",
    ] {
        let answer = raw(&house, "POST", path).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    assert_eq!(
        house.back.begun.lock().unwrap().as_slice(),
        Vec::<String>::new()
    );
    assert_eq!(
        house.back.paths.lock().unwrap().as_slice(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn any_origin_may_call_and_read_what_is_exposed() {
    let house = Plan::default().build().await;
    let client = reqwest::Client::new();
    let preflight = client
        .request(Method::OPTIONS, house.url("/v1/jobs"))
        .header("Origin", "http://app.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    let methods = preflight.headers()["access-control-allow-methods"]
        .to_str()
        .unwrap();
    assert!(
        methods.contains("POST") && methods.contains("DELETE"),
        "{methods}"
    );
    assert!(
        !preflight
            .headers()
            .contains_key("access-control-allow-credentials")
    );
    let answer = client
        .get(house.url("/v1/jobs/a"))
        .header("Origin", "http://app.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404, "refusals can be read too");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let exposed = answer.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(
        exposed.contains("x-audio-hash") && exposed.contains("content-disposition"),
        "{exposed}"
    );
}

#[tokio::test]
async fn every_answer_but_those_of_internal_doors_can_be_read_by_pages() {
    let house = Plan::default().build().await;
    let client = reqwest::Client::new();
    for (method, path, status, allowed) in [
        (Method::OPTIONS, "/healthz", 200, true),
        (Method::OPTIONS, "/nope", 200, true),
        (Method::GET, "/nope", 404, true),
        (Method::GET, "/", 404, true),
        (Method::POST, "/healthz", 405, true),
        (Method::GET, "/ws", 400, true),
        (Method::OPTIONS, "/internal/broadcast", 405, false),
        (Method::GET, "/internal/broadcast", 405, false),
        (Method::POST, "/internal/broadcast", 403, false),
        (Method::GET, "/internal/nope", 404, false),
    ] {
        let answer = client
            .request(method.clone(), house.url(path))
            .header("Origin", "http://app.example")
            .header("Access-Control-Request-Method", "GET")
            .send()
            .await
            .unwrap();
        let headers = answer.headers();
        let shown = headers.get("access-control-allow-origin");
        assert_eq!(
            (answer.status().as_u16(), shown.is_some()),
            (status, allowed),
            "{method} {path}"
        );
        assert!(headers.contains_key("x-request-id"), "{method} {path}");
    }
}

#[tokio::test]
async fn listed_origins_alone_may_call() {
    let origins = Origins::Listed(vec![HeaderValue::from_static("http://app.example")]);
    let house = Plan {
        origins,
        ..Plan::default()
    }
    .build()
    .await;
    let client = reqwest::Client::new();
    for (origin, allowed) in [("http://app.example", true), ("http://evil.example", false)] {
        let answer = client
            .get(house.url("/healthz"))
            .header("Origin", origin)
            .send()
            .await
            .unwrap();
        let shown = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            shown.is_some_and(|value| value == origin),
            allowed,
            "{origin}"
        );
    }
}
