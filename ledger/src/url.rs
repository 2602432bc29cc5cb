//! Where a database is: every spelling that deployments of Sonalyze use, and never a password in a log.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnectOptions;

/// The spellings, for messages.
const ALLOWED: &str = "postgresql://user:password@host:5432/name (also postgres:// and postgresql+asyncpg://), \
    sqlite:PATH, sqlite:///RELATIVE/PATH, sqlite:////ABSOLUTE/PATH (also sqlite+aiosqlite:///), sqlite::memory:";

/// Drivers of other languages that a URL may name behind a `+`; they change nothing.
const POSTGRES_SCHEMES: [&str; 5] = [
    "postgresql",
    "postgres",
    "postgresql+asyncpg",
    "postgresql+psycopg",
    "postgresql+psycopg2",
];
const SQLITE_SCHEMES: [&str; 3] = ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"];

/// Counts the databases in memory of this process, so that each URL means its own.
static IN_MEMORY: AtomicU64 = AtomicU64::new(1);

/// Where a database is. `Debug` and `Display` show no password.
///
/// Paths behind `sqlite:` follow the rule of the deployments there are: `sqlite:///x.db` is relative to the working
/// folder, `sqlite:////x.db` is absolute, `sqlite:x.db` and `sqlite:/x.db` mean what stands behind the colon. Behind
/// the path may stand `?durability=normal`: commits are not forced to the disk one by one, so that a loss of power may
/// take the last of them back. `?durability=full` is what is meant without it.
#[derive(Clone)]
pub struct DatabaseUrl(pub(crate) Place);

#[derive(Clone)]
pub(crate) enum Place {
    Postgres(Box<PgConnectOptions>),
    File(PathBuf, Durability),
    /// A name within the process; clones of one URL share the database.
    Memory(String),
}

/// What a commit of `SQLite` has survived when it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A loss of power: the log is forced to the disk.
    Full,
    /// The end of the process. A loss of power, or of the system, may take the last commits back, whole and the latest
    /// first; the file stays a good one.
    Normal,
}

/// Why a text is no place of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No scheme, or one of another database. Only the scheme is shown: the rest may hold a password.
    #[error("the database URL begins with {found:?}; allowed are {ALLOWED}")]
    Scheme {
        /// What stood before the first colon, or nothing.
        found: String,
    },
    /// The part behind `postgresql:` is not understood.
    #[error("the database URL of PostgreSQL is not understood: {reason}; allowed are {ALLOWED}")]
    Postgres {
        /// What the driver said; without the URL.
        reason: String,
    },
    /// The part behind `sqlite:` is not understood.
    #[error("the database URL of SQLite is not understood: {reason}; allowed are {ALLOWED}")]
    Sqlite {
        /// What is wrong, with the value seen.
        reason: String,
    },
}

impl DatabaseUrl {
    /// A file of `SQLite`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into(), Durability::Full))
    }

    /// A fresh database of `SQLite` in memory, shared by the clones of this value.
    pub fn memory() -> Self {
        let number = IN_MEMORY.fetch_add(1, Ordering::Relaxed);
        Self(Place::Memory(format!("/ledger-{number}")))
    }

    /// The file of a database of `SQLite`; none for `PostgreSQL` and for one in memory.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path, _) => Some(path),
            Place::Postgres(_) | Place::Memory(_) => None,
        }
    }

    /// Whether this is a server, which several processes may share.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Place::Postgres(_))
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(UrlError::Scheme {
                found: String::new(),
            });
        };
        let lower = scheme.to_ascii_lowercase();
        if POSTGRES_SCHEMES.contains(&lower.as_str()) {
            postgres(rest)
        } else if SQLITE_SCHEMES.contains(&lower.as_str()) {
            sqlite(rest)
        } else {
            Err(UrlError::Scheme {
                found: scheme.chars().take(32).collect(),
            })
        }
    }
}

fn postgres(rest: &str) -> Result<DatabaseUrl, UrlError> {
    if !rest.starts_with("//") {
        return Err(UrlError::Postgres {
            reason: "`//` is missing behind the scheme".to_owned(),
        });
    }
    // Drivers of Python spell the mode of TLS `ssl`.
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut url = format!("postgres:{address}");
    for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        match pair.strip_prefix("ssl=") {
            Some(mode) => {
                url.push_str("sslmode=");
                url.push_str(mode);
            }
            None => url.push_str(pair),
        }
    }
    let options: PgConnectOptions =
        url.parse()
            .map_err(|error: sqlx::Error| UrlError::Postgres {
                reason: bare(&error),
            })?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err(UrlError::Postgres {
            reason: "the name of the database is missing".to_owned(),
        });
    }
    Ok(DatabaseUrl(Place::Postgres(Box::new(options))))
}

/// What the driver said about a URL, without its own prefix.
fn bare(error: &sqlx::Error) -> String {
    if let sqlx::Error::Configuration(cause) = error {
        cause.to_string()
    } else {
        error.to_string()
    }
}

fn sqlite(rest: &str) -> Result<DatabaseUrl, UrlError> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let durability = durability(query)?;
    let path = match place.strip_prefix("//") {
        None => place,
        Some("") => return Ok(DatabaseUrl::memory()),
        Some(behind) => behind.strip_prefix('/').ok_or_else(|| UrlError::Sqlite {
            reason: format!(
                "{behind:?} stands where a host would: two slashes are too few or too many"
            ),
        })?,
    };
    match path {
        ":memory:" => Ok(DatabaseUrl::memory()),
        "" => Err(UrlError::Sqlite {
            reason: "the path is missing".to_owned(),
        }),
        path => Ok(DatabaseUrl(Place::File(path.into(), durability))),
    }
}

fn durability(query: &str) -> Result<Durability, UrlError> {
    match query {
        "" | "durability=full" => Ok(Durability::Full),
        "durability=normal" => Ok(Durability::Normal),
        other => Err(UrlError::Sqlite {
            reason: format!(
                "{other:?} behind the path; a file may have durability=full or durability=normal there, nothing else"
            ),
        }),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path, Durability::Full) => write!(f, "sqlite:{}", path.display()),
            Place::File(path, Durability::Normal) => {
                write!(f, "sqlite:{}?durability=normal", path.display())
            }
            Place::Memory(_) => f.write_str("sqlite::memory:"),
            Place::Postgres(options) => {
                let (user, name) = (
                    options.get_username(),
                    options.get_database().unwrap_or_default(),
                );
                let (host, port) = (options.get_host(), options.get_port());
                write!(f, "postgresql://{user}@{host}:{port}/{name}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseUrl, Place};

    fn shown(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap().to_string()
    }

    #[test]
    fn every_spelling_of_postgres_is_one_place() {
        for scheme in ["postgresql+asyncpg", "postgresql", "postgres", "POSTGRESQL"] {
            let text = format!("{scheme}://lobby:gehei%40m@db:5433/lobby?ssl=disable");
            assert_eq!(shown(&text), "postgresql://lobby@db:5433/lobby");
        }
    }

    #[test]
    fn every_spelling_of_sqlite_is_a_path() {
        for (text, path) in [
            ("sqlite+aiosqlite:///./x.db", "sqlite:./x.db"),
            ("sqlite:///data/x.db", "sqlite:data/x.db"),
            ("sqlite:////data/x.db", "sqlite:/data/x.db"),
            ("sqlite:x.db", "sqlite:x.db"),
            ("sqlite:/data/x y.db", "sqlite:/data/x y.db"),
            ("sqlite:x.db?durability=full", "sqlite:x.db"),
            (
                "sqlite+aiosqlite:///x.db?durability=normal",
                "sqlite:x.db?durability=normal",
            ),
        ] {
            assert_eq!(shown(text), path);
        }
        for text in [
            "sqlite::memory:",
            "sqlite://",
            "sqlite+aiosqlite:///:memory:",
        ] {
            assert!(
                matches!(text.parse::<DatabaseUrl>().unwrap().0, Place::Memory(_)),
                "{text}"
            );
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        let url: DatabaseUrl = "postgres://lobby:geheim@db/lobby".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("geheim"));
        for text in [
            "postgres://lobby:geheim@db:99999/lobby",
            "postgres://lobby:geheim@/",
            "mysql://a:geheim@db",
        ] {
            let refused = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(
                !format!("{refused} {refused:?}").contains("geheim"),
                "{refused}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_what_is_allowed() {
        for (text, part) in [
            ("mysql://db/x", "\"mysql\""),
            ("x.db", "begins with \"\""),
            ("sqlite://x.db", "\"x.db\""),
            ("sqlite:", "path is missing"),
            ("sqlite:x.db?mode=ro", "mode=ro"),
            ("sqlite:x.db?durability=none", "durability=normal"),
            ("postgres:lobby", "`//` is missing"),
            ("postgres://db:99999/lobby", "port"),
        ] {
            let refused = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(
                refused.contains(part) && refused.contains("postgresql://user"),
                "{text}: {refused}"
            );
        }
    }
}
