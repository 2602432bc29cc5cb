//! Joining a lobby, for the first time or again; who comes late is given what the admin shared before.

use contract::lobby::{LobbyOut, LobbyState};
use serde_json::json;

use super::get::{find_by_code, shown};
use super::share;
use crate::change::Change;
use crate::db::{lobbies, participants};
use crate::failure::Failure;
use crate::push::Push;
use crate::refusal::{full, in_it_already, not_open};
use crate::service::Lobby;
use crate::words::Word;

/// Most devices that are or were in one lobby, its admin included: each is told of every change.
const MOST_PARTICIPANTS: i64 = 256;

/// Joins this device to the lobby that has this code.
pub(crate) async fn join(
    service: &Lobby,
    code: String,
    device_id: String,
) -> Result<LobbyOut, Failure> {
    service
        .in_task(|service| enter(service, code, device_id))
        .await
}

async fn enter(service: Lobby, code: String, device_id: String) -> Result<LobbyOut, Failure> {
    let found = find_by_code(service.pool(), &code).await?;
    let mut change = Change::of(service.pool(), found.id).await?;
    if change.lobby.state != LobbyState::Open {
        let state = change.lobby.state.word();
        let is_there = change.joined().await?.contains(&device_id);
        let refusal = if is_there { in_it_already } else { not_open };
        return Err(refusal(state).into());
    }
    let (lobby_id, now) = (change.lobby.id, change.now);
    // The lobby's row is locked, so nobody joins between the count and the joining.
    if participants::others(&mut change.tx, lobby_id, &device_id).await? >= MOST_PARTICIPANTS {
        return Err(full(MOST_PARTICIPANTS).into());
    }
    participants::join(&mut change.tx, lobby_id, &device_id, now).await?;
    change.log("participant_joined", json!({"device_id": device_id}));
    announce(&mut change, &device_id).await?;
    if device_id != change.lobby.creator_device_id {
        let shared = lobbies::shared(&mut change.tx, lobby_id).await?;
        for push in share::again(&change.lobby, shared, &device_id) {
            change.push(push);
        }
    }
    let kept = change.keep().await?;
    service.deliver(kept).await;
    shown(service.pool(), found.id).await
}

/// To everybody who is there, the joiner included; newer sockets are told by a second name too.
async fn announce(change: &mut Change, device_id: &str) -> Result<(), Failure> {
    let (lobby_id, joined) = (change.lobby.id, change.joined().await?);
    let updated =
        json!({"type": "participant_joined", "device_id": device_id, "lobby_id": lobby_id});
    change.push(Push::new("lobby.updated", updated, joined.clone()));
    let named = json!({"device_id": device_id, "lobby_id": lobby_id});
    change.push(Push::new("participant.joined", named, joined).versioned());
    Ok(())
}
