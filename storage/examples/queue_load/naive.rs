//! The queue that people write first: a status column that stays, a plain index over queue, priority and status.

use ledger::{Connections, DbError, Pool, Tx, on};
use serde_json::Value;
use sqlx::Postgres;
use sqlx::types::Json;

const TABLE: &str = "CREATE TABLE naive_items (id bigserial PRIMARY KEY, queue_name text NOT NULL, \
    priority integer NOT NULL DEFAULT 0, payload jsonb, status text NOT NULL DEFAULT 'pending', \
    created_at timestamptz NOT NULL DEFAULT now())";
const INDEX: &str = "CREATE INDEX naive_order ON naive_items (queue_name, priority, status)";
const PUT: &str =
    "INSERT INTO naive_items (queue_name, payload) SELECT 'load', * FROM unnest($1::jsonb[])";
const TAKE: &str = "UPDATE naive_items SET status = 'processing' WHERE id IN (SELECT id FROM naive_items \
    WHERE queue_name = 'load' AND status = 'pending' ORDER BY priority DESC, id LIMIT $1 FOR UPDATE SKIP LOCKED) \
    RETURNING id";
const FINISH: &str = "UPDATE naive_items SET status = 'done' WHERE id = ANY($1)";
const LOOK: &str = "SELECT count(*) FROM queue_items WHERE seq < 0";
const REPEATABLE: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
const PATIENT: &str = "SET LOCAL idle_in_transaction_session_timeout = 0";

#[derive(Debug, Clone)]
pub(crate) struct NaiveQueue(Connections<Postgres>);

impl NaiveQueue {
    pub(crate) async fn new(pool: &Pool) -> Result<Self, DbError> {
        for text in [TABLE, INDEX] {
            on!(pool, db => sqlx::query(text).execute(db).await.map(drop))?;
        }
        match pool {
            Pool::Pg(pool) => Ok(Self(pool.clone())),
            Pool::Lite { .. } => Err(DbError::NotFound),
        }
    }

    pub(crate) async fn put(&self, payloads: &[Value]) -> Result<(), sqlx::Error> {
        let payloads: Vec<_> = payloads.iter().map(Json).collect();
        let mut db = self.0.lend().await?;
        let put = sqlx::query(PUT).bind(payloads).execute(&mut *db).await;
        db.end(put.map(drop))
    }

    pub(crate) async fn take(&self, limit: i64) -> Result<Vec<i64>, sqlx::Error> {
        let mut db = self.0.lend().await?;
        let taken = sqlx::query_scalar(TAKE)
            .bind(limit)
            .fetch_all(&mut *db)
            .await;
        db.end(taken)
    }

    pub(crate) async fn finish(&self, ids: &[i64]) -> Result<(), sqlx::Error> {
        let mut db = self.0.lend().await?;
        let finished = sqlx::query(FINISH).bind(ids).execute(&mut *db).await;
        db.end(finished.map(drop))
    }
}

/// A transaction with a snapshot, as `pg_dump` or a report holds one.
pub(crate) async fn hold_snapshot(pool: &Pool) -> Result<Tx, DbError> {
    let mut tx = pool.begin().await?;
    on!(tx, db => sqlx::query(REPEATABLE).execute(&mut *db).await.map(drop))?;
    on!(tx, db => sqlx::query(PATIENT).execute(&mut *db).await.map(drop))?;
    on!(tx, db => sqlx::query(LOOK).execute(&mut *db).await.map(drop))?;
    Ok(tx)
}
