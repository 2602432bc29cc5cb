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
        let told = on(&database, 1, &["verify", "storage"]);
        assert!(told.contains("are not applied"), "{told}");
        let told = on(&database, 0, &["up", "storage"]);
        assert!(
            told.contains("1  entities applied") && told.contains("2  documents applied"),
            "{told}"
        );
        let told = on(&database, 0, &["up", "storage"]);
        assert!(told.contains("nothing to apply"), "{told}");
        let status = on(&database, 0, &["status", "storage", "--json"]);
        assert!(all_are(&states(&status), "applied"), "{status}");
        let told = on(&database, 0, &["verify", "storage"]);
        assert!(told.contains("as the migrations make it"), "{told}");
        let told = on(&database, 0, &["down", "storage", "--to", "1", "--yes"]);
        assert!(told.contains("2  documents taken back"), "{told}");
        let told = on(&database, 0, &["status", "storage"]);
        assert!(
            told.contains("1  entities     applied") && told.contains("2  documents    pending"),
            "{told}"
        );
        on(&database, 0, &["down", "storage", "--to", "0", "--yes"]);
        let told = on(&database, 0, &["down", "storage", "--to", "0", "--yes"]);
        assert!(told.contains("nothing to take back"), "{told}");
    }
}

#[tokio::test]
async fn what_is_missing_and_what_was_added_is_listed() {
    for database in databases().await {
        on(&database, 0, &["up", "storage"]);
        database
            .alter("DROP INDEX documents_status; CREATE TABLE audit (id integer)")
            .await;
        let told = on(&database, 1, &["verify", "storage"]);
        assert!(
            told.contains("FAIL  documents: index documents_status is missing"),
            "{told}"
        );
        assert!(told.contains("extra audit table"), "{told}");
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
        let told = on(&database, 1, &["up", "storage"]);
        assert!(told.contains("index documents_status is missing"), "{told}");
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_named_and_left_alone() {
    for database in databases().await {
        database
            .alter("CREATE TABLE alembic_version (version_num varchar(32))")
            .await;
        for words in [&["up", "lobby"][..], &["verify", "lobby"]] {
            let told = on(&database, 1, words);
            assert!(told.contains("another program (alembic_version)"), "{told}");
        }
        let told = on(&database, 1, &["down", "lobby", "--to", "0", "--yes"]);
        assert!(!told.contains("taken back"), "{told}");
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
    let told = within(&folder, 0, &["status", "all"]);
    assert!(told.contains("the file is not there"), "{told}");
    assert!(
        told.contains("lobby.db") && told.contains("storage.db") && told.contains("measurement.db"),
        "{told}"
    );
    let told = within(&folder, 1, &["verify", "all"]);
    assert!(told.contains("the file is not there"), "{told}");
    let told = within(&folder, 1, &["down", "storage", "--to", "0", "--yes"]);
    assert!(told.contains("the file is not there"), "{told}");
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
    let told = on(&database, 2, &["down", "lobby", "--to", "0"]);
    assert!(told.contains("say --yes"), "{told}");
    let told = on(&database, 2, &["down", "lobby", "--yes"]);
    assert!(told.contains("--to"), "{told}");
    let told = on(&database, 2, &["down", "lobby", "--to", "99", "--yes"]);
    assert!(told.contains("1 lobby"), "{told}");
    on(&database, 0, &["verify", "lobby"]);
}

#[test]
fn a_schema_in_use_is_not_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(home.path());
    let file = format!("sqlite:{}", home.path().join("storage.db").display());
    let named = ["--database", file.as_str()];
    for service in ["lobby", "storage", "measurement"] {
        let told = within(home.path(), 1, &["down", service, "--to", "0", "--yes"]);
        assert!(told.contains("a `sonalyze serve` works in"), "{told}");
    }
    let down = ["down", "storage", "--to", "0", "--yes"];
    let told = ended(&migrate(&[&down, &named[..]].concat()), 1);
    assert!(told.contains("a `sonalyze serve` works in"), "{told}");
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
    let told = ended(&in_doubt(&["up", "storage"]), 2);
    assert!(
        told.contains("--database") && told.contains("--data-dir"),
        "{told}"
    );
    assert!(!home.path().join("x.db").exists());
    let told = ended(&in_doubt(&["up", "lobby"]), 0);
    assert!(told.contains("x.db"), "{told}");
}

#[test]
fn one_database_is_not_everybodys_and_one_in_memory_is_nobodys() {
    let told = ended(&migrate(&["up", "all", "--database", "sqlite:x.db"]), 2);
    assert!(told.contains("instead of `all`"), "{told}");
    let told = ended(
        &migrate(&["up", "lobby", "--database", "sqlite::memory:"]),
        2,
    );
    assert!(told.contains("empty at every start"), "{told}");
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
    let told = ended(&new("queue_items", "storage", &folder), 0);
    assert!(
        told.contains("SONALYZE_TEST_CATALOGUE=write cargo test -p storage"),
        "{told}"
    );
    for file in [
        "postgres/0003_queue_items.up.sql",
        "sqlite/0003_queue_items.down.sql",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let told = ended(&new("Queue-Items", "storage", &folder), 2);
    assert!(told.contains("\"Queue-Items\""), "{told}");
    let told = ended(&new("queue_items", "lobby", &folder), 2);
    assert!(told.contains("not in the sources"), "{told}");
}
