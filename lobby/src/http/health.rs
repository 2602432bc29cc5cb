//! `GET /health`: whether the lobby and its database can work.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::service::Lobby;

pub(super) async fn health(State(service): State<Lobby>) -> Response {
    let ok = service.pool().is_well().await;
    let status = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({"service": service.service_name(), "ok": ok})),
    )
        .into_response()
}
