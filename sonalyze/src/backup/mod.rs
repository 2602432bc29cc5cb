//! `sonalyze backup`, `verify` and `restore`: everything that `serve` keeps, as a folder of files with a manifest, made
//! while it runs; whether it is whole; and the way back.

mod check;
mod manifest;
mod recordings;
mod restore;
mod retention;
mod schedule;
mod shelf;
mod take;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chassis::config::Config;
use chassis::program::conduct;
use chassis::shutdown::Shutdown;
use chassis::telemetry::{self, Stream};
use serde::Serialize;

use self::manifest::Manifest;
use self::retention::Keep;
use self::take::{Order, Taken, Tell};
use crate::cli::{BackupArguments, RestoreArguments, VerifyArguments};
use crate::databases::{Home, Owner, Place, home, places};
use crate::exit::{Exit, Failure, tell, tell_warning};
use crate::output::Destination;
use crate::serve::command::runtime;
use crate::{json, terminal};

pub(crate) use self::take::bytes;

/// Value of `schema` in the JSON object.
const SCHEMA: &str = "sonalyze.backup-made/1";

/// Name of the folder of backups in the data folder.
const FOLDER: &str = "backups";

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    backup: &'a Path,
    removed: &'a [PathBuf],
    warnings: &'a [String],
    manifest: &'a Manifest,
}

/// How what was done is told.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Text,
    Json,
    Quiet,
}

/// Runs `sonalyze backup`.
///
/// # Errors
/// Settings that cannot be used, a backup that cannot be made, a signal that stopped it.
pub(crate) fn run(arguments: &BackupArguments) -> Result<Exit, Failure> {
    let home = home(&arguments.place)?;
    let order = order(arguments, &home)?;
    telemetry::init(&home.config, Stream::Stderr)
        .map_err(|error| Failure::failed(error.to_string()))?;
    let manner = match (arguments.json, arguments.quiet) {
        (true, _) => Manner::Json,
        (_, true) => Manner::Quiet,
        _ => Manner::Text,
    };
    let shutdown = Shutdown::default();
    let work = work(&order, arguments.every, manner, &shutdown);
    conduct(runtime()?, &shutdown, work)
}

/// Runs `sonalyze verify`.
///
/// # Errors
/// A folder that is no backup, or a backup that is not whole.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    runtime()?.block_on(check::run(arguments))
}

/// Runs `sonalyze restore`.
///
/// # Errors
/// What cannot be restored, and why.
pub(crate) fn restore(arguments: &RestoreArguments) -> Result<Exit, Failure> {
    runtime()?.block_on(restore::run(arguments))
}

fn order(arguments: &BackupArguments, home: &Home) -> Result<Order, Failure> {
    let named: Vec<Owner> = arguments
        .services
        .iter()
        .copied()
        .map(Owner::from)
        .collect();
    let owners = if named.is_empty() {
        Owner::ALL.to_vec()
    } else {
        named
    };
    let places = places(&owners, &arguments.place)?;
    let with_recordings =
        arguments.place.database.is_none() && owners.contains(&Owner::Measurement);
    let set = usual(home, places, with_recordings);
    let number = |given: Option<u16>, usual| given.map_or(usual, usize::from);
    let keep = Keep {
        daily: number(arguments.keep_daily, set.keep.daily),
        weekly: number(arguments.keep_weekly, set.keep.weekly),
        monthly: number(arguments.keep_monthly, set.keep.monthly),
    };
    let shelf = arguments.to.clone().unwrap_or(set.shelf);
    Ok(Order { shelf, keep, ..set })
}

/// What the settings say.
fn usual(home: &Home, places: Vec<Place>, with_recordings: bool) -> Order {
    let config = &home.config;
    let shelf = config.backup_dir.clone();
    Order {
        places,
        recordings: with_recordings.then(|| store(config)),
        shelf: shelf.unwrap_or_else(|| home.folder.join(FOLDER)),
        keep: Keep {
            daily: config.backup_keep_daily.get_usize(),
            weekly: config.backup_keep_weekly.get_usize(),
            monthly: config.backup_keep_monthly.get_usize(),
        },
    }
}

/// The folder of recordings.
fn store(config: &Config) -> PathBuf {
    config.measurement_data_dir.join(measurement::BLOBS_FOLDER)
}

async fn work(
    order: &Order,
    every: Option<Duration>,
    manner: Manner,
    shutdown: &Shutdown,
) -> Result<Exit, Failure> {
    shutdown
        .on_signals()
        .map_err(|error| Failure::failed(format!("signals cannot be caught: {error}")))?;
    let line = |text: &str| {
        if matches!(manner, Manner::Text) {
            // Nobody reads a closed standard output; the backup is made all the same.
            drop(terminal::show(text, false));
        }
    };
    let tell_line: Tell<'_> = &line;
    if let Some(every) = every {
        let said = |made: &Result<Taken, Failure>| match made {
            Ok(taken) => drop(report(taken, manner).map_err(|failure| tell(&failure))),
            Err(failure) => tell(failure),
        };
        schedule::go_on(order, every, shutdown, tell_line, said).await;
        return Ok(Exit::Done);
    }
    tokio::select! {
        made = take::take(order, tell_line) => report(&made?, manner),
        () = shutdown.begun() => Err(Failure::interrupted("stopped; no backup was made")),
    }
}

/// Tells what was made; a warning about a recording makes it a failure.
fn report(taken: &Taken, manner: Manner) -> Result<Exit, Failure> {
    for warning in &taken.warnings {
        tell_warning(warning);
    }
    match manner {
        Manner::Text => terminal::show(&text(taken), false)?,
        Manner::Json => {
            let report = Report {
                schema: SCHEMA,
                backup: &taken.folder,
                removed: &taken.removed,
                warnings: &taken.warnings,
                manifest: &taken.manifest,
            };
            let place = Destination::Stdout;
            place.write(&json::encode(&report, &place)?)?;
        }
        Manner::Quiet => {}
    }
    let recordings = taken.manifest.recordings.as_ref();
    let is_damaged = recordings.is_some_and(|part| !part.damaged.is_empty());
    Ok(if is_damaged { Exit::Failed } else { Exit::Done })
}

fn text(taken: &Taken) -> String {
    let (folder, removed) = (taken.folder.display(), taken.removed.len());
    let gone = match removed {
        0 => String::new(),
        1 => "; an old backup was removed".to_owned(),
        more => format!("; {more} old backups were removed"),
    };
    format!("{folder} is made{gone}\n")
}

/// Makes backups beside a running `serve` where the settings ask for them. One that fails is logged and tried again.
pub(crate) fn beside_serve(config: &Config, folder: &Path, shutdown: &Shutdown) {
    let hours = config.backup_every_hours.get();
    if hours == 0 {
        return;
    }
    let every = Duration::from_secs(hours.saturating_mul(3_600));
    let home = Home {
        folder: folder.to_owned(),
        config: config.clone(),
    };
    let places: Result<Vec<Place>, Failure> = Owner::ALL
        .iter()
        .map(|owner| Place::at_home(*owner, &home))
        .collect();
    let order = match places {
        Ok(places) => usual(&home, places, true),
        Err(failure) => {
            tracing::error!(%failure, "no backups are made");
            return;
        }
    };
    let end = shutdown.clone();
    drop(shutdown.spawn(async move {
        schedule::go_on(&order, every, &end, &|_: &str| {}, log).await;
    }));
}

fn log(made: &Result<Taken, Failure>) {
    match made {
        Ok(taken) => {
            for warning in &taken.warnings {
                tracing::warn!(warning, "a backup was made, and something is wrong");
            }
            tracing::info!(backup = %taken.folder.display(), "a backup was made");
        }
        Err(failure) => tracing::error!(%failure, "no backup was made; tried again later"),
    }
}
