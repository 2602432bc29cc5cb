//! The lobby's tables: their migrations and the texts of every statement, one file a table, and one for two together.

pub(crate) mod lobbies;
pub(crate) mod log;
pub(crate) mod participants;
pub(crate) mod sessions;
pub(crate) mod whole;

use ledger::{Migrations, Texts, migrations};

/// The history of the schema.
pub const MIGRATIONS: Migrations = migrations!("migrations/postgres", "migrations/sqlite");

/// Every statement of this crate, so that a test prepares them all on both databases.
pub fn statements() -> Vec<Texts> {
    [
        lobbies::STATEMENTS,
        log::STATEMENTS,
        participants::STATEMENTS,
        sessions::STATEMENTS,
        whole::STATEMENTS,
    ]
    .concat()
}
