//! The table `lobby_events`: what happened in a lobby, for who reads it later.

use contract::lobby::LobbyEvent;
use ledger::{DbError, Instant, Pool, Texts, Tx, on};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

const INSERT: &str =
    "INSERT INTO lobby_events (lobby_id, type, payload, created_at) VALUES ($1, $2, $3, $4)";
const PAGE: &str = "SELECT id, type AS kind, payload, created_at FROM lobby_events \
    WHERE lobby_id = $1 AND id > $2 ORDER BY id LIMIT $3";

pub(super) const STATEMENTS: &[Texts] = &[Texts::same(INSERT), Texts::same(PAGE)];

#[derive(FromRow)]
struct Row {
    id: i64,
    kind: String,
    payload: Json<Value>,
    created_at: Instant,
}

/// Writes a line.
pub(crate) async fn insert(
    tx: &mut Tx,
    lobby_id: Uuid,
    kind: &str,
    payload: &Value,
    now: Instant,
) -> Result<(), DbError> {
    on!(tx, db => {
        sqlx::query(INSERT).bind(lobby_id).bind(kind).bind(Json(payload)).bind(now).execute(db).await.map(|_| ())
    })?;
    Ok(())
}

/// At most `limit` lines after `after_id`.
pub(crate) async fn page(
    pool: &Pool,
    lobby_id: Uuid,
    after_id: i64,
    limit: i64,
) -> Result<Vec<LobbyEvent>, DbError> {
    let rows: Vec<Row> = on!(pool, db => {
        sqlx::query_as(PAGE).bind(lobby_id).bind(after_id).bind(limit).fetch_all(db).await
    })?;
    let shown = |row: Row| LobbyEvent {
        id: row.id,
        kind: row.kind,
        payload: row.payload.0,
        created_at: row.created_at.to_string(),
    };
    Ok(rows.into_iter().map(shown).collect())
}
