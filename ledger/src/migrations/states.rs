//! Where each migration stands, from what a database has on record and what a binary knows.

use std::collections::BTreeMap;

use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, Migrator};

use super::{MigrationError, MigrationState, MigrationStatus};
use crate::catalogue::{Catalogue, HISTORY};
use crate::error::DbError;

/// What is on record; nothing where there is none yet. It writes nothing.
pub(super) async fn applied<C>(
    connection: &mut C,
    found: &Catalogue,
) -> Result<Vec<AppliedMigration>, MigrationError>
where
    C: Migrate,
{
    if !found.has_history() {
        return Ok(Vec::new());
    }
    let applied = connection.list_applied_migrations(HISTORY).await;
    applied.map_err(plain)
}

/// Every migration of the binary and of the database, by version.
pub(super) fn states(applied: &[AppliedMigration], migrator: &Migrator) -> Vec<MigrationStatus> {
    let mut states: BTreeMap<i64, MigrationStatus> = ups(migrator)
        .map(|one| (one.version, status(one, MigrationState::Pending)))
        .collect();
    for found in applied {
        let state = match ups(migrator).find(|one| one.version == found.version) {
            Some(one) if one.checksum == found.checksum => status(one, MigrationState::Applied),
            Some(one) => status(one, MigrationState::Changed),
            None => MigrationStatus {
                version: found.version,
                description: String::new(),
                state: MigrationState::Unknown,
            },
        };
        states.insert(found.version, state);
    }
    states.into_values().collect()
}

pub(super) fn ups(migrator: &Migrator) -> impl Iterator<Item = &Migration> {
    migrator
        .iter()
        .filter(|one| one.migration_type.is_up_migration())
}

fn status(migration: &Migration, state: MigrationState) -> MigrationStatus {
    let description = migration.description.clone().into_owned();
    MigrationStatus {
        version: migration.version,
        description,
        state,
    }
}

/// The down files of every applied migration above `target`, the newest first.
pub(super) fn ways_down<'m>(
    migrator: &'m Migrator,
    states: &[MigrationStatus],
    target: i64,
) -> Result<Vec<&'m Migration>, MigrationError> {
    let applied = states
        .iter()
        .rev()
        .filter(|one| one.state == MigrationState::Applied);
    applied
        .filter(|one| one.version > target)
        .map(|one| {
            let mut downs = migrator
                .iter()
                .filter(|down| down.migration_type.is_down_migration());
            downs
                .find(|down| down.version == one.version)
                .ok_or(MigrationError::NoWayDown {
                    version: one.version,
                })
        })
        .collect()
}

/// An error of the driver outside of any migration.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list of sqlx is open (non_exhaustive)"
)]
pub(super) fn plain(error: MigrateError) -> MigrationError {
    match error {
        MigrateError::Execute(error) => DbError::from(error).into(),
        other => DbError::from(sqlx::Error::Migrate(Box::new(other))).into(),
    }
}

pub(super) fn pending(states: &[MigrationStatus]) -> Vec<i64> {
    let pending = states
        .iter()
        .filter(|one| one.state == MigrationState::Pending);
    pending.map(|one| one.version).collect()
}

pub(super) fn refuse_strangers(states: &[MigrationStatus]) -> Result<(), MigrationError> {
    let newest = states
        .iter()
        .filter(|one| one.state != MigrationState::Unknown);
    let newest = newest.map(|one| one.version).max().unwrap_or(0);
    for one in states {
        match one.state {
            MigrationState::Unknown => {
                return Err(MigrationError::Newer {
                    found: one.version,
                    newest,
                });
            }
            MigrationState::Changed => {
                let description = one.description.clone();
                return Err(MigrationError::Changed {
                    version: one.version,
                    description,
                });
            }
            MigrationState::Applied | MigrationState::Pending => {}
        }
    }
    Ok(())
}
