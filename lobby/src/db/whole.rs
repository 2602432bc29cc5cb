//! A lobby with its participants in one statement: what is asked for most costs one walk to the database, and shows
//! both tables as one moment has them.

use contract::lobby::{LobbyOut, LobbyState};
use ledger::{Instant, Pool, Texts, on};
use sqlx::FromRow;
use uuid::Uuid;

use super::participants::Participant;
use crate::failure::Failure;
use crate::words::Word;

/// A statement that ends with what names the lobby; a lobby that nobody ever joined has one row.
macro_rules! whole {
    ($named:literal) => {
        concat!(
            "SELECT l.id, l.code, l.creator_device_id, l.state, p.device_id, p.role, p.role_slot_id, ",
            "p.role_slot_label, p.status, p.joined_at, p.left_at ",
            "FROM lobbies l LEFT JOIN participants p ON p.lobby_id = l.id WHERE ",
            $named,
            " ORDER BY p.joined_at, p.id"
        )
    };
}

const BY_ID: &str = whole!("l.id = $1");
const BY_CODE: &str = whole!("l.code = $1");

pub(super) const STATEMENTS: &[Texts] = &[Texts::same(BY_ID), Texts::same(BY_CODE)];

#[derive(FromRow)]
struct Row {
    id: Uuid,
    code: String,
    creator_device_id: String,
    state: String,
    device_id: Option<String>,
    role: Option<String>,
    role_slot_id: Option<String>,
    role_slot_label: Option<String>,
    status: Option<String>,
    joined_at: Option<Instant>,
    left_at: Option<Instant>,
}

/// Reads a lobby by its id.
pub(crate) async fn by_id(pool: &Pool, id: Uuid) -> Result<Option<LobbyOut>, Failure> {
    shown(on!(pool, db => sqlx::query_as(BY_ID).bind(id).fetch_all(db).await)?)
}

/// Reads a lobby by its code, as it is written.
pub(crate) async fn by_code(pool: &Pool, code: &str) -> Result<Option<LobbyOut>, Failure> {
    shown(on!(pool, db => sqlx::query_as(BY_CODE).bind(code).fetch_all(db).await)?)
}

fn shown(rows: Vec<Row>) -> Result<Option<LobbyOut>, Failure> {
    let Some(lobby) = rows.first() else {
        return Ok(None);
    };
    let mut shown = LobbyOut {
        lobby_id: lobby.id,
        code: lobby.code.clone(),
        admin_device_id: lobby.creator_device_id.clone(),
        state: LobbyState::stored(&lobby.state)?,
        participants: Vec::with_capacity(rows.len()),
    };
    for participant in rows.into_iter().filter_map(Row::participant) {
        shown.participants.push(participant.shown()?);
    }
    Ok(Some(shown))
}

impl Row {
    fn participant(self) -> Option<Participant> {
        Some(Participant {
            device_id: self.device_id?,
            role: self.role?,
            role_slot_id: self.role_slot_id,
            role_slot_label: self.role_slot_label,
            status: self.status?,
            joined_at: self.joined_at?,
            left_at: self.left_at,
        })
    }
}
