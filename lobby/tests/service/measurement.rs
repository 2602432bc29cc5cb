//! A measurement service of the four routes that a lobby knows.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::client::{Faults, Manner, ServiceClient};
use chassis::problem::Problem;
use http_body::Frame;
use serde_json::{Value, json};
use uuid::Uuid;

/// What it holds, and how it fails.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measurement {
    held: Arc<Mutex<Held>>,
    pub(crate) faults: Faults,
}

#[derive(Debug, Default)]
struct Held {
    jobs: BTreeSet<String>,
    uploads: BTreeMap<(String, String), String>,
    references: BTreeSet<String>,
    facts: Vec<Value>,
    /// Answers to facts that break off, from now on.
    broken: usize,
}

impl Measurement {
    pub(crate) fn client(&self) -> ServiceClient {
        ServiceClient::faulty(
            "measurement",
            self.router(),
            &self.faults,
            &Manner::default(),
        )
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/v1/jobs/{job}", get(job))
            .route("/internal/jobs/{job}/uploads/{name}", get(upload))
            .route("/internal/references/{hash}", get(reference))
            .route("/internal/recordings", post(recording))
            .with_state(self.clone())
    }

    /// A new job.
    pub(crate) fn add_job(&self) -> String {
        let job = Uuid::now_v7().to_string();
        self.held().jobs.insert(job.clone());
        job
    }

    /// An upload whose content is known by a word.
    pub(crate) fn add_upload(&self, job: &str, name: &str, content: &str) {
        self.held()
            .uploads
            .insert((job.to_owned(), name.to_owned()), content.to_owned());
    }

    pub(crate) fn add_reference(&self, hash: &str) {
        self.held().references.insert(hash.to_owned());
    }

    /// The answers to the next facts break off in the middle of their bodies.
    pub(crate) fn break_answers(&self, count: usize) {
        self.held().broken = count;
    }

    /// The facts that arrived, in order.
    pub(crate) fn facts(&self) -> Vec<Value> {
        self.held().facts.clone()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn job(
    State(service): State<Measurement>,
    Path(job): Path<String>,
) -> Result<Json<Value>, Problem> {
    let known = service.held().jobs.contains(&job);
    known
        .then(|| Json(json!({"job_id": job, "uploads": []})))
        .ok_or_else(|| Problem::not_found("Job not found"))
}

async fn upload(
    State(service): State<Measurement>,
    Path(key): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let content = service.held().uploads.get(&key).cloned();
    let found = content.map(|content| Json(json!({"sha256": content, "bytes": 1})));
    found.ok_or_else(|| Problem::not_found("Upload not found"))
}

async fn reference(
    State(service): State<Measurement>,
    Path(hash): Path<String>,
) -> Result<Json<Value>, Problem> {
    let known = service.held().references.contains(&hash);
    known
        .then(|| Json(json!({})))
        .ok_or_else(|| Problem::not_found("Reference not found"))
}

async fn recording(State(service): State<Measurement>, Json(fact): Json<Value>) -> Response {
    let mut held = service.held();
    held.facts.push(fact);
    if held.broken == 0 {
        return Json(json!({"ok": true})).into_response();
    }
    held.broken -= 1;
    Body::new(Breaking).into_response()
}

/// A body that ends in the middle.
struct Breaking;

impl HttpBody for Breaking {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}
