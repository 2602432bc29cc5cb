//! `POST /lobbies`.

use axum::Json;
use axum::extract::State;
use chassis::body::JsonObject;
use contract::lobby::LobbyCreated;

use super::DEVICE;
use crate::failure::Failure;
use crate::operation;
use crate::service::Lobby;

pub(super) async fn create(
    State(service): State<Lobby>,
    body: JsonObject,
) -> Result<Json<LobbyCreated>, Failure> {
    let mut fields = body.fields();
    let device_id = fields.text("creator_device_id", DEVICE);
    let device_id = fields.finish(device_id)?;
    Ok(Json(operation::create::create(&service, device_id).await?))
}
