//! The schema of a service and its history: up and down for both databases, under a lock, so that any number of
//! processes may start at once.

mod error;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError, Migration, Migrator};
use sqlx::{Connection, PgConnection, PgPool, SqliteConnection, SqlitePool};
use tokio::time::sleep;

use crate::dialect::Dialect;
use crate::error::DbError;
use crate::pool::Pool;

pub use error::MigrationError;

/// Where the applied ones are kept, in each database.
const TABLE: &str = "_sqlx_migrations";

/// Held on a server while one process migrates; the number is this crate's own.
const TRY_LOCK: &str = "SELECT pg_try_advisory_lock(7235911290441)";

/// A waiting statement would hold a snapshot that `CREATE INDEX CONCURRENTLY` waits for, so the lock is asked for again
/// and again.
const LOCK_PAUSE: Duration = Duration::from_millis(50);
const LOCK_ATTEMPTS: u32 = 1_200;

/// An index of a large table takes longer than a statement of a service may.
const UNHURRIED: &str = "SET statement_timeout = 0";

/// Rebuilding a table drops the old one, which foreign keys forbid; they are checked before the commit instead.
const KEYS_OFF: &str = "PRAGMA foreign_keys = OFF";
const KEYS_CHECK: &str = "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1";

/// How long a process waits for another one that migrates the same file.
const FILE_WAIT: &str = "PRAGMA busy_timeout = 60000";
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The migrations of a service, embedded in its binary by [`migrations!`](crate::migrations).
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    postgres: &'static Migrator,
    sqlite: &'static Migrator,
}

/// One migration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The number its files begin with.
    pub version: i64,
    /// The rest of the name of its files; nothing for one that this binary does not know.
    pub description: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// In the database, as this binary has it.
    Applied,
    /// Not in the database yet.
    Pending,
    /// In the database, but with another text.
    Changed,
    /// In the database, but not in this binary.
    Unknown,
}

/// Embeds the migrations of the calling crate: `migrations!("migrations/postgres", "migrations/sqlite")`, each folder
/// with `NNNN_name.up.sql` and `NNNN_name.down.sql`, seen from the crate's manifest. The crate depends on `sqlx`.
#[macro_export]
macro_rules! migrations {
    ($postgres:literal, $sqlite:literal) => {{
        static POSTGRES: $crate::hidden::Migrator = ::sqlx::migrate!($postgres);
        static SQLITE: $crate::hidden::Migrator = ::sqlx::migrate!($sqlite);
        $crate::Migrations::new(&POSTGRES, &SQLITE)
    }};
}

impl Migrations {
    /// From the two embedded folders; see [`migrations!`](crate::migrations).
    pub const fn new(postgres: &'static Migrator, sqlite: &'static Migrator) -> Self {
        Self { postgres, sqlite }
    }

    /// Applies what is missing and tells how many that were. Processes that start at once wait for each other.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]; a database that is newer or differs is left alone.
    pub async fn up(&self, pool: &Pool) -> Result<usize, MigrationError> {
        self.run(pool, Plan::Up).await
    }

    /// Takes back every migration above `target` (0: all of them), the newest first, and tells how many that were.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]; nothing is taken back when a way down is missing.
    pub async fn down(&self, pool: &Pool, target: i64) -> Result<usize, MigrationError> {
        let known: Vec<i64> = self.ups(pool.dialect()).map(|one| one.version).collect();
        if target != 0 && !known.contains(&target) {
            return Err(MigrationError::UnknownTarget { target, known });
        }
        self.run(pool, Plan::Down(target)).await
    }

    /// Every migration of this binary and of the database, by version.
    ///
    /// # Errors
    ///
    /// [`MigrationError::Database`].
    pub async fn status(&self, pool: &Pool) -> Result<Vec<MigrationStatus>, MigrationError> {
        let migrator = self.of(pool.dialect());
        match pool {
            Pool::Pg(pool) => {
                let mut connection = pool.acquire().await.map_err(DbError::from)?;
                states(&mut *connection, migrator).await
            }
            Pool::Lite { write, .. } => {
                let mut connection = write.acquire().await.map_err(DbError::from)?;
                states(&mut *connection, migrator).await
            }
        }
    }

    /// Whether the database is exactly what this binary expects; for readiness, and for binaries that do not migrate.
    ///
    /// # Errors
    ///
    /// [`MigrationError::Newer`], [`MigrationError::Changed`], [`MigrationError::Pending`].
    pub async fn verify(&self, pool: &Pool) -> Result<(), MigrationError> {
        let states = self.status(pool).await?;
        refuse_strangers(&states)?;
        let versions = pending(&states);
        if versions.is_empty() {
            Ok(())
        } else {
            Err(MigrationError::Pending { versions })
        }
    }

    fn of(&self, dialect: Dialect) -> &'static Migrator {
        match dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
        }
    }

    fn ups(&self, dialect: Dialect) -> impl Iterator<Item = &'static Migration> {
        self.of(dialect)
            .iter()
            .filter(|one| one.migration_type.is_up_migration())
    }

    async fn run(&self, pool: &Pool, plan: Plan) -> Result<usize, MigrationError> {
        match pool {
            Pool::Pg(pool) => on_server(pool, self.postgres, plan).await,
            Pool::Lite { write, .. } => on_file(write, self.sqlite, plan).await,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Plan {
    Up,
    /// Down to this version, which stays.
    Down(i64),
}

/// On a connection of its own: when anything fails it is closed, and the lock with it.
async fn on_server(
    pool: &PgPool,
    migrator: &Migrator,
    plan: Plan,
) -> Result<usize, MigrationError> {
    let options = pool.connect_options();
    let mut connection = PgConnection::connect_with(&options)
        .await
        .map_err(DbError::from)?;
    sqlx::query(UNHURRIED)
        .execute(&mut connection)
        .await
        .map_err(DbError::from)?;
    for attempt in 1.. {
        let held: bool = sqlx::query_scalar(TRY_LOCK)
            .fetch_one(&mut connection)
            .await
            .map_err(DbError::from)?;
        if held {
            break;
        }
        if attempt == LOCK_ATTEMPTS {
            return Err(MigrationError::Locked);
        }
        sleep(LOCK_PAUSE).await;
    }
    let done = carry_out(&mut connection, migrator, plan).await?;
    connection.close().await.map_err(DbError::from)?;
    Ok(done)
}

/// All in one transaction of the one writer: a second process waits, and finds the work done.
async fn on_file(
    pool: &SqlitePool,
    migrator: &Migrator,
    plan: Plan,
) -> Result<usize, MigrationError> {
    let options = pool.connect_options();
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(DbError::from)?;
    for setting in [KEYS_OFF, FILE_WAIT] {
        sqlx::query(setting)
            .execute(&mut connection)
            .await
            .map_err(DbError::from)?;
    }
    let mut tx = match connection.begin_with(BEGIN).await.map_err(DbError::from) {
        Err(DbError::Busy(_)) => return Err(MigrationError::Locked),
        other => other?,
    };
    let done = carry_out(&mut *tx, migrator, plan).await?;
    let dangling: Option<String> = sqlx::query_scalar(KEYS_CHECK)
        .fetch_optional(&mut *tx)
        .await
        .map_err(DbError::from)?;
    if let Some(table) = dangling {
        return Err(MigrationError::Dangling { table });
    }
    tx.commit().await.map_err(DbError::from)?;
    connection.close().await.map_err(DbError::from)?;
    Ok(done)
}

async fn carry_out<C>(
    connection: &mut C,
    migrator: &Migrator,
    plan: Plan,
) -> Result<usize, MigrationError>
where
    C: Migrate,
{
    let states = states(connection, migrator).await?;
    refuse_strangers(&states)?;
    match plan {
        Plan::Up => {
            let missing: BTreeSet<i64> = pending(&states).into_iter().collect();
            let ups = migrator
                .iter()
                .filter(|one| one.migration_type.is_up_migration());
            for migration in ups.filter(|one| missing.contains(&one.version)) {
                let applied = connection.apply(TABLE, migration).await;
                applied.map_err(|source| failed(migration, source))?;
            }
            Ok(missing.len())
        }
        Plan::Down(target) => {
            let downs = ways_down(migrator, &states, target)?;
            for migration in &downs {
                let reverted = connection.revert(TABLE, migration).await;
                reverted.map_err(|source| failed(migration, source))?;
            }
            Ok(downs.len())
        }
    }
}

fn failed(migration: &Migration, source: MigrateError) -> MigrationError {
    MigrationError::Failed {
        version: migration.version,
        source,
    }
}

/// The down files of every applied migration above `target`, the newest first.
fn ways_down<'m>(
    migrator: &'m Migrator,
    states: &[MigrationStatus],
    target: i64,
) -> Result<Vec<&'m Migration>, MigrationError> {
    let applied = states
        .iter()
        .rev()
        .filter(|one| one.state == MigrationState::Applied);
    applied
        .filter(|one| one.version > target)
        .map(|one| {
            let mut downs = migrator
                .iter()
                .filter(|down| down.migration_type.is_down_migration());
            downs
                .find(|down| down.version == one.version)
                .ok_or(MigrationError::NoWayDown {
                    version: one.version,
                })
        })
        .collect()
}

async fn states<C>(
    connection: &mut C,
    migrator: &Migrator,
) -> Result<Vec<MigrationStatus>, MigrationError>
where
    C: Migrate,
{
    connection
        .ensure_migrations_table(TABLE)
        .await
        .map_err(plain)?;
    let applied = connection
        .list_applied_migrations(TABLE)
        .await
        .map_err(plain)?;
    let mut states: BTreeMap<i64, MigrationStatus> = migrator
        .iter()
        .filter(|one| one.migration_type.is_up_migration())
        .map(|one| (one.version, status(one, MigrationState::Pending)))
        .collect();
    for found in applied {
        let ups = migrator
            .iter()
            .filter(|one| one.migration_type.is_up_migration());
        let state = match ups.clone().find(|one| one.version == found.version) {
            Some(one) if one.checksum == found.checksum => status(one, MigrationState::Applied),
            Some(one) => status(one, MigrationState::Changed),
            None => MigrationStatus {
                version: found.version,
                description: String::new(),
                state: MigrationState::Unknown,
            },
        };
        states.insert(found.version, state);
    }
    Ok(states.into_values().collect())
}

fn status(migration: &Migration, state: MigrationState) -> MigrationStatus {
    let description = migration.description.clone().into_owned();
    MigrationStatus {
        version: migration.version,
        description,
        state,
    }
}

/// An error of the driver outside of any migration.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list of sqlx is open (non_exhaustive)"
)]
fn plain(error: MigrateError) -> MigrationError {
    match error {
        MigrateError::Execute(error) => DbError::from(error).into(),
        other => DbError::from(sqlx::Error::Migrate(Box::new(other))).into(),
    }
}

fn pending(states: &[MigrationStatus]) -> Vec<i64> {
    let pending = states
        .iter()
        .filter(|one| one.state == MigrationState::Pending);
    pending.map(|one| one.version).collect()
}

fn refuse_strangers(states: &[MigrationStatus]) -> Result<(), MigrationError> {
    let newest = states
        .iter()
        .filter(|one| one.state != MigrationState::Unknown);
    let newest = newest.map(|one| one.version).max().unwrap_or(0);
    for one in states {
        match one.state {
            MigrationState::Unknown => {
                return Err(MigrationError::Newer {
                    found: one.version,
                    newest,
                });
            }
            MigrationState::Changed => {
                let description = one.description.clone();
                return Err(MigrationError::Changed {
                    version: one.version,
                    description,
                });
            }
            MigrationState::Applied | MigrationState::Pending => {}
        }
    }
    Ok(())
}
