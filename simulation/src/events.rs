//! Messages of sockets, as the gateway hands them over.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chassis::body::JsonObject;
use chassis::problem::Problem;
use chassis::service::HANDLE;
use contract::envelope::Envelope;
use contract::problem::Fault;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::request::Refusal;
use crate::service::{Shared, health};
use crate::simulate::{run, written};

/// A message is at most so many bytes, the largest that a gateway may be set to take.
const ENVELOPE_BYTES: usize = 17 << 20;

/// The route of the gateway.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(HANDLE, post(handle))
}

async fn handle(
    State(service): State<Shared>,
    body: JsonObject<ENVELOPE_BYTES>,
) -> Result<Response, Problem> {
    let message = envelope(body)?.message;
    match message.event.as_str() {
        "simulation.run" => {
            let data = serde_json::from_str(message.data.get()).map_err(Problem::internal)?;
            run(&service, object(data)?, "data").await.map(written)
        }
        "simulation.health" => Ok(health().await.into_response()),
        other => Err(unknown(other)),
    }
}

fn object(data: Value) -> Result<Map<String, Value>, Problem> {
    if let Value::Object(object) = data {
        return Ok(object);
    }
    let msg = "Input should be a valid dictionary";
    let seen = crate::request::reader::shown(&data);
    Err(Refusal::one(Vec::new(), "dict_type", msg, seen).problem(&[json!("data")]))
}

fn envelope(body: JsonObject<ENVELOPE_BYTES>) -> Result<Envelope, Problem> {
    serde_json::from_value(Value::Object(body.0)).map_err(|error| {
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
