//! Connections that are kept from one statement to the next.
//!
//! The pool of `sqlx` asks the database for a sign of life whenever a connection is given back: a second way to the
//! server for every statement. Here one is given back as it is when its statement has ended, and looked at only where
//! that was given up half-way, or failed.

use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolConfig, PoolError, QueueMode, RecycleResult, Timeouts,
    WeakPool,
};
use sqlx::{ConnectOptions, Connection, Database, Executor as _, Postgres, Sqlite};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use crate::error::is_broken_connection;

/// How long a statement waits for a connection that is in use, and how long a new one may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection that is looked at may take to answer.
const LOOK: Duration = Duration::from_secs(5);

/// How often connections are closed that nobody needs.
const TIDY_EVERY: Duration = Duration::from_secs(30);

/// No connection serves longer: a server keeps memory for each that only its end gives back.
const LIFETIME: Duration = Duration::from_mins(30);

/// How often it is looked whether the connections in use have come back, when all are closed.
const CLOSING_PAUSE: Duration = Duration::from_millis(5);

const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// A database with transactions.
pub trait Engine: Database {
    /// Runs a statement without parameters and without rows.
    fn run(
        connection: &mut Self::Connection,
        text: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

impl Engine for Postgres {
    async fn run(connection: &mut Self::Connection, text: &'static str) -> Result<(), sqlx::Error> {
        connection.execute(text).await.map(drop)
    }
}

impl Engine for Sqlite {
    async fn run(connection: &mut Self::Connection, text: &'static str) -> Result<(), sqlx::Error> {
        connection.execute(text).await.map(drop)
    }
}

/// How long a server that was away is left alone: one that is starting has better to do than to refuse.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// Opens connections.
pub struct Opener<D: Engine> {
    options: OptionsOf<D>,
    /// Since the server was away: when it may be asked again.
    asked_again: Mutex<Option<Instant>>,
}

type OptionsOf<D> = <<D as Database>::Connection as Connection>::Options;

impl<D: Engine> Manager for Opener<D> {
    type Type = D::Connection;
    type Error = sqlx::Error;

    /// Boxed: it is seldom, and the state of a connection being made is twenty times that of a statement.
    async fn create(&self) -> Result<D::Connection, sqlx::Error> {
        if !self.may_ask(Instant::now()) {
            let text = "the server was away a moment ago; it is asked again in a moment";
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, text).into());
        }
        let made = Box::pin(self.options.connect()).await;
        let is_away = made.as_ref().is_err_and(is_broken_connection);
        self.tell(is_away.then(|| Instant::now() + ASK_AGAIN));
        made
    }

    async fn recycle(&self, _: &mut D::Connection, _: &Metrics) -> RecycleResult<sqlx::Error> {
        Ok(())
    }
}

impl<D: Engine> Opener<D> {
    /// Whether a server that was away may be asked: by one at a time.
    fn may_ask(&self, now: Instant) -> bool {
        let mut again = self
            .asked_again
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match *again {
            None => true,
            Some(moment) if now < moment => false,
            Some(_) => {
                *again = Some(now + ASK_AGAIN);
                true
            }
        }
    }

    fn tell(&self, again: Option<Instant>) {
        *self
            .asked_again
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = again;
    }
}

/// The connections to one database. Clones share them.
pub struct Connections<D: Engine>(Pool<Opener<D>>);

/// A connection while a statement runs on it; [`end`](Self::end) gives it back. One that is dropped before is looked
/// at first.
pub struct Lent<D: Engine>(Option<Object<Opener<D>>>);

/// A connection with a transaction on it, which is rolled back where it is dropped without a commit.
pub struct Held<D: Engine>(Lent<D>);

impl<D: Engine> Connections<D> {
    /// At most `max` connections, none yet.
    pub(crate) fn new(options: OptionsOf<D>, max: usize) -> Result<Self, sqlx::Error> {
        let config = PoolConfig {
            max_size: max.max(1),
            timeouts: Timeouts {
                wait: Some(PATIENCE),
                create: Some(PATIENCE),
                recycle: None,
            },
            queue_mode: QueueMode::Lifo,
        };
        let opener = Opener {
            options,
            asked_again: Mutex::default(),
        };
        let pool = Pool::builder(opener)
            .config(config)
            .runtime(Runtime::Tokio1)
            .build();
        pool.map(Self)
            .map_err(|error| sqlx::Error::Configuration(error.into()))
    }

    /// Closes connections that nobody needed for `idle`, from now on.
    pub(crate) fn tidied(self, idle: Duration) -> Self {
        drop(tokio::spawn(tidy(self.0.weak(), idle)));
        self
    }

    /// A connection, an open one if there is one.
    ///
    /// # Errors
    ///
    /// `PoolTimedOut` when all were in use for five seconds or a new one was not there by then, `PoolClosed`, or why
    /// none could be opened.
    pub async fn lend(&self) -> Result<Lent<D>, sqlx::Error> {
        match self.0.get().await {
            Ok(object) => Ok(Lent(Some(object))),
            Err(error) => Err(plain(error)),
        }
    }

    /// A connection with a transaction that began with `statement`.
    pub(crate) async fn begin(&self, statement: &'static str) -> Result<Held<D>, sqlx::Error> {
        let mut held = Held(self.lend().await?);
        match D::run(&mut held, statement).await {
            Ok(()) => Ok(held),
            Err(error) => {
                drop(Lent(held.0.0.take()));
                Err(error)
            }
        }
    }

    /// What connections are opened with.
    pub(crate) fn options(&self) -> &OptionsOf<D> {
        &self.0.manager().options
    }

    /// How many are in use.
    pub(crate) fn in_use(&self) -> usize {
        let status = self.0.status();
        status.size.saturating_sub(status.available)
    }

    /// How many there may be.
    pub(crate) fn max(&self) -> usize {
        self.0.status().max_size
    }

    /// Lends none any more, and waits until those in use have come back.
    pub(crate) async fn close(&self) {
        close_each(self.0.retain(|_, _| false).removed).await;
        self.0.close();
        while self.0.status().size > 0 {
            sleep(CLOSING_PAUSE).await;
        }
    }
}

fn plain(error: PoolError<sqlx::Error>) -> sqlx::Error {
    match error {
        PoolError::Backend(error) => error,
        // Not an error of a connection: nobody shall try the next one, and wait as long again.
        PoolError::Timeout(_) => sqlx::Error::PoolTimedOut,
        PoolError::Closed => sqlx::Error::PoolClosed,
        other @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
            sqlx::Error::Configuration(other.into())
        }
    }
}

async fn tidy<D: Engine>(pool: WeakPool<Opener<D>>, idle: Duration) {
    loop {
        sleep(TIDY_EVERY).await;
        let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else {
            return;
        };
        close_unneeded(&pool, idle).await;
    }
}

async fn close_unneeded<D: Engine>(pool: &Pool<Opener<D>>, idle: Duration) {
    let old = pool.retain(|_, metrics| metrics.last_used() < idle && metrics.age() < LIFETIME);
    close_each(old.removed).await;
}

/// One that does not close in good order is closed all the same.
async fn close_each<C: Connection>(connections: Vec<C>) {
    for connection in connections {
        drop(connection.close().await);
    }
}

impl<D: Engine> Lent<D> {
    /// Gives the connection back on which nothing was done.
    pub(crate) fn unused(mut self) {
        drop(self.0.take());
    }

    /// Gives the connection back after its statement. The outcome goes through.
    ///
    /// # Errors
    ///
    /// That of the statement.
    pub fn end<T>(mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if outcome.is_ok() {
            drop(self.0.take());
        }
        outcome
    }
}

impl<D: Engine> Drop for Lent<D> {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            give_back_after(object, Sign::Ping);
        }
    }
}

impl<D: Engine> Held<D> {
    /// Makes what was done durable.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.end_with(COMMIT).await
    }

    /// Takes back what was done.
    pub(crate) async fn rollback(self) -> Result<(), sqlx::Error> {
        self.end_with(ROLLBACK).await
    }

    async fn end_with(mut self, text: &'static str) -> Result<(), sqlx::Error> {
        D::run(&mut self, text).await?;
        drop(self.0.0.take());
        Ok(())
    }
}

impl<D: Engine> Drop for Held<D> {
    fn drop(&mut self) {
        if let Some(object) = self.0.0.take() {
            give_back_after(object, Sign::Rollback);
        }
    }
}

/// What a connection is asked before it is given back.
#[derive(Debug, Clone, Copy)]
enum Sign {
    Ping,
    Rollback,
}

/// Gives a connection back that does what it is asked, in a task, and closes any other. A statement that was given up
/// half-way is over by then.
///
/// When the disk is full, `SQLite` takes a transaction back by itself, and the `ROLLBACK` finds none: such a connection
/// is replaced.
fn give_back_after<D: Engine>(object: Object<Opener<D>>, sign: Sign) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(look_at(object, sign))),
        Err(_) => drop(Object::take(object)),
    }
}

async fn look_at<D: Engine>(mut object: Object<Opener<D>>, sign: Sign) {
    let asked = async {
        match sign {
            Sign::Ping => object.ping().await,
            Sign::Rollback => D::run(&mut object, ROLLBACK).await,
        }
    };
    let told = timeout(LOOK, asked).await;
    if !matches!(told, Ok(Ok(()))) {
        tracing::warn!(?sign, ?told, "a connection to the database is replaced");
        drop(Object::take(object));
    }
}

impl<D: Engine> Clone for Connections<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Engine> Deref for Lent<D> {
    type Target = D::Connection;

    #[expect(clippy::expect_used, reason = "it is there until it is given back")]
    fn deref(&self) -> &D::Connection {
        self.0.as_ref().expect("lent until its end")
    }
}

impl<D: Engine> DerefMut for Lent<D> {
    #[expect(clippy::expect_used, reason = "it is there until it is given back")]
    fn deref_mut(&mut self) -> &mut D::Connection {
        self.0.as_mut().expect("lent until its end")
    }
}

impl<D: Engine> Deref for Held<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        &self.0
    }
}

impl<D: Engine> DerefMut for Held<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        &mut self.0
    }
}

impl<D: Engine> fmt::Debug for Opener<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener({})", D::NAME)
    }
}

impl<D: Engine> fmt::Debug for Connections<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({})", D::NAME)
    }
}

impl<D: Engine> fmt::Debug for Lent<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lent({})", D::NAME)
    }
}

impl<D: Engine> fmt::Debug for Held<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({})", D::NAME)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    fn connections(max: usize) -> Connections<Sqlite> {
        Connections::new(SqliteConnectOptions::new(), max).unwrap()
    }

    #[tokio::test]
    async fn what_nobody_needs_is_closed() {
        let connections = connections(2);
        let (first, second) = (connections.lend().await.unwrap(), connections.lend().await);
        first.unused();
        close_unneeded(&connections.0, Duration::from_mins(1)).await;
        assert_eq!(connections.0.status().size, 2, "needed a moment ago");
        close_unneeded(&connections.0, Duration::ZERO).await;
        assert_eq!(connections.0.status().size, 1, "the one in use stays");
        second.unwrap().unused();
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_asked_once_and_then_left_alone() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let options = PgConnectOptions::new().host("127.0.0.1").port(port);
        let connections = Connections::<Postgres>::new(options, 4).unwrap();
        let was_asked = async || {
            let refused = connections.lend().await.unwrap_err();
            assert!(is_broken_connection(&refused), "{refused:?}");
            !refused.to_string().contains("a moment ago")
        };
        assert!(was_asked().await);
        for _ in 0..10 {
            assert!(!was_asked().await);
        }
        sleep(ASK_AGAIN).await;
        assert!(was_asked().await);
        assert!(!was_asked().await);
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_costs_one_wait_and_not_one_for_each_connection() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let options = PgConnectOptions::new().host("127.0.0.1").port(port);
        let connections = Connections::<Postgres>::new(options, 4).unwrap();
        let refused = connections.lend().await.unwrap_err();
        assert!(!is_broken_connection(&refused), "{refused:?}");
        assert!(matches!(refused, sqlx::Error::PoolTimedOut), "{refused:?}");
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_in_use() {
        let connections = connections(2);
        let lent = connections.lend().await.unwrap();
        assert_eq!(connections.in_use(), 1);
        let others = connections.clone();
        let closing = tokio::spawn(async move { others.close().await });
        sleep(CLOSING_PAUSE * 4).await;
        assert!(!closing.is_finished());
        let refused = connections.lend().await.unwrap_err();
        assert!(matches!(refused, sqlx::Error::PoolClosed), "{refused:?}");
        lent.unused();
        closing.await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_was_left_is_taken_back_before_the_next_one() {
        let connections = connections(1);
        for attempt in 0..2 {
            let mut held = connections.begin("BEGIN").await.unwrap();
            let made = Sqlite::run(&mut held, "CREATE TABLE t (a)").await;
            made.unwrap_or_else(|error| panic!("attempt {attempt}: {error}"));
        }
        assert_eq!(connections.0.status().size, 1, "it was the same connection");
    }

    #[tokio::test]
    async fn a_connection_whose_transaction_does_not_end_is_replaced() {
        let connections = connections(1);
        let mut held = connections.begin("BEGIN").await.unwrap();
        Sqlite::run(&mut held, "COMMIT").await.unwrap();
        drop(held);
        let lent = connections.lend().await.unwrap();
        assert_eq!(
            lent.0
                .as_ref()
                .map(|lent| Object::metrics(lent).recycle_count),
            Some(0)
        );
        lent.unused();
    }
}
