//! What must reach another service once a transaction is kept: rows written beside the state they tell of, delivered
//! after the commit, at least once, in one order for each scope and destination.
//!
//! A service copies [`DDL`] into its migrations, appends rows in the transaction of its state, commits, and drains
//! the scope with a bounded wait; what is left then is the work of the [`Relay`].
//!
//! Rows of one scope are delivered by `id`. So that this is the order of the commits, the transaction that appends
//! holds a lock of the scope first (the row of the lobby, [`locked!`](crate::locked)); `SQLite` has one writer anyway.

mod drain;
mod gate;
mod relay;

use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::dialect::Texts;
use crate::error::DbError;
use crate::instant::Instant;
use crate::on;
use crate::pool::{Pool, Tx};

pub use drain::{Drained, drain};
pub use relay::Relay;

/// The table and its indexes, to be copied into a migration of the service.
pub const DDL: Texts = Texts {
    postgres: include_str!("postgres.sql"),
    sqlite: include_str!("sqlite.sql"),
};

/// Every statement of the outbox, for [`prepare_all`](crate::prepare_all) against the migrations of a service.
pub const STATEMENTS: [Texts; 6] = [
    Texts::same(APPEND),
    Texts::same(UNDELIVERED),
    Texts::same(CLEAN),
    drain::NEXT,
    drain::MARK,
    drain::LOCK,
];

const APPEND: &str = "INSERT INTO outbox (event_id, scope, seq, destination, body, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

/// The scope whose oldest row waits longest comes first.
const UNDELIVERED: &str = "SELECT scope, destination FROM outbox WHERE delivered_at IS NULL \
    GROUP BY scope, destination ORDER BY min(id)";

const CLEAN: &str = "DELETE FROM outbox WHERE id IN \
    (SELECT id FROM outbox WHERE delivered_at < $1 ORDER BY delivered_at LIMIT $2)";

/// Rows deleted by one transaction of the clean-up, so that it never holds the writer for long.
const CLEAN_BATCH: i64 = 500;

/// A row to be delivered once its transaction is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// Tells the receiver a repeat from a new one; unique in the table.
    pub event_id: Uuid,
    /// What the order is kept for: the lobby.
    pub scope: Uuid,
    /// The number of the push within its scope, for rows that have one.
    pub seq: Option<i64>,
    /// Who it is for, in the words of the service: `gateway`, `measurement`.
    pub destination: String,
    /// What is delivered; `PostgreSQL` keeps it as `jsonb`, which sorts the keys of objects.
    pub body: Value,
    /// When it happened.
    pub created_at: Instant,
}

/// A row on its way.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Row {
    /// Rises in the order of appending within a scope.
    pub id: i64,
    /// Tells the receiver a repeat from a new one.
    pub event_id: Uuid,
    /// What the order is kept for: the lobby.
    pub scope: Uuid,
    /// The number of the push within its scope, for rows that have one.
    pub seq: Option<i64>,
    /// Who it is for.
    pub destination: String,
    /// What is delivered.
    #[sqlx(json)]
    pub body: Value,
    /// When it happened.
    pub created_at: Instant,
}

/// Writes rows beside the state they tell of, in the order given.
///
/// # Errors
///
/// [`DbError`]; `Unique` on `outbox.event_id` when a row was appended before.
pub async fn append(tx: &mut Tx, rows: &[NewRow]) -> Result<(), DbError> {
    for row in rows {
        on!(tx, db => {
            sqlx::query(APPEND)
                .bind(row.event_id)
                .bind(row.scope)
                .bind(row.seq)
                .bind(&row.destination)
                .bind(Json(&row.body))
                .bind(row.created_at)
                .execute(db)
                .await
                .map(|_| ())
        })?;
    }
    Ok(())
}

/// Every scope and destination with undelivered rows, the one that waits longest first.
///
/// # Errors
///
/// [`DbError`].
pub async fn undelivered(pool: &Pool) -> Result<Vec<(Uuid, String)>, DbError> {
    Ok(on!(pool, db => sqlx::query_as(UNDELIVERED).fetch_all(db).await)?)
}

/// Deletes the rows delivered before `before`, in batches, and tells how many that were.
///
/// # Errors
///
/// [`DbError`]; the batches before it stay deleted.
pub async fn clean(pool: &Pool, before: Instant) -> Result<u64, DbError> {
    let mut total = 0;
    loop {
        let mut tx = pool.begin().await?;
        let deleted = on!(tx, db => {
            let done = sqlx::query(CLEAN).bind(before).bind(CLEAN_BATCH).execute(db).await;
            done.map(|done| done.rows_affected())
        })?;
        tx.commit().await?;
        total += deleted;
        if deleted < CLEAN_BATCH.unsigned_abs() {
            return Ok(total);
        }
    }
}
