//! Messages of sockets, as the gateway hands them over.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chassis::events::{FromSocket, unknown};
use chassis::fields::Fields;
use chassis::problem::Problem;
use chassis::service::HANDLE;

use crate::excitation::{info, parameters};
use crate::service::Shared;
use crate::{analyze, jobs};

/// The route of the gateway.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(HANDLE, post(handle))
}

async fn handle(State(service): State<Shared>, handed: FromSocket) -> Result<Response, Problem> {
    let data = handed.data()?;
    match handed.event() {
        "measurement.create_job" => {
            let device_id = &handed.0.client.device_id;
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
