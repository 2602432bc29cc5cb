//! The relay: what no handler could deliver is tried again in the background, and what arrived long ago is deleted.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Instant as Clock, sleep_until};
use uuid::Uuid;

use super::{Row, clean, drain, undelivered};
use crate::error::DbError;
use crate::instant::Instant;
use crate::pool::Pool;

/// The first wait after a row that did not arrive; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait.
const LAST_WAIT: Duration = Duration::from_secs(30);

/// Rows that another process left are found within this time.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often delivered rows are deleted.
const CLEAN_EVERY: Duration = Duration::from_mins(10);

/// How long delivered rows are kept.
const RETENTION: Duration = Duration::from_hours(24);

/// Scopes of one destination that may fail in one round before the destination counts as away: one scope with a row
/// that never arrives must not stop the others.
const FAILURES: usize = 3;

/// Delivers in the background what the drains of the handlers left.
#[derive(Debug)]
pub struct Relay {
    pool: Pool,
    wake: Arc<Notify>,
}

impl Relay {
    /// A relay of the outbox of `pool` that keeps delivered rows for a day.
    pub fn new(pool: Pool) -> Self {
        Self {
            pool,
            wake: Arc::new(Notify::new()),
        }
    }

    /// `notify_one` on it makes the relay look at once: a handler calls it when its drain did not finish.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Delivers until `stop` ends. A destination that fails is tried again after 1 s to 30 s, the others go on
    /// meanwhile. `deliver` follows the rules of [`drain`](super::drain()) and bounds its own wait. Dropping the future
    /// is as good as stopping it.
    pub async fn run<E, F, D>(self, deliver: D, stop: impl Future<Output = ()>)
    where
        D: Fn(Row) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let rounds = Rounds {
            relay: self,
            deliver: Arc::new(deliver),
            destinations: HashMap::new(),
            running: JoinSet::new(),
            names: HashMap::new(),
            clean_at: Clock::now(),
        };
        tokio::select! {
            () = stop => {}
            () = rounds.go() => {}
        }
    }
}

/// What is known of a destination.
#[derive(Debug, Default)]
struct Destination {
    running: bool,
    wait: Option<Duration>,
    not_before: Option<Clock>,
    /// Scopes that failed in the last round; they come last in the next one.
    failed: HashSet<Uuid>,
}

/// One destination's round: every scope was tried, or too many failed.
#[derive(Debug)]
struct Round {
    destination: String,
    failed: HashSet<Uuid>,
    reason: Option<String>,
}

struct Rounds<D> {
    relay: Relay,
    deliver: Arc<D>,
    destinations: HashMap<String, Destination>,
    running: JoinSet<Round>,
    /// Which destination a task works for, for one that panics.
    names: HashMap<task::Id, String>,
    clean_at: Clock,
}

impl<D, F, E> Rounds<D>
where
    D: Fn(Row) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    async fn go(mut self) {
        loop {
            let now = Clock::now();
            if let Err(error) = self.look(now).await {
                tracing::error!(error = ?error, "the outbox cannot be read");
            }
            self.clean(now).await;
            let next = self.next_look(now);
            let wake = Arc::clone(&self.relay.wake);
            tokio::select! {
                () = wake.notified() => {}
                () = sleep_until(next) => {}
                Some(ended) = self.running.join_next_with_id() => self.ended(ended),
            }
        }
    }

    /// Starts a round for each destination that has rows, is not at work and need not wait.
    async fn look(&mut self, now: Clock) -> Result<(), DbError> {
        let mut scopes: Vec<(String, Vec<Uuid>)> = Vec::new();
        for (scope, destination) in undelivered(&self.relay.pool).await? {
            match scopes.iter_mut().find(|(name, _)| *name == destination) {
                Some((_, list)) => list.push(scope),
                None => scopes.push((destination, vec![scope])),
            }
        }
        for (name, mut list) in scopes {
            let known = self.destinations.entry(name.clone()).or_default();
            if known.running || known.not_before.is_some_and(|at| now < at) {
                continue;
            }
            known.running = true;
            list.sort_by_key(|scope| known.failed.contains(scope));
            let (pool, deliver) = (self.relay.pool.clone(), Arc::clone(&self.deliver));
            let task = self.running.spawn(round(pool, name.clone(), list, deliver));
            self.names.insert(task.id(), name);
        }
        Ok(())
    }

    /// A panic in `deliver` is a failure of its destination; the relay lives.
    fn ended(&mut self, ended: Result<(task::Id, Round), JoinError>) {
        let round = match ended {
            Ok((id, round)) => {
                self.names.remove(&id);
                Some(round)
            }
            Err(error) => self.names.remove(&error.id()).map(|destination| {
                let reason = Some("delivering panicked".to_owned());
                Round {
                    destination,
                    failed: HashSet::new(),
                    reason,
                }
            }),
        };
        if let Some(round) = round {
            self.finish(round);
        }
    }

    fn finish(&mut self, round: Round) {
        let known = self
            .destinations
            .entry(round.destination.clone())
            .or_default();
        known.running = false;
        known.failed = round.failed;
        match round.reason {
            None => {
                known.wait = None;
                known.not_before = None;
            }
            Some(reason) => {
                let wait = known
                    .wait
                    .map_or(FIRST_WAIT, |wait| (wait * 2).min(LAST_WAIT));
                known.wait = Some(wait);
                known.not_before = Some(Clock::now() + wait);
                let (destination, wait_s) = (round.destination, wait.as_secs());
                tracing::warn!(destination, reason, wait_s, "rows of the outbox wait");
            }
        }
    }

    /// The earliest end of a wait, or the next look without a reason.
    fn next_look(&self, now: Clock) -> Clock {
        let idle = self.destinations.values().filter(|known| !known.running);
        let waits = idle
            .filter_map(|known| known.not_before)
            .filter(|at| *at > now);
        waits
            .min()
            .unwrap_or(now + LOOK_EVERY)
            .min(now + LOOK_EVERY)
    }

    async fn clean(&mut self, now: Clock) {
        if now < self.clean_at {
            return;
        }
        self.clean_at = now + CLEAN_EVERY;
        let before = Instant::now().before(RETENTION);
        match clean(&self.relay.pool, before).await {
            Ok(deleted) => tracing::debug!(deleted, "delivered rows of the outbox deleted"),
            Err(error) => tracing::error!(error = ?error, "delivered rows of the outbox stay"),
        }
    }
}

async fn round<E, F, D>(
    pool: Pool,
    destination: String,
    scopes: Vec<Uuid>,
    deliver: Arc<D>,
) -> Round
where
    D: Fn(Row) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let mut done = Round {
        destination,
        failed: HashSet::new(),
        reason: None,
    };
    for scope in scopes {
        let reason = match drain(&pool, scope, &done.destination, deliver.as_ref()).await {
            Ok(drained) => drained.stopped.map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if reason.is_some() {
            done.failed.insert(scope);
            done.reason = reason;
        }
        if done.failed.len() == FAILURES {
            break;
        }
    }
    done
}
