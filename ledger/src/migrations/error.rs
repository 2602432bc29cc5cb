//! Why a schema was not changed, in words for the operator; services never show these to a client.

use sqlx::migrate::MigrateError;

use crate::catalogue::{Faults, Foreign};
use crate::error::DbError;

/// Why the schema was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database was migrated by a newer binary.
    #[error(
        "the database has migration {found}, this binary knows up to {newest}: start the newer binary, or migrate \
         down to {newest} with it"
    )]
    Newer {
        /// The unknown version in the database.
        found: i64,
        /// The newest version of this binary.
        newest: i64,
    },
    /// An applied migration has another text than the one in this binary.
    #[error(
        "migration {version} ({description}) was applied with another text than this binary has: applied migrations \
         are never edited; restore its text, and add a new migration for the change. If the database is that of \
         another service, name one of its own"
    )]
    Changed {
        /// Which one.
        version: i64,
        /// Its name.
        description: String,
    },
    /// Some migrations are not applied yet.
    #[error("migrations {versions:?} are not applied: migrate up")]
    Pending {
        /// All of them, in order.
        versions: Vec<i64>,
    },
    /// Nothing of ours is on record, and the database is not empty.
    #[error("this is no database of ours: {0}")]
    Foreign(Foreign),
    /// Every migration is applied, and something of what they make is not there.
    #[error(
        "every migration is applied, and the database is not as they make it:{0}\nbring that back by hand or restore a \
         backup; `sonalyze migrate verify` lists everything"
    )]
    Lacking(Faults),
    /// The target of a way down is no version of this binary.
    #[error("there is no migration {target}; 0 (nothing) and {known:?} are allowed")]
    UnknownTarget {
        /// The version asked for.
        target: i64,
        /// The versions of this binary.
        known: Vec<i64>,
    },
    /// A migration has no way down.
    #[error("migration {version} has no .down.sql, so there is no way below it")]
    NoWayDown {
        /// Which one.
        version: i64,
    },
    /// Another process holds the lock for too long.
    #[error(
        "another process has been migrating this database for a minute; look for it, then start again"
    )]
    Locked,
    /// A migration failed; what it did was taken back.
    #[error("migration {version} failed and was taken back")]
    Failed {
        /// Which one; 0 for the check of foreign keys after all of them.
        version: i64,
        /// What the database said.
        source: MigrateError,
    },
    /// After the migrations, rows point to rows that are not there; everything was taken back.
    #[error(
        "after migrating, rows of {table} point to rows that are not there; everything was taken back"
    )]
    Dangling {
        /// The table with these rows.
        table: String,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}
