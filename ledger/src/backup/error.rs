//! Why a database was not saved or not restored. Shown to the operator, never to a client.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::Cause;
use crate::url::DatabaseUrl;

/// Why a database was not saved or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A database in memory ends with its process.
    #[error(
        "a database in memory cannot be saved: name a file (sqlite:PATH) or a server (postgresql://..)"
    )]
    InMemory,
    /// The database does not open or refuses a statement.
    #[error("{url}: {source}")]
    Database {
        /// The place, without a password.
        url: DatabaseUrl,
        /// What it said.
        source: Cause,
    },
    /// The program is not here, or too old.
    #[error(
        "no {name} of PostgreSQL {least} or newer was found ({}; looked with pg_config, in /usr/lib/postgresql, in the \
         PATH): install the client programs of the server's version (Debian: postgresql-client-{least})",
        found_text(.found)
    )]
    Program {
        /// The program.
        name: &'static str,
        /// The least version that can do it.
        least: u32,
        /// The versions that are here.
        found: Vec<u32>,
    },
    /// The program did not do it.
    #[error("{name} failed: {told}")]
    Failed {
        /// The program.
        name: &'static str,
        /// The end of what it said.
        told: String,
    },
    /// A file cannot be written or read.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The copy of a file is damaged, as its original is.
    #[error("{}: the database is damaged: {told}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What the check found.
        told: String,
    },
    /// What is to be restored into holds something.
    #[error(
        "{url} is not empty ({found}): restore into one that holds nothing, and put it in its place then"
    )]
    NotEmpty {
        /// The place, without a password.
        url: DatabaseUrl,
        /// What is there.
        found: String,
    },
    /// What is there now is not what was saved.
    #[error("the rows are not those that were saved: {0}")]
    Differs(String),
}

impl BackupError {
    pub(super) fn database(url: &DatabaseUrl) -> impl Fn(sqlx::Error) -> Self + use<> {
        let url = url.clone();
        move |error| Self::Database {
            url: url.clone(),
            source: Cause::from(error),
        }
    }

    pub(super) fn file(file: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let file = file.to_owned();
        move |source| Self::File {
            file: file.clone(),
            source,
        }
    }
}

fn found_text(found: &[u32]) -> String {
    if found.is_empty() {
        return "there is none".to_owned();
    }
    let each: Vec<String> = found.iter().map(ToString::to_string).collect();
    format!("there is {}", each.join(", "))
}
