//! Reading a lobby, by its id or by its code.

use contract::lobby::LobbyOut;
use ledger::Pool;
use uuid::Uuid;

use crate::code::readings;
use crate::db::{lobbies, whole};
use crate::failure::Failure;
use crate::refusal::lobby_not_found;

/// The lobby with everybody who is or was in it, as one moment has them.
pub(crate) async fn shown(pool: &Pool, lobby_id: Uuid) -> Result<LobbyOut, Failure> {
    let found = whole::by_id(pool, lobby_id).await?;
    Ok(found.ok_or_else(lobby_not_found)?)
}

/// The same by its code.
pub(crate) async fn shown_by_code(pool: &Pool, code: &str) -> Result<LobbyOut, Failure> {
    for reading in readings(code) {
        if let Some(lobby) = whole::by_code(pool, &reading).await? {
            return Ok(lobby);
        }
    }
    Err(lobby_not_found().into())
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
