//! The table `sessions`: each session as one document with a version, so that two commands at once are noticed.

use contract::session::SessionStatus;
use ledger::{DbError, Instant, Pool, Texts, Tx, on};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::words::Word;

const LOAD: &str = "SELECT version, state FROM sessions WHERE id = $1";
const INSERT: &str = "INSERT INTO sessions (id, lobby_id, job_id, version, status, state, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO NOTHING";
const UPDATE: &str = "UPDATE sessions SET version = $2, status = $3, state = $4, updated_at = $5 \
    WHERE id = $1 AND version = $6";

pub(super) const STATEMENTS: &[Texts] =
    &[Texts::same(LOAD), Texts::same(INSERT), Texts::same(UPDATE)];

/// A session as it stands in its table.
#[derive(Debug, FromRow)]
pub(crate) struct Row {
    pub version: i64,
    pub state: Json<Value>,
}

/// What is written of a session.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    pub id: Uuid,
    pub lobby_id: Uuid,
    pub job_id: Uuid,
    pub status: SessionStatus,
    pub state: &'a Value,
}

pub(crate) async fn load(pool: &Pool, id: Uuid) -> Result<Option<Row>, DbError> {
    Ok(on!(pool, db => sqlx::query_as(LOAD).bind(id).fetch_optional(db).await)?)
}

/// As a transaction that holds the lobby sees it: as it will be until the end.
pub(crate) async fn load_within(tx: &mut Tx, id: Uuid) -> Result<Option<Row>, DbError> {
    Ok(on!(tx, db => sqlx::query_as(LOAD).bind(id).fetch_optional(db).await)?)
}

/// Writes a new session with version 1; false if there is one of this name.
pub(crate) async fn insert(
    tx: &mut Tx,
    session: &Written<'_>,
    now: Instant,
) -> Result<bool, DbError> {
    let inserted = on!(tx, db => {
        let done = sqlx::query(INSERT)
            .bind(session.id)
            .bind(session.lobby_id)
            .bind(session.job_id)
            .bind(1_i64)
            .bind(session.status.word())
            .bind(Json(session.state))
            .bind(now)
            .execute(db)
            .await;
        done.map(|done| done.rows_affected())
    })?;
    Ok(inserted == 1)
}

/// Replaces the session of this version by the next one; false if it has another version.
pub(crate) async fn update(
    tx: &mut Tx,
    session: &Written<'_>,
    expected: i64,
    now: Instant,
) -> Result<bool, DbError> {
    let updated = on!(tx, db => {
        let done = sqlx::query(UPDATE)
            .bind(session.id)
            .bind(expected + 1)
            .bind(session.status.word())
            .bind(Json(session.state))
            .bind(now)
            .bind(expected)
            .execute(db)
            .await;
        done.map(|done| done.rows_affected())
    })?;
    Ok(updated == 1)
}
