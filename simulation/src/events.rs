//! Messages of sockets, as the gateway hands them over.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chassis::events::{FromSocket, unknown};
use chassis::problem::Problem;
use chassis::service::HANDLE;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::request::Refusal;
use crate::service::{Shared, health};
use crate::simulate::{run, written};

/// What the places of faults in a message's data begin with.
const ROOT: &str = "data";

/// The route of the gateway.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(HANDLE, post(handle))
}

async fn handle(State(service): State<Shared>, handed: FromSocket) -> Result<Response, Problem> {
    match handed.event() {
        "simulation.run" => {
            let data = handed.0.message.data;
            let answered = run(&service, ROOT, move || object(&data));
            answered.await.map(written)
        }
        "simulation.health" => Ok(health().await.into_response()),
        other => Err(unknown(other)),
    }
}

/// The data of a message; its gateway has not read them.
fn object(data: &RawValue) -> Result<Map<String, Value>, Problem> {
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
