//! Messages of sockets, as the gateway hands them over.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chassis::body::JsonObject;
use chassis::fields::Fields;
use chassis::problem::Problem;
use chassis::service::HANDLE;
use contract::envelope::Envelope;
use contract::problem::Fault;
use http::StatusCode;
use serde_json::{Value, json};

use crate::excitation::{info, parameters};
use crate::service::Shared;
use crate::{analyze, jobs};

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
    let envelope = envelope(body)?;
    let data: Value =
        serde_json::from_str(envelope.message.data.get()).map_err(Problem::internal)?;
    match envelope.message.event.as_str() {
        "measurement.create_job" => {
            let device_id = &envelope.client.device_id;
            let made = jobs::create_by_event(&service, &data, device_id).await?;
            Ok(Json(made).into_response())
        }
        "measurement.get_job" => {
            let job = analyze::request::job_of_event(&data)?;
            Ok(Json(jobs::find(&service, job).await?).into_response())
        }
        "measurement.get_audio_info" => {
            let excitation = parameters::read(Fields::event(&data))?;
            Ok(Json(info(&excitation)).into_response())
        }
        "analysis.run" => {
            let (job, wanted) = analyze::request::of_event(&data)?;
            Ok(Json(analyze::run(&service, job, wanted).await?).into_response())
        }
        other => Err(unknown(other)),
    }
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
