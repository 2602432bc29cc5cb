//! The whole crate against both databases: every test runs on a file of `SQLite` and on a real `PostgreSQL`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod backups;
mod catalogue;
mod errors;
mod full;
mod migrations;
mod opening;
mod outbox;
mod relay;
mod statements;

use ledger::testing::{Database, databases};
use ledger::{Migrations, migrations};

/// The migrations of these tests: rooms and visits, the outbox, a change of a table that holds rows.
fn schema() -> Migrations {
    migrations!(
        "tests/ledger/migrations/postgres",
        "tests/ledger/migrations/sqlite"
    )
}

/// Both databases, migrated.
async fn ready() -> Vec<Database> {
    let databases = databases().await;
    for database in &databases {
        assert_eq!(schema().up(&database.pool).await.unwrap(), 3);
    }
    databases
}
