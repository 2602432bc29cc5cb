//! Into a queue: all entries of a request, or none.

use std::collections::HashMap;

use ledger::{DbError, Instant, Tx, on};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::Queues;
use super::item::{Entry, QueueName};
use super::places::Window;
use super::texts::{PUSH, PUSH_ONE};
use crate::metrics::{QueueOperation, QueueResult};

/// How often a push is tried again that met another one of the same ids in another order.
const TRIES: u32 = 5;

impl Queues {
    /// Puts entries into a queue, in their order. Of entries of one id the last counts; an item of the same id that
    /// waits or is dead is written over and stands behind the others of its priority, one that is being worked on stays
    /// as it is.
    ///
    /// # Errors
    ///
    /// [`DbError`]; nothing was put in, or, where the database went away at the end, it is not known.
    pub async fn push(&self, queue: &QueueName, entries: &[Entry]) -> Result<(), DbError> {
        let pushing = self.pushed(queue, last_of_each(entries));
        self.told(QueueOperation::Push, queue, pushing, |()| QueueResult::Ok)
            .await
    }

    async fn pushed(&self, queue: &QueueName, entries: Vec<&Entry>) -> Result<(), DbError> {
        let mut tries_left = TRIES;
        let lane = self.lanes.of(queue);
        let came = loop {
            match self.put(queue, &entries).await {
                Ok(came) => break came,
                Err(error) if error.is_conflict() && tries_left > 0 => tries_left -= 1,
                Err(error) => {
                    // A row that it meant to write over was locked, and may have been passed by.
                    lane.marks().came(Window::WHOLE);
                    return Err(error);
                }
            }
        };
        for found in came {
            lane.marks().came(found.window());
        }
        lane.wake();
        Ok(())
    }

    /// On `PostgreSQL` one statement, which answers where rows wait now.
    async fn put(&self, queue: &QueueName, entries: &[&Entry]) -> Result<Vec<Found>, DbError> {
        if let ledger::Pool::Pg(server) = &self.pool {
            let mut db = server.lend().await?;
            let came = written(&mut db, queue, entries).await;
            return Ok(db.end(came)?);
        }
        let mut tx = self.pool.begin().await?;
        let now = Instant::now();
        for entry in entries {
            put_one(&mut tx, queue, entry, now).await?;
        }
        tx.commit().await?;
        Ok(Vec::new())
    }
}

/// The first and the last of the rows of a rank.
#[derive(FromRow)]
struct Found {
    rank: i64,
    first: i64,
    last: i64,
}

impl Found {
    const fn window(&self) -> Window {
        Window::of_rank(self.rank, self.first, self.last)
    }
}

async fn written(
    db: &mut PgConnection,
    queue: &QueueName,
    entries: &[&Entry],
) -> Result<Vec<Found>, sqlx::Error> {
    let ids: Vec<Uuid> = entries.iter().map(|one| one.id.id).collect();
    let given: Vec<Option<&str>> = entries.iter().map(|one| one.id.given.as_deref()).collect();
    let priorities: Vec<i32> = entries.iter().map(|one| one.priority).collect();
    let payloads: Vec<_> = entries.iter().map(|one| Json(one.payload.raw())).collect();
    let due: Vec<Option<Instant>> = entries.iter().map(|one| one.due).collect();
    let query = sqlx::query_as(PUSH)
        .bind(queue.as_str())
        .bind(ids)
        .bind(given);
    let query = query.bind(priorities).bind(payloads).bind(due);
    query.fetch_all(db).await
}

async fn put_one(
    tx: &mut Tx,
    queue: &QueueName,
    entry: &Entry,
    now: Instant,
) -> Result<(), DbError> {
    on!(tx, db => {
        let query = sqlx::query(PUSH_ONE).bind(entry.id.id).bind(&entry.id.given).bind(queue.as_str());
        let query = query.bind(i64::from(entry.priority)).bind(Json(entry.payload.raw()));
        query.bind(entry.due).bind(now).execute(db).await.map(drop)
    })?;
    Ok(())
}

/// The last entry of each id, at the place of the first.
fn last_of_each(entries: &[Entry]) -> Vec<&Entry> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut kept: Vec<&Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = *places.entry(entry.id.id).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(earlier) => *earlier = entry,
            None => kept.push(entry),
        }
    }
    kept
}
