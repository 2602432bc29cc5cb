//! What a backup says of itself: `manifest.json`, written last, so that a folder without it is no backup.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use ledger::backup::{FileDigest, Saved};
use serde::{Deserialize, Serialize};

use crate::databases::Owner;
use crate::exit::Failure;

/// Its name.
pub(super) const MANIFEST: &str = "manifest.json";

/// The list of recordings, as `sha256sum --check` reads it.
pub(super) const RECORDINGS: &str = "recordings.sha256";

/// The folder of recordings.
pub(super) const RECORDINGS_FOLDER: &str = "recordings";

/// Value of `schema`.
const SCHEMA: &str = "sonalyze.backup/1";

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    schema: String,
    /// The version of the program that made it.
    program: String,
    /// When it began.
    pub(super) taken_at: Timestamp,
    /// The databases.
    pub(super) databases: Vec<DatabasePart>,
    /// The recordings, where they belong to it.
    pub(super) recordings: Option<RecordingsPart>,
}

/// Which program a database is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// `SQLite`: the file is a database.
    Sqlite,
    /// `PostgreSQL`: the file is a dump of the custom format.
    Postgres,
}

/// A database in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DatabasePart {
    /// Whose it is.
    pub(super) service: Owner,
    /// What it is.
    pub(super) kind: Kind,
    /// The name of its file.
    pub(super) file: String,
    /// Its bytes, SHA-256, migration and tables.
    #[serde(flatten)]
    pub(super) saved: Saved,
}

/// The recordings in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordingsPart {
    /// The name of their list.
    pub(super) file: String,
    /// The list.
    #[serde(flatten)]
    pub(super) list: FileDigest,
    /// How many there are.
    pub(super) files: u64,
    /// How large they are together.
    pub(super) content_bytes: u64,
    /// Those whose content was not that of their name, and which are not in the backup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) damaged: Vec<String>,
}

impl Manifest {
    pub(super) fn new(
        taken_at: Timestamp,
        databases: Vec<DatabasePart>,
        recordings: Option<RecordingsPart>,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
            databases,
            recordings,
        }
    }

    /// The one of a folder.
    ///
    /// # Errors
    /// A folder that holds none, or one that is not understood.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join(MANIFEST);
        let shown = file.display();
        let text = fs::read(&file).map_err(|cause| {
            Failure::unreadable(format!(
                "{shown}: {cause}; name a folder that `sonalyze backup` made"
            ))
        })?;
        let manifest: Self = serde_json::from_slice(&text)
            .map_err(|cause| Failure::unreadable(format!("{shown} is no manifest: {cause}")))?;
        manifest
            .check()
            .map_err(|told| Failure::unreadable(format!("{shown}: {told}")))?;
        Ok(manifest)
    }

    /// Whether it is one of ours, and names only files of its own folder.
    fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "the schema is {:?}; {SCHEMA:?} is allowed",
                self.schema
            ));
        }
        let files = self.databases.iter().map(|part| &part.file);
        let mut files = files.chain(self.recordings.iter().map(|part| &part.file));
        match files.find(|file| {
            Path::new(file)
                .file_name()
                .is_none_or(|name| name != file.as_str())
        }) {
            Some(file) => Err(format!("{file:?} is no name of a file in this folder")),
            None => Ok(()),
        }
    }

    /// Puts it into its place, whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let unfinished = folder.join("manifest.unfinished");
        fs::write(&unfinished, text)?;
        fs::File::options()
            .write(true)
            .open(&unfinished)?
            .sync_all()?;
        fs::rename(&unfinished, folder.join(MANIFEST))?;
        sync_folder(folder)
    }
}

/// Makes sure that the names in a folder are on the disk; other systems than Unix do so by themselves.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return fs::File::open(folder)?.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(file: &str) -> Manifest {
        let list = FileDigest {
            bytes: 0,
            sha256: String::new(),
        };
        let recordings = RecordingsPart {
            file: file.to_owned(),
            list,
            files: 0,
            content_bytes: 0,
            damaged: Vec::new(),
        };
        Manifest::new(Timestamp::UNIX_EPOCH, Vec::new(), Some(recordings))
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let written = manifest("recordings.sha256");
        written.write(folder.path()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), written);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Manifest::read(folder.path()).is_err());
        for file in ["../../etc/passwd", "/etc/passwd", "", ".."] {
            manifest(file).write(folder.path()).unwrap();
            assert!(Manifest::read(folder.path()).is_err(), "{file}");
        }
        let mut other = manifest("x");
        other.schema = "sonalyze.backup/2".to_owned();
        other.write(folder.path()).unwrap();
        let told = Manifest::read(folder.path()).unwrap_err().to_string();
        assert!(told.contains("sonalyze.backup/2"), "{told}");
    }
}
