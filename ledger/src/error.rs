//! What can go wrong with a statement, by kind and by `table.column`, the same for both databases: services decide by
//! the kind, and nothing they show holds SQL, a value of a row, or a path.

use std::fmt;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

/// SQLSTATE of `PostgreSQL` that mean: try again later, the server works. Serialisation, deadlock, lock not available,
/// too many connections, a statement or a transaction that took too long.
const BUSY_STATES: [&str; 6] = ["40001", "40P01", "55P03", "53300", "57014", "25P03"];

/// Of those, the ones that another transaction is the cause of.
const CONFLICTS: [&str; 2] = ["40001", "40P01"];

/// Classes of SQLSTATE that mean: the server is not there, stops, or has no room. Connection, resources, intervention
/// of an operator, system error.
const AWAY_CLASSES: [&str; 4] = ["08", "53", "57P", "58"];

/// Primary result codes of `SQLite`: BUSY and LOCKED.
const LITE_BUSY: [u32; 2] = [5, 6];

/// Primary result codes of `SQLite`: out of memory, I/O error, disk full, cannot open.
const LITE_AWAY: [u32; 4] = [7, 10, 13, 14];

/// Why a statement had no result.
///
/// `constraint` names what refused the row. A unique index: `table.column`, of several columns
/// `table.first,second`, of an expression the name of the index. A foreign key: `table.column` on `PostgreSQL`, and
/// nothing on `SQLite`, which does not say which one it was. A check: the name it was given, so name each check; `NOT
/// NULL`: `table.column`.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// `fetch_one` found no row.
    #[error("no such row")]
    NotFound,
    /// Another row has these values.
    #[error("another row has the same {constraint}")]
    Unique {
        /// `table.column`
        constraint: String,
    },
    /// The row points to one that is not there, or one that others point to was deleted.
    #[error(
        "the row points to one that is not there, or is still pointed to ({})",
        constraint.as_deref().unwrap_or("foreign key")
    )]
    ForeignKey {
        /// `table.column`; none on `SQLite`
        constraint: Option<String>,
    },
    /// A value that the schema does not allow.
    #[error("the schema refuses a value ({})", constraint.as_deref().unwrap_or("unnamed check"))]
    Check {
        /// The name of the check, or `table.column` of a `NOT NULL`; none for a check without a name on `SQLite`
        constraint: Option<String>,
    },
    /// The database works and has no room for this now: retry.
    #[error("the database is busy; retry in a moment")]
    Busy(#[source] Cause),
    /// The database is not there, stops, or its disk is full.
    #[error("the database does not answer or has no room; the log of the service names the cause")]
    Away(#[source] Cause),
    /// Everything else: a broken statement, a row of another shape.
    #[error("the database refused a statement; the log of the service names the cause")]
    Other(#[source] Cause),
}

/// What the driver said, for the log of the service alone.
#[derive(Debug)]
pub struct Cause(sqlx::Error);

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Cause {}

impl DbError {
    /// Whether the transaction met another one that did the same at the same time, by a unique value or by locks in
    /// another order: done anew, it finds what the other did.
    pub fn is_conflict(&self) -> bool {
        let state = |Cause(error): &Cause| {
            let told = error.as_database_error().and_then(DatabaseError::code);
            told.is_some_and(|state| CONFLICTS.contains(&state.as_ref()))
        };
        match self {
            Self::Unique { .. } => true,
            Self::Busy(cause) => state(cause),
            Self::NotFound
            | Self::ForeignKey { .. }
            | Self::Check { .. }
            | Self::Away(_)
            | Self::Other(_) => false,
        }
    }
}

impl From<sqlx::Error> for DbError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the list of sqlx is open (non_exhaustive)"
    )]
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy(Cause(error)),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Away(Cause(error)),
            sqlx::Error::Database(told) => match told.try_downcast_ref::<PgDatabaseError>() {
                Some(postgres) => from_postgres(postgres).unwrap_or_else(|kind| kind.with(error)),
                None => from_sqlite(told.as_ref()).unwrap_or_else(|kind| kind.with(error)),
            },
            _ => Self::Other(Cause(error)),
        }
    }
}

/// Whether `SQLite` says that another process holds a lock.
pub(crate) fn is_locked_file(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|told| matches!(kind_of_code(told), Kind::Busy))
}

/// Whether `PostgreSQL` ended this connection; another one may work.
#[doc(hidden)]
pub fn is_broken_connection(error: &sqlx::Error) -> bool {
    let state = error.as_database_error().and_then(DatabaseError::code);
    matches!(error, sqlx::Error::Io(_)) || state.is_some_and(|state| state.starts_with("57P"))
}

/// A kind that keeps what the driver said.
enum Kind {
    Busy,
    Away,
    Other,
}

impl Kind {
    fn with(self, error: sqlx::Error) -> DbError {
        match self {
            Self::Busy => DbError::Busy(Cause(error)),
            Self::Away => DbError::Away(Cause(error)),
            Self::Other => DbError::Other(Cause(error)),
        }
    }
}

fn from_postgres(error: &PgDatabaseError) -> Result<DbError, Kind> {
    match error.kind() {
        ErrorKind::UniqueViolation => Ok(DbError::Unique {
            constraint: unique_of_postgres(error),
        }),
        ErrorKind::ForeignKeyViolation => Ok(DbError::ForeignKey {
            constraint: foreign_key_of_postgres(error),
        }),
        ErrorKind::NotNullViolation => {
            let column = error
                .table()
                .zip(error.column())
                .map(|(table, column)| format!("{table}.{column}"));
            Ok(DbError::Check { constraint: column })
        }
        ErrorKind::CheckViolation => Ok(DbError::Check {
            constraint: error.constraint().map(str::to_owned),
        }),
        ErrorKind::ExclusionViolation | ErrorKind::Other | _ => Err(kind_of_state(error.code())),
    }
}

fn kind_of_state(state: &str) -> Kind {
    if BUSY_STATES.contains(&state) {
        Kind::Busy
    } else if AWAY_CLASSES.iter().any(|class| state.starts_with(class)) {
        Kind::Away
    } else {
        Kind::Other
    }
}

/// The columns stand in the detail, `Key (a, b)=(1, 2) already exists.`, in every language in the first parentheses;
/// of an index over an expression its name is told.
fn unique_of_postgres(error: &PgDatabaseError) -> String {
    let name = error.constraint().unwrap_or("a unique constraint");
    let columns = error.detail().and_then(|detail| {
        let start = detail.find('(')? + 1;
        let end = start + detail.get(start..)?.find(")=")?;
        detail.get(start..end)
    });
    match (error.table(), columns) {
        (Some(table), Some(columns)) if !columns.contains('(') => {
            format!("{table}.{}", columns.replace(", ", ","))
        }
        _ => name.to_owned(),
    }
}

/// `PostgreSQL` names a foreign key `table_column_fkey` by itself; another name is told as it is.
fn foreign_key_of_postgres(error: &PgDatabaseError) -> Option<String> {
    let (table, name) = (error.table()?, error.constraint()?);
    let column = name
        .strip_prefix(table)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(|rest| rest.strip_suffix("_fkey"));
    Some(match column {
        Some(column) => format!("{table}.{column}"),
        None => name.to_owned(),
    })
}

fn from_sqlite(error: &dyn DatabaseError) -> Result<DbError, Kind> {
    let told = error
        .message()
        .split_once(": ")
        .map_or("", |(_, told)| told);
    match error.kind() {
        ErrorKind::UniqueViolation => Ok(DbError::Unique {
            constraint: unique_of_sqlite(told),
        }),
        ErrorKind::ForeignKeyViolation => Ok(DbError::ForeignKey { constraint: None }),
        ErrorKind::NotNullViolation => Ok(DbError::Check {
            constraint: Some(told.to_owned()),
        }),
        ErrorKind::CheckViolation => Ok(DbError::Check {
            constraint: check_of_sqlite(told),
        }),
        ErrorKind::ExclusionViolation | ErrorKind::Other | _ => Err(kind_of_code(error)),
    }
}

/// `t.a, t.b` becomes `t.a,b`; `index 'name'` becomes the name.
fn unique_of_sqlite(told: &str) -> String {
    if let Some(index) = told.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let mut columns = told.split(", ");
    let mut constraint = columns.next().unwrap_or_default().to_owned();
    for column in columns {
        constraint.push(',');
        constraint.push_str(column.split_once('.').map_or(column, |(_, name)| name));
    }
    constraint
}

/// `SQLite` tells the expression of a check without a name, which is SQL and stays inside.
fn check_of_sqlite(told: &str) -> Option<String> {
    let named = !told.is_empty() && told.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    named.then(|| told.to_owned())
}

/// The lower eight bits of an extended result code are the primary one.
fn kind_of_code(error: &dyn DatabaseError) -> Kind {
    match error
        .code()
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff)
    {
        Some(code) if LITE_BUSY.contains(&code) => Kind::Busy,
        Some(code) if LITE_AWAY.contains(&code) => Kind::Away,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, check_of_sqlite, kind_of_state, unique_of_sqlite};

    #[test]
    fn constraints_of_sqlite_are_written_as_table_and_columns() {
        assert_eq!(unique_of_sqlite("lobbies.code"), "lobbies.code");
        assert_eq!(
            unique_of_sqlite("participants.lobby_id, participants.device_id"),
            "participants.lobby_id,device_id"
        );
        assert_eq!(
            unique_of_sqlite("index 'lobbies_lower_code'"),
            "lobbies_lower_code"
        );
        assert_eq!(
            check_of_sqlite("bytes_positive").as_deref(),
            Some("bytes_positive")
        );
        assert_eq!(check_of_sqlite("bytes > 0"), None);
    }

    #[test]
    fn states_of_postgres_have_a_kind() {
        for state in ["40001", "40P01", "55P03", "53300", "57014", "25P03"] {
            assert!(matches!(kind_of_state(state), Kind::Busy), "{state}");
        }
        for state in ["08006", "53100", "57P01", "57P03", "58030"] {
            assert!(matches!(kind_of_state(state), Kind::Away), "{state}");
        }
        for state in ["42P01", "22P02"] {
            assert!(matches!(kind_of_state(state), Kind::Other), "{state}");
        }
    }
}
