//! The connections of a service to its database, and the transaction, for both databases.

use std::fmt;
use std::time::Duration;

use sqlx::{Error, PgConnection, Postgres, Sqlite, SqliteConnection};

use crate::connections::{Connections, Held, Lent};
use crate::dialect::Dialect;
use crate::error::{DbError, is_broken_connection};
use crate::on;
use crate::on::Arms;
use crate::open::{self, OpenError};
use crate::url::DatabaseUrl;

/// Takes the lock of the one writer at the start: a transaction that begins by reading cannot fail half-way.
const BEGIN_ON_FILE: &str = "BEGIN IMMEDIATE";

const BEGIN: &str = "BEGIN";

/// Ends the limit that connections have for one statement, until the transaction ends.
const UNHURRIED: &str = "SET LOCAL statement_timeout = 0";

const PING: &str = "SELECT 1";

/// A database that needs longer for a ping is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// The connections of one service to its database. Clones share them.
#[derive(Clone)]
pub enum Pool {
    /// A server.
    Pg(Connections<Postgres>),
    /// A file: readers beside one writer.
    Lite {
        /// Connections that refuse to write.
        read: Connections<Sqlite>,
        /// The one connection that writes.
        write: Connections<Sqlite>,
    },
}

/// A transaction. Dropped without [`commit`](Tx::commit), it is rolled back.
///
/// A task that is cancelled between two statements tears nothing: what it did is rolled back. A command that must
/// reach its end although its client leaves runs in a task of the service.
pub enum Tx {
    /// On a server: `READ COMMITTED`; lock a row with [`locked!`](crate::locked) before reading what depends on it.
    Pg(Held<Postgres>),
    /// On a file: `BEGIN IMMEDIATE`, so it is alone until its end.
    Lite(Held<Sqlite>),
}

/// A pool for single statements that write; see [`Pool::alone`].
#[derive(Debug, Clone, Copy)]
pub struct Alone<'a>(&'a Pool);

/// One connection of a pool, for one statement; [`on!`](crate::on) asks for it.
#[derive(Debug)]
pub enum Single {
    /// To a server.
    Pg(Lent<Postgres>),
    /// To a file.
    Lite(Lent<Sqlite>),
}

impl Single {
    /// The connection.
    pub fn arms(&mut self) -> Arms<&mut PgConnection, &mut SqliteConnection> {
        match self {
            Self::Pg(lent) => Arms::Pg(&mut *lent),
            Self::Lite(lent) => Arms::Lite(&mut *lent),
        }
    }

    /// Gives it back after its statement. The outcome goes through.
    ///
    /// # Errors
    ///
    /// That of the statement.
    pub fn end<T>(self, outcome: Result<T, Error>) -> Result<T, Error> {
        match self {
            Self::Pg(lent) => lent.end(outcome),
            Self::Lite(lent) => lent.end(outcome),
        }
    }
}

impl Alone<'_> {
    /// A connection that may write; [`on!`](crate::on) calls this.
    ///
    /// # Errors
    ///
    /// See [`Connections::lend`].
    pub async fn lend(&self) -> Result<Single, Error> {
        match self.0 {
            Pool::Pg(server) => Ok(Single::Pg(server.lend().await?)),
            Pool::Lite { write, .. } => Ok(Single::Lite(write.lend().await?)),
        }
    }
}

impl Pool {
    /// Opens the database, with at most `max` connections to a server (or readers of a file; 2 is plenty).
    ///
    /// A file and its folder are made when they are missing. `SQLite`: write-ahead log, `synchronous = FULL` if the URL
    /// does not ask for less, foreign keys, small caches.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the folder cannot be made, or the server or file does not open within some seconds.
    pub async fn open(url: &DatabaseUrl, max: u32) -> Result<Self, OpenError> {
        open::open(url, max).await
    }

    /// Begins a transaction. On `SQLite` this waits for the writer, at most some seconds.
    ///
    /// # Errors
    ///
    /// [`DbError::Busy`] when no connection became free in time, [`DbError::Away`] when the server is gone.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        match self {
            Self::Pg(pool) => begin_on_server(pool).await.map(Tx::Pg),
            Self::Lite { write, .. } => Ok(Tx::Lite(write.begin(BEGIN_ON_FILE).await?)),
        }
    }

    /// Whether the database answers and a transaction can begin, for a health route; the caller bounds the wait.
    ///
    /// # Errors
    ///
    /// [`DbError`] as the database said.
    pub async fn ping(&self) -> Result<(), DbError> {
        on!(self, db => sqlx::query(PING).execute(db).await.map(|_| ()))?;
        match self {
            Self::Pg(_) => Ok(()),
            Self::Lite { .. } => self.begin().await?.rollback().await,
        }
    }

    /// Whether [`Self::ping`] succeeds within two seconds; if not, the reason is logged. For health routes.
    pub async fn is_well(&self) -> bool {
        match tokio::time::timeout(PATIENCE, self.ping()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(?error, "the database does not answer");
                false
            }
            Err(_) => {
                let waited_s = PATIENCE.as_secs();
                tracing::warn!(waited_s, "the database does not answer in time");
                false
            }
        }
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Pg(_) => Dialect::Postgres,
            Self::Lite { .. } => Dialect::Sqlite,
        }
    }

    /// A connection for reading; [`on!`](crate::on) calls this.
    ///
    /// # Errors
    ///
    /// See [`Connections::lend`].
    pub async fn lend(&self) -> Result<Single, Error> {
        match self {
            Self::Pg(server) => Ok(Single::Pg(server.lend().await?)),
            Self::Lite { read, .. } => Ok(Single::Lite(read.lend().await?)),
        }
    }

    /// For one statement that writes and is a transaction by itself: `on!(pool.alone(), db => ...)`. On `SQLite` it
    /// waits for the writer.
    pub fn alone(&self) -> Alone<'_> {
        Alone(self)
    }

    /// Closes every connection; waits for those in use.
    pub async fn close(&self) {
        match self {
            Self::Pg(pool) => pool.close().await,
            Self::Lite { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }

    /// Tells one database from another within the process, for locks in memory.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Pg(server) => {
                let options = server.options();
                let name = options.get_database().unwrap_or_default();
                format!("{}:{}/{name}", options.get_host(), options.get_port())
            }
            Self::Lite { write, .. } => {
                let file = write.options().get_filename();
                let whole = file.canonicalize();
                whole.as_deref().unwrap_or(file).display().to_string()
            }
        }
    }

    /// How many connections work just now, the writer of `SQLite` among them.
    pub fn in_use(&self) -> u32 {
        let count = match self {
            Self::Pg(server) => server.in_use(),
            Self::Lite { read, write } => read.in_use() + write.in_use(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The most connections that may work at a time; [`read!`](crate::read) calls this.
    pub fn width(&self) -> usize {
        match self {
            Self::Pg(server) => server.max(),
            Self::Lite { read, .. } => read.max(),
        }
    }
}

/// Connections are not tested before use, so those that a restart of the server broke are found here: each failed
/// `BEGIN` removes one, and nothing was done on it.
async fn begin_on_server(server: &Connections<Postgres>) -> Result<Held<Postgres>, DbError> {
    let mut attempts_left = server.max();
    loop {
        match server.begin(BEGIN).await {
            Err(error) if attempts_left > 0 && is_broken_connection(&error) => attempts_left -= 1,
            other => return Ok(other?),
        }
    }
}

impl Tx {
    /// Makes what was done durable.
    ///
    /// # Errors
    ///
    /// [`DbError`]; after [`DbError::Away`] it is not known whether the transaction was kept.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Pg(tx) => tx.commit().await?,
            Self::Lite(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Takes back what was done.
    ///
    /// # Errors
    ///
    /// [`DbError`]; the database takes it back by itself then.
    pub async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Pg(tx) => tx.rollback().await?,
            Self::Lite(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Lets the statements of this transaction take as long as they need: for upkeep, which nobody waits for.
    ///
    /// # Errors
    ///
    /// [`DbError`]
    pub async fn unhurried(&mut self) -> Result<(), DbError> {
        if let Self::Pg(tx) = self {
            sqlx::query(UNHURRIED).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Pg(_) => Dialect::Postgres,
            Self::Lite(_) => Dialect::Sqlite,
        }
    }

    /// The connection of the transaction, for one statement; [`on!`](crate::on) calls this as it asks a pool.
    ///
    /// # Errors
    ///
    /// None.
    #[expect(
        clippy::unused_async,
        reason = "asked in the words in which a pool is asked"
    )]
    pub async fn lend(&mut self) -> Result<Within<'_>, Error> {
        Ok(Within(self))
    }
}

/// The connection of a transaction, for one of its statements; [`on!`](crate::on) asks for it.
#[derive(Debug)]
pub struct Within<'a>(&'a mut Tx);

impl Within<'_> {
    /// The connection.
    pub fn arms(&mut self) -> Arms<&mut PgConnection, &mut SqliteConnection> {
        match self.0 {
            Tx::Pg(held) => Arms::Pg(&mut *held),
            Tx::Lite(held) => Arms::Lite(&mut *held),
        }
    }

    /// The transaction keeps its connection. The outcome goes through.
    ///
    /// # Errors
    ///
    /// That of the statement.
    pub fn end<T>(self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({})", self.dialect().name())
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({})", self.dialect().name())
    }
}
