//! The recordings of a backup: files under the hash of their content, of which most were in the backup before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chassis::blobs::Sha256;
use ledger::backup::FileDigest;

use super::manifest::{RECORDINGS, RECORDINGS_FOLDER, RecordingsPart};
use super::shelf::Unfinished;

/// The folder of a blob store under which everything that is whole lies.
const WHOLE: &str = "sha256";

/// Copies recordings into a backup that is being made.
#[derive(Debug)]
pub(super) struct Recordings {
    /// The folder of the blob store.
    pub(super) store: PathBuf,
    /// The same folder in the backup before.
    pub(super) before: Option<PathBuf>,
    /// The backup.
    pub(super) backup: Arc<Unfinished>,
}

/// What is in the backup so far.
#[derive(Debug, Default)]
pub(super) struct Copied {
    files: BTreeMap<Sha256, u64>,
    damaged: BTreeSet<Sha256>,
}

/// What became of a recording.
enum Fate {
    Kept(u64),
    /// Its content is not that of its name.
    Damaged,
    /// It was removed meanwhile.
    Gone,
}

impl Recordings {
    /// Copies every recording that is not in the backup yet.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub(super) async fn pass(&self, copied: &mut Copied) -> io::Result<()> {
        let store = self.store.clone();
        let there = away(move || listed(&store)).await?;
        for sha256 in there {
            if copied.files.contains_key(&sha256) || copied.damaged.contains(&sha256) {
                continue;
            }
            match self.keep(sha256).await? {
                Fate::Kept(bytes) => drop(copied.files.insert(sha256, bytes)),
                Fate::Damaged => drop(copied.damaged.insert(sha256)),
                Fate::Gone => {}
            }
        }
        Ok(())
    }

    /// The task may end meanwhile: the backup's folder is held as long as somebody writes in it.
    async fn keep(&self, sha256: Sha256) -> io::Result<Fate> {
        let file = sha256.file();
        let from = self.store.join(&file);
        let before = self.before.as_ref().map(|folder| folder.join(&file));
        let backup = Arc::clone(&self.backup);
        away(move || {
            let to = backup.folder().join(RECORDINGS_FOLDER).join(&file);
            let fate = keep(&sha256, &from, before.as_deref(), &to);
            fate.map_err(|cause| io::Error::other(format!("{}: {cause}", from.display())))
        })
        .await
    }
}

/// A link to the file of the backup before where that is still good, else a copy.
fn keep(sha256: &Sha256, from: &Path, before: Option<&Path>, to: &Path) -> io::Result<Fate> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    if before.is_some_and(|before| fs::hard_link(before, to).is_ok()) {
        if let Some(bytes) = good(sha256, to)? {
            return Ok(Fate::Kept(bytes));
        }
        fs::remove_file(to)?;
    }
    match fs::copy(from, to) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Fate::Gone),
        other => other?,
    };
    fs::File::options().write(true).open(to)?.sync_all()?;
    if let Some(bytes) = good(sha256, to)? {
        return Ok(Fate::Kept(bytes));
    }
    fs::remove_file(to)?;
    Ok(Fate::Damaged)
}

fn good(sha256: &Sha256, file: &Path) -> io::Result<Option<u64>> {
    let found = FileDigest::of(file)?;
    Ok((found.sha256 == sha256.to_string()).then_some(found.bytes))
}

impl Copied {
    /// Writes the list of the recordings.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn part(&self, backup: &Path) -> io::Result<RecordingsPart> {
        let lines = self.files.keys().map(|sha256| {
            let file = Path::new(RECORDINGS_FOLDER).join(sha256.file());
            format!("{sha256}  {}\n", file.display())
        });
        let list = backup.join(RECORDINGS);
        fs::write(&list, lines.collect::<String>())?;
        fs::File::options().write(true).open(&list)?.sync_all()?;
        Ok(RecordingsPart {
            file: RECORDINGS.to_owned(),
            list: FileDigest::of(&list)?,
            files: self.files.len() as u64,
            content_bytes: self.files.values().sum(),
            damaged: self.damaged.iter().map(ToString::to_string).collect(),
        })
    }
}

/// Every recording in a folder of a blob store; none where the folder is not there.
pub(super) fn listed(store: &Path) -> io::Result<BTreeSet<Sha256>> {
    let mut found = BTreeSet::new();
    for first in entries(&store.join(WHOLE))? {
        for second in entries(&first)? {
            let files = entries(&second)?.into_iter();
            let names = files.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()));
            found.extend(names.filter_map(|name| name.parse::<Sha256>().ok()));
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(cause)
            if matches!(
                cause.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(cause) => Err(cause),
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// The recordings that the list of a backup names.
///
/// # Errors
/// A list that cannot be read or understood.
pub(super) fn named(backup: &Path, part: &RecordingsPart) -> io::Result<BTreeSet<Sha256>> {
    let text = fs::read_to_string(backup.join(&part.file))?;
    let names = text.lines().map(|line| {
        let name = line.split_whitespace().next().unwrap_or_default();
        let bad = |_| io::Error::other(format!("{name:?} in {} is no SHA-256", part.file));
        name.parse::<Sha256>().map_err(bad)
    });
    names.collect()
}

/// Whether a recording of a backup is as its name says; if not, why.
pub(super) fn fault(backup: &Path, sha256: &Sha256) -> Option<String> {
    match FileDigest::of(&in_backup(backup, sha256)) {
        Err(cause) => Some(format!("{sha256}: {cause}")),
        Ok(found) if found.sha256 != sha256.to_string() => Some(format!(
            "{sha256}: its content has the SHA-256 {}",
            found.sha256
        )),
        Ok(_) => None,
    }
}

/// Brings a recording of a backup back into a blob store. The copy is read again.
///
/// # Errors
/// A file that cannot be read or written, or that is not what its name says.
pub(super) fn bring_back(backup: &Path, sha256: &Sha256, store: &Path) -> io::Result<()> {
    let to = store.join(sha256.file());
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(in_backup(backup, sha256), &to)?;
    fs::File::options().write(true).open(&to)?.sync_all()?;
    match good(sha256, &to)? {
        Some(_) => Ok(()),
        None => Err(io::Error::other(format!("{} is damaged", to.display()))),
    }
}

fn in_backup(backup: &Path, sha256: &Sha256) -> PathBuf {
    backup.join(RECORDINGS_FOLDER).join(sha256.file())
}

/// Does work on files away from the async threads.
pub(super) async fn away<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|cause| Err(io::Error::other(cause)))
}
