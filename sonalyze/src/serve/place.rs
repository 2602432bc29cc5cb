//! The folder in which everything of `serve` lies, and the settings that follow from it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chassis::config::{Config, ConfigFaults, Flags, environment};
use directories::BaseDirs;

/// Name of the folder in the user's folder of application data.
const FOLDER: &str = "sonalyze";

/// Seconds that the gateway waits for an analysis on a laptop that is busy otherwise.
const ANALYSIS_S: &str = "60";

/// Held locked by the process that works in the folder.
const LOCK: &str = "serve.lock";

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The system names no home.
    #[error(
        "the system does not tell your folder of application data; name a folder with --data-dir"
    )]
    NoHome,
    /// It cannot be made or written.
    #[error("{}: the data folder cannot be used: {cause}; choose another one with --data-dir", .folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Another process works in it.
    #[error(
        "{}: another `sonalyze serve` works in this data folder; stop it, or choose another one with --data-dir",
        .folder.display()
    )]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
}

/// The data folder: the one given, else `sonalyze` in the user's folder of application data.
///
/// # Errors
/// When none is given and the system names none.
pub fn data_dir(given: Option<&Path>) -> Result<PathBuf, PlaceError> {
    match given {
        Some(folder) => std::path::absolute(folder).map_err(|cause| unusable(folder, cause)),
        None => BaseDirs::new()
            .map(|dirs| dirs.data_dir().join(FOLDER))
            .ok_or(PlaceError::NoHome),
    }
}

/// Reads the settings of a `serve` whose data lie in `folder`: flags, environment, `.env`, file, and what follows from
/// the folder.
///
/// # Errors
/// Every fault of every layer.
pub fn settings(flags: &Flags, folder: &Path) -> Result<Config, ConfigFaults> {
    Config::load(flags, environment(), Path::new("."), &own(folder))
}

/// What follows from the folder: where databases and uploads lie. Only what is wrong is logged, since the terminal
/// belongs to people.
pub fn own(folder: &Path) -> Vec<(&'static str, String)> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    vec![
        ("MEASUREMENT_DATA_DIR", text(folder.join("measurement"))),
        (
            "DATABASE_URL",
            format!("sqlite:{}", text(folder.join("lobby.db"))),
        ),
        (
            "STORAGE_DATABASE_URL",
            format!("sqlite:{}", text(folder.join("storage.db"))),
        ),
        ("HTTP_TIMEOUT_SECONDS", ANALYSIS_S.to_owned()),
        ("LOG_LEVEL", "warning".to_owned()),
    ]
}

/// Makes the folder if it is missing and holds it until the lock is dropped.
///
/// # Errors
/// When it cannot be made or written, or another process holds it.
pub fn take(folder: &Path) -> Result<File, PlaceError> {
    std::fs::create_dir_all(folder).map_err(|cause| unusable(folder, cause))?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(|cause| unusable(folder, cause))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(PlaceError::Taken {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(cause)) => Err(unusable(folder, cause)),
    }
}

/// Whether a `serve` has ever worked in the folder.
pub(crate) fn has_lock(folder: &Path) -> bool {
    folder.join(LOCK).is_file()
}

/// Whether a process works in the folder. It changes nothing.
pub(crate) fn is_taken(folder: &Path) -> bool {
    let lock = File::open(folder.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn unusable(folder: &Path, cause: io::Error) -> PlaceError {
    PlaceError::Unusable {
        folder: folder.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_and_held_by_one() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        let held = take(&folder).unwrap();
        assert!(matches!(take(&folder), Err(PlaceError::Taken { .. })));
        assert!(is_taken(&folder) && !is_taken(parent.path()));
        drop(held);
        assert!(!is_taken(&folder));
        assert!(take(&folder).is_ok());
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = take(&file.path().join("data")).unwrap_err();
        assert!(matches!(refused, PlaceError::Unusable { .. }), "{refused}");
    }

    #[test]
    fn the_folder_decides_where_things_lie() {
        let flags = Flags::default();
        let layers = [
            chassis::config::Layer::process(&own(Path::new("/d"))),
            flags.layer(),
        ];
        let config = Config::from_layers(&layers).unwrap();
        assert_eq!(config.measurement_data_dir, Path::new("/d/measurement"));
        let database = config.database_url.as_ref().unwrap();
        assert_eq!(database.expose(), "sqlite:/d/lobby.db");
        let one_command = config.http_timeout_seconds.duration();
        assert!(
            3 * one_command <= gateway::limits::CARRY_OUT,
            "a command that is answered too late loses none behind it whose client has left"
        );
    }
}
