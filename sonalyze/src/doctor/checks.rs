//! The data folder, the settings and the databases.

use std::io::Write as _;
use std::path::Path;

use chassis::config::{Config, ConfigFaults, Origin};
use ledger::{DatabaseUrl, MigrationError, Pool};

use super::Check;
use crate::databases::Owner;

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
    let mut checks = Vec::new();
    for owner in Owner::ALL {
        let name = name(owner);
        checks.push(match owner.url(config) {
            Ok(url) => database(name, &url, owner).await,
            Err(error) => Check::fail(name, error.to_string(), "mend the URL of the database"),
        });
    }
    checks
}

const fn name(owner: Owner) -> &'static str {
    match owner {
        Owner::Lobby => "lobby database",
        Owner::Measurement => "measurement database",
        Owner::Storage => "storage database",
    }
}

async fn database(name: &'static str, url: &DatabaseUrl, owner: Owner) -> Check {
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
    let found = owner.migrations().inspect(&pool).await;
    pool.close().await;
    match found.map(|found| (found.migrations.len(), found.verdict())) {
        Err(error) => {
            let remedy = "restore a backup, or use the version that wrote it";
            Check::fail(name, format!("{url}: {error}"), remedy)
        }
        Ok((count, Ok(()))) => Check::ok(name, format!("{url} opens; migrations stand: {count}")),
        Ok((_, Err(MigrationError::Pending { versions }))) => {
            let pending = versions.len();
            let told = format!("{url} opens; migrations that `serve` will apply: {pending}");
            Check::ok(name, told)
        }
        Ok((_, Err(error))) => {
            let remedy = format!(
                "`sonalyze migrate verify {}` tells everything",
                owner.name()
            );
            Check::fail(name, format!("{url}: {error}"), remedy)
        }
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
