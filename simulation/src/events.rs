//! Messages of sockets, as the gateway hands them over.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chassis::events::{FromSocket, unknown};
use chassis::problem::Problem;
use chassis::service::HANDLE;
use serde_json::{Map, Value, json};

use crate::request::Refusal;
use crate::service::{Shared, health};
use crate::simulate::{run, written};

/// The route of the gateway.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(HANDLE, post(handle))
}

async fn handle(State(service): State<Shared>, handed: FromSocket) -> Result<Response, Problem> {
    match handed.event() {
        "simulation.run" => {
            let data = object(handed.data()?)?;
            run(&service, data, "data").await.map(written)
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
