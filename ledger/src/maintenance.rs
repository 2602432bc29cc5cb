//! Upkeep that an operator asks for: room that deleted rows left is given back, indexes are made anew, statistics are
//! taken. Services go on meanwhile.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};

use crate::backup::BackupError;
use crate::error::Cause;
use crate::url::{DatabaseUrl, Place};

/// The first server that makes indexes anew while others write.
const CONCURRENTLY_SINCE: i64 = 120_000;

const VERSION: &str = "SELECT current_setting('server_version_num')::bigint";
const IS_THERE: &str = "SELECT to_regclass(quote_ident($1)) IS NOT NULL";
const SIZE: &str = "SELECT coalesce(pg_total_relation_size(to_regclass(quote_ident($1))), 0)";

const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
const VACUUM: &str = "VACUUM";
/// All tables whose statistics are old, with a limit of rows each.
const OPTIMIZE: &str = "PRAGMA optimize(0x10002)";

/// How long a step waits for a lock of a service.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// One thing that was done, or left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The table; none where it was the whole database.
    pub table: Option<String>,
    /// The statement.
    pub statement: &'static str,
    /// Why it was left; none where it was done.
    pub left: Option<String>,
}

/// Bytes on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Before.
    pub before: u64,
    /// Afterwards.
    pub after: u64,
}

/// Does all of it, one after another, and tells every step when it is over. `tables` are the tables on a server, with
/// their indexes; of a file it is always the whole.
///
/// # Errors
///
/// [`BackupError::Database`] where a statement is refused; what was done stays done.
pub async fn maintain(
    url: &DatabaseUrl,
    tables: &[String],
    tell: impl FnMut(&Step),
) -> Result<Sizes, BackupError> {
    let done = match &url.0 {
        Place::Postgres(options) => on_server(options, tables, tell).await,
        Place::File(path, _) => on_file(path, tell).await,
        Place::Memory(_) => return Err(BackupError::InMemory),
    };
    done.map_err(|error| BackupError::Database {
        url: url.clone(),
        source: Cause::from(error),
    })
}

async fn on_server(
    options: &PgConnectOptions,
    tables: &[String],
    mut tell: impl FnMut(&Step),
) -> Result<Sizes, sqlx::Error> {
    let options = options.clone().application_name("sonalyze");
    let options = options.options([("statement_timeout", "0")]);
    let mut connection = options.connect().await?;
    let version: i64 = sqlx::query_scalar(VERSION)
        .fetch_one(&mut connection)
        .await?;
    let before = size_of(&mut connection, tables).await?;
    for table in tables {
        let is_there = sqlx::query_scalar(IS_THERE).bind(table);
        let is_there: bool = is_there.fetch_one(&mut connection).await?;
        for statement in ["VACUUM (ANALYZE)", "REINDEX TABLE CONCURRENTLY"] {
            let left = reason_to_leave(statement, version, is_there);
            if left.is_none() {
                let text = format!("{statement} \"{}\"", table.replace('"', "\"\""));
                let work = sqlx::raw_sql(AssertSqlSafe(text));
                work.execute(&mut connection).await?;
            }
            tell(&Step {
                table: Some(table.clone()),
                statement,
                left,
            });
        }
    }
    let after = size_of(&mut connection, tables).await?;
    connection.close().await?;
    Ok(Sizes { before, after })
}

fn reason_to_leave(statement: &str, version: i64, is_there: bool) -> Option<String> {
    if !is_there {
        return Some("the table is not there".to_owned());
    }
    let is_too_old = statement.contains("CONCURRENTLY") && version < CONCURRENTLY_SINCE;
    is_too_old.then(|| {
        let major = version / 10_000;
        format!("the server is PostgreSQL {major}, and 12 is the first that can")
    })
}

async fn size_of(connection: &mut PgConnection, tables: &[String]) -> Result<u64, sqlx::Error> {
    let mut sum = 0;
    for table in tables {
        let size = sqlx::query_scalar::<_, i64>(SIZE).bind(table);
        let size = size.fetch_one(&mut *connection).await?;
        sum += u64::try_from(size).unwrap_or(0);
    }
    Ok(sum)
}

async fn on_file(path: &Path, mut tell: impl FnMut(&Step)) -> Result<Sizes, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await?;
    let before = size_with_log(path);
    for statement in [CHECKPOINT, VACUUM, OPTIMIZE, CHECKPOINT] {
        let left = if statement == CHECKPOINT {
            checkpoint(&mut connection).await?
        } else {
            sqlx::raw_sql(statement).execute(&mut connection).await?;
            None
        };
        tell(&Step {
            table: None,
            statement,
            left,
        });
    }
    // The last connection to leave would remove the log, whose room counts no more.
    let after = size_with_log(path);
    connection.close().await?;
    Ok(Sizes { before, after })
}

/// Why the log could not be emptied.
async fn checkpoint(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let checkpoint = sqlx::query_as::<_, (i64, i64, i64)>(CHECKPOINT);
    let (is_busy, _, _) = checkpoint.fetch_one(connection).await?;
    Ok((is_busy != 0).then(|| "somebody reads or writes for long".to_owned()))
}

fn size_with_log(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let size = |file: &Path| fs::metadata(file).map_or(0, |found| found.len());
    size(path) + size(Path::new(&log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_and_a_table_that_is_not_there_are_left_with_the_reason() {
        let reindex = "REINDEX TABLE CONCURRENTLY";
        assert_eq!(reason_to_leave(reindex, 150_014, true), None);
        assert_eq!(reason_to_leave("VACUUM (ANALYZE)", 110_022, true), None);
        let old = reason_to_leave(reindex, 110_022, true).unwrap();
        assert!(old.contains("PostgreSQL 11"), "{old}");
        assert!(reason_to_leave("VACUUM (ANALYZE)", 150_014, false).is_some());
    }
}
