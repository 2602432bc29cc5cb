//! The data folder, the settings and the databases.

use std::io::Write as _;
use std::path::Path;

use chassis::config::{Config, ConfigFaults, Origin};
use ledger::{DatabaseUrl, MigrationState, Migrations, Pool};

use super::Check;

/// The database of measurement under its data folder.
const MEASUREMENT_FILE: &str = "measurement.db";

/// Connections while looking at a database.
const CONNECTIONS: u32 = 1;

/// Whether a file can be written in the folder and reaches the disk. A folder that is not there yet can be made where
/// its nearest parent can be written.
pub(super) fn folder(folder: &Path) -> Check {
    let name = "data folder";
    let Some(there) = folder.ancestors().find(|parent| parent.exists()) else {
        return Check::fail(
            name,
            format!("{} cannot be found", folder.display()),
            "choose another one with --data-dir",
        );
    };
    let shown = folder.display();
    match write_through(there) {
        Ok(()) if there == folder => Check::ok(name, format!("{shown} can be written")),
        Ok(()) => Check::ok(
            name,
            format!("{shown} is not there yet; `serve` will make it"),
        ),
        Err(cause) => Check::fail(
            name,
            format!("{} cannot be written: {cause}", there.display()),
            "give yourself the right to write there, free some space, or choose another folder with --data-dir",
        ),
    }
}

/// Every setting that does not have its default, with its origin.
pub(super) fn settings(config: &Config) -> Vec<Check> {
    let changed = config
        .shown()
        .filter(|(_, shown)| !matches!(shown.origin, Origin::Default));
    changed
        .map(|(name, shown)| {
            let value = shown.value.as_deref().unwrap_or("not set");
            Check::ok("setting", format!("{name} = {value} ({})", shown.origin))
        })
        .collect()
}

/// Every fault of the settings.
pub(super) fn faults(faults: &ConfigFaults) -> Vec<Check> {
    let remedy = "mend it there; other checks need the settings and were left out";
    let each = faults.0.iter();
    each.map(|fault| Check::fail("setting", fault.to_string(), remedy))
        .collect()
}

/// Whether each database opens, and its schema is the one of this program.
pub(super) async fn databases(config: &Config) -> Vec<Check> {
    let lobby = config.database_url.as_ref().map(|url| url.expose().parse());
    let own = || {
        Ok(DatabaseUrl::file(
            config.measurement_data_dir.join(MEASUREMENT_FILE),
        ))
    };
    let named = config.measurement_database_url.as_ref();
    let measurement = named.map_or_else(own, |text| text.expose().parse());
    let storage = config.storage_database_url.as_ref();
    let storage = storage.map(|url| url.expose().parse());
    let mut checks = Vec::new();
    for (name, url, migrations) in [
        ("lobby database", lobby, &lobby::MIGRATIONS),
        ("storage database", storage, &storage::MIGRATIONS),
        (
            "measurement database",
            Some(measurement),
            &measurement::MIGRATIONS,
        ),
    ] {
        checks.push(match url {
            Some(Ok(url)) => database(name, &url, migrations).await,
            Some(Err(error)) => {
                Check::fail(name, error.to_string(), "mend the URL of the database")
            }
            None => Check::fail(
                name,
                "no database is named",
                "leave it out or name a database",
            ),
        });
    }
    checks
}

async fn database(name: &'static str, url: &DatabaseUrl, migrations: &Migrations) -> Check {
    if url.path().is_some_and(|path| !path.exists()) {
        return Check::ok(
            name,
            format!("{url} is not there yet; `serve` will make it"),
        );
    }
    let pool = match Pool::open(url, CONNECTIONS).await {
        Ok(pool) => pool,
        Err(error) => {
            let remedy = "move the file away, or name another database";
            return Check::fail(name, error.to_string(), remedy);
        }
    };
    let found = migrations.status(&pool).await;
    pool.close().await;
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let remedy = "restore a backup, or use the version that wrote it";
            return Check::fail(name, format!("{url}: {error}"), remedy);
        }
    };
    let pending = found
        .iter()
        .filter(|one| one.state == MigrationState::Pending)
        .count();
    let strange = found
        .iter()
        .filter(|one| !matches!(one.state, MigrationState::Applied | MigrationState::Pending));
    match (strange.count(), pending) {
        (0, 0) => Check::ok(
            name,
            format!("{url} opens; migrations stand: {}", found.len()),
        ),
        (0, pending) => Check::ok(
            name,
            format!("{url} opens; migrations that `serve` will apply: {pending}"),
        ),
        (strange, _) => Check::fail(
            name,
            format!("{url}: {strange} of its migrations are not those of this program"),
            "use the version that wrote it, or name another database",
        ),
    }
}

/// Writes a file that goes away again, through to the disk.
fn write_through(folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".sonalyze-doctor-")
        .tempfile_in(folder)?;
    file.write_all(b"sonalyze doctor")?;
    file.as_file().sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_folder_can_be_written_or_made_or_not() {
        let home = tempfile::tempdir().unwrap();
        assert!(folder(home.path()).found.ends_with("can be written"));
        let missing = folder(&home.path().join("a/b"));
        assert_eq!(missing.state, State::Ok);
        assert!(!home.path().join("a").exists());
        let file = home.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert_eq!(folder(&file.join("data")).state, State::Fail);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
