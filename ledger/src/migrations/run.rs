//! Migrating: under a lock, on a connection of its own, after a look at whose database it is.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError, Migration, Migrator};
use sqlx::{ConnectOptions as _, Connection, PgConnection, Postgres, Sqlite};
use tokio::time::sleep;

use super::MigrationError;
use super::states::{applied, pending, refuse_strangers, states};
use crate::catalogue::{Catalogue, HISTORY};
use crate::connections::Connections;
use crate::error::DbError;

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

/// Which way to go.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan {
    /// Whatever is missing.
    Up,
    /// Down to this version, which stays.
    Down(i64),
}

/// What is to be done, and what should be there in the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) migrator: &'static Migrator,
    pub(super) expected: &'a Catalogue,
    pub(super) plan: Plan,
}

/// What was done.
#[derive(Debug)]
pub(super) struct Done {
    /// How many migrations.
    pub(super) count: usize,
    /// What the database holds now.
    pub(super) found: Catalogue,
}

/// On a connection of its own: when anything fails it is closed, and the lock with it.
pub(super) async fn on_server(
    pool: &Connections<Postgres>,
    task: Task<'_>,
) -> Result<Done, MigrationError> {
    let connected = pool.options().connect().await;
    let mut connection = connected.map_err(DbError::from)?;
    let set = sqlx::query(UNHURRIED).execute(&mut connection).await;
    set.map_err(DbError::from)?;
    lock(&mut connection).await?;
    let mut found = Catalogue::of_server(&mut connection).await?;
    let count = carry_out(&mut connection, task, &found).await?;
    if count > 0 {
        found = Catalogue::of_server(&mut connection).await?;
    }
    connection.close().await.map_err(DbError::from)?;
    Ok(Done { count, found })
}

async fn lock(connection: &mut PgConnection) -> Result<(), MigrationError> {
    for attempt in 1.. {
        let asked = sqlx::query_scalar(TRY_LOCK).fetch_one(&mut *connection);
        if asked.await.map_err(DbError::from)? {
            break;
        }
        if attempt == LOCK_ATTEMPTS {
            return Err(MigrationError::Locked);
        }
        sleep(LOCK_PAUSE).await;
    }
    Ok(())
}

/// All in one transaction of the one writer: a second process waits, and finds the work done.
pub(super) async fn on_file(
    pool: &Connections<Sqlite>,
    task: Task<'_>,
) -> Result<Done, MigrationError> {
    let connected = pool.options().connect().await;
    let mut connection = connected.map_err(DbError::from)?;
    for setting in [KEYS_OFF, FILE_WAIT] {
        let set = sqlx::query(setting).execute(&mut connection).await;
        set.map_err(DbError::from)?;
    }
    let mut tx = match connection.begin_with(BEGIN).await.map_err(DbError::from) {
        Err(DbError::Busy(_)) => return Err(MigrationError::Locked),
        other => other?,
    };
    let mut found = Catalogue::of_file(&mut tx).await?;
    let count = carry_out(&mut *tx, task, &found).await?;
    if count > 0 {
        found = Catalogue::of_file(&mut tx).await?;
    }
    let dangling: Option<String> = sqlx::query_scalar(KEYS_CHECK)
        .fetch_optional(&mut *tx)
        .await
        .map_err(DbError::from)?;
    if let Some(table) = dangling {
        return Err(MigrationError::Dangling { table });
    }
    tx.commit().await.map_err(DbError::from)?;
    connection.close().await.map_err(DbError::from)?;
    Ok(Done { count, found })
}

async fn carry_out<C>(
    connection: &mut C,
    task: Task<'_>,
    found: &Catalogue,
) -> Result<usize, MigrationError>
where
    C: Migrate,
{
    let applied = applied(connection, found).await?;
    if applied.is_empty()
        && let Some(foreign) = task.expected.foreign(found)
    {
        return Err(MigrationError::Foreign(foreign));
    }
    let states = states(&applied, task.migrator);
    refuse_strangers(&states)?;
    match task.plan {
        Plan::Up => {
            let missing: BTreeSet<i64> = pending(&states).into_iter().collect();
            let ups = task.migrator.iter();
            let ups = ups.filter(|one| one.migration_type.is_up_migration());
            let made = connection.ensure_migrations_table(HISTORY).await;
            made.map_err(super::states::plain)?;
            for migration in ups.filter(|one| missing.contains(&one.version)) {
                let outcome = connection.apply(HISTORY, migration).await;
                outcome.map_err(|source| failed(migration, source))?;
            }
            Ok(missing.len())
        }
        Plan::Down(target) => {
            let downs = super::states::ways_down(task.migrator, &states, target)?;
            for migration in &downs {
                let reverted = connection.revert(HISTORY, migration).await;
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
