//! Which database is meant, and whether somebody works with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use chassis::config::{Config, Flags, Origin};
use ledger::{DatabaseUrl, Pool};

use super::Owner;
use crate::cli::PlaceArguments;
use crate::exit::{Failure, whole};
use crate::serve::{PlaceError, ServeError, data_dir, has_lock, settings, take};
use crate::terminal::{QUIET, TITLE};

/// Connections to a database: one looks or migrates.
const CONNECTIONS: u32 = 1;

/// How many folders above a file may be the data folder: measurement has its file in a folder of its own.
const ABOVE: usize = 2;

/// A database of a service.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Whose it is.
    pub(crate) owner: Owner,
    /// Where it is.
    pub(crate) url: DatabaseUrl,
    /// The data folder of the `serve` that uses it; none where the database was named by itself.
    folder: Option<PathBuf>,
}

/// Whether nobody else works with the database.
#[derive(Debug)]
pub(crate) enum Hold {
    /// No `serve` begins to work with it until this ends.
    Held(#[expect(dead_code, reason = "the locks end with the value")] Vec<File>),
    /// One works in this folder.
    Taken(PathBuf),
}

/// Where a `serve` keeps its things, and its settings.
#[derive(Debug)]
pub(crate) struct Home {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// The settings.
    pub(crate) config: Config,
}

/// Where the databases of `owners` are.
///
/// # Errors
/// Settings that cannot be used, or that do not tell which database is meant.
pub(crate) fn places(owners: &[Owner], arguments: &PlaceArguments) -> Result<Vec<Place>, Failure> {
    if let Some(text) = &arguments.database {
        return Ok(vec![named(owners, text)?]);
    }
    let home = home(arguments)?;
    if owners == [Owner::Storage] && arguments.data_dir.is_none() {
        refuse_doubt(&home.config)?;
    }
    let places = owners.iter().map(|owner| Place::at_home(*owner, &home));
    places.collect()
}

/// The data folder and the settings that the arguments name.
///
/// # Errors
/// Settings that cannot be used.
pub(crate) fn home(arguments: &PlaceArguments) -> Result<Home, Failure> {
    let folder = data_dir(arguments.data_dir.as_deref()).map_err(ServeError::from)?;
    let flags = Flags {
        config: arguments.config.clone(),
        ..Flags::default()
    };
    let config = settings(&flags, &folder)?;
    Ok(Home { folder, config })
}

/// The place of one database.
///
/// # Errors
/// As [`places`].
pub(crate) fn place(owner: Owner, arguments: &PlaceArguments) -> Result<Place, Failure> {
    let mut places = places(&[owner], arguments)?;
    places
        .pop()
        .ok_or_else(|| Failure::usage("no service is named"))
}

fn named(owners: &[Owner], text: &str) -> Result<Place, Failure> {
    let [owner] = owners else {
        return Err(Failure::usage(
            "--database names one database, and each service has its own: name the service instead of `all`",
        ));
    };
    let url = text.parse();
    let url = url.map_err(|error| Failure::usage(format!("--database: {error}")))?;
    Ok(Place {
        owner: *owner,
        url: lasting(url)?,
        folder: None,
    })
}

/// `serve` takes `DATABASE_URL` for the lobby, the program `storage` for storage. Where it is set and nothing says
/// which of them is meant, half of the guesses would be another database than the one in use.
fn refuse_doubt(config: &Config) -> Result<(), Failure> {
    let is_set = |wanted: &str| {
        let mut shown = config.shown();
        shown.any(|(name, shown)| {
            name == wanted && !matches!(shown.origin, Origin::Default | Origin::Process)
        })
    };
    if is_set("STORAGE_DATABASE_URL") || !is_set("DATABASE_URL") {
        return Ok(());
    }
    Err(Failure::usage(
        "DATABASE_URL is set, which is storage's for the program `storage` and the lobby's for `sonalyze serve`: name \
         the database with --database URL, or the data folder of `serve` with --data-dir DIR",
    ))
}

fn lasting(url: DatabaseUrl) -> Result<DatabaseUrl, Failure> {
    if url.is_postgres() || url.path().is_some() {
        return Ok(url);
    }
    Err(Failure::usage(format!(
        "{url} is empty at every start: name a file (sqlite:PATH) or a server (postgresql://..)"
    )))
}

/// Keeps every `serve` away that would work with one of the databases.
///
/// # Errors
/// A data folder that cannot be written, unless the database is elsewhere.
pub(crate) fn hold_all(places: &[Place]) -> Result<Hold, Failure> {
    let mut folders = BTreeMap::new();
    for place in places {
        for folder in place.folders() {
            let is_needed = folders.entry(folder).or_insert(false);
            *is_needed |= !place.url.is_postgres();
        }
    }
    let mut locks = Vec::new();
    for (folder, is_needed) in folders {
        match take(&folder) {
            Ok(lock) => locks.push(lock),
            Err(PlaceError::Taken { folder }) => return Ok(Hold::Taken(folder)),
            Err(PlaceError::Unusable { .. } | PlaceError::NoHome) if !is_needed => {}
            Err(error) => return Err(ServeError::from(error).into()),
        }
    }
    Ok(Hold::Held(locks))
}

impl Place {
    /// The database of a service as the settings of a `serve` have it.
    ///
    /// # Errors
    /// A setting that names no database, or one that does not last.
    pub(crate) fn at_home(owner: Owner, home: &Home) -> Result<Self, Failure> {
        let url = owner
            .url(&home.config)
            .map_err(|error| Failure::usage(format!("{}: {error}", owner.variable())))?;
        Ok(Self {
            owner,
            url: lasting(url)?,
            folder: Some(home.folder.clone()),
        })
    }

    /// Its line above what is told of it.
    pub(crate) fn head(&self) -> String {
        let Self { owner, url, .. } = self;
        format!("{TITLE}{}{TITLE:#}  {QUIET}{url}{QUIET:#}\n", owner.name())
    }

    /// Whether there is something to open: a server, or a file that is there.
    pub(crate) fn is_there(&self) -> bool {
        self.url.path().is_none_or(Path::exists)
    }

    /// Opens it; a file that is not there is made.
    ///
    /// # Errors
    /// What the server or the file said.
    pub(crate) async fn open(&self) -> Result<Pool, Failure> {
        let opened = Pool::open(&self.url, CONNECTIONS).await;
        opened.map_err(|error| Failure::failed(format!("{}: {}", self.owner.name(), whole(&error))))
    }

    /// What failed with it.
    pub(crate) fn failed(&self, cause: &str) -> Failure {
        Failure::failed(format!("{} in {}: {cause}", self.owner.name(), self.url))
    }

    /// Keeps every `serve` away that would work with it.
    ///
    /// # Errors
    /// As [`hold_all`].
    pub(crate) fn hold(&self) -> Result<Hold, Failure> {
        hold_all(std::slice::from_ref(self))
    }

    /// The data folders that a `serve` with this database would hold, each once.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let file = self.url.path().map(absolute);
        let above = file
            .iter()
            .flat_map(|file| file.ancestors().skip(1).take(ABOVE));
        let above = above
            .filter(|folder| has_lock(folder))
            .map(Path::to_path_buf);
        let own = self.folder.clone().filter(|folder| {
            folder.is_dir() || file.as_ref().is_some_and(|file| file.starts_with(folder))
        });
        above.chain(own).map(|folder| absolute(&folder)).collect()
    }
}

/// The path without links, as far as it is there: one folder has one lock.
fn absolute(path: &Path) -> PathBuf {
    let found = path.canonicalize().or_else(|_| std::path::absolute(path));
    found.unwrap_or_else(|_| path.to_path_buf())
}
