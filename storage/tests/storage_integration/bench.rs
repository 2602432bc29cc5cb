//! A storage on a fresh database, and calls of its router.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use ledger::testing::{Database, databases};
use ledger::{DatabaseUrl, Pool};
use serde_json::{Value, json};
use storage::queue::QueueSettings;
use storage::{Settings, Storage};
use tower::ServiceExt;

/// A storage that lives as long as its database.
pub(crate) struct Bench {
    /// None where somebody else keeps it.
    database: Option<Database>,
    storage: Storage,
    router: Router,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// One on each database.
pub(crate) async fn benches() -> Vec<Bench> {
    let mut benches = Vec::new();
    for database in databases().await {
        benches.push(Bench::on(database, 0).await);
    }
    benches
}

/// One on each database, that keeps so many documents in memory.
pub(crate) async fn caching(documents: usize) -> Vec<Bench> {
    let mut benches = Vec::new();
    for database in databases().await {
        benches.push(Bench::on(database, documents).await);
    }
    benches
}

impl Bench {
    async fn on(database: Database, documents_cached: usize) -> Self {
        let alone = Self::at(database.url.clone(), documents_cached).await;
        Self {
            database: Some(database),
            ..alone
        }
    }

    /// On a database that somebody else keeps.
    pub(crate) async fn at(database: DatabaseUrl, documents_cached: usize) -> Self {
        let settings = Settings {
            database,
            max_connections: 4,
            run_migrations: true,
            deleted_kept: Duration::from_hours(1),
            documents_kept: None,
            queues: QueueSettings {
                batch: 100,
                attempts_max: 3,
                lease: None,
                dead_kept: Duration::from_hours(1),
            },
            documents_cached,
            identity: Identity::new("storage", "127.0.0.1", None),
            shutdown: Shutdown::default(),
        };
        let storage = Storage::open(settings).await.unwrap();
        Self {
            database: None,
            router: storage.router(),
            storage,
        }
    }

    /// The pool of the test itself, as another process would have one.
    pub(crate) fn pool(&self) -> &Pool {
        &self.database.as_ref().unwrap().pool
    }

    /// What it tells at `/metrics`.
    pub(crate) async fn metrics(&self) -> String {
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let response = self
            .storage
            .metrics_router()
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, &[], Some(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, &[], Some(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &[], None).await
    }

    /// A row that must come to be.
    pub(crate) async fn made(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// The path of a row.
    pub(crate) fn path_of(path: &str, row: &Value) -> String {
        format!("{path}/{}", row["id"].as_str().unwrap())
    }

    /// An operation on a queue that must succeed.
    pub(crate) async fn queue(&self, body: Value) -> Value {
        let answer = self.post("/api/queue", body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["success"], true, "{}", answer.body);
        answer.body["items"].clone()
    }

    pub(crate) async fn device(&self, external_id: &str) -> Value {
        self.made("/v1/devices", json!({"external_id": external_id}))
            .await
    }

    pub(crate) async fn lobby(&self) -> Value {
        self.made("/v1/lobbies", json!({})).await
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}
