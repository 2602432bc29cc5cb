//! `sonalyze migrate`: the schema of a service's database looked at, brought up to date, taken back, and, in the
//! sources, changed.

mod down;
mod look;
mod new;
mod up;

use crate::cli::MigrateCommand;
use crate::exit::{Exit, Failure};
use crate::serve::command::runtime;

/// Runs the command.
///
/// # Errors
/// A database that is not there, does not open, or is somebody else's; a command line that names none.
pub(crate) fn run(command: &MigrateCommand) -> Result<Exit, Failure> {
    match command {
        MigrateCommand::New(arguments) => new::run(arguments),
        MigrateCommand::Up(arguments) => runtime()?.block_on(up::run(arguments)),
        MigrateCommand::Down(arguments) => down::run(arguments),
        MigrateCommand::Status(arguments) => runtime()?.block_on(look::status(arguments)),
        MigrateCommand::Verify(arguments) => runtime()?.block_on(look::verify(arguments)),
    }
}

/// `1 entities, 2 documents`.
fn listed<'a>(migrations: impl Iterator<Item = &'a ledger::MigrationStatus>) -> String {
    let each = migrations.map(|one| format!("{} {}", one.version, one.description));
    each.collect::<Vec<_>>().join(", ")
}
