//! Reading a lobby, by its id or by its code.

use contract::lobby::LobbyOut;
use ledger::Pool;
use uuid::Uuid;

use crate::code::readings;
use crate::db::{lobbies, participants};
use crate::failure::Failure;
use crate::refusal::lobby_not_found;

/// The lobby with everybody who is or was in it.
pub(crate) async fn shown(pool: &Pool, lobby_id: Uuid) -> Result<LobbyOut, Failure> {
    let lobby = lobbies::by_id(pool, lobby_id)
        .await?
        .ok_or_else(lobby_not_found)?;
    with_participants(pool, lobby).await
}

/// The same by its code.
pub(crate) async fn shown_by_code(pool: &Pool, code: &str) -> Result<LobbyOut, Failure> {
    let lobby = find_by_code(pool, code).await?;
    with_participants(pool, lobby).await
}

/// The lobby whose code was typed, in capitals or not.
pub(crate) async fn find_by_code(pool: &Pool, code: &str) -> Result<lobbies::Lobby, Failure> {
    for reading in readings(code) {
        if let Some(lobby) = lobbies::by_code(pool, &reading).await? {
            return Ok(lobby);
        }
    }
    Err(lobby_not_found().into())
}

async fn with_participants(pool: &Pool, lobby: lobbies::Lobby) -> Result<LobbyOut, Failure> {
    let participants = participants::of_lobby(pool, lobby.id).await?;
    let shown = participants
        .into_iter()
        .map(participants::Participant::shown);
    Ok(LobbyOut {
        lobby_id: lobby.id,
        code: lobby.code,
        admin_device_id: lobby.creator_device_id,
        state: lobby.state,
        participants: shown.collect::<Result<_, _>>()?,
    })
}
