//! `POST /simulate` and `POST /simulate/batch`: read, simulated, evaluated and written where arithmetic may run.
//!
//! A caller that leaves, or whose time is over, cancels what runs for it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use chassis::body::JsonObject;
use chassis::problem::Problem;
use chassis::trace::Trace;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use room_simulation::{Phase, Stopped, Watch};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::answer::answer;
use crate::request::limits::{BATCH_MAX, BODY_BYTES};
use crate::request::reader::Reader;
use crate::request::{self, Refusal};
use crate::service::{Service, Shared};

/// How long a caller is worked for that does not say how long it waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// After as many seconds a caller may ask again.
const RETRY_AFTER_S: u32 = 1;

/// Public routes.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/simulate", post(single))
        .route("/simulate/batch", post(batch))
}

async fn single(
    State(service): State<Shared>,
    body: JsonObject<BODY_BYTES>,
) -> Result<Response, Problem> {
    run(&service, body.0, "body").await.map(written)
}

/// Simulates one request; `root` is what its faults' places begin with.
///
/// # Errors
/// 400 with every fault, 503 when the pool is full, 504 when the caller's time is over.
pub(crate) async fn run(
    service: &Shared,
    body: Map<String, Value>,
    root: &'static str,
) -> Result<Box<RawValue>, Problem> {
    in_pool(service, move |service, token| {
        carry_out(service, &body, &[json!(root)], token)
    })
    .await
}

/// The answer to many requests: each its answer or its refusal, in their order.
#[derive(Debug, Serialize)]
struct BatchAnswer {
    results: Vec<Box<RawValue>>,
}

async fn batch(
    State(service): State<Shared>,
    body: JsonObject<BODY_BYTES>,
) -> Result<Response, Problem> {
    let mut reader = Reader::default();
    let requests = reader.required(&body.0, "requests", |reader, value| {
        reader.each(value, 1..=BATCH_MAX, |reader, value| {
            reader.object(value).cloned()
        })
    });
    let requests: Option<Vec<Map<String, Value>>> =
        requests.and_then(|all| all.into_iter().collect());
    let Some(requests) = requests else {
        return Err(Refusal::new(reader.into_faults()).problem(&[json!("body")]));
    };
    let answered = in_pool(&service, move |service, token| {
        let mut results = Vec::with_capacity(requests.len());
        for (index, request) in requests.iter().enumerate() {
            let root = [json!("body"), json!("requests"), json!(index)];
            let result = match carry_out(service, request, &root, token) {
                Err(problem) if problem.status().is_client_error() => {
                    to_raw_value(problem.body()).map_err(Problem::internal)?
                }
                result => result?,
            };
            results.push(result);
        }
        to_raw_value(&BatchAnswer { results }).map_err(Problem::internal)
    });
    answered.await.map(written)
}

/// Computes where arithmetic may run, as long as the caller waits.
async fn in_pool(
    service: &Shared,
    work: impl FnOnce(&Service, &CancellationToken) -> Result<Box<RawValue>, Problem> + Send + 'static,
) -> Result<Box<RawValue>, Problem> {
    let remaining = Trace::current().and_then(|trace| trace.remaining());
    let patience = remaining.unwrap_or(PATIENCE);
    if patience.is_zero() {
        return Err(late());
    }
    let own = Arc::clone(service);
    let computed = service
        .arithmetic
        .run_with_token(move |token| work(&own, token));
    let in_time = tokio::time::timeout(patience, computed).await;
    in_time.map_err(|_| late())??
}

fn late() -> Problem {
    Problem::timeout("The simulation takes longer than its caller waits")
        .remedy("Ask for fewer pairs, a lower order, a lower accuracy or fewer rays.")
}

/// Reads, simulates, evaluates, writes.
fn carry_out(
    service: &Service,
    body: &Map<String, Value>,
    root: &[Value],
    token: &CancellationToken,
) -> Result<Box<RawValue>, Problem> {
    let watch = Caller(token);
    let request = request::read(body).map_err(|refusal| refusal.problem(root))?;
    let simulation = room_simulation::simulate(&request.scene, &request.plan, &watch);
    let simulation = simulation.map_err(given_up)?;
    let answer = answer(&request, simulation, &watch).map_err(given_up)?;
    to_raw_value(&answer).map_err(Problem::internal)
}

fn given_up(_: Stopped) -> Problem {
    Problem::unavailable(
        "The simulation was given up: its caller left",
        RETRY_AFTER_S,
    )
}

/// The caller, who may leave.
struct Caller<'a>(&'a CancellationToken);

impl Watch for Caller<'_> {
    fn stopped(&self) -> bool {
        self.0.is_cancelled()
    }

    fn progress(&self, _share: f64, _phase: Phase) {}
}

/// JSON that is written already.
pub(crate) fn written(json: Box<RawValue>) -> Response {
    let text: Box<str> = json.into();
    let mut response = Response::new(Body::from(String::from(text)));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
