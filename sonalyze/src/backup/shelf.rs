//! A folder of backups: which there are, a new one, and those that go.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::manifest::{MANIFEST, Manifest};
use super::retention::{Keep, superseded};
use crate::exit::Failure;

/// Held locked by the process that makes a backup in the folder.
const LOCK: &str = "backup.lock";

/// Backups that begin within one second get names with a number.
const SAME_SECOND: u32 = 1_000;

/// A finished backup.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
}

/// The finished backups in a folder, the oldest first. What is no backup is passed over.
pub(super) fn kept(shelf: &Path) -> Vec<Kept> {
    let folders = fs::read_dir(shelf).into_iter().flatten().flatten();
    let folders = folders.map(|entry| entry.path());
    let mut kept: Vec<Kept> = folders
        .filter_map(|folder| {
            let manifest = Manifest::read(&folder).ok()?;
            Some(Kept { folder, manifest })
        })
        .collect();
    kept.sort_by(|one, other| {
        let key = |of: &Kept| (of.manifest.taken_at, of.folder.clone());
        key(one).cmp(&key(other))
    });
    kept
}

/// The backup that `place` is, or the newest in it.
///
/// # Errors
/// Where it is none and holds none.
pub(super) fn found(place: &Path) -> Result<Kept, Failure> {
    if place.join(MANIFEST).exists() {
        let manifest = Manifest::read(place)?;
        let folder = place.to_owned();
        return Ok(Kept { folder, manifest });
    }
    kept(place).pop().ok_or_else(|| {
        Failure::unreadable(format!(
            "{} is no backup ({MANIFEST} is missing) and holds none; name a folder that `sonalyze backup` made",
            place.display()
        ))
    })
}

/// Keeps others from making a backup in the folder.
///
/// # Errors
/// A folder that cannot be written, or in which another process makes one.
pub(super) fn lock(shelf: &Path) -> Result<File, Failure> {
    let failed = |cause: io::Error| {
        let shown = shelf.display();
        Failure::failed(format!(
            "{shown} cannot be used for backups: {cause}; choose another one with --to"
        ))
    };
    fs::create_dir_all(shelf).map_err(failed)?;
    let options = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(shelf.join(LOCK));
    let lock = options.map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Failure::failed(format!(
            "{}: another process makes a backup in this folder; wait for it, or choose another one with --to",
            shelf.display()
        ))),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// The folder of a backup that is being made. It goes with the last who holds it, unless the backup is finished.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: PathBuf,
    is_finished: AtomicBool,
}

impl Unfinished {
    /// Makes one, for its owner alone.
    pub(super) fn make(shelf: &Path, now: Timestamp) -> io::Result<Self> {
        let name = now
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        for number in 1..SAME_SECOND {
            let folder = match number {
                1 => shelf.join(&name),
                _ => shelf.join(format!("{name}-{number}")),
            };
            match private().create(&folder) {
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    return made.map(|()| Self {
                        folder,
                        is_finished: AtomicBool::new(false),
                    });
                }
            }
        }
        Err(io::Error::other(format!("{name} is there too often")))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// It stays from now on.
    pub(super) fn finish(&self) {
        self.is_finished.store(true, Ordering::Relaxed);
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.is_finished.load(Ordering::Relaxed) {
            return;
        }
        if let Err(cause) = fs::remove_dir_all(&self.folder) {
            let folder = self.folder.display();
            tracing::warn!(%cause, %folder, "an unfinished backup stays; remove it by hand");
        }
    }
}

#[cfg(unix)]
fn private() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}

/// Removes what nothing keeps; tells which.
pub(super) fn clean(shelf: &Path, keep: Keep) -> io::Result<Vec<PathBuf>> {
    let kept = kept(shelf);
    let times: Vec<Timestamp> = kept.iter().map(|one| one.manifest.taken_at).collect();
    let mut removed = Vec::new();
    for at in superseded(&times, keep) {
        let folder = &kept[at].folder;
        // Without its manifest first, a removal that is cut off leaves no backup that looks whole.
        fs::remove_file(folder.join(MANIFEST))?;
        fs::remove_dir_all(folder)?;
        removed.push(folder.clone());
    }
    Ok(removed)
}

/// Folders with names of ours that hold no manifest: a crash cut them off. They are told, and stay.
pub(super) fn cut_off(shelf: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(shelf).into_iter().flatten().flatten();
    let folders = folders.map(|entry| entry.path());
    let mut cut_off: Vec<PathBuf> = folders
        .filter(|folder| folder.is_dir() && is_ours(folder) && !folder.join(MANIFEST).exists())
        .collect();
    cut_off.sort();
    cut_off
}

/// `20260131T030000Z`, `20260131T030000Z-2`
fn is_ours(folder: &Path) -> bool {
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let shape: String = name
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .take("00000000T000000Z".len())
        .collect();
    shape == "00000000T000000Z"
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Keep = Keep {
        daily: 0,
        weekly: 0,
        monthly: 0,
    };

    fn finished(shelf: &Path, at: &str) -> PathBuf {
        let at: Timestamp = at.parse().unwrap();
        let folder = Unfinished::make(shelf, at).unwrap();
        Manifest::new(at, Vec::new(), None)
            .write(folder.folder())
            .unwrap();
        folder.finish();
        folder.folder().to_owned()
    }

    #[test]
    fn only_backups_go_and_never_the_newest() {
        let shelf = tempfile::tempdir().unwrap();
        let old = finished(shelf.path(), "2026-01-01T03:00:00Z");
        let new = finished(shelf.path(), "2026-01-02T03:00:00Z");
        for other in ["notes", "20250101T030000Z"] {
            fs::create_dir(shelf.path().join(other)).unwrap();
        }
        assert_eq!(clean(shelf.path(), NONE).unwrap(), [old.as_path()]);
        assert!(!old.exists() && new.exists());
        assert!(shelf.path().join("notes").exists());
        assert_eq!(
            cut_off(shelf.path()),
            [shelf.path().join("20250101T030000Z")]
        );
        assert_eq!(found(shelf.path()).unwrap().folder, new);
    }

    #[test]
    fn what_is_not_finished_goes_and_is_never_taken_for_a_backup() {
        let shelf = tempfile::tempdir().unwrap();
        let at = "2026-01-01T03:00:00Z".parse().unwrap();
        let begun = Unfinished::make(shelf.path(), at).unwrap();
        fs::write(begun.folder().join("lobby.sqlite"), "half").unwrap();
        assert!(found(shelf.path()).is_err() && found(begun.folder()).is_err());
        let folder = begun.folder().to_owned();
        drop(begun);
        assert!(!folder.exists());
    }

    #[test]
    fn backups_of_one_second_have_names_of_their_own_and_one_process_makes_them() {
        let shelf = tempfile::tempdir().unwrap();
        let first = finished(shelf.path(), "2026-01-01T03:00:00Z");
        let second = finished(shelf.path(), "2026-01-01T03:00:00.5Z");
        assert!(first.ends_with("20260101T030000Z"));
        assert!(second.ends_with("20260101T030000Z-2"));
        let held = lock(shelf.path()).unwrap();
        let told = lock(shelf.path()).unwrap_err().to_string();
        assert!(told.contains("another process"), "{told}");
        drop(held);
        assert!(lock(shelf.path()).is_ok());
    }
}
