//! `POST /simulate` and `POST /simulate/batch`: read, simulated, evaluated and written where arithmetic may run.
//!
//! A caller that leaves, or whose time is over, cancels what runs for it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use chassis::body::{bounded, object};
use chassis::problem::Problem;
use contract::envelope::ANSWER_BYTES;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::answer::answer;
use crate::caller::{Caller, before_hand_over, late, patience};
use crate::request::limits::{ANSWERED_SAMPLES_MAX, BATCH_MAX, BODY_BYTES};
use crate::request::reader::Reader;
use crate::request::{Allowance, Refusal, read_within};
use crate::service::Shared;

/// Public routes.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/simulate", post(single))
        .route("/simulate/batch", post(batch))
}

async fn single(State(service): State<Shared>, body: Body) -> Result<Response, Problem> {
    let bytes = bounded(body, BODY_BYTES).await?;
    let patience = patience();
    let answered = in_pool(&service, patience, patience, move |caller| {
        let request = object(&bytes)?;
        drop(bytes);
        carry_out(&request, &[json!("body")], caller, Allowance::Single).map(|(json, _)| json)
    });
    answered.await.map(written)
}

/// Simulates one request out of a socket's message, which is read where arithmetic may run; `root` is what its faults'
/// places begin with.
///
/// # Errors
/// 400 with every fault, 503 when the pool is full, 504 when the caller's time is over.
pub(crate) async fn run(
    service: &Shared,
    root: &'static str,
    read: impl FnOnce() -> Result<Map<String, Value>, Problem> + Send + 'static,
) -> Result<Box<RawValue>, Problem> {
    let patience = patience();
    in_pool(service, patience, patience, move |caller| {
        let root = [json!(root)];
        let (json, _) = carry_out(&read()?, &root, caller, Allowance::Event)?;
        fits_an_event(json, ANSWER_BYTES).map_err(|refusal| refusal.problem(&root))
    })
    .await
}

/// An answer that the gateway takes; how long it gets is known well, but not exactly, beforehand.
fn fits_an_event(json: Box<RawValue>, most: usize) -> Result<Box<RawValue>, Refusal> {
    let found = json.get().len();
    if found <= most {
        return Ok(json);
    }
    let msg = format!(
        "the answer has {found} bytes; an event's has at most {most}: ask for fewer pairs, or use POST /simulate"
    );
    Err(Refusal::one(Vec::new(), "too_long", msg, json!(found)))
}

/// The answer to many requests: each its answer or its refusal, in their order.
#[derive(Debug, Serialize)]
struct BatchAnswer {
    results: Vec<Box<RawValue>>,
}

async fn batch(State(service): State<Shared>, body: Body) -> Result<Response, Problem> {
    let bytes = bounded(body, BODY_BYTES).await?;
    let patience = patience();
    let answered = in_pool(
        &service,
        patience,
        before_hand_over(patience),
        move |caller| {
            let requests = listed(object(&bytes)?)?;
            drop(bytes);
            all(requests, caller)
        },
    );
    answered.await.map(written)
}

/// The requests of a batch.
fn listed(mut body: Map<String, Value>) -> Result<Vec<Map<String, Value>>, Problem> {
    let mut reader = Reader::default();
    reader.required(&body, "requests", |reader, value| {
        reader.each(value, 1..=BATCH_MAX, |reader, value| {
            reader.object(value).map(|_| ())
        })
    });
    if !reader.is_sound() {
        return Err(Refusal::new(reader.into_faults()).problem(&[json!("body")]));
    }
    let Some(Value::Array(requests)) = body.remove("requests") else {
        return Err(Problem::internal("a list that was one a moment ago"));
    };
    let object = |request| match request {
        Value::Object(object) => Some(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    };
    Ok(requests.into_iter().filter_map(object).collect())
}

/// One after the other. One that cannot be carried out, or for which no time is left, has its problem in its place.
fn all(requests: Vec<Map<String, Value>>, caller: &Caller<'_>) -> Result<Box<RawValue>, Problem> {
    let mut results = Vec::with_capacity(requests.len());
    let mut left = ANSWERED_SAMPLES_MAX;
    for (index, request) in requests.into_iter().enumerate() {
        let root = [json!("body"), json!("requests"), json!(index)];
        let result = match carry_out(&request, &root, caller, Allowance::Batch(left)) {
            Ok((json, samples)) => {
                left = left.saturating_sub(samples);
                json
            }
            Err(problem) if caller.has_left() => return Err(problem),
            Err(problem) => to_raw_value(problem.body()).map_err(Problem::internal)?,
        };
        results.push(result);
    }
    to_raw_value(&BatchAnswer { results }).map_err(Problem::internal)
}

/// Computes where arithmetic may run for as long as `working` says, and waits for it as long as the caller does.
async fn in_pool(
    service: &Shared,
    patience: Duration,
    working: Duration,
    work: impl FnOnce(&Caller<'_>) -> Result<Box<RawValue>, Problem> + Send + 'static,
) -> Result<Box<RawValue>, Problem> {
    if patience.is_zero() {
        return Err(late());
    }
    let until = Instant::now() + working;
    let computed = async {
        let turn = service.arithmetic.admit()?.turn().await?;
        turn.run_with_token(move |token| work(&Caller::new(token, until)))
            .await?
    };
    let in_time = tokio::time::timeout(patience, computed).await;
    in_time.map_err(|_| late())?
}

/// Reads, simulates, evaluates, writes; tells how many samples the answer was given room for.
fn carry_out(
    body: &Map<String, Value>,
    root: &[Value],
    caller: &Caller<'_>,
    allowance: Allowance,
) -> Result<(Box<RawValue>, u64), Problem> {
    let given_up = |stopped| caller.given_up(stopped);
    caller.waits()?;
    let request = read_within(body, allowance).map_err(|refusal| refusal.problem(root))?;
    let simulation = room_simulation::simulate(&request.scene, &request.plan, caller);
    let simulation = simulation.map_err(given_up)?;
    let answer = answer(&request, simulation, caller).map_err(given_up)?;
    let json = to_raw_value(&answer).map_err(Problem::internal)?;
    Ok((json, request.options.answered_samples))
}

/// JSON that is written already.
pub(crate) fn written(json: Box<RawValue>) -> Response {
    let text: Box<str> = json.into();
    let mut response = Response::new(Body::from(String::from(text)));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
