//! `sonalyze restore`: a backup brought back into databases and folders that hold nothing.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::check;
use super::manifest::{DatabasePart, Kind};
use super::recordings::{self, away};
use super::shelf::{self, Kept};
use super::take::bytes;
use crate::cli::RestoreArguments;
use crate::databases::{Hold, Owner, Place, hold_all, home, places};
use crate::exit::{Exit, Failure, whole};
use crate::terminal;

/// What is typed to go on.
const WORD: &str = "restore";

/// What is restored, and into what.
struct Plan {
    kept: Kept,
    databases: Vec<(DatabasePart, Place)>,
    /// The folder of the blob store.
    recordings: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// What is not there, not whole or not empty; what was not confirmed.
pub(super) async fn run(arguments: &RestoreArguments) -> Result<Exit, Failure> {
    if !arguments.yes && !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "a restore writes databases, and there is no terminal to ask on: say --yes",
        ));
    }
    let plan = plan(arguments)?;
    let targets: Vec<Place> = plan
        .databases
        .iter()
        .map(|(_, place)| place.clone())
        .collect();
    let hold = hold_all(&targets)?;
    if let Hold::Taken(folder) = &hold {
        return Err(Failure::failed(format!(
            "a `sonalyze serve` works in {}; stop it, or choose another folder with --data-dir",
            folder.display()
        )));
    }
    plan.demand_empty().await?;
    plan.demand_whole().await?;
    if !arguments.yes {
        confirm(&plan)?;
    }
    plan.carry_out(arguments.quiet).await?;
    drop(hold);
    Ok(Exit::Done)
}

fn plan(arguments: &RestoreArguments) -> Result<Plan, Failure> {
    let kept = shelf::found(&arguments.backup)?;
    let named: Vec<Owner> = arguments
        .services
        .iter()
        .copied()
        .map(Owner::from)
        .collect();
    let parts = &kept.manifest.databases;
    let absent = named
        .iter()
        .find(|owner| parts.iter().all(|part| part.service != **owner));
    if let Some(owner) = absent {
        return Err(Failure::usage(format!(
            "{} holds no database of {}; it holds {}",
            kept.folder.display(),
            owner.name(),
            names(parts.iter().map(|part| part.service))
        )));
    }
    let chosen = parts
        .iter()
        .filter(|part| named.is_empty() || named.contains(&part.service));
    let chosen: Vec<DatabasePart> = chosen.cloned().collect();
    let owners: Vec<Owner> = chosen.iter().map(|part| part.service).collect();
    let targets = places(&owners, &arguments.place)?;
    for (part, place) in chosen.iter().zip(&targets) {
        demand_kind(part, place)?;
    }
    let with_recordings = arguments.place.database.is_none()
        && kept.manifest.recordings.is_some()
        && (named.is_empty() || named.contains(&Owner::Measurement));
    let recordings = if with_recordings {
        Some(super::store(&home(&arguments.place)?.config))
    } else {
        None
    };
    Ok(Plan {
        kept,
        databases: chosen.into_iter().zip(targets).collect(),
        recordings,
    })
}

fn names(owners: impl Iterator<Item = Owner>) -> String {
    owners.map(Owner::name).collect::<Vec<_>>().join(", ")
}

fn demand_kind(part: &DatabasePart, place: &Place) -> Result<(), Failure> {
    if place.url.is_postgres() == (part.kind == Kind::Postgres) {
        return Ok(());
    }
    let (saved, wanted) = match part.kind {
        Kind::Sqlite => ("SQLite", "sqlite:PATH"),
        Kind::Postgres => ("PostgreSQL", "postgresql://user@host/name"),
    };
    Err(Failure::usage(format!(
        "{} was saved from {saved}, and {} is of another kind: name a database of the same kind ({wanted}), by \
         --database or {}",
        part.service.name(),
        place.url,
        part.service.variable()
    )))
}

impl Plan {
    async fn demand_empty(&self) -> Result<(), Failure> {
        for (_, place) in &self.databases {
            let empty = ledger::backup::demand_empty(&place.url).await;
            empty.map_err(|error| place.failed(&whole(&error)))?;
        }
        let Some(store) = &self.recordings else {
            return Ok(());
        };
        let found = recordings::listed(store);
        let found = found.map_err(|cause| failed(store, &cause))?;
        if found.is_empty() {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "{} holds {} recordings: restore into a folder that holds none, and put it in its place then",
            store.display(),
            found.len()
        )))
    }

    async fn demand_whole(&self) -> Result<(), Failure> {
        let findings = check::files(&self.kept).await?;
        let bad: Vec<&str> = findings
            .iter()
            .filter_map(|finding| finding.reason.as_deref())
            .collect();
        if bad.is_empty() {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "{} is not whole, and nothing was restored: {}",
            self.kept.folder.display(),
            bad.join("; ")
        )))
    }

    async fn carry_out(&self, quiet: bool) -> Result<(), Failure> {
        for (part, place) in &self.databases {
            let file = self.kept.folder.join(&part.file);
            let done = ledger::backup::restore(&place.url, &file, &part.saved).await;
            done.map_err(|error| place.failed(&whole(&error)))?;
            let rows = part.saved.content.rows();
            say(
                quiet,
                &format!("{}  {rows} rows restored and compared\n", place.head()),
            )?;
        }
        let (Some(store), Some(part)) = (&self.recordings, &self.kept.manifest.recordings) else {
            return Ok(());
        };
        let (backup, list, into) = (self.kept.folder.clone(), part.clone(), store.clone());
        let done = away(move || {
            let named = recordings::named(&backup, &list)?;
            let mut each = named.iter();
            each.try_for_each(|sha256| recordings::bring_back(&backup, sha256, &into))
        });
        done.await.map_err(|cause| failed(store, &cause))?;
        let (files, size) = (part.files, bytes(part.content_bytes));
        say(
            quiet,
            &format!(
                "{}\n  {files} recordings ({size}) restored and compared\n",
                store.display()
            ),
        )
    }
}

fn say(quiet: bool, text: &str) -> Result<(), Failure> {
    if quiet {
        return Ok(());
    }
    terminal::show(text, false)
}

fn confirm(plan: &Plan) -> Result<(), Failure> {
    let databases = plan
        .databases
        .iter()
        .map(|(_, place)| format!("  {}\n", place.url));
    let recordings = plan
        .recordings
        .iter()
        .map(|store| format!("  {}\n", store.display()));
    let question = format!(
        "The backup of {:.0} is restored into:\n{}Type {WORD} to go on: ",
        plan.kept.manifest.taken_at,
        databases.chain(recordings).collect::<String>()
    );
    let mut error_stream = anstream::stderr();
    let asked = write!(error_stream, "{question}").and_then(|()| error_stream.flush());
    asked.map_err(|error| Failure::failed(format!("the question cannot be asked: {error}")))?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::failed(format!("the answer cannot be read: {error}")))?;
    if answer.trim() == WORD {
        return Ok(());
    }
    Err(Failure::failed("not confirmed; nothing was changed"))
}

fn failed(place: &Path, cause: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: {cause}", place.display()))
}
