//! `POST /lobbies/{lobby_id}/leave`.

use axum::Json;
use axum::extract::State;
use chassis::body::{JsonObject, Path, path_id};
use serde_json::{Value, json};

use super::DEVICE;
use crate::failure::Failure;
use crate::operation;
use crate::service::Lobby;

pub(super) async fn leave(
    State(service): State<Lobby>,
    Path(lobby_id): Path<String>,
    body: JsonObject,
) -> Result<Json<Value>, Failure> {
    let mut fields = body.fields();
    let device_id = fields.text("device_id", DEVICE);
    let device_id = fields.finish(device_id)?;
    operation::leave::leave(&service, path_id(&lobby_id, "Lobby")?, device_id).await?;
    Ok(Json(json!({"ok": true})))
}
