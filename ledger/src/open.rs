//! Opening a database: the settings of the connections, and a clear word when it is not there.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Postgres, Sqlite};
use tokio::time::sleep;

use crate::connections::{Connections, PATIENCE};
use crate::error::{Cause, is_locked_file};
use crate::pool::Pool;
use crate::url::{DatabaseUrl, Durability, Place};

/// How long `SQLite` waits for a lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections for reading a file are closed after this long without work: each one is a thread and a cache.
const READER_IDLE: Duration = Duration::from_mins(1);

/// Connections to a server are closed after this long without work.
const SERVER_IDLE: Duration = Duration::from_mins(10);

/// Cache of one connection of `SQLite`; negative: KiB. One process may hold four databases within 40 MiB.
const CACHE_KIB: &str = "-512";

/// Prepared statements kept by a connection: more than a service has texts.
const STATEMENTS: usize = 256;

/// Settings of every connection to a server. A transaction that its owner forgot, or a statement that does not end,
/// would keep dead rows from being cleaned away. Every statement of the services has its index; a plan that was made
/// while a table was empty, and is kept, would walk all of it when it is full.
/// The server takes a walk that is forbidden and yet needed for so dear that it would compile the statement first, for
/// seconds.
const GUARDS: [(&str, &str); 4] = [
    ("idle_in_transaction_session_timeout", "10s"),
    ("statement_timeout", "30s"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// The switch to write-ahead logging cannot wait for a lock by itself; another process starting at the same time holds
/// it for some milliseconds.
const OPEN_ATTEMPTS: u32 = 100;
const OPEN_PAUSE: Duration = Duration::from_millis(50);

/// Why a database did not open. Shown to the operator, never to a client.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the file cannot be made.
    #[error("the folder {} of the database cannot be made: {source}; make it, or name another", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server did not answer in time.
    #[error("{url} did not answer within {} s; is the server running, and host and port right?", waited.as_secs())]
    TimedOut {
        /// The place, without a password.
        url: DatabaseUrl,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The server or the file was reached and refused.
    #[error("{url} does not open: {source}")]
    Refused {
        /// The place, without a password.
        url: DatabaseUrl,
        /// What the database said.
        source: Cause,
    },
}

pub(crate) async fn open(url: &DatabaseUrl, max: u32) -> Result<Pool, OpenError> {
    match &url.0 {
        Place::Postgres(options) => postgres(url, options, max).await,
        Place::File(path, durability) => {
            make_folder(path).await?;
            let options = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .synchronous(match durability {
                    Durability::Full => SqliteSynchronous::Full,
                    Durability::Normal => SqliteSynchronous::Normal,
                });
            sqlite(
                url,
                options.clone().journal_mode(SqliteJournalMode::Wal),
                options,
                max,
            )
            .await
        }
        Place::Memory(name) => {
            let options = SqliteConnectOptions::new()
                .filename(name)
                .vfs("memdb")
                .create_if_missing(true);
            sqlite(url, options.clone(), options, max).await
        }
    }
}

async fn postgres(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    max: u32,
) -> Result<Pool, OpenError> {
    let options = options
        .clone()
        .application_name("sonalyze")
        .options(GUARDS)
        .statement_cache_capacity(STATEMENTS);
    let server =
        Connections::<Postgres>::new(options, width(max)).map_err(|error| refused(url, error))?;
    let first = match server.lend().await {
        Err(sqlx::Error::PoolTimedOut) => {
            return Err(OpenError::TimedOut {
                url: url.clone(),
                waited: PATIENCE,
            });
        }
        other => other.map_err(|error| refused(url, error))?,
    };
    first.unused();
    Ok(Pool::Pg(server.tidied(SERVER_IDLE)))
}

fn width(max: u32) -> usize {
    usize::try_from(max).unwrap_or(usize::MAX)
}

async fn make_folder(file: &Path) -> Result<(), OpenError> {
    let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|source| OpenError::Folder {
            folder: folder.to_owned(),
            source,
        })
}

/// One connection writes and never ends; the others only read. The writer is first: it makes the file.
async fn sqlite(
    url: &DatabaseUrl,
    writer: SqliteConnectOptions,
    reader: SqliteConnectOptions,
    max: u32,
) -> Result<Pool, OpenError> {
    let write = first_writer(small(writer))
        .await
        .map_err(|error| refused(url, error))?;
    let reader = small(reader).pragma("query_only", "ON");
    let read = Connections::new(reader, width(max)).map_err(|error| refused(url, error))?;
    Ok(Pool::Lite {
        read: read.tidied(READER_IDLE),
        write,
    })
}

fn small(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS)
        .pragma("cache_size", CACHE_KIB)
        .pragma("trusted_schema", "OFF")
}

async fn first_writer(options: SqliteConnectOptions) -> Result<Connections<Sqlite>, sqlx::Error> {
    let write = Connections::<Sqlite>::new(options, 1)?;
    let mut attempt = 1;
    loop {
        match write.lend().await {
            Ok(first) => {
                first.unused();
                return Ok(write);
            }
            Err(error) if attempt < OPEN_ATTEMPTS && is_locked_file(&error) => attempt += 1,
            Err(error) => return Err(error),
        }
        sleep(OPEN_PAUSE).await;
    }
}

fn refused(url: &DatabaseUrl, error: sqlx::Error) -> OpenError {
    OpenError::Refused {
        url: url.clone(),
        source: Cause::from(error),
    }
}
