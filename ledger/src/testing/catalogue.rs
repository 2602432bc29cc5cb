//! The committed catalogue of a service against what its migrations make, on both databases.

use std::fs;
use std::path::Path;

use super::{databases, panic_on};
use crate::catalogue::Catalogue;
use crate::migrations::Migrations;

/// Set to `write`, the committed texts are made anew.
const SWITCH: &str = "SONALYZE_TEST_CATALOGUE";

/// What stands above the facts.
const HEAD: &str = "# What the migrations make, a line a fact. Never edited: SONALYZE_TEST_CATALOGUE=write makes it, \
    see CONTRIBUTING.md.\n";

/// Migrates a database of each kind and compares what it holds then with the texts in `folder`, which are
/// `postgres.catalogue` and `sqlite.catalogue`. With `SONALYZE_TEST_CATALOGUE=write` they are written instead.
///
/// # Panics
///
/// When a text is not what the migrations make; the message has the lines and the command that writes them.
pub async fn assert_catalogue(migrations: &Migrations, folder: &str) {
    let switch = std::env::var(SWITCH).unwrap_or_default();
    assert!(
        matches!(switch.as_str(), "" | "write"),
        "{SWITCH} is {switch:?}; only \"write\" or nothing is allowed"
    );
    for database in databases().await {
        let pool = &database.pool;
        migrations.up(pool).await.unwrap_or_else(panic_on);
        let made = Catalogue::of(pool).await.unwrap_or_else(panic_on).text();
        let name = format!("{}.catalogue", database.dialect().name());
        let file = Path::new(folder).join(&name);
        let made = format!("{HEAD}{made}");
        if switch == "write" {
            fs::write(&file, made).unwrap_or_else(panic_on);
            continue;
        }
        let kept = fs::read_to_string(&file).unwrap_or_else(panic_on);
        let told = differences(&kept, &made);
        assert!(
            told.is_empty(),
            "{name} is not what the migrations make:\n{}run this test again with {SWITCH}=write",
            told.concat()
        );
        migrations.verify(pool).await.unwrap_or_else(panic_on);
    }
}

/// Lines of one text alone.
fn differences(kept: &str, made: &str) -> Vec<String> {
    let gone = kept
        .lines()
        .filter(|line| !made.lines().any(|other| other == *line));
    let new = made
        .lines()
        .filter(|line| !kept.lines().any(|other| other == *line));
    let gone = gone.map(|line| format!("- {line}\n"));
    gone.chain(new.map(|line| format!("+ {line}\n"))).collect()
}
