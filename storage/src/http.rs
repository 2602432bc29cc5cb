//! All routes of storage, and its health.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chassis::service::{internal, layers};
use http::StatusCode;
use serde_json::json;

use crate::document;
use crate::openapi;
use crate::queue;
use crate::records;
use crate::resource;
use crate::service::Storage;

/// All routes, dressed.
pub(crate) fn router(service: &Storage) -> Router {
    let open = resource::routes()
        .merge(document::routes())
        .merge(queue::routes())
        .merge(openapi::routes())
        .route("/healthz", get(healthz))
        .route("/health", get(health))
        .with_state(service.clone());
    let records = records::routes().with_state(service.clone());
    let records = internal(records, service.identity());
    layers(open.merge(records), service.identity())
}

/// `GET /healthz`, as the earlier service answered it, but after a look at the database.
async fn healthz(State(service): State<Storage>) -> Response {
    if service.pool().is_well().await {
        Json(json!({"ok": true})).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"ok": false}))).into_response()
    }
}

/// `GET /health`, as the Sonoma API says it.
async fn health(State(service): State<Storage>) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    if service.pool().is_well().await {
        Json(json!({"status": "ok", "database": "ok", "version": version})).into_response()
    } else {
        let told = json!({"status": "unavailable", "database": "error", "version": version});
        (StatusCode::SERVICE_UNAVAILABLE, Json(told)).into_response()
    }
}
