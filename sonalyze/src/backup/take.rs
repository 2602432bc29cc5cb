//! One backup: recordings, databases, recordings again, the manifest; then old ones go.
//!
//! A row names a recording that was stored before it, and a recording is removed after the rows that name it. Taken
//! before and after the databases, every recording that a saved row names is among them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::manifest::{
    DatabasePart, Kind, Manifest, RECORDINGS_FOLDER, RecordingsPart, sync_folder,
};
use super::recordings::{Copied, Recordings, away};
use super::retention::Keep;
use super::shelf::{self, Unfinished};
use crate::databases::Place;
use crate::exit::{Failure, whole};

/// What a backup is made of, and where.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The databases.
    pub(super) places: Vec<Place>,
    /// The folder of the blob store; none where recordings do not belong to it.
    pub(super) recordings: Option<PathBuf>,
    /// The folder of backups.
    pub(super) shelf: PathBuf,
    /// What stays of them.
    pub(super) keep: Keep,
}

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
    /// Backups that went.
    pub(super) removed: Vec<PathBuf>,
    /// What cannot be used and stays: unfinished backups, damaged recordings, old backups that cannot be removed.
    pub(super) warnings: Vec<String>,
}

/// Says what was done, one line after another.
pub(super) type Tell<'a> = &'a (dyn Fn(&str) + Sync);

/// Makes a backup. Dropped before its end, it leaves nothing.
///
/// # Errors
/// What kept it from being made; nothing of it is left.
pub(super) async fn take(order: &Order, tell: Tell<'_>) -> Result<Taken, Failure> {
    let lock = shelf::lock(&order.shelf)?;
    let mut warnings: Vec<String> = shelf::cut_off(&order.shelf)
        .iter()
        .map(|folder| {
            format!(
                "{} was not finished and is no backup; remove it",
                folder.display()
            )
        })
        .collect();
    let now = Timestamp::now();
    let made = Unfinished::make(&order.shelf, now).map_err(|cause| failed(&order.shelf, &cause))?;
    let backup = Arc::new(made);
    let manifest = filled(order, &backup, now, tell).await?;
    let folder = backup.folder().to_owned();
    manifest
        .write(&folder)
        .map_err(|cause| failed(&folder, &cause))?;
    backup.finish();
    sync_folder(&order.shelf).map_err(|cause| failed(&order.shelf, &cause))?;
    warnings.extend(manifest.recordings.iter().flat_map(damaged));
    let (place, keep) = (order.shelf.clone(), order.keep);
    let cleaned = away(move || shelf::clean(&place, keep)).await;
    let removed = cleaned.unwrap_or_else(|cause| {
        warnings.push(format!(
            "old backups in {} stay: {cause}",
            order.shelf.display()
        ));
        Vec::new()
    });
    drop(lock);
    Ok(Taken {
        folder,
        manifest,
        removed,
        warnings,
    })
}

async fn filled(
    order: &Order,
    backup: &Arc<Unfinished>,
    now: Timestamp,
    tell: Tell<'_>,
) -> Result<Manifest, Failure> {
    let recordings = order.recordings.as_ref().map(|store| Recordings {
        store: store.clone(),
        before: newest_recordings(&order.shelf),
        backup: Arc::clone(backup),
    });
    let mut copied = Copied::default();
    pass(recordings.as_ref(), &mut copied).await?;
    let mut databases = Vec::new();
    for place in &order.places {
        let part = save(place, backup.folder()).await?;
        tell(&line(&part));
        databases.push(part);
    }
    pass(recordings.as_ref(), &mut copied).await?;
    let part = recordings.map(|_| copied.part(backup.folder())).transpose();
    let part = part.map_err(|cause| failed(backup.folder(), &cause))?;
    if let Some(part) = &part {
        let size = bytes(part.content_bytes);
        tell(&format!(
            "  {:<12} {size:>10}  {}\n",
            "recordings",
            counted(part.files, "file")
        ));
    }
    Ok(Manifest::new(now, databases, part))
}

async fn pass(recordings: Option<&Recordings>, copied: &mut Copied) -> Result<(), Failure> {
    let Some(recordings) = recordings else {
        return Ok(());
    };
    let done = recordings.pass(copied).await;
    done.map_err(|cause| Failure::failed(format!("recordings: {cause}")))
}

fn newest_recordings(shelf: &Path) -> Option<PathBuf> {
    let mut kept = shelf::kept(shelf);
    kept.retain(|one| one.manifest.recordings.is_some());
    Some(kept.pop()?.folder.join(RECORDINGS_FOLDER))
}

async fn save(place: &Place, backup: &Path) -> Result<DatabasePart, Failure> {
    if !place.is_there() {
        return Err(
            place.failed("the file is not there; name the data folder of `serve` with --data-dir")
        );
    }
    let (kind, ending) = match place.url.dialect() {
        ledger::Dialect::Sqlite => (Kind::Sqlite, "sqlite"),
        ledger::Dialect::Postgres => (Kind::Postgres, "dump"),
    };
    let file = format!("{}.{ending}", place.owner.name());
    let saved = ledger::backup::save(&place.url, &backup.join(&file)).await;
    let saved = saved.map_err(|error| place.failed(&whole(&error)))?;
    Ok(DatabasePart {
        service: place.owner,
        kind,
        file,
        saved,
    })
}

fn line(part: &DatabasePart) -> String {
    let size = bytes(part.saved.digest.bytes);
    let rows = counted(part.saved.content.rows(), "row");
    format!("  {:<12} {size:>10}  {rows}\n", part.service.name())
}

/// `1 row`, `3 rows`
fn counted(number: u64, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        more => format!("{more} {word}s"),
    }
}

/// `12.3 MiB`
pub(crate) fn bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

fn damaged(part: &RecordingsPart) -> impl Iterator<Item = String> + '_ {
    let told = |sha256: &String| {
        format!(
            "the recording {sha256} has another content than its name says, and no backup has it whole"
        )
    };
    part.damaged.iter().map(told)
}

fn failed(place: &Path, cause: &io::Error) -> Failure {
    Failure::failed(format!("{}: {cause}", place.display()))
}
