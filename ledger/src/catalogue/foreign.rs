//! Databases that are somebody else's: found out before anything is written into them.

use std::fmt;

use super::Catalogue;

/// The table of Alembic, which migrated the database of the earlier storage service.
const ALEMBIC: &str = "alembic_version";

/// What only the tables of the earlier services have.
const EARLIER: [(&str, &str); 2] = [
    ("devices", "index ix_devices_external_id"),
    ("lobbies", "index ix_lobbies_code"),
];

/// So many tables are named.
const SHOWN: usize = 8;

/// A database without a record of our migrations that holds something already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Whose it is.
    pub owner: Owner,
    /// The tables that tell it.
    pub tables: Vec<String>,
}

/// Whose tables a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The earlier services of the same name, in Python.
    EarlierService,
    /// Nobody knows.
    AnotherProgram,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables.iter().take(SHOWN);
        let mut tables = tables.cloned().collect::<Vec<_>>().join(", ");
        if self.tables.len() > SHOWN {
            tables.push_str(", ..");
        }
        match self.owner {
            Owner::EarlierService => write!(
                f,
                "it holds the tables of the earlier service ({tables}), which this program does not take over: name \
                 an empty database"
            ),
            Owner::AnotherProgram => write!(
                f,
                "it holds the tables of another program ({tables}) and no record of our migrations: name an empty \
                 database, or restore a backup if the tables are ours"
            ),
        }
    }
}

impl Catalogue {
    /// Whether `found`, in which no migration of ours is recorded, is somebody else's. Tables that stand beside ours do
    /// no harm.
    pub(crate) fn foreign(&self, found: &Self) -> Option<Foreign> {
        let there = found.tables();
        let has_alembic = there.contains(ALEMBIC);
        let is_marked = EARLIER.iter().any(|(table, item)| found.has(table, item));
        let ours = self.tables();
        let meets = there.intersection(&ours).next().is_some();
        if !(has_alembic || is_marked || meets) {
            return None;
        }
        let owner = if is_marked {
            Owner::EarlierService
        } else {
            Owner::AnotherProgram
        };
        let told: Vec<&str> = if owner == Owner::AnotherProgram && !has_alembic {
            there.intersection(&ours).copied().collect()
        } else {
            there.into_iter().collect()
        };
        Some(Foreign {
            owner,
            tables: told.into_iter().map(str::to_owned).collect(),
        })
    }
}
