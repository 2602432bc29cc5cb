//! `sonalyze backup`, `verify`, `restore` and `maintain`, on a server at work and on both databases.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use chassis::blobs::Sha256;
use ledger::testing::{databases, postgres, sqlite};
use serde_json::{Value, json};
use sha2::Digest as _;
use tempfile::TempDir;

use crate::process::{Running, Serving, serve, sonalyze, told, until};

fn run(words: &[&str]) -> Output {
    sonalyze(words).stdin(Stdio::null()).output().unwrap()
}

/// Demands the exit code; gives what was printed, and what was said on the standard error behind it.
fn ended(words: &[&str], code: i32) -> String {
    let output = run(words);
    let said = String::from_utf8(output.stdout.clone()).unwrap() + &told(&output);
    assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Makes a backup and gives what it says of itself.
fn made(words: &[&str], code: i32) -> Value {
    let output = run(&[&["backup", "--json"], words].concat());
    assert_eq!(output.status.code(), Some(code), "{}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn folder_of(report: &Value) -> PathBuf {
    PathBuf::from(report["backup"].as_str().unwrap())
}

/// The file of a recording within the folder of a blob store.
fn place_of(content: &str) -> PathBuf {
    Sha256(sha2::Sha256::digest(content).into()).file()
}

/// A recording in a data folder, put there as the service does; gives its file.
fn recording(home: &Path, content: &str) -> PathBuf {
    let file = home.join("measurement/blobs").join(place_of(content));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, content).unwrap();
    file
}

fn manifests(shelf: &Path) -> usize {
    let entries = fs::read_dir(shelf).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().join("manifest.json").is_file())
        .count()
}

/// Data folders of a server, made but not running.
fn migrated(home: &Path) {
    ended(&["migrate", "up", "all", "--data-dir", text(home)], 0);
}

#[tokio::test]
async fn what_a_server_at_work_keeps_is_saved_verified_and_restored() {
    let (home, place) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (shelf, fresh) = (place.path().join("shelf"), place.path().join("fresh"));
    let mut serving = Serving::start(home.path());
    let address = format!(
        "{}/api/documents",
        serving.ready["storage"].as_str().unwrap()
    );
    let stored = json!({"documents": [{"url": "http://a/kept", "status": "kept"}]});
    let posted = reqwest::Client::new()
        .post(&address)
        .json(&stored)
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status().as_u16(), 200);
    recording(home.path(), "a recording");
    let report = made(&["--to", text(&shelf), "--data-dir", text(home.path())], 0);
    let manifest = &report["manifest"];
    assert_eq!(manifest["schema"], "sonalyze.backup/1");
    assert_eq!(manifest["databases"].as_array().unwrap().len(), 3);
    assert_eq!(manifest["recordings"]["files"], 1);
    let said = ended(&["verify", text(&shelf), "--restore"], 0);
    assert_eq!(said.matches("restored: ").count(), 3, "{said}");
    let words = ["restore", text(&shelf), "--data-dir", text(&fresh)];
    assert!(ended(&words, 2).contains("say --yes"));
    assert!(!fresh.exists());
    ended(&[&words[..], &["--yes"]].concat(), 0);
    assert_eq!(
        fs::read_to_string(
            fresh
                .join("measurement/blobs")
                .join(place_of("a recording"))
        )
        .unwrap(),
        "a recording"
    );
    assert!(ended(&[&words[..], &["--yes"]].concat(), 1).contains("is not empty"));
    let own = [
        "restore",
        text(&shelf),
        "--yes",
        "--data-dir",
        text(home.path()),
    ];
    assert!(ended(&own, 1).contains("a `sonalyze serve` works in"));
    assert_eq!(serving.terminate().code(), Some(0));
    let restored = Serving::start(&fresh);
    let found = format!(
        "{}/api/documents",
        restored.ready["storage"].as_str().unwrap()
    );
    let found: Value = reqwest::get(found).await.unwrap().json().await.unwrap();
    assert!(found.to_string().contains("http://a/kept"), "{found}");
}

#[test]
fn a_recording_is_linked_to_the_backup_before_and_a_damaged_one_is_told() {
    let (home, shelf) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    migrated(home.path());
    let good = recording(home.path(), "good");
    let words = ["--to", text(shelf.path()), "--data-dir", text(home.path())];
    // Of one day only the newest backup stays.
    let kept = |report: &Value| folder_of(report).join("recordings").join(place_of("good"));
    let inode = |file: &Path| file.metadata().unwrap().ino();
    let first = inode(&kept(&made(&words, 0)));
    assert_ne!(first, inode(&good), "a copy");
    fs::write(&good, "spoilt").unwrap();
    let second = kept(&made(&words, 0));
    assert_eq!(inode(&second), first, "a link");
    assert_eq!(fs::read_to_string(&second).unwrap(), "good");
    fs::write(recording(home.path(), "never whole"), "spoilt").unwrap();
    let report = made(&words, 1);
    let recordings = &report["manifest"]["recordings"];
    assert_eq!(recordings["damaged"].as_array().unwrap().len(), 1);
    assert_eq!(recordings["files"], 1);
    ended(&["verify", text(shelf.path())], 0);
    fs::write(kept(&report), "spoilt too").unwrap();
    let said = ended(&["verify", text(shelf.path())], 1);
    assert!(said.contains("its content has the SHA-256"), "{said}");
    fs::write(&good, "good").unwrap();
    let copied = kept(&made(&words, 1));
    assert_eq!(
        fs::read_to_string(copied).unwrap(),
        "good",
        "a bad link is replaced by a copy"
    );
}

#[test]
fn what_was_changed_cut_or_lost_is_found() {
    let (home, shelf) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    migrated(home.path());
    let words = ["--to", text(shelf.path()), "--data-dir", text(home.path())];
    let backup = folder_of(&made(&words, 0));
    assert!(ended(&["verify", text(home.path())], 3).contains("manifest.json is missing"));
    let file = backup.join("lobby.sqlite");
    let whole = fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    for damaged in [changed, whole[..whole.len() - 1].to_vec()] {
        fs::write(&file, damaged).unwrap();
        let said = ended(&["verify", text(&backup)], 1);
        assert!(said.contains("lobby.sqlite: it has"), "{said}");
    }
    let fresh = home.path().join("fresh");
    let restore = [
        "restore",
        text(&backup),
        "--yes",
        "--data-dir",
        text(&fresh),
    ];
    assert!(ended(&restore, 1).contains("nothing was restored"));
    assert!(!fresh.join("storage.db").exists());
    fs::remove_file(&file).unwrap();
    ended(&["verify", text(&backup)], 1);
    fs::write(&file, &whole).unwrap();
    ended(&["verify", text(&backup), "--restore"], 0);
    fs::remove_file(backup.join("manifest.json")).unwrap();
    ended(&["verify", text(&backup)], 3);
    let said = ended(
        &[
            "backup",
            "--to",
            text(shelf.path()),
            "--data-dir",
            text(home.path()),
        ],
        0,
    );
    assert!(said.contains("was not finished and is no backup"), "{said}");
    assert!(backup.exists(), "what holds no manifest is left alone");
}

/// Demands that a command ends with the code and tells the part.
fn tells(words: &[&str], code: i32, part: &str) {
    let said = ended(words, code);
    assert!(said.contains(part), "{part} is missing in: {said}");
}

#[tokio::test]
async fn a_dump_goes_into_an_empty_database_and_is_tried_on_a_scratch_one() {
    let (Some(database), Some(empty)) = (postgres().await, postgres().await) else {
        return;
    };
    let (full, bare) = (database.address.as_str(), empty.address.as_str());
    ended(&["migrate", "up", "storage", "--database", full], 0);
    database
        .alter(
            "INSERT INTO documents (id, url, status, metadata, created_at, updated_at) \
             SELECT gen_random_uuid(), 'http://a/' || n, 'pending', '{\"n\": 1}', now(), now() \
             FROM generate_series(1, 300) n",
        )
        .await;
    let place = TempDir::new().unwrap();
    let shelf = text(place.path());
    let backup = ["backup", "storage", "--to", shelf, "--database", full];
    tells(&backup, 0, "rows");
    tells(&["verify", shelf, "--restore"], 2, "--scratch");
    let scratch = ["verify", shelf, "--restore", "--scratch", full];
    tells(&scratch, 0, "restored: ");
    let restore = |target| ["restore", shelf, "storage", "--yes", "--database", target];
    tells(&restore(full), 1, "is not empty");
    tells(&restore("sqlite:x.db"), 2, "of another kind");
    ended(&restore(bare), 0);
    let saved = ledger::backup::content(&database.url).await.unwrap();
    let found = ledger::backup::content(&empty.url).await.unwrap();
    saved.compare(&found).unwrap();
    assert!(found.rows() > 300, "{found:?}");
    ended(&["migrate", "verify", "storage", "--database", bare], 0);
}

#[test]
fn backups_are_made_again_and_again_until_a_signal() {
    let (home, shelf) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    migrated(home.path());
    let mut command = sonalyze(&[
        "backup",
        "--quiet",
        "--every",
        "1s",
        "--data-dir",
        text(home.path()),
    ]);
    command.arg("--to").arg(shelf.path());
    // All of one day: the newest of the day alone would stay.
    command.args([
        "--keep-daily",
        "0",
        "--keep-weekly",
        "0",
        "--keep-monthly",
        "0",
    ]);
    let mut running = Running::start(&mut command);
    let first = until("the first backup", || newest(shelf.path()));
    until("the next", || {
        newest(shelf.path()).filter(|next| *next != first)
    });
    assert_eq!(running.terminate().code(), Some(0));
    ended(&["verify", text(shelf.path()), "--restore"], 0);
}

fn newest(shelf: &Path) -> Option<String> {
    let output = run(&["verify", "--json", text(shelf)]);
    let report: Value = serde_json::from_slice(&output.stdout).ok()?;
    Some(report["taken_at"].as_str()?.to_owned())
}

#[test]
fn a_server_makes_backups_beside_its_work_where_it_is_told_to() {
    let (home, place) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (shelf, ready) = (place.path().join("shelf"), place.path().join("ready.json"));
    let mut command = serve(home.path(), &ready);
    command
        .env("BACKUP_EVERY_HOURS", "1")
        .env("BACKUP_DIR", &shelf);
    let (mut serving, _) = Running::until_ready(&mut command, &ready);
    until("a backup", || (manifests(&shelf) == 1).then_some(()));
    assert_eq!(serving.terminate().code(), Some(0));
    ended(&["verify", text(&shelf), "--restore"], 0);
}

#[tokio::test]
async fn databases_are_cared_for_and_what_was_done_is_told() {
    for database in databases().await {
        ended(
            &["migrate", "up", "storage", "--database", &database.address],
            0,
        );
        let words = [
            "maintain",
            "storage",
            "--json",
            "--database",
            &database.address,
        ];
        let report: Value = serde_json::from_str(&ended(&words, 0)).unwrap();
        assert_eq!(report["schema"], "sonalyze.maintain/1");
        let steps = report["services"][0]["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["left"].is_null()), "{steps:?}");
        assert!(
            steps
                .iter()
                .any(|step| step["statement"].as_str().unwrap().starts_with("VACUUM"))
        );
        ended(
            &[
                "migrate",
                "verify",
                "storage",
                "--database",
                &database.address,
            ],
            0,
        );
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_named_is_told() {
    let database = sqlite().await;
    let home = TempDir::new().unwrap();
    let absent = ["backup", "--data-dir", text(home.path())];
    assert!(ended(&absent, 1).contains("the file is not there"));
    assert_eq!(manifests(&home.path().join("backups")), 0);
    assert!(ended(&["maintain", "--data-dir", text(home.path())], 1).contains("not there"));
    let all = ["backup", "--database", &database.address];
    assert!(ended(&all, 2).contains("each service has its own"));
    assert!(ended(&["backup", "--every", "often"], 2).contains("24h"));
}
