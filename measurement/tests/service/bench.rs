//! The real service on a fresh database of each kind, called in memory or over a socket.

use std::time::Duration;

use axum::body::Body;
use chassis::client::{Manner, ServiceClient};
use chassis::cors::cors;
use chassis::origins::Origins;
use chassis::service::Identity;
use chassis::shutdown::{Shutdown, listen, serve};
use chassis::token::Token;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use ledger::testing::{Database, databases};
use measurement::{EXPOSED, Measurement, NAME, Settings};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "between-services";

const BOUNDARY: &str = "----measurement-test";

/// A running service and the way to it.
pub(crate) struct Bench {
    pub(crate) client: ServiceClient,
    pub(crate) folder: TempDir,
    pub(crate) measurement: Measurement,
    pub(crate) database: Database,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The code of a refusal with this status.
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

/// The hash by which contents are known.
pub(crate) fn sha256(content: &[u8]) -> String {
    chassis::blobs::Sha256(Sha256::digest(content).into()).to_string()
}

/// One service on each kind of database.
pub(crate) async fn benches() -> Vec<Bench> {
    benches_with(|_| ()).await
}

pub(crate) async fn benches_with(adjust: impl Fn(&mut Settings)) -> Vec<Bench> {
    let mut benches = Vec::new();
    for database in databases().await {
        benches.push(bench(database, &adjust).await);
    }
    benches
}

/// On `SQLite` alone, for what does not depend on the database.
pub(crate) async fn one() -> Bench {
    bench(ledger::testing::sqlite().await, &|_| ()).await
}

async fn bench(database: Database, adjust: &impl Fn(&mut Settings)) -> Bench {
    let folder = TempDir::new().unwrap();
    let identity = Identity::new(NAME, "0.0.0.0", Token::new(TOKEN));
    let mut settings = Settings {
        database: Some(database.url.clone()),
        ..Settings::new(identity, folder.path())
    };
    adjust(&mut settings);
    let measurement = Measurement::open(settings).await.unwrap();
    let client = ServiceClient::in_memory(NAME, measurement.router(), &manner());
    Bench {
        client,
        folder,
        measurement,
        database,
    }
}

fn manner() -> Manner {
    Manner {
        token: Token::new(TOKEN),
        timeout: Duration::from_mins(1),
        ..Manner::default()
    }
}

impl Bench {
    /// The same service behind a socket with its own port; it ends with the process.
    pub(crate) async fn over_http(&self) -> ServiceClient {
        let listener = listen("127.0.0.1", 0).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = cors(self.measurement.router(), &Origins::Any, EXPOSED);
        drop(tokio::spawn(serve(listener, router, Shutdown::default())));
        ServiceClient::http(NAME, &base, &manner()).unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.client, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(empty(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(empty(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(posted(path, body)).await
    }

    pub(crate) async fn event(&self, event: &str, data: &Value) -> Answer {
        let envelope = json!({
            "client": {"device_id": "phone-1", "connection_id": "c", "ip": null},
            "message": {"event": event, "request_id": null, "data": data},
        });
        self.post("/gateway/handle", &envelope).await
    }

    pub(crate) async fn new_job(&self) -> String {
        let made = self.post("/v1/jobs", &json!({"map": {}})).await.ok();
        made["job_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn upload(&self, job: &str, name: &str, content: &[u8]) -> Answer {
        self.send(form(&format!("/v1/jobs/{job}/uploads/{name}"), content))
            .await
    }

    pub(crate) async fn analyze(&self, job: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/jobs/{job}/analyze"), body).await
    }

    /// Names of uploads.
    pub(crate) async fn uploads(&self, job: &str) -> Value {
        self.get(&format!("/v1/jobs/{job}")).await.ok()["uploads"].clone()
    }

    /// The hash of the default signal, which is handed out by that.
    pub(crate) async fn audio_hash(&self) -> String {
        let answer = self.get("/v1/measurement/audio").await;
        answer.header("x-audio-hash").to_owned()
    }

    /// Files below the folder of contents, staged ones too.
    pub(crate) fn contents(&self) -> usize {
        files(&self.folder.path().join("blobs"))
    }
}

fn files(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

pub(crate) async fn send(client: &ServiceClient, request: Request<Body>) -> Answer {
    let (parts, body) = client.send(request).await.unwrap().into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

pub(crate) fn empty(method: Method, path: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap()
}

pub(crate) fn posted(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// An upload as a client sends it.
pub(crate) fn form(path: &str, content: &[u8]) -> Request<Body> {
    form_of(path, Body::from(framed("file", content)))
}

pub(crate) fn form_of(path: &str, body: Body) -> Request<Body> {
    Request::post(path)
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(body)
        .unwrap()
}

/// A form with one file.
pub(crate) fn framed(field: &str, content: &[u8]) -> Vec<u8> {
    let mut body = opened(field);
    body.extend(content);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The beginning of a form, up to the first byte of its file.
pub(crate) fn opened(field: &str) -> Vec<u8> {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"f\"\r\n\r\n"
    )
    .into_bytes()
}
