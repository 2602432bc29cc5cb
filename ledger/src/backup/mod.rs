//! A whole database as one file, and back: dumps of `PostgreSQL` by its own programs, online copies of `SQLite`, each
//! with what it held at that moment, so that a restored database is compared row by row.
//!
//! Both work while services use the database. A dump and the count of its rows read one snapshot.

mod content;
mod digest;
mod error;
mod postgres;
mod sqlite;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::url::{DatabaseUrl, Place};

pub use content::{Content, TableContent};
pub use digest::FileDigest;
pub use error::BackupError;
pub use postgres::Scratch;

/// What [`save`] made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The file.
    #[serde(flatten)]
    pub digest: FileDigest,
    /// What the database held.
    #[serde(flatten)]
    pub content: Content,
    /// Major version of the `pg_dump` that wrote it; a `pg_restore` must not be older. None for `SQLite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_by: Option<u32>,
}

/// Writes everything in a database into a new file, and makes sure that it is on the disk.
///
/// `PostgreSQL`: `pg_dump --format=custom`, of the server's version or newer. `SQLite`: a copy as a database of its
/// own, which has passed `integrity_check` and `foreign_key_check`.
///
/// # Errors
///
/// [`BackupError`]; the file may be there in part.
pub async fn save(url: &DatabaseUrl, file: &Path) -> Result<Saved, BackupError> {
    match &url.0 {
        Place::Postgres(options) => postgres::save(url, options, file).await,
        Place::File(path, _) => sqlite::save(path, file).await,
        Place::Memory(_) => Err(BackupError::InMemory),
    }
}

/// Brings the content of a file back into a database that holds nothing, all or nothing, and compares it with what was
/// saved.
///
/// # Errors
///
/// [`BackupError`], [`BackupError::NotEmpty`] and [`BackupError::Differs`] among them.
pub async fn restore(url: &DatabaseUrl, file: &Path, saved: &Saved) -> Result<(), BackupError> {
    match &url.0 {
        Place::Postgres(options) => postgres::restore(url, options, file, saved).await,
        Place::File(path, _) => sqlite::restore(path, file, saved).await,
        Place::Memory(_) => Err(BackupError::InMemory),
    }
}

/// What a database holds now.
///
/// # Errors
///
/// [`BackupError`].
pub async fn content(url: &DatabaseUrl) -> Result<Content, BackupError> {
    match &url.0 {
        Place::Postgres(options) => postgres::content(url, options).await,
        Place::File(path, _) => sqlite::content(path).await,
        Place::Memory(_) => Err(BackupError::InMemory),
    }
}

/// Whether a database holds nothing, so that [`restore`] may write into it. It changes nothing.
///
/// # Errors
///
/// [`BackupError::NotEmpty`] with what is there.
pub async fn demand_empty(url: &DatabaseUrl) -> Result<(), BackupError> {
    match &url.0 {
        Place::Postgres(options) => postgres::demand_empty(url, options).await,
        Place::File(path, _) => sqlite::demand_absent(path),
        Place::Memory(_) => Err(BackupError::InMemory),
    }
}

/// Whether a file of `SQLite` is whole and holds what was saved. It changes nothing.
///
/// # Errors
///
/// [`BackupError::Damaged`], [`BackupError::Differs`].
pub async fn check_copy(file: &Path, saved: &Saved) -> Result<(), BackupError> {
    saved.content.compare(&sqlite::checked_content(file).await?)
}

impl DatabaseUrl {
    /// Which SQL the database speaks.
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Place::Postgres(_) => Dialect::Postgres,
            Place::File(..) | Place::Memory(_) => Dialect::Sqlite,
        }
    }
}
