//! Queues: items are pushed, handed out once in the order of their priorities, and finished, given back or lost track
//! of, after which they are handed out again.
//!
//! The tables are those of the Sonoma API; the design is that of docs/decisions/0006-storage.md. The library is used
//! in the process of the database's owner; `http` is its route.

mod http;
mod item;
mod marks;
#[cfg(test)]
mod model;
mod places;
mod pop;
mod push;
mod reading;
mod settle;
mod sweep;
mod texts;
mod upkeep;
mod wake;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ledger::{DbError, Pool};

pub(crate) use http::routes;
pub use item::{
    Entry, Item, ItemId, NotAReceipt, Payload, QueueName, Receipt, Size, Standing, Status,
    WrongItem,
};
pub(crate) use item::{ID_MAX, NAME_MAX};
pub(crate) use reading::{DELAY_MAX_S, LEASE_S, WAIT_MAX_S};
pub(crate) use texts::STATEMENTS;
pub(crate) use upkeep::keep_going;
use wake::Lanes;

use crate::metrics::{Metrics, QueueOperation, QueueResult};

/// Items of a push, at most.
pub const ENTRIES_MAX: usize = 1000;

/// Bounds of the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSettings {
    /// Items of one pop or peek, at most, and where no number is said.
    pub batch: usize,
    /// An item that was handed out so often and not finished is dead.
    pub attempts_max: u32,
    /// For how long a pop that does not say so hands out; none: for good.
    pub lease: Option<Duration>,
    /// How long dead items are kept.
    pub dead_kept: Duration,
}

/// All queues of a database. Clones share what they know of them.
#[derive(Debug, Clone)]
pub struct Queues {
    pool: Pool,
    settings: QueueSettings,
    lanes: Arc<Lanes>,
    /// None for the library alone: nobody could fetch them, and latencies pile up where nobody adds them up.
    metrics: Option<Arc<Metrics>>,
}

impl Queues {
    /// The queues of a database with the schema of storage.
    pub fn new(pool: Pool, settings: QueueSettings) -> Self {
        Self {
            pool,
            settings,
            lanes: Arc::default(),
            metrics: None,
        }
    }

    /// The same, with what is done counted among others.
    pub(crate) fn counted_by(pool: Pool, settings: QueueSettings, metrics: Arc<Metrics>) -> Self {
        Self {
            metrics: Some(metrics),
            ..Self::new(pool, settings)
        }
    }

    /// Counts an operation, where there are metrics: its use of the database, and how it ended for the queue.
    async fn told<T>(
        &self,
        operation: QueueOperation,
        queue: &QueueName,
        work: impl Future<Output = Result<T, DbError>>,
        result: impl FnOnce(&T) -> QueueResult,
    ) -> Result<T, DbError> {
        let Some(metrics) = &self.metrics else {
            return work.await;
        };
        let outcome = metrics.counted(operation.into(), work).await;
        let result = outcome.as_ref().map_or(QueueResult::Failed, result);
        metrics.queue_operation(operation, queue.as_str(), result);
        outcome
    }

    /// Their bounds.
    pub const fn settings(&self) -> &QueueSettings {
        &self.settings
    }
}

/// A span as the statements take it: whole microseconds.
fn microseconds(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
