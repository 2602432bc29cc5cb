//! The table `participants`.

use contract::lobby::{ParticipantOut, ParticipantStatus, Role};
use ledger::{DbError, Instant, Pool, Texts, Tx, on};
use sqlx::FromRow;
use uuid::Uuid;

use crate::failure::Failure;
use crate::words::Word;

/// The first joining stays; role and place outlast a leaving.
const JOIN: &str = "INSERT INTO participants (id, lobby_id, device_id, role, status, joined_at) \
    VALUES ($1, $2, $3, 'none', 'joined', $4) \
    ON CONFLICT (lobby_id, device_id) DO UPDATE SET status = 'joined', left_at = NULL";
const LEAVE: &str =
    "UPDATE participants SET status = 'left', left_at = $3 WHERE lobby_id = $1 AND device_id = $2";
const ASSIGN: &str = "UPDATE participants SET role = $3, role_slot_id = $4, role_slot_label = $5 \
    WHERE lobby_id = $1 AND device_id = $2 AND status = 'joined'";
const OF_LOBBY: &str = "SELECT device_id, role, role_slot_id, role_slot_label, status, joined_at, left_at \
    FROM participants WHERE lobby_id = $1 ORDER BY joined_at, id";
const JOINED: &str = "SELECT device_id FROM participants \
    WHERE lobby_id = $1 AND status = 'joined' ORDER BY joined_at, id";

const IS_JOINED: &str = "SELECT count(*) FROM participants \
    WHERE lobby_id = $1 AND device_id = $2 AND status = 'joined'";

const OTHERS: &str = "SELECT count(*) FROM participants WHERE lobby_id = $1 AND device_id <> $2";

pub(super) const STATEMENTS: &[Texts] = &[
    Texts::same(JOIN),
    Texts::same(LEAVE),
    Texts::same(ASSIGN),
    Texts::same(OF_LOBBY),
    Texts::same(JOINED),
    Texts::same(IS_JOINED),
    Texts::same(OTHERS),
];

/// A participant as it stands in its table.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Participant {
    pub device_id: String,
    pub(super) role: String,
    pub role_slot_id: Option<String>,
    pub role_slot_label: Option<String>,
    pub(super) status: String,
    pub(super) joined_at: Instant,
    pub(super) left_at: Option<Instant>,
}

impl Participant {
    /// What it does in a measurement.
    pub(crate) fn role(&self) -> Result<Role, Failure> {
        Ok(Role::stored(&self.role)?)
    }

    /// Whether it is there.
    pub(crate) fn is_joined(&self) -> bool {
        self.status == ParticipantStatus::Joined.word()
    }

    /// As the API shows it.
    pub(crate) fn shown(self) -> Result<ParticipantOut, Failure> {
        Ok(ParticipantOut {
            role: self.role()?,
            status: ParticipantStatus::stored(&self.status)?,
            device_id: self.device_id,
            role_slot_id: self.role_slot_id,
            role_slot_label: self.role_slot_label,
            joined_at: self.joined_at.to_string(),
            left_at: self.left_at.map(|at| at.to_string()),
        })
    }
}

/// A role with its place.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub role: Role,
    pub slot_id: Option<String>,
    pub slot_label: Option<String>,
}

/// Joins a device, for the first time or again.
pub(crate) async fn join(
    tx: &mut Tx,
    lobby_id: Uuid,
    device_id: &str,
    now: Instant,
) -> Result<(), DbError> {
    on!(tx, db => {
        sqlx::query(JOIN)
            .bind(ledger::ids::next())
            .bind(lobby_id)
            .bind(device_id)
            .bind(now)
            .execute(db)
            .await
            .map(|_| ())
    })?;
    Ok(())
}

/// Notes that a device left; false if it was never in the lobby.
pub(crate) async fn leave(
    tx: &mut Tx,
    lobby_id: Uuid,
    device_id: &str,
    now: Instant,
) -> Result<bool, DbError> {
    let left = on!(tx, db => {
        let done = sqlx::query(LEAVE).bind(lobby_id).bind(device_id).bind(now).execute(db).await;
        done.map(|done| done.rows_affected())
    })?;
    Ok(left > 0)
}

/// Gives a joined device its role; false if there is no such device.
pub(crate) async fn assign(
    tx: &mut Tx,
    lobby_id: Uuid,
    device_id: &str,
    assignment: &Assignment,
) -> Result<bool, DbError> {
    let assigned = on!(tx, db => {
        let done = sqlx::query(ASSIGN)
            .bind(lobby_id)
            .bind(device_id)
            .bind(assignment.role.word())
            .bind(&assignment.slot_id)
            .bind(&assignment.slot_label)
            .execute(db)
            .await;
        done.map(|done| done.rows_affected())
    })?;
    Ok(assigned > 0)
}

/// Everybody who is or was in a lobby, in the order of first joining.
pub(crate) async fn of_lobby(pool: &Pool, lobby_id: Uuid) -> Result<Vec<Participant>, DbError> {
    Ok(on!(pool, db => sqlx::query_as(OF_LOBBY).bind(lobby_id).fetch_all(db).await)?)
}

/// Whether this device is there.
pub(crate) async fn is_joined(
    pool: &Pool,
    lobby_id: Uuid,
    device_id: &str,
) -> Result<bool, DbError> {
    let found: i64 = on!(pool, db => sqlx::query_scalar(IS_JOINED).bind(lobby_id).bind(device_id).fetch_one(db).await)?;
    Ok(found > 0)
}

/// How many other devices are or were in a lobby.
pub(crate) async fn others(tx: &mut Tx, lobby_id: Uuid, device_id: &str) -> Result<i64, DbError> {
    Ok(
        on!(tx, db => sqlx::query_scalar(OTHERS).bind(lobby_id).bind(device_id).fetch_one(db).await)?,
    )
}

/// The devices that are there, in the order of first joining.
pub(crate) async fn joined(tx: &mut Tx, lobby_id: Uuid) -> Result<Vec<String>, DbError> {
    Ok(on!(tx, db => sqlx::query_scalar(JOINED).bind(lobby_id).fetch_all(db).await)?)
}
