//! What becomes of items that were handed out under a lease: finished, given back, or held longer.

use std::collections::HashSet;
use std::time::Duration;

use ledger::{Connections, DbError, Instant, Pool, on};
use sqlx::{FromRow, Postgres};
use uuid::Uuid;

use super::item::{QueueName, Receipt, Status};
use super::places::Window;
use super::texts::{ACK, ACK_OF_LEASE, ACK_ONE, EXTEND, EXTEND_ONE, NACK, NACK_ONE};
use super::{Queues, microseconds};
use crate::metrics::{QueueOperation, QueueResult};

/// A row that waits again, or does not any more.
#[derive(Debug, FromRow)]
pub(super) struct Returned {
    pub(super) seq: i64,
    rank: i64,
    status: String,
    queue_name: String,
}

impl Returned {
    fn waits(&self) -> Option<Window> {
        let waits = self.status == Status::Pending.word();
        waits.then(|| Window::of_rank(self.rank, self.seq, self.seq))
    }
}

impl Queues {
    /// Finishes items: they are gone. Answers for each receipt whether it was still good; a stale one changes nothing.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn ack(&self, queue: &QueueName, receipts: &[Receipt]) -> Result<Vec<bool>, DbError> {
        let finishing = self.finished(queue, receipts);
        self.told::<Vec<bool>>(QueueOperation::Ack, queue, finishing, |good| how_many(good))
            .await
    }

    async fn finished(
        &self,
        queue: &QueueName,
        receipts: &[Receipt],
    ) -> Result<Vec<bool>, DbError> {
        if let Pool::Pg(server) = &self.pool {
            let done = removed(server, queue, receipts).await?;
            return Ok(among(receipts, &done.into_iter().collect()));
        }
        let (mut tx, mut done) = (self.pool.begin().await?, HashSet::new());
        for one in receipts {
            let found: Option<Receipt> = on!(tx, db => {
                let query = sqlx::query_as(ACK_ONE).bind(queue.as_str());
                query.bind(one.seq).bind(one.lease).fetch_optional(db).await
            })?;
            done.extend(found);
        }
        tx.commit().await?;
        Ok(among(receipts, &done))
    }

    /// Gives items back: they wait again, at once or after a delay, or are dead where this was their last attempt.
    /// Answers for each receipt whether it was still good.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn nack(
        &self,
        queue: &QueueName,
        receipts: &[Receipt],
        delay: Duration,
    ) -> Result<Vec<bool>, DbError> {
        let returning = async {
            let returned = self.returned(queue, receipts, microseconds(delay)).await?;
            self.tell(&returned);
            Ok(good(receipts, returned.iter().map(|one| one.seq)))
        };
        self.told::<Vec<bool>>(QueueOperation::Nack, queue, returning, |good| {
            how_many(good)
        })
        .await
    }

    async fn returned(
        &self,
        queue: &QueueName,
        receipts: &[Receipt],
        delay: i64,
    ) -> Result<Vec<Returned>, DbError> {
        let attempts = i64::from(self.settings.attempts_max);
        if let Pool::Pg(server) = &self.pool {
            let (seqs, leases) = sides(receipts);
            let query = sqlx::query_as(NACK)
                .bind(queue.as_str())
                .bind(seqs)
                .bind(leases);
            let mut db = server.lend().await?;
            let returned = query.bind(attempts).bind(delay).fetch_all(&mut *db).await;
            return Ok(db.end(returned)?);
        }
        let (mut tx, mut returned) = (self.pool.begin().await?, Vec::new());
        let now = Instant::now();
        for one in receipts {
            let found: Option<Returned> = on!(tx, db => {
                let query = sqlx::query_as(NACK_ONE).bind(queue.as_str()).bind(one.seq).bind(one.lease);
                query.bind(attempts).bind(delay).bind(now).fetch_optional(db).await
            })?;
            returned.extend(found);
        }
        tx.commit().await?;
        Ok(returned)
    }

    /// Holds items longer: from now on for `lease`. Answers for each receipt whether it was still good.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn extend(
        &self,
        queue: &QueueName,
        receipts: &[Receipt],
        lease: Duration,
    ) -> Result<Vec<bool>, DbError> {
        let holding = self.held(queue, receipts, microseconds(lease));
        self.told::<Vec<bool>>(QueueOperation::Extend, queue, holding, |good| {
            how_many(good)
        })
        .await
    }

    async fn held(
        &self,
        queue: &QueueName,
        receipts: &[Receipt],
        lease: i64,
    ) -> Result<Vec<bool>, DbError> {
        if let Pool::Pg(server) = &self.pool {
            let (seqs, leases) = sides(receipts);
            let query = sqlx::query_scalar(EXTEND)
                .bind(queue.as_str())
                .bind(seqs)
                .bind(leases);
            let mut db = server.lend().await?;
            let done: Result<Vec<i64>, _> = query.bind(lease).fetch_all(&mut *db).await;
            return Ok(good(receipts, db.end(done)?));
        }
        let (mut tx, mut done) = (self.pool.begin().await?, Vec::new());
        let now = Instant::now();
        for one in receipts {
            let found: Option<i64> = on!(tx, db => {
                let query = sqlx::query_scalar(EXTEND_ONE).bind(queue.as_str()).bind(one.seq);
                query.bind(one.lease).bind(lease).bind(now).fetch_optional(db).await
            })?;
            done.extend(found);
        }
        tx.commit().await?;
        Ok(good(receipts, done))
    }

    /// Rows that wait again are told to the marks of their queues, and to those who wait for them.
    pub(super) fn tell(&self, returned: &[Returned]) {
        for one in returned {
            let Some(window) = one.waits() else {
                continue;
            };
            if let Some(lane) = self.lanes.met(&one.queue_name) {
                lane.marks().came(window);
                lane.wake();
            }
        }
    }
}

fn how_many(good: &[bool]) -> QueueResult {
    let count = good.iter().filter(|good| **good).count();
    if count == good.len() {
        QueueResult::Ok
    } else if count > 0 {
        QueueResult::Partial
    } else {
        QueueResult::Refused
    }
}

fn sides(receipts: &[Receipt]) -> (Vec<i64>, Vec<Uuid>) {
    receipts.iter().map(|one| (one.seq, one.lease)).unzip()
}

async fn removed(
    server: &Connections<Postgres>,
    queue: &QueueName,
    receipts: &[Receipt],
) -> Result<Vec<Receipt>, sqlx::Error> {
    let (seqs, leases) = sides(receipts);
    let query = match one_of(&leases) {
        Some(lease) => sqlx::query_as(ACK_OF_LEASE)
            .bind(queue.as_str())
            .bind(seqs)
            .bind(lease),
        None => sqlx::query_as(ACK)
            .bind(queue.as_str())
            .bind(seqs)
            .bind(leases),
    };
    let mut db = server.lend().await?;
    let done = query.fetch_all(&mut *db).await;
    db.end(done)
}

/// That of all, where it is one.
fn one_of(leases: &[Uuid]) -> Option<Uuid> {
    let first = *leases.first()?;
    leases.iter().all(|lease| *lease == first).then_some(first)
}

fn among(receipts: &[Receipt], done: &HashSet<Receipt>) -> Vec<bool> {
    receipts.iter().map(|one| done.contains(one)).collect()
}

fn good(receipts: &[Receipt], done: impl IntoIterator<Item = i64>) -> Vec<bool> {
    let done: HashSet<i64> = done.into_iter().collect();
    receipts.iter().map(|one| done.contains(&one.seq)).collect()
}
