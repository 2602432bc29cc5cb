//! Fresh databases for tests: a file of `SQLite`, and a database of a real `PostgreSQL`, started for the test process.
//!
//! Feature `testing`, for `[dev-dependencies]` only. The binaries of `PostgreSQL` 13 or newer must be installed
//! (Debian: `postgresql`). Without them [`databases`] panics, so that no test passes by not running, except when
//! `SONALYZE_TEST_POSTGRES=skip` says so; it then writes the reason to the error stream. `SONALYZE_TEST_POSTGRES_URL`
//! names a server to use instead, with the right to create databases.
#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "support of tests: a test without a database must fail loudly"
)]

mod catalogue;
mod cluster;

use std::fmt;
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::dialect::Dialect;
use crate::ids;
use crate::on;
use crate::pool::Pool;
use crate::url::{DatabaseUrl, Place};

pub use cluster::{BaseBackup, Cluster, hand_over};

pub use catalogue::assert_catalogue;

/// Set to `skip`, tests run on `SQLite` alone.
const SWITCH: &str = "SONALYZE_TEST_POSTGRES";

/// A server to use instead of one of our own: `postgresql://user:password@host:port/postgres`.
const SERVER: &str = "SONALYZE_TEST_POSTGRES_URL";

/// Connections of the pool of a test.
const CONNECTIONS: u32 = 6;

/// An empty database of its own; it ends with this value, or with the test process.
pub struct Database {
    /// Where it is.
    pub url: DatabaseUrl,
    /// The same as a text for the settings of a process: with the password, if there is one.
    pub address: String,
    /// Open and empty.
    pub pool: Pool,
    folder: Option<TempDir>,
    borrowed: Option<Borrowed>,
}

/// A database on a server that is not ours: dropped at the end.
#[derive(Debug)]
struct Borrowed {
    server: String,
    name: String,
}

/// One fresh database of each kind.
///
/// # Panics
///
/// When a database cannot be made; the message says what to install or to set.
pub async fn databases() -> Vec<Database> {
    let mut databases = vec![sqlite().await];
    databases.extend(postgres().await);
    databases
}

/// A fresh file of `SQLite` in a temporary folder.
///
/// # Panics
///
/// When it cannot be made.
pub async fn sqlite() -> Database {
    let folder = TempDir::with_prefix("ledger-")
        .unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let url = DatabaseUrl::file(folder.path().join("test.db"));
    let pool = open(&url).await;
    Database {
        address: url.to_string(),
        url,
        pool,
        folder: Some(folder),
        borrowed: None,
    }
}

/// A fresh database of `PostgreSQL`; none when `SONALYZE_TEST_POSTGRES=skip`.
///
/// # Panics
///
/// When it cannot be made; the message says what to install or to set.
pub async fn postgres() -> Option<Database> {
    let switch = std::env::var(SWITCH).unwrap_or_default();
    match switch.as_str() {
        "skip" => {
            eprintln!("{SWITCH}=skip: this test runs on SQLite alone");
            return None;
        }
        "" => {}
        other => panic!("{SWITCH} is {other:?}; only \"skip\" or nothing is allowed"),
    }
    let given = std::env::var(SERVER).ok();
    let server = match &given {
        Some(server) => server.clone(),
        None => own_server().await,
    };
    let name = format!("ledger_{}", ids::next().simple());
    run(&server, format!("CREATE DATABASE {name}"))
        .await
        .unwrap_or_else(|reason| panic!("{reason}"));
    let address = with_database(&server, &name);
    let url: DatabaseUrl = address
        .parse()
        .unwrap_or_else(|error| panic!("{SERVER}: {error}"));
    let pool = open(&url).await;
    let borrowed = given.map(|_| Borrowed { server, name });
    Some(Database {
        url,
        address,
        pool,
        folder: None,
        borrowed,
    })
}

/// The server of this test process, started by the first test that asks.
async fn own_server() -> String {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let started =
        tokio::task::spawn_blocking(|| match CLUSTER.get_or_init(|| Cluster::start(&[])) {
            Ok(cluster) => Ok(cluster.server()),
            Err(reason) => Err(reason.clone()),
        });
    match started.await {
        Ok(Ok(server)) => server,
        Ok(Err(reason)) => panic!("{reason}\nOr set {SWITCH}=skip to run on SQLite alone."),
        Err(error) => panic!("starting PostgreSQL: {error}"),
    }
}

async fn open(url: &DatabaseUrl) -> Pool {
    Pool::open(url, CONNECTIONS)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// `postgresql://host/any?x` becomes `postgresql://host/name?x`.
fn with_database(server: &str, name: &str) -> String {
    let (address, query) = server
        .split_once('?')
        .map_or((server, None), |(a, q)| (a, Some(q)));
    let host_at = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[host_at..]
        .find('/')
        .map_or(address.len(), |at| host_at + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &address[..host_end])
}

async fn run(server: &str, statement: String) -> Result<(), String> {
    let plain = server.replacen("postgresql+asyncpg:", "postgresql:", 1);
    let mut connection = PgConnection::connect(&plain)
        .await
        .map_err(|error| format!("PostgreSQL: {error}"))?;
    connection
        .execute(AssertSqlSafe(statement.clone()))
        .await
        .map_err(|error| format!("PostgreSQL refused `{statement}`: {error}"))?;
    connection
        .close()
        .await
        .map_err(|error| format!("PostgreSQL: {error}"))
}

fn panic_on<T>(error: impl fmt::Display) -> T {
    panic!("{error}")
}

impl Database {
    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        self.pool.dialect()
    }

    /// Runs statements that are no program's, as an operator does: all of them, at once.
    ///
    /// # Panics
    ///
    /// When the database refuses one.
    pub async fn alter(&self, text: &'static str) {
        let done = on!(self.pool.alone(), db => sqlx::raw_sql(text).execute(db).await.map(drop));
        done.unwrap_or_else(|error| panic!("{text}: {error}"));
    }

    /// A second pool of the same database within this process.
    ///
    /// # Panics
    ///
    /// When it does not open.
    pub async fn again(&self) -> Pool {
        open(&self.url).await
    }

    /// A second pool that shares nothing in memory with the first, as another process has it: what is locked between
    /// them is locked by the server. On `SQLite`, whose file one process owns, it is [`again`](Self::again).
    ///
    /// # Panics
    ///
    /// When it does not open.
    pub async fn another_process(&self) -> Pool {
        match &self.url.0 {
            // Locks in memory go by host, port and name.
            Place::Postgres(options) if options.get_host() == "127.0.0.1" => {
                let elsewhere = options.as_ref().clone().host("localhost");
                open(&DatabaseUrl(Place::Postgres(Box::new(elsewhere)))).await
            }
            Place::Postgres(_) | Place::File(..) | Place::Memory(_) => self.again().await,
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Database({}, temporary: {})",
            self.url,
            self.folder.is_some()
        )
    }
}

/// The runtime of the test may be gone: the statement runs in a thread of its own.
impl Drop for Database {
    fn drop(&mut self) {
        let Some(Borrowed { server, name }) = self.borrowed.take() else {
            return;
        };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(run(&server, format!("DROP DATABASE {name} WITH (FORCE)")))
        });
        match dropping.join() {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => eprintln!("a test database stays on the server: {reason}"),
            Err(_) => eprintln!("a test database stays on the server"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_of_a_server_is_exchanged() {
        assert_eq!(
            with_database("postgres://u:p@h:1/postgres?ssl=off", "x"),
            "postgres://u:p@h:1/x?ssl=off"
        );
        assert_eq!(with_database("postgres://h", "x"), "postgres://h/x");
    }
}
