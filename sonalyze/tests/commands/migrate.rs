//! `sonalyze migrate`: what it does, what it refuses, and what it leaves alone.

use std::path::Path;
use std::process::{Output, Stdio};

use ledger::testing::{Database, databases, sqlite};
use serde_json::Value;

use crate::process::{Serving, sonalyze, told};

fn migrate(words: &[&str]) -> Output {
    let mut command = sonalyze(&["migrate"]);
    command.args(words).stdin(Stdio::null()).output().unwrap()
}

/// Demands the exit code; gives what was printed, and what was said on the standard error behind it.
fn ended(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stdout.clone()).unwrap() + &told(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// Demands that a text has all of these parts.
fn has(told: &str, parts: &[&str]) {
    let missing: Vec<&&str> = parts.iter().filter(|part| !told.contains(**part)).collect();
    assert!(missing.is_empty(), "{missing:?} is missing in: {told}");
}

/// Runs the command on one database.
fn on(database: &Database, code: i32, words: &[&str]) -> String {
    let place = ["--database", &database.address];
    ended(&migrate(&[words, &place].concat()), code)
}

/// Runs the command on the databases of a data folder.
fn within(folder: &Path, code: i32, words: &[&str]) -> String {
    let place = ["--data-dir", folder.to_str().unwrap()];
    ended(&migrate(&[words, &place].concat()), code)
}

fn states(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let migrations = report["services"][0]["migrations"].as_array().unwrap();
    let each = migrations.iter().map(|one| one["state"].as_str().unwrap());
    each.map(str::to_owned).collect()
}

fn all_are(found: &[String], state: &str) -> bool {
    found.len() > 1 && found.iter().all(|one| one == state)
}

#[tokio::test]
async fn a_schema_goes_up_is_verified_and_goes_down_on_both_databases() {
    for database in databases().await {
        let status = on(&database, 0, &["status", "storage", "--json"]);
        assert!(all_are(&states(&status), "pending"), "{status}");
        has(
            &on(&database, 1, &["verify", "storage"]),
            &["are not applied"],
        );
        has(
            &on(&database, 0, &["up", "storage"]),
            &["1  entities applied", "2  documents applied"],
        );
        has(&on(&database, 0, &["up", "storage"]), &["nothing to apply"]);
        let after = on(&database, 0, &["status", "storage", "--json"]);
        assert!(all_are(&states(&after), "applied"), "{after}");
        has(
            &on(&database, 0, &["verify", "storage"]),
            &["as the migrations make it"],
        );
        has(
            &on(&database, 0, &["down", "storage", "--to", "1", "--yes"]),
            &["2  documents taken back"],
        );
        has(
            &on(&database, 0, &["status", "storage"]),
            &["1  entities     applied", "2  documents    pending"],
        );
        on(&database, 0, &["down", "storage", "--to", "0", "--yes"]);
        has(
            &on(&database, 0, &["down", "storage", "--to", "0", "--yes"]),
            &["nothing to take back"],
        );
    }
}

#[tokio::test]
async fn what_is_missing_and_what_was_added_is_listed() {
    for database in databases().await {
        on(&database, 0, &["up", "storage"]);
        database
            .alter("DROP INDEX documents_status; CREATE TABLE audit (id integer)")
            .await;
        let parts = [
            "FAIL  documents: index documents_status is missing",
            "extra audit table",
        ];
        has(&on(&database, 1, &["verify", "storage"]), &parts);
        let report: Value =
            serde_json::from_str(&on(&database, 1, &["verify", "storage", "--json"])).unwrap();
        assert_eq!(
            (&report["schema"], &report["ok"]),
            (&"sonalyze.migrate/1".into(), &false.into())
        );
        let found = &report["services"][0];
        assert_eq!(found["faults"][0]["problem"], "missing", "{found}");
        assert_eq!(
            found["faults"][0]["expected"], "(status, created_at, id)",
            "{found}"
        );
        assert_eq!(found["extra"][0], "audit table", "{found}");
        has(
            &on(&database, 1, &["up", "storage"]),
            &["index documents_status is missing"],
        );
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_named_and_left_alone() {
    for database in databases().await {
        database
            .alter("CREATE TABLE alembic_version (version_num varchar(32))")
            .await;
        for words in [&["up", "lobby"][..], &["verify", "lobby"]] {
            has(
                &on(&database, 1, words),
                &["another program (alembic_version)"],
            );
        }
        let down = on(&database, 1, &["down", "lobby", "--to", "0", "--yes"]);
        has(&down, &["another program (alembic_version)"]);
    }
}

#[tokio::test]
async fn a_password_is_not_shown() {
    let address = "postgresql://somebody:geheim@127.0.0.1:1/nothing";
    let output = migrate(&["status", "lobby", "--database", address]);
    let told = ended(&output, 1);
    assert!(
        told.contains("somebody@127.0.0.1:1/nothing") && !told.contains("geheim"),
        "{told}"
    );
}

#[test]
fn who_only_looks_makes_no_file() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    let parts = [
        "the file is not there",
        "lobby.db",
        "storage.db",
        "measurement.db",
    ];
    has(&within(&folder, 0, &["status", "all"]), &parts);
    has(
        &within(&folder, 1, &["verify", "all"]),
        &["the file is not there"],
    );
    has(
        &within(&folder, 1, &["down", "storage", "--to", "0", "--yes"]),
        &["the file is not there"],
    );
    assert!(!folder.exists());
}

#[test]
fn all_databases_of_a_data_folder_are_made_and_verified() {
    let home = tempfile::tempdir().unwrap();
    within(home.path(), 0, &["up", "all"]);
    for file in ["lobby.db", "storage.db", "measurement/measurement.db"] {
        assert!(home.path().join(file).is_file(), "{file}");
    }
    let told = within(home.path(), 0, &["verify", "all"]);
    assert_eq!(
        told.matches("as the migrations make it").count(),
        3,
        "{told}"
    );
    let _serving = Serving::start(home.path());
}

#[tokio::test]
async fn rows_are_not_lost_without_a_word() {
    let database = sqlite().await;
    on(&database, 0, &["up", "lobby"]);
    has(
        &on(&database, 2, &["down", "lobby", "--to", "0"]),
        &["say --yes"],
    );
    has(&on(&database, 2, &["down", "lobby", "--yes"]), &["--to"]);
    has(
        &on(&database, 2, &["down", "lobby", "--to", "99", "--yes"]),
        &["1 lobby"],
    );
    on(&database, 0, &["verify", "lobby"]);
}

#[test]
fn a_schema_in_use_is_not_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(home.path());
    let file = format!("sqlite:{}", home.path().join("storage.db").display());
    let named = ["--database", file.as_str()];
    for service in ["lobby", "storage", "measurement"] {
        has(
            &within(home.path(), 1, &["down", service, "--to", "0", "--yes"]),
            &["a `sonalyze serve` works in"],
        );
    }
    let down = ["down", "storage", "--to", "0", "--yes"];
    has(
        &ended(&migrate(&[&down, &named[..]].concat()), 1),
        &["a `sonalyze serve` works in"],
    );
    let told = within(home.path(), 0, &["up", "all"]);
    assert_eq!(told.matches("nothing to apply").count(), 3, "{told}");
    within(home.path(), 0, &["verify", "all"]);
    assert_eq!(serving.terminate().code(), Some(0));
    within(home.path(), 0, &down);
}

#[test]
fn a_database_url_that_may_be_anybodys_is_asked_about() {
    let home = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", home.path().join("x.db").display());
    let in_doubt = |words: &[&str]| {
        let mut command = sonalyze(&["migrate"]);
        command
            .args(words)
            .env("DATABASE_URL", &file)
            .env("HOME", home.path());
        command.current_dir(home.path()).output().unwrap()
    };
    has(
        &ended(&in_doubt(&["up", "storage"]), 2),
        &["--database", "--data-dir"],
    );
    assert!(!home.path().join("x.db").exists());
    has(&ended(&in_doubt(&["up", "lobby"]), 0), &["x.db"]);
}

#[test]
fn one_database_is_not_everybodys_and_one_in_memory_is_nobodys() {
    has(
        &ended(&migrate(&["up", "all", "--database", "sqlite:x.db"]), 2),
        &["instead of `all`"],
    );
    let in_memory = migrate(&["up", "lobby", "--database", "sqlite::memory:"]);
    has(&ended(&in_memory, 2), &["empty at every start"]);
}

#[test]
fn a_new_migration_has_the_next_number_in_four_files() {
    let sources = tempfile::tempdir().unwrap();
    std::fs::write(sources.path().join("Cargo.toml"), "").unwrap();
    let folder = sources.path().join("storage/migrations");
    for database in ["postgres", "sqlite"] {
        std::fs::create_dir_all(folder.join(database)).unwrap();
        std::fs::write(folder.join(database).join("0002_documents.up.sql"), "").unwrap();
    }
    let new = |name: &str, service: &str, place: &Path| {
        let mut command = sonalyze(&["migrate", "new", name, service]);
        command.current_dir(place).output().unwrap()
    };
    has(
        &ended(&new("queue_items", "storage", &folder), 0),
        &["SONALYZE_TEST_CATALOGUE=write cargo test -p storage"],
    );
    for file in [
        "postgres/0003_queue_items.up.sql",
        "sqlite/0003_queue_items.down.sql",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    has(
        &ended(&new("Queue-Items", "storage", &folder), 2),
        &["\"Queue-Items\""],
    );
    has(
        &ended(&new("queue_items", "lobby", &folder), 2),
        &["not in the sources"],
    );
}
