//! `sonalyze migrate down`: migrations are taken back, once it is sure that this is wanted.

use std::io::{IsTerminal as _, Write as _};

use ledger::{MigrationState, MigrationStatus};

use super::{listed, up};
use crate::cli::DownArguments;
use crate::databases::{Hold, Place, place};
use crate::exit::{Exit, Failure, whole};
use crate::serve::command::runtime;
use crate::terminal;

/// Runs the command.
///
/// # Errors
/// What was not confirmed, a database that is not there or in use, a version that is none.
pub(super) fn run(arguments: &DownArguments) -> Result<Exit, Failure> {
    if !arguments.yes && !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "taking migrations back loses rows, and there is no terminal to ask on: say --yes",
        ));
    }
    let place = place(arguments.service.into(), &arguments.place)?;
    if !place.is_there() {
        return Err(place.failed("the file is not there, so there is nothing to take back"));
    }
    let hold = place.hold()?;
    if let Hold::Taken(folder) = &hold {
        return Err(place.failed(&up::taken(folder)));
    }
    let runtime = runtime()?;
    let back = runtime.block_on(affected(&place, arguments.to))?;
    if back.is_empty() {
        let text = format!("{}  nothing to take back\n", place.head());
        terminal::show(&text, false)?;
        return Ok(Exit::Done);
    }
    if !arguments.yes {
        confirm(&place, &back)?;
    }
    runtime.block_on(take_back(&place, arguments.to))?;
    let each: Vec<String> = back
        .iter()
        .map(|one| format!("  {:>4}  {} taken back\n", one.version, one.description))
        .collect();
    terminal::show(&format!("{}{}", place.head(), each.concat()), false)?;
    drop(hold);
    Ok(Exit::Done)
}

/// What stands above the target, the newest first.
async fn affected(place: &Place, target: i64) -> Result<Vec<MigrationStatus>, Failure> {
    let pool = place.open().await?;
    let known = place.owner.migrations().unapplied(pool.dialect());
    let found = place.owner.migrations().inspect(&pool).await;
    pool.close().await;
    if target != 0 && !known.iter().any(|one| one.version == target) {
        return Err(Failure::usage(format!(
            "--to {target}: {} has no such migration; 0 (nothing stays) and these are allowed: {}",
            place.owner.name(),
            listed(known.iter())
        )));
    }
    let found = found.map_err(|error| place.failed(&whole(&error)))?;
    if let Some(foreign) = found.foreign {
        return Err(place.failed(&foreign.to_string()));
    }
    let above = found.migrations.into_iter().rev();
    let above = above.filter(|one| one.version > target && one.state != MigrationState::Pending);
    Ok(above.collect())
}

async fn take_back(place: &Place, target: i64) -> Result<(), Failure> {
    let pool = place.open().await?;
    let done = place.owner.migrations().down(&pool, target).await;
    pool.close().await;
    done.map(drop).map_err(|error| place.failed(&whole(&error)))
}

/// Asks for the name of the service: `y` is typed too easily.
fn confirm(place: &Place, back: &[MigrationStatus]) -> Result<(), Failure> {
    let name = place.owner.name();
    let question = format!(
        "{}Taken back, with every row that only they can hold: {}.\nType {name} to go on: ",
        place.head(),
        listed(back.iter())
    );
    let mut error_stream = anstream::stderr();
    let asked = write!(error_stream, "{question}").and_then(|()| error_stream.flush());
    asked.map_err(|error| Failure::failed(format!("the question cannot be asked: {error}")))?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::failed(format!("the answer cannot be read: {error}")))?;
    if answer.trim() == name {
        return Ok(());
    }
    Err(Failure::failed("not confirmed; nothing was changed"))
}
