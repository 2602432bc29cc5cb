//! The databases of `serve`, one for each service that has tables: where the settings put it, and its migrations.

mod place;

use chassis::config::Config;
use chassis::token::Secret;
use ledger::{DatabaseUrl, Migrations, UrlError};
use serde::{Deserialize, Serialize};

use crate::cli::{ServiceName, ServiceNames};

pub(crate) use place::{Hold, Home, Place, hold_all, home, place, places};

/// The database of measurement under its data folder.
const MEASUREMENT_FILE: &str = "measurement.db";

/// Whose database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Owner {
    /// The lobby.
    Lobby,
    /// Measurement.
    Measurement,
    /// Storage.
    Storage,
}

impl Owner {
    /// All of them, as `doctor` lists them.
    pub(crate) const ALL: [Self; 3] = [Self::Lobby, Self::Storage, Self::Measurement];

    /// The name of the service, which is that of its folder among the sources.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lobby => "lobby",
            Self::Measurement => "measurement",
            Self::Storage => "storage",
        }
    }

    /// The setting of `serve` that names the database.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Lobby => "DATABASE_URL",
            Self::Measurement => "MEASUREMENT_DATABASE_URL",
            Self::Storage => "STORAGE_DATABASE_URL",
        }
    }

    /// The history of its schema.
    pub(crate) const fn migrations(self) -> &'static Migrations {
        match self {
            Self::Lobby => &lobby::MIGRATIONS,
            Self::Measurement => &measurement::MIGRATIONS,
            Self::Storage => &storage::MIGRATIONS,
        }
    }

    /// Where the settings of a `serve` put it.
    ///
    /// # Errors
    /// A setting that names no database.
    pub(crate) fn url(self, config: &Config) -> Result<DatabaseUrl, UrlError> {
        let named = |url: Option<&Secret>| url.map_or("", |url| url.expose()).parse();
        match self {
            Self::Lobby => named(config.database_url.as_ref()),
            Self::Storage => named(config.storage_database_url.as_ref()),
            Self::Measurement if config.measurement_database_url.is_none() => Ok(
                DatabaseUrl::file(config.measurement_data_dir.join(MEASUREMENT_FILE)),
            ),
            Self::Measurement => named(config.measurement_database_url.as_ref()),
        }
    }
}

impl From<ServiceName> for Owner {
    fn from(name: ServiceName) -> Self {
        match name {
            ServiceName::Lobby => Self::Lobby,
            ServiceName::Measurement => Self::Measurement,
            ServiceName::Storage => Self::Storage,
        }
    }
}

impl ServiceNames {
    /// Whose databases are meant.
    pub(crate) fn owners(self) -> Vec<Owner> {
        match self {
            Self::Lobby => vec![Owner::Lobby],
            Self::Measurement => vec![Owner::Measurement],
            Self::Storage => vec![Owner::Storage],
            Self::All => Owner::ALL.to_vec(),
        }
    }
}
