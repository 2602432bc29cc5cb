//! Messages of sockets, as the gateway hands them over.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chassis::body::bounded;
use chassis::problem::Problem;
use chassis::service::HANDLE;
use contract::envelope::Envelope;
use contract::problem::Fault;
use http::StatusCode;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::request::Refusal;
use crate::service::{Shared, health};
use crate::simulate::{run, written};

/// A message is at most so many bytes, the largest that a gateway may be set to take.
const ENVELOPE_BYTES: usize = 17 << 20;

/// What the places of faults in a message's data begin with.
const ROOT: &str = "data";

/// The route of the gateway.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(HANDLE, post(handle))
}

async fn handle(State(service): State<Shared>, body: Body) -> Result<Response, Problem> {
    let bytes = bounded(body, ENVELOPE_BYTES).await?;
    let message = envelope(&bytes)?.message;
    drop(bytes);
    match message.event.as_str() {
        "simulation.run" => {
            let data = message.data;
            let answered = run(&service, ROOT, move || object(data));
            answered.await.map(written)
        }
        "simulation.health" => Ok(health().await.into_response()),
        other => Err(unknown(other)),
    }
}

/// The data of a message; its gateway has not read them.
#[expect(clippy::boxed_local, reason = "the text is given up once it is read")]
fn object(data: Box<RawValue>) -> Result<Map<String, Value>, Problem> {
    let (kind, msg, seen) = match serde_json::from_str(data.get()) {
        Ok(Value::Object(object)) => return Ok(object),
        Ok(other) => {
            let msg = "Input should be a valid dictionary".to_owned();
            ("dict_type", msg, crate::request::reader::shown(&other))
        }
        Err(cause) => (
            "json_invalid",
            format!("JSON decode error: {cause}"),
            Value::Null,
        ),
    };
    Err(Refusal::one(Vec::new(), kind, msg, seen).problem(&[json!(ROOT)]))
}

fn envelope(bytes: &[u8]) -> Result<Envelope, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::unprocessable(vec![Fault {
            kind: "value_error".to_owned(),
            loc: vec![json!("body")],
            msg: format!("Input should be an envelope of the gateway: {error}"),
            input: Value::Null,
        }])
    })
}

fn unknown(event: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "UNKNOWN_EVENT",
        format!("Unknown event: {event}"),
    )
}
