//! `GET /lobbies/{lobby_id}`.

use axum::Json;
use axum::extract::State;
use chassis::body::{Path, path_id};
use contract::lobby::LobbyOut;

use crate::failure::Failure;
use crate::operation;
use crate::service::Lobby;

pub(super) async fn get(
    State(service): State<Lobby>,
    Path(lobby_id): Path<String>,
) -> Result<Json<LobbyOut>, Failure> {
    let lobby_id = path_id(&lobby_id, "Lobby")?;
    Ok(Json(operation::get::shown(service.pool(), lobby_id).await?))
}
