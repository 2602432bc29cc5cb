//! Gateway and measurement of a crash test: one server that remembers what it was told.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::problem::Problem;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The job of every session.
pub(crate) const JOB: &str = "0190a5c6-0000-7000-8000-000000000001";

/// Waits for the relay: at most half a minute.
const LOOKS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// The server; it ends with this value.
pub(crate) struct Surroundings {
    heard: Heard,
    url: String,
    server: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Heard {
    seqs: Arc<Mutex<Vec<i64>>>,
    facts: Arc<Mutex<Vec<Value>>>,
    away: Arc<AtomicBool>,
}

impl Surroundings {
    pub(crate) async fn start() -> Self {
        let heard = Heard::default();
        let router = Router::new()
            .route("/internal/broadcast", post(broadcast))
            .route("/internal/recordings", post(recording))
            .route("/v1/jobs/{job}", get(|| async { Json(json!({})) }))
            .route("/internal/jobs/{job}/uploads/{name}", get(upload))
            .route(
                "/internal/references/{hash}",
                get(|| async { Json(json!({})) }),
            )
            .with_state(heard.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { heard, url, server }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on every push and fact is refused for the moment, or none is.
    pub(crate) fn set_away(&self, away: bool) {
        self.heard.away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn facts(&self) -> Vec<Value> {
        lock(&self.heard.facts).clone()
    }

    /// Waits for as many different pushes; their numbers in the order of first arrival.
    pub(crate) async fn until(&self, count: i64) -> Vec<i64> {
        let mut first = Vec::new();
        for _ in 0..LOOKS {
            let mut seen = HashSet::new();
            first.clone_from(&lock(&self.heard.seqs));
            first.retain(|seq| seen.insert(*seq));
            if i64::try_from(first.len()).unwrap() >= count {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        first
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn broadcast(
    State(heard): State<Heard>,
    Json(push): Json<Value>,
) -> Result<Json<Value>, Problem> {
    // The look at the start has no number.
    let Some(seq) = push["meta"]["seq"].as_i64() else {
        return Ok(Json(json!({"sent": 0})));
    };
    heard.refuses()?;
    lock(&heard.seqs).push(seq);
    Ok(Json(
        json!({"sent": push["targets"]["device_ids"].as_array().map_or(0, Vec::len)}),
    ))
}

async fn recording(
    State(heard): State<Heard>,
    Json(fact): Json<Value>,
) -> Result<Json<Value>, Problem> {
    heard.refuses()?;
    lock(&heard.facts).push(fact);
    Ok(Json(json!({})))
}

async fn upload(Path((_, name)): Path<(String, String)>) -> Json<Value> {
    Json(json!({"sha256": format!("sha of {name}"), "bytes": 1}))
}

impl Heard {
    fn refuses(&self) -> Result<(), Problem> {
        if self.away.load(Ordering::SeqCst) {
            Err(Problem::unavailable("Away", 1))
        } else {
            Ok(())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
