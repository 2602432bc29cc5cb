//! `sonalyze migrate up`: what is missing is applied, unless a server works with the database.

use ledger::MigrationState;

use crate::cli::UpArguments;
use crate::databases::{Hold, Place, places};
use crate::exit::{Exit, Failure, whole};
use crate::terminal;

/// Runs the command.
///
/// # Errors
/// A schema that is not up to date in the end, with the reason.
pub(super) async fn run(arguments: &UpArguments) -> Result<Exit, Failure> {
    for place in places(&arguments.service.owners(), &arguments.place)? {
        let told = bring_up(&place).await?;
        terminal::show(&format!("{}{told}", place.head()), false)?;
    }
    Ok(Exit::Done)
}

async fn bring_up(place: &Place) -> Result<String, Failure> {
    let hold = place.hold()?;
    if let Hold::Taken(folder) = &hold
        && !place.is_there()
    {
        return Err(place.failed(&taken(folder)));
    }
    let migrations = place.owner.migrations();
    let pool = place.open().await?;
    let work = async {
        let before = migrations.inspect(&pool).await?;
        match &hold {
            Hold::Taken(_) => before.verdict()?,
            Hold::Held(_) => drop(migrations.ensure(&pool).await?),
        }
        Ok::<_, ledger::MigrationError>(before.migrations)
    };
    let done = work.await;
    pool.close().await;
    let before = done.map_err(|error| match &hold {
        Hold::Taken(folder) => place.failed(&format!("{}: {}", taken(folder), whole(&error))),
        Hold::Held(_) => place.failed(&whole(&error)),
    })?;
    let applied = before
        .iter()
        .filter(|one| one.state == MigrationState::Pending);
    let each: Vec<String> = applied
        .map(|one| format!("  {:>4}  {} applied\n", one.version, one.description))
        .collect();
    if each.is_empty() {
        return Ok("  nothing to apply: the schema is up to date\n".to_owned());
    }
    Ok(each.concat())
}

/// Why nothing is changed while `folder` is held.
pub(super) fn taken(folder: &std::path::Path) -> String {
    format!(
        "a `sonalyze serve` works in {}, and its schema is not changed meanwhile; stop it first",
        folder.display()
    )
}
