//! Draining: the undelivered rows of one scope for one destination, in order, each until it arrived.

use std::future::Future;
use std::time::Duration;

use sqlx::types::Json;
use tokio::time::Instant as Clock;
use uuid::Uuid;

use super::{Row, gate};
use crate::dialect::{Dialect, Texts};
use crate::error::DbError;
use crate::instant::Instant;
use crate::pool::{Pool, Tx};
use crate::{listed, on};

/// Rows read at once.
const BATCH: i64 = 64;

/// Delivered rows are marked together, but none waits longer than this for its mark: a drain that is cancelled repeats
/// what was not marked.
const MARK_AFTER: Duration = Duration::from_millis(20);

/// Until the transaction ends, no other process delivers rows of this scope and destination. A mark that a crash of the
/// server forgets means a repeat, so it does not wait for the disk.
pub(super) const LOCK: Texts = Texts {
    postgres: "SELECT set_config('synchronous_commit', 'off', true), \
        pg_advisory_xact_lock(hashtextextended($1::uuid::text || $2::text, 7235911290442))::text",
    sqlite: "SELECT $1, $2",
};

pub(super) const NEXT: Texts = Texts::same(
    "SELECT id, event_id, scope, seq, destination, body, created_at FROM outbox \
     WHERE scope = $1 AND destination = $2 AND delivered_at IS NULL ORDER BY id LIMIT $3",
);

pub(super) const MARK: Texts = listed!(
    "UPDATE outbox SET delivered_at = $1 WHERE id",
    "$2",
    "bigint",
    ""
);

/// What a drain did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drained<E> {
    /// Rows that arrived.
    pub delivered: u64,
    /// Why it stopped before the last row; nothing when none is left.
    pub stopped: Option<E>,
}

/// Delivers every undelivered row of `scope` for `destination`, in the order of their ids, until none is left or one
/// does not arrive.
///
/// Two drains of one scope and destination never deliver at the same time: the second waits, and finds what the first
/// left. The wait is not bounded here. Cancelling (a `tokio::time::timeout` around it) loses nothing and keeps the
/// order; the rows of the last moments may arrive twice, so the receiver tells repeats by `event_id`.
///
/// `deliver` answers `Ok` for a row that arrived, and also for one that the receiver will never take (after a line in
/// the log): a row that fails stops all rows behind it. It must not use `pool`: on a server the drain holds one of its
/// connections meanwhile. On `SQLite` one process owns the file; the turns are kept in its memory.
///
/// # Errors
///
/// [`DbError`]; what was delivered since the last mark arrives again with the next drain.
pub async fn drain<E, F, D>(
    pool: &Pool,
    scope: Uuid,
    destination: &str,
    mut deliver: D,
) -> Result<Drained<E>, DbError>
where
    D: FnMut(Row) -> F,
    F: Future<Output = Result<(), E>>,
{
    let _pass = gate::enter(pool, scope, destination).await?;
    let mut drained = Drained {
        delivered: 0,
        stopped: None,
    };
    while drained.stopped.is_none() {
        let mut held = hold(pool, scope, destination).await?;
        let rows = next(pool, held.as_mut(), scope, destination).await?;
        if rows.is_empty() {
            break;
        }
        let (arrived, stopped) = deliver_in_order(rows, &mut deliver).await;
        drained.delivered += arrived.len() as u64;
        drained.stopped = stopped;
        mark(pool, held, &arrived).await?;
    }
    Ok(drained)
}

/// On a server the lock lives in a transaction; a file is locked by its process (the pass), and its one writer must
/// not wait for a receiver.
async fn hold(pool: &Pool, scope: Uuid, destination: &str) -> Result<Option<Tx>, DbError> {
    if pool.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let text = LOCK.of(pool.dialect());
    let mut tx = pool.begin().await?;
    on!(tx, db => sqlx::query(text).bind(scope).bind(destination).execute(db).await.map(|_| ()))?;
    Ok(Some(tx))
}

async fn next(
    pool: &Pool,
    held: Option<&mut Tx>,
    scope: Uuid,
    destination: &str,
) -> Result<Vec<Row>, DbError> {
    let text = NEXT.of(pool.dialect());
    let query = match held {
        Some(tx) => {
            on!(tx, db => sqlx::query_as(text).bind(scope).bind(destination).bind(BATCH).fetch_all(db).await)
        }
        None => {
            on!(pool, db => sqlx::query_as(text).bind(scope).bind(destination).bind(BATCH).fetch_all(db).await)
        }
    };
    Ok(query?)
}

/// The ids that arrived, and what stopped the first one that did not.
async fn deliver_in_order<E, F, D>(rows: Vec<Row>, deliver: &mut D) -> (Vec<i64>, Option<E>)
where
    D: FnMut(Row) -> F,
    F: Future<Output = Result<(), E>>,
{
    let begun = Clock::now();
    let mut arrived = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        if let Err(error) = deliver(row).await {
            return (arrived, Some(error));
        }
        arrived.push(id);
        if begun.elapsed() >= MARK_AFTER {
            break;
        }
    }
    (arrived, None)
}

async fn mark(pool: &Pool, held: Option<Tx>, arrived: &[i64]) -> Result<(), DbError> {
    if arrived.is_empty() {
        return Ok(());
    }
    let text = MARK.of(pool.dialect());
    let mut tx = match held {
        Some(tx) => tx,
        None => pool.begin().await?,
    };
    on!(tx, db => {
        sqlx::query(text).bind(Instant::now()).bind(Json(arrived)).execute(db).await.map(|_| ())
    })?;
    tx.commit().await
}
