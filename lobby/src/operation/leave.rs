//! Leaving a lobby. A device that was never in it leaves without effect.

use serde_json::json;
use uuid::Uuid;

use crate::change::Change;
use crate::db::participants;
use crate::failure::Failure;
use crate::push::Push;
use crate::service::Lobby;

/// Notes that this device left, and tells those who stay.
pub(crate) async fn leave(
    service: &Lobby,
    lobby_id: Uuid,
    device_id: String,
) -> Result<(), Failure> {
    service
        .in_task(move |service| depart(service, lobby_id, device_id))
        .await
}

async fn depart(service: Lobby, lobby_id: Uuid, device_id: String) -> Result<(), Failure> {
    let mut change = Change::of(service.pool(), lobby_id).await?;
    let now = change.now;
    if !participants::leave(&mut change.tx, lobby_id, &device_id, now).await? {
        return Ok(());
    }
    change.log("participant_left", json!({"device_id": device_id}));
    let staying = change.joined().await?;
    let data = json!({"type": "participant_left", "device_id": device_id, "lobby_id": lobby_id});
    change.push(Push::new("lobby.updated", data, staying));
    let kept = change.keep().await?;
    service.deliver(kept).await;
    Ok(())
}
