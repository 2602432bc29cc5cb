//! `POST /lobbies/join`.

use axum::Json;
use axum::extract::State;
use chassis::body::JsonObject;
use contract::lobby::LobbyOut;

use super::DEVICE;
use crate::failure::Failure;
use crate::operation;
use crate::service::Lobby;

pub(super) async fn join(
    State(service): State<Lobby>,
    body: JsonObject,
) -> Result<Json<LobbyOut>, Failure> {
    let mut fields = body.fields();
    let read = (
        fields.text("code", 4..=16),
        fields.text("device_id", DEVICE),
    );
    let (code, device_id) = fields.finish(read)?;
    Ok(Json(
        operation::join::join(&service, code, device_id).await?,
    ))
}
