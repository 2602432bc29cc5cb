//! `GET /health`: whether the lobby and its database can work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::service::Lobby;

/// A database that needs longer is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn health(State(service): State<Lobby>) -> Response {
    let ok = match tokio::time::timeout(PATIENCE, service.pool().ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(?error, "the database does not answer");
            false
        }
        Err(_) => {
            tracing::warn!(
                waited_s = PATIENCE.as_secs(),
                "the database does not answer in time"
            );
            false
        }
    };
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
