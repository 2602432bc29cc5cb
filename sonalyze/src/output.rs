//! Where results go: one file, the standard output, a folder, or a name made from the input's name.
//!
//! A file appears whole or not at all: it is written beside its place and renamed into it.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::exit::Failure;

/// Stands for the input's name without folder and ending.
const STEM: &str = "{stem}";

/// Name of the input that is read from the standard input.
const STDIN_STEM: &str = "stdin";

/// What a person gives as an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `-`
    Stdout,
    /// A file, or a folder that exists or ends with a slash.
    Path(PathBuf),
    /// A path with [`STEM`] in it.
    Pattern(String),
}

/// Where one result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdout,
            pattern if pattern.contains(STEM) => Self::Pattern(pattern.to_owned()),
            path => Self::Path(PathBuf::from(path)),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("-"),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Pattern(pattern) => f.write_str(pattern),
        }
    }
}

impl Target {
    /// Whether this is a folder, to which a file's name is added.
    pub(crate) fn is_folder(&self) -> bool {
        match self {
            Self::Path(path) => {
                path.is_dir()
                    || path
                        .to_string_lossy()
                        .ends_with(['/', std::path::MAIN_SEPARATOR])
            }
            Self::Stdout | Self::Pattern(_) => false,
        }
    }

    /// The ending of the file's name in lower case, where the target gives one.
    pub(crate) fn ending(&self) -> Option<String> {
        let path = match self {
            Self::Path(path) if !self.is_folder() => path.as_path(),
            Self::Pattern(pattern) => Path::new(pattern),
            Self::Path(_) | Self::Stdout => return None,
        };
        Some(path.extension()?.to_string_lossy().to_ascii_lowercase())
    }

    /// Where the result of the input called `stem` goes; `ending` completes the name in a folder.
    pub(crate) fn of(&self, stem: &str, ending: &str) -> Destination {
        match self {
            Self::Stdout => Destination::Stdout,
            Self::Pattern(pattern) => Destination::File(PathBuf::from(pattern.replace(STEM, stem))),
            Self::Path(path) if self.is_folder() => {
                Destination::File(path.join(format!("{stem}.{ending}")))
            }
            Self::Path(path) => Destination::File(path.clone()),
        }
    }
}

impl Destination {
    /// `-` or a path.
    pub(crate) fn single(path: &Path) -> Self {
        if path.as_os_str() == "-" {
            Self::Stdout
        } else {
            Self::File(path.to_path_buf())
        }
    }

    /// Writes all bytes, for a file atomically; folders on the way are made.
    ///
    /// # Errors
    /// Naming the place and the cause. A standard output that nobody reads any more is no error.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match self {
            Self::Stdout => write_stdout(bytes),
            Self::File(path) => write_file(path, bytes),
        };
        written.map_err(|error| Failure::failed(format!("cannot write {self}: {error}")))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("the standard output"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The input's name without folder and ending.
pub(crate) fn stem(input: &Path) -> String {
    if input.as_os_str() == "-" {
        return STDIN_STEM.to_owned();
    }
    input
        .file_stem()
        .unwrap_or(input.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Two results must not go to one place.
///
/// # Errors
/// Naming the place that is wanted twice, and what helps.
pub(crate) fn check_distinct(destinations: &[Destination]) -> Result<(), Failure> {
    for (index, one) in destinations.iter().enumerate() {
        if destinations[..index].contains(one) {
            return Err(Failure::usage(format!(
                "two results would go to {one}; give each its own place, for several files a folder (`results/`) or \
                 a pattern (`{STEM}.json`), and files with different names"
            )));
        }
    }
    Ok(())
}

fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Devices and pipes (`/dev/stdout`) cannot be renamed over, so they are written in place.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path
        .metadata()
        .is_ok_and(|found| !found.is_file() && !found.is_dir())
    {
        return std::fs::write(path, bytes);
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file is private to its owner; a result is as readable as any new file.
#[cfg(unix)]
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new()
        .prefix(".sonalyze-")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".sonalyze-")
        .tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    fn file(path: &str) -> Destination {
        Destination::File(PathBuf::from(path))
    }

    #[test]
    fn targets_name_places() {
        assert_eq!(target("-").of("seat", "json"), Destination::Stdout);
        assert_eq!(target("out.json").of("seat", "json"), file("out.json"));
        assert_eq!(
            target("results/").of("seat", "json"),
            file("results/seat.json")
        );
        assert_eq!(
            target("r/{stem}-x.html").of("seat", "html"),
            file("r/seat-x.html")
        );
    }

    #[test]
    fn an_existing_folder_needs_no_slash() {
        let folder = tempfile::tempdir().unwrap();
        let place = target(folder.path().to_str().unwrap()).of("seat", "csv");
        assert_eq!(place, Destination::File(folder.path().join("seat.csv")));
    }

    #[test]
    fn endings_are_those_of_files() {
        assert_eq!(target("a/b.PNG").ending().as_deref(), Some("png"));
        assert_eq!(target("{stem}.svg").ending().as_deref(), Some("svg"));
        assert_eq!(target("plots.v1/").ending(), None);
        assert_eq!(target("-").ending(), None);
    }

    #[test]
    fn stems_have_neither_folder_nor_ending() {
        assert_eq!(stem(Path::new("a/seat-1.flac")), "seat-1");
        assert_eq!(stem(Path::new("-")), "stdin");
    }

    #[test]
    fn one_place_twice_is_refused() {
        let places = [file("a.json"), file("b.json"), file("a.json")];
        assert!(check_distinct(&places[..2]).is_ok());
        let refused = check_distinct(&places).unwrap_err();
        assert!(refused.to_string().contains("a.json"), "{refused}");
        assert!(check_distinct(&[Destination::Stdout, Destination::Stdout]).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/out.txt");
        Destination::File(path.clone())
            .write(b"first, and longer")
            .unwrap();
        Destination::File(path.clone()).write(b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let refused = Destination::File(folder.path().join("file/out.txt"))
            .write(b"x")
            .unwrap_err();
        assert!(refused.to_string().contains("file/out.txt"), "{refused}");
    }
}
