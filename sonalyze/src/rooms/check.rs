//! `sonalyze room check`: whether room files can be simulated, without simulating them.

use std::path::Path;

use super::file::RoomFile;
use super::show::{described, warnings};
use crate::cli::CheckArguments;
use crate::exit::{Exit, Failure, tell};
use crate::terminal;

/// Runs the command. A file with faults does not stop the others; the highest code counts.
///
/// # Errors
/// When the results cannot be shown.
pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for path in &arguments.rooms {
        match checked(path) {
            Ok(text) if arguments.quiet => drop(text),
            Ok(text) => terminal::show(&text, false)?,
            Err(failure) => {
                tell(&failure);
                exit = exit.max(failure.exit());
            }
        }
    }
    Ok(exit)
}

fn checked(path: &Path) -> Result<String, Failure> {
    let file = RoomFile::read(path)?;
    let request = file.request()?;
    Ok(format!(
        "{}: can be simulated: {}\n{}",
        file.shown,
        described(&request),
        warnings(&request)
    ))
}
