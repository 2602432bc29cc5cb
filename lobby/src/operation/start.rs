//! Starting a lobby's measurement: from then on nobody joins.

use contract::lobby::LobbyState;
use serde_json::json;
use uuid::Uuid;

use crate::change::Change;
use crate::db::lobbies;
use crate::failure::Failure;
use crate::push::Push;
use crate::refusal::not_startable;
use crate::service::Lobby;
use crate::words::Word;

/// Starts it for its admin and tells its state.
pub(crate) async fn start(
    service: &Lobby,
    lobby_id: Uuid,
    device_id: String,
) -> Result<LobbyState, Failure> {
    service
        .in_task(move |service| begin(service, lobby_id, device_id))
        .await
}

async fn begin(service: Lobby, lobby_id: Uuid, device_id: String) -> Result<LobbyState, Failure> {
    let mut change = Change::of(service.pool(), lobby_id).await?;
    change.only_by_admin(&device_id)?;
    if change.lobby.state != LobbyState::Open {
        return Err(not_startable(change.lobby.state.word()).into());
    }
    let state = LobbyState::MeasurementRunning;
    lobbies::set_state(&mut change.tx, lobby_id, state).await?;
    change.log("measurement_started", json!({"admin_device_id": device_id}));
    let joined = change.joined().await?;
    change.push(Push::new(
        "lobby.updated",
        json!({"type": "measurement_started", "lobby_id": lobby_id}),
        joined,
    ));
    let kept = change.keep().await?;
    service.deliver(kept).await;
    Ok(state)
}
