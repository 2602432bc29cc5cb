//! Out of a queue: the items of the highest priority, of those the oldest, each to one caller.

use std::future::Future;
use std::time::Duration;

use ledger::{Connections, DbError, Instant, Pool, on, read};
use serde_json::value::RawValue;
use sqlx::types::Json;
use sqlx::{FromRow, Postgres};
use tokio::time::{Instant as Moment, sleep};
use uuid::Uuid;

use super::item::{Item, ItemId, Payload, QueueName, Receipt, Standing};
use super::marks::Outcome;
use super::places::{Place, Window};
use super::texts::{LEASE, LEASE_ON_FILE, PEEK, PEEK_DEAD, TAKE, TAKE_ON_FILE};
use super::wake::Lane;
use super::{Queues, microseconds};
use crate::metrics::{QueueOperation, QueueResult};

/// Windows that one pop looks through; more only change while others push.
pub(super) const WINDOWS_MAX: usize = 8;

/// How long is waited for an arrival before the queue is looked at again: another process may have pushed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, FromRow)]
struct Found {
    seq: i64,
    id: Uuid,
    external_id: Option<String>,
    rank: i64,
    attempts: i64,
    payload: Json<Box<RawValue>>,
}

impl Found {
    const fn place(&self) -> Place {
        Place {
            rank: self.rank,
            seq: self.seq,
        }
    }

    fn item(self, lease: Option<Uuid>) -> Item {
        Item {
            id: ItemId {
                id: self.id,
                given: self.external_id,
            },
            priority: -self.rank,
            attempts: self.attempts,
            payload: Payload::kept(self.payload.0),
            receipt: lease.map(|lease| Receipt {
                seq: self.seq,
                lease,
            }),
        }
    }
}

/// A right to hold items, and for how long.
#[derive(Debug, Clone, Copy)]
struct Lease {
    id: Uuid,
    span: Duration,
}

impl Queues {
    /// Takes the items of the highest priority, at most `limit` and at most as many as a batch has, the oldest of a
    /// priority first. With a lease they must be finished before it ends, else they are handed out again; without one
    /// they are gone from the queue. An empty or unknown queue has none.
    ///
    /// Where another process pushes a higher priority, it is seen after a second or 100 pops at the latest.
    ///
    /// # Errors
    ///
    /// [`DbError`]; what was handed out under a lease comes back by itself.
    pub async fn pop(
        &self,
        queue: &QueueName,
        limit: usize,
        lease: Option<Duration>,
    ) -> Result<Vec<Item>, DbError> {
        let taking = self.taken(queue, self.bounded(limit), lease);
        self.told::<Vec<Item>>(QueueOperation::Pop, queue, taking, |items| {
            some_or_empty(items)
        })
        .await
    }

    async fn taken(
        &self,
        queue: &QueueName,
        limit: i64,
        lease: Option<Duration>,
    ) -> Result<Vec<Item>, DbError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let lease = lease.map(|span| Lease {
            id: Uuid::new_v4(),
            span,
        });
        let mut found = match &self.pool {
            Pool::Pg(server) => self.searched(server, queue, limit, lease).await?,
            Pool::Lite { .. } => self.of_file(queue, limit, lease).await?,
        };
        found.sort_unstable_by_key(Found::place);
        Ok(found
            .into_iter()
            .map(|one| one.item(lease.map(|lease| lease.id)))
            .collect())
    }

    /// As [`pop`](Self::pop), and waits for items where there are none, until `end`. A push in this process is seen at
    /// once, that of another within a second. No item is lost by an end that comes while items are taken.
    ///
    /// # Errors
    ///
    /// [`DbError`]; what was handed out under a lease comes back by itself.
    pub async fn pop_until(
        &self,
        queue: &QueueName,
        limit: usize,
        lease: Option<Duration>,
        end: impl Future<Output = ()>,
    ) -> Result<Vec<Item>, DbError> {
        let lane = self.lanes.of(queue);
        let mut end = std::pin::pin!(end);
        loop {
            // Before the look: a push behind it is not slept through.
            let mut arrival = std::pin::pin!(lane.arrival().notified());
            arrival.as_mut().enable();
            let items = self.pop(queue, limit, lease).await?;
            if !items.is_empty() {
                return Ok(items);
            }
            tokio::select! {
                () = &mut end => return Ok(Vec::new()),
                () = arrival => {}
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Looks at items without a change: those that would be handed out next, or those that are dead.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn peek(
        &self,
        queue: &QueueName,
        limit: usize,
        standing: Standing,
    ) -> Result<Vec<Item>, DbError> {
        let limit = self.bounded(limit);
        let text = match standing {
            Standing::Pending => PEEK,
            Standing::Dead => PEEK_DEAD,
        };
        let looking = async {
            let found = read!(&self.pool, db => {
                sqlx::query_as::<_, Found>(text).bind(queue.as_str()).bind(limit).fetch_all(db).await
            })?;
            Ok(found
                .into_iter()
                .map(|one| one.item(None))
                .collect::<Vec<Item>>())
        };
        self.told::<Vec<Item>>(QueueOperation::Peek, queue, looking, |items| {
            some_or_empty(items)
        })
        .await
    }

    fn bounded(&self, limit: usize) -> i64 {
        i64::try_from(limit.min(self.settings.batch)).unwrap_or(i64::MAX)
    }

    async fn searched(
        &self,
        server: &Connections<Postgres>,
        queue: &QueueName,
        limit: i64,
        lease: Option<Lease>,
    ) -> Result<Vec<Found>, DbError> {
        let lane = self.lanes.of(queue);
        let mut found = Vec::new();
        let mut left = limit;
        for _ in 0..WINDOWS_MAX {
            let search = self.search(server, &lane, queue, left, lease).await;
            let (more, outcome) = match search {
                // What is taken already must reach its caller; the next pop finds out what is wrong.
                Err(_) if !found.is_empty() => break,
                search => search?,
            };
            left -= i64::try_from(more.len()).unwrap_or(left);
            found.extend(more);
            if outcome == Outcome::Done {
                break;
            }
        }
        Ok(found)
    }

    /// One search, in the window that is next. The wait for a connection is no part of it.
    async fn search(
        &self,
        server: &Connections<Postgres>,
        lane: &Lane,
        queue: &QueueName,
        limit: i64,
        lease: Option<Lease>,
    ) -> Result<(Vec<Found>, Outcome), DbError> {
        let mut db = server.lend().await?;
        let mut search = Searching::begin(lane);
        let text = if lease.is_some() { LEASE } else { TAKE };
        let query = sqlx::query_as::<_, Found>(text).bind(queue.as_str());
        let Window { after, upto } = search.window();
        let query = query
            .bind(after.rank)
            .bind(after.seq)
            .bind(upto.rank)
            .bind(upto.seq)
            .bind(limit);
        let query = match lease {
            None => query,
            Some(Lease { id, span }) => query.bind(id).bind(microseconds(span)),
        };
        let found = query.fetch_all(&mut *db).await;
        let found = db.end(found)?;
        let last = found.iter().map(Found::place).max();
        let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= limit);
        Ok((found, search.end(last, is_full)))
    }

    async fn of_file(
        &self,
        queue: &QueueName,
        limit: i64,
        lease: Option<Lease>,
    ) -> Result<Vec<Found>, DbError> {
        let text = if lease.is_some() {
            LEASE_ON_FILE
        } else {
            TAKE_ON_FILE
        };
        let found = on!(self.pool.alone(), db => {
            let query = sqlx::query_as::<_, Found>(text).bind(queue.as_str()).bind(limit);
            match lease {
                None => query.fetch_all(db).await,
                Some(Lease { id, span }) => {
                    query.bind(id).bind(Instant::now()).bind(microseconds(span)).fetch_all(db).await
                }
            }
        })?;
        Ok(found)
    }
}

fn some_or_empty(items: &[Item]) -> QueueResult {
    if items.is_empty() {
        QueueResult::Empty
    } else {
        QueueResult::Ok
    }
}

/// A search that is told to the marks also where its caller leaves half-way.
struct Searching<'a> {
    lane: &'a Lane,
    search: Option<super::marks::Search>,
    window: Window,
}

impl<'a> Searching<'a> {
    fn begin(lane: &'a Lane) -> Self {
        let search = lane.marks().begin(Moment::now());
        Self {
            lane,
            window: search.window,
            search: Some(search),
        }
    }

    const fn window(&self) -> Window {
        self.window
    }

    fn end(&mut self, last: Option<Place>, is_full: bool) -> Outcome {
        match self.search.take() {
            Some(search) => self.lane.marks().end(&search, last, is_full, Moment::now()),
            None => Outcome::Done,
        }
    }
}

impl Drop for Searching<'_> {
    fn drop(&mut self) {
        if let Some(search) = self.search.take() {
            self.lane.marks().fail(&search);
        }
    }
}
