//! `sonalyze migrate`: the schema of a service's database looked at, brought up to date, taken back, and, in the
//! sources, changed.

mod down;
mod look;
mod new;
mod place;
mod up;

use std::error::Error;

use crate::cli::{MigrateCommand, ServiceName, ServiceNames};
use crate::databases::Owner;
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

impl From<ServiceName> for Owner {
    fn from(name: ServiceName) -> Self {
        match name {
            ServiceName::Lobby => Self::Lobby,
            ServiceName::Measurement => Self::Measurement,
            ServiceName::Storage => Self::Storage,
        }
    }
}

impl ServiceNames {
    /// Whose databases are meant.
    fn owners(self) -> Vec<Owner> {
        match self {
            Self::Lobby => vec![Owner::Lobby],
            Self::Measurement => vec![Owner::Measurement],
            Self::Storage => vec![Owner::Storage],
            Self::All => Owner::ALL.to_vec(),
        }
    }
}

/// An error with its causes: there is no log of a service that would name them.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let told = inner.to_string();
        if !text.contains(&told) {
            text.extend([": ", &told]);
        }
        cause = inner.source();
    }
    text
}

/// `1 entities, 2 documents`.
fn listed<'a>(migrations: impl Iterator<Item = &'a ledger::MigrationStatus>) -> String {
    let each = migrations.map(|one| format!("{} {}", one.version, one.description));
    each.collect::<Vec<_>>().join(", ")
}
