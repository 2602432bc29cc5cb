//! What queues need without being asked: leases end, scheduled items come due, dead ones go.
//!
//! Several processes may do this at once: each takes rows that no other has locked.

use std::time::Duration;

use ledger::{DbError, Instant, Pool, on, read};
use sqlx::FromRow;

use super::Queues;
use super::item::{Size, Status};
use super::settle::Returned;
use super::texts::{DUE, EXPIRE, OLDEST_SNAPSHOT, PURGE, SIZES};

/// Rows of one statement.
const ROUND: i64 = 1000;

impl Queues {
    /// Makes items wait whose lease has ended or whose time has come. Answers how many.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn sweep(&self) -> Result<usize, DbError> {
        let mut swept = 0;
        loop {
            let expired = self.expired().await?;
            self.tell(&expired);
            let due = self.due().await?;
            self.tell(&due);
            swept += expired.len() + due.len();
            let full = usize::try_from(ROUND).unwrap_or(usize::MAX);
            if expired.len() < full && due.len() < full {
                return Ok(swept);
            }
        }
    }

    async fn expired(&self) -> Result<Vec<Returned>, DbError> {
        let text = EXPIRE.of(self.pool.dialect());
        let attempts = i64::from(self.settings.attempts_max);
        let expired = on!(self.pool.alone(), db => {
            let query = sqlx::query_as::<_, Returned>(text).bind(ROUND).bind(attempts);
            match self.pool {
                Pool::Pg(_) => query.fetch_all(db).await,
                Pool::Lite { .. } => query.bind(Instant::now()).fetch_all(db).await,
            }
        })?;
        Ok(expired)
    }

    async fn due(&self) -> Result<Vec<Returned>, DbError> {
        let text = DUE.of(self.pool.dialect());
        let due = on!(self.pool.alone(), db => {
            let query = sqlx::query_as::<_, Returned>(text).bind(ROUND);
            match self.pool {
                Pool::Pg(_) => query.fetch_all(db).await,
                Pool::Lite { .. } => query.bind(Instant::now()).fetch_all(db).await,
            }
        })?;
        Ok(due)
    }

    /// Removes items that are dead since before `before`. Answers how many.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn purge(&self, before: Instant) -> Result<u64, DbError> {
        let mut tx = self.pool.begin().await?;
        tx.unhurried().await?;
        let removed = on!(tx, db => {
            sqlx::query(PURGE).bind(before).execute(db).await.map(|done| done.rows_affected())
        })?;
        tx.commit().await?;
        Ok(removed)
    }

    /// How many items stand where, of every queue that has some. It reads the whole table.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn sizes(&self) -> Result<Vec<Size>, DbError> {
        #[derive(FromRow)]
        struct Found {
            queue: String,
            status: String,
            items: i64,
        }
        let found = read!(&self.pool, db => sqlx::query_as::<_, Found>(SIZES).fetch_all(db).await)?;
        let sizes = found.into_iter().filter_map(|one| {
            let status = Status::ALL
                .into_iter()
                .find(|status| status.word() == one.status)?;
            Some(Size {
                queue: one.queue,
                status,
                items: u64::try_from(one.items).ok()?,
            })
        });
        Ok(sizes.collect())
    }

    /// How long the oldest transaction is open whose snapshot keeps dead rows from being cleaned away: `pg_dump`, a
    /// forgotten session. Zero on `SQLite`, and of sessions that this user may not see.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn oldest_snapshot(&self) -> Result<Duration, DbError> {
        let Pool::Pg(server) = &self.pool else {
            return Ok(Duration::ZERO);
        };
        let mut db = server.lend().await?;
        let seconds: Result<f64, _> = sqlx::query_scalar(OLDEST_SNAPSHOT)
            .fetch_one(&mut *db)
            .await;
        Ok(Duration::try_from_secs_f64(db.end(seconds)?).unwrap_or_default())
    }
}
