//! The table `lobbies`.

use contract::lobby::{LobbyCreated, LobbyState};
use ledger::{DbError, Instant, Pool, Texts, Tx, locked, on};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::failure::Failure;
use crate::words::Word;

/// The columns of [`Row`], of the lobbies that are named.
macro_rules! lobby {
    ($which:literal) => {
        concat!(
            "SELECT id, creator_device_id, state, last_seq, profile_id FROM lobbies ",
            $which
        )
    };
}

const INSERT: &str = "INSERT INTO lobbies (id, code, creator_device_id, state, created_at, last_seq) \
    VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (code) DO NOTHING";
const BY_ID: &str = lobby!("WHERE id = $1");
const BY_CODE: &str = lobby!("WHERE code = $1");
const LOCKED: Texts = locked!(lobby!("WHERE id = $1"));
const SHARED: &str =
    "SELECT room, room_shared_at, step_index, profile_id FROM lobbies WHERE id = $1";
const SET_STATE: &str = "UPDATE lobbies SET state = $2 WHERE id = $1";
const SET_SEQ: &str = "UPDATE lobbies SET last_seq = $2 WHERE id = $1";
const SET_ROOM: &str = "UPDATE lobbies SET room = $2, room_shared_at = $3 WHERE id = $1";
const SET_STEP: &str = "UPDATE lobbies SET step_index = $2 WHERE id = $1";
const SET_PROFILE: &str = "UPDATE lobbies SET profile_id = $2 WHERE id = $1";

pub(super) const STATEMENTS: &[Texts] = &[
    Texts::same(INSERT),
    Texts::same(BY_ID),
    Texts::same(BY_CODE),
    LOCKED,
    Texts::same(SHARED),
    Texts::same(SET_STATE),
    Texts::same(SET_SEQ),
    Texts::same(SET_ROOM),
    Texts::same(SET_STEP),
    Texts::same(SET_PROFILE),
];

/// A lobby as it stands in its table.
#[derive(Debug, Clone)]
pub(crate) struct Lobby {
    pub id: Uuid,
    pub creator_device_id: String,
    pub state: LobbyState,
    pub last_seq: i64,
    pub profile_id: Option<String>,
}

/// What the admin shared last, for devices that join later.
#[derive(Debug, FromRow)]
pub(crate) struct Shared {
    pub room: Option<Json<Value>>,
    pub room_shared_at: Option<Instant>,
    pub step_index: Option<i64>,
    pub profile_id: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    creator_device_id: String,
    state: String,
    last_seq: i64,
    profile_id: Option<String>,
}

impl Lobby {
    fn of(row: Option<Row>) -> Result<Option<Self>, Failure> {
        let Some(row) = row else { return Ok(None) };
        let state = LobbyState::stored(&row.state)?;
        let Row {
            id,
            creator_device_id,
            last_seq,
            profile_id,
            ..
        } = row;
        Ok(Some(Self {
            id,
            creator_device_id,
            state,
            last_seq,
            profile_id,
        }))
    }
}

/// Writes a lobby; false if another one has this code.
pub(crate) async fn insert(
    tx: &mut Tx,
    lobby: &LobbyCreated,
    now: Instant,
) -> Result<bool, DbError> {
    let inserted = on!(tx, db => {
        let done = sqlx::query(INSERT)
            .bind(lobby.lobby_id)
            .bind(&lobby.code)
            .bind(&lobby.admin_device_id)
            .bind(lobby.state.word())
            .bind(now)
            .execute(db)
            .await;
        done.map(|done| done.rows_affected())
    })?;
    Ok(inserted == 1)
}

/// Reads a lobby without its lock.
pub(crate) async fn by_id(pool: &Pool, id: Uuid) -> Result<Option<Lobby>, Failure> {
    Lobby::of(on!(pool, db => sqlx::query_as(BY_ID).bind(id).fetch_optional(db).await)?)
}

/// Reads a lobby by its code, as it is written, without its lock.
pub(crate) async fn by_code(pool: &Pool, code: &str) -> Result<Option<Lobby>, Failure> {
    Lobby::of(on!(pool, db => sqlx::query_as(BY_CODE).bind(code).fetch_optional(db).await)?)
}

/// Locks a lobby until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Lobby>, Failure> {
    let text = LOCKED.of(tx.dialect());
    Lobby::of(on!(tx, db => sqlx::query_as(text).bind(id).fetch_optional(db).await)?)
}

/// What its admin shared.
pub(crate) async fn shared(tx: &mut Tx, id: Uuid) -> Result<Shared, DbError> {
    Ok(on!(tx, db => sqlx::query_as(SHARED).bind(id).fetch_one(db).await)?)
}

pub(crate) async fn set_state(tx: &mut Tx, id: Uuid, state: LobbyState) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(SET_STATE).bind(id).bind(state.word()).execute(db).await.map(|_| ()))?;
    Ok(())
}

pub(crate) async fn set_seq(tx: &mut Tx, id: Uuid, seq: i64) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(SET_SEQ).bind(id).bind(seq).execute(db).await.map(|_| ()))?;
    Ok(())
}

pub(crate) async fn set_room(
    tx: &mut Tx,
    id: Uuid,
    room: &Value,
    now: Instant,
) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(SET_ROOM).bind(id).bind(Json(room)).bind(now).execute(db).await.map(|_| ()))?;
    Ok(())
}

pub(crate) async fn set_step(tx: &mut Tx, id: Uuid, step_index: i64) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(SET_STEP).bind(id).bind(step_index).execute(db).await.map(|_| ()))?;
    Ok(())
}

pub(crate) async fn set_profile(tx: &mut Tx, id: Uuid, profile_id: &str) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(SET_PROFILE).bind(id).bind(profile_id).execute(db).await.map(|_| ()))?;
    Ok(())
}
