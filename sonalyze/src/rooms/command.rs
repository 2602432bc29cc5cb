//! `sonalyze room`: which of its commands was asked for, and what those that write a room file have in common.

use std::path::Path;

use serde_json::{Map, Value};

use super::{check, create, import, show};
use crate::cli::RoomCommand;
use crate::exit::{Exit, Failure};
use crate::output::Destination;

/// Runs the command.
///
/// # Errors
/// What the command says is wrong.
pub(crate) fn run(command: &RoomCommand) -> Result<Exit, Failure> {
    match command {
        RoomCommand::Check(arguments) => check::run(arguments),
        RoomCommand::Show(arguments) => show::run(arguments),
        RoomCommand::New(arguments) => create::run(arguments),
        RoomCommand::Import(arguments) => import::run(arguments),
    }
}

/// Where a room file goes, which people go on editing: what is there is replaced only if asked for.
///
/// # Errors
/// A file that is there.
pub(super) fn place(out: &Path, force: bool) -> Result<Destination, Failure> {
    let place = Destination::single(out);
    if let Destination::File(path) = &place
        && path.exists()
        && !force
    {
        return Err(Failure::usage(format!(
            "{} exists and is not replaced: choose another name, or add --force",
            path.display()
        )));
    }
    Ok(place)
}

/// Writes a room, indented for people who edit it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(room: &Map<String, Value>, place: &Destination) -> Result<(), Failure> {
    let encoded = serde_json::to_vec_pretty(room);
    let mut bytes = encoded
        .map_err(|error| Failure::failed(format!("the room cannot be written as JSON: {error}")))?;
    bytes.push(b'\n');
    place.write(&bytes)
}

/// The last word after a room file was written; nothing where the file went to the standard output.
pub(super) fn told(out: &Path, what: &str) -> String {
    if out.as_os_str() == "-" {
        return String::new();
    }
    let file = out.display();
    format!("{file}: {what}\nsonalyze simulate {file} simulates it.\n")
}
