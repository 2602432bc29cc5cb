//! The way back to any moment that docs/OPERATIONS.md describes, gone with the real programs and its own settings:
//! every row and every blob is there, and the mistake is not.

use std::fs;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use chassis::blobs::{Blobs, Sha256};
use ledger::backup::{self, Content};
use ledger::testing::{Cluster, hand_over};
use ledger::{DatabaseUrl, Pool, on};
use storage::MIGRATIONS;
use tempfile::TempDir;

/// What operators read.
const PAGE: &str = include_str!("../../../docs/OPERATIONS.md");

/// The script that its settings name.
const SCRIPT: &str = include_str!("../../../deploy/postgres/archive-wal.sh");

/// The folder of all that its settings name.
const FOLDER: &str = "/srv";

/// Looks at the archive until a segment is there.
const LOOKS: u32 = 3_000;

const ROWS: &str = "INSERT INTO devices (id, external_id, metadata, created_at, updated_at, version) \
    SELECT gen_random_uuid(), $1 || n, '{}', now(), now(), 1 FROM generate_series(1, 200) n";
const ITEMS: &str = "INSERT INTO queue_items (id, queue_name, payload) \
    SELECT gen_random_uuid(), $1, jsonb_build_object('n', n) FROM generate_series(1, 200) n";
const NOW: &str = "SELECT clock_timestamp()::text";
const MISTAKE: &str = "DELETE FROM devices";
const SWITCH: &str = "SELECT pg_walfile_name(pg_switch_wal())";
const ARCHIVED: &str = "SELECT last_archived_wal >= $1 FROM pg_stat_archiver";

/// A folder with the script and an empty archive, as the page wants it.
fn archive() -> TempDir {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("sonalyze/archive-wal.sh");
    for name in ["sonalyze", "archive"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        hand_over(&folder.path().join(name)).unwrap();
    }
    fs::write(script, SCRIPT).unwrap();
    hand_over(folder.path()).unwrap();
    folder
}

/// A setting as the page has it, with another folder.
fn setting(name: &str, folder: &Path) -> String {
    let lines = PAGE.lines();
    let mut lines = lines.filter_map(|line| line.trim().split_once(" = "));
    let (_, value) = lines.find(|(key, _)| *key == name).unwrap();
    let value = value.trim_matches('\'');
    value.replace(FOLDER, folder.to_str().unwrap())
}

async fn text(pool: &Pool, statement: &'static str) -> String {
    on!(pool.alone(), db => sqlx::query_scalar(statement).fetch_one(db).await).unwrap()
}

async fn run(pool: &Pool, statement: &'static str, word: Option<&str>) {
    let done = on!(pool.alone(), db => {
        let query = sqlx::query(statement);
        match word {
            Some(word) => query.bind(word).execute(db).await.map(drop),
            None => query.execute(db).await.map(drop),
        }
    });
    done.unwrap();
}

async fn is_archived(pool: &Pool, segment: &str) -> bool {
    let done: Option<bool> =
        on!(pool, db => sqlx::query_scalar(ARCHIVED).bind(segment).fetch_one(db).await).unwrap();
    done == Some(true)
}

/// Waits until everything that was written is in the archive.
async fn archived(pool: &Pool) {
    let segment = text(pool, SWITCH).await;
    let mut looks_left = LOOKS;
    while !is_archived(pool, &segment).await {
        assert!(looks_left > 0, "{segment} does not come into the archive");
        looks_left -= 1;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn blob(blobs: &Blobs, content: &'static str) -> Sha256 {
    let mut writer = blobs.begin(1_000).await.unwrap();
    writer
        .write(Bytes::from_static(content.as_bytes()))
        .await
        .unwrap();
    writer.seal().await.unwrap().place().await.unwrap().sha256
}

/// The whole tree, as `rsync -a` copies it.
fn copied(from: &Path, to: &Path) {
    let done = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success());
}

fn rows(content: &Content, table: &str) -> u64 {
    content
        .tables
        .iter()
        .find(|one| one.name == table)
        .unwrap()
        .rows
}

/// What the new cluster holds once it has reached the moment.
async fn recovered(base: ledger::testing::BaseBackup, archive: &Path, moment: &str) -> Content {
    let restore = format!("restore_command={}", setting("restore_command", archive));
    let target = format!("recovery_target_time={moment}");
    let action = format!(
        "recovery_target_action={}",
        setting("recovery_target_action", archive)
    );
    let cluster = tokio::task::block_in_place(|| {
        Cluster::recover(base, &["-c", &restore, "-c", &target, "-c", &action])
    });
    let cluster = cluster.unwrap();
    let url: DatabaseUrl = cluster
        .server()
        .replace("/postgres?", "/storage?")
        .parse()
        .unwrap();
    let pool = Pool::open(&url, 1).await.unwrap();
    MIGRATIONS.verify(&pool).await.unwrap();
    pool.close().await;
    backup::content(&url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_is_undone_by_a_restore_to_the_moment_before_it() {
    if std::env::var_os("SONALYZE_TEST_POSTGRES").is_some() {
        return;
    }
    let (archive, recordings) = (archive(), TempDir::new().unwrap());
    let settings: Vec<String> = [
        "wal_level",
        "archive_mode",
        "archive_timeout",
        "archive_command",
    ]
    .iter()
    .flat_map(|name| {
        [
            "-c".to_owned(),
            format!("{name}={}", setting(name, archive.path())),
        ]
    })
    .collect();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let mut cluster = tokio::task::block_in_place(|| Cluster::start(&settings)).unwrap();
    let url = cluster.database("storage").await.unwrap();
    let pool = Pool::open(&url, 2).await.unwrap();
    MIGRATIONS.up(&pool).await.unwrap();
    let blobs = Blobs::open(recordings.path().join("blobs")).await.unwrap();
    run(&pool, ROWS, Some("before the base backup ")).await;
    let first = blob(&blobs, "a recording from before").await;
    let base = tokio::task::block_in_place(|| cluster.base_backup()).unwrap();
    run(&pool, ROWS, Some("after it ")).await;
    run(&pool, ITEMS, Some("work")).await;
    let second = blob(&blobs, "a recording from afterwards").await;
    copied(
        &recordings.path().join("blobs"),
        &recordings.path().join("copy"),
    );
    let before = backup::content(&url).await.unwrap();
    let moment = text(&pool, NOW).await;
    run(&pool, MISTAKE, None).await;
    archived(&pool).await;
    let after = backup::content(&url).await.unwrap();
    assert_eq!(
        (rows(&before, "devices"), rows(&after, "devices")),
        (400, 0)
    );
    pool.close().await;
    tokio::task::block_in_place(|| cluster.crash()).unwrap();
    drop(cluster);
    let found = recovered(base, archive.path(), &moment).await;
    before.compare(&found).unwrap();
    assert_eq!(found, before);
    let copy = Blobs::open(recordings.path().join("copy")).await.unwrap();
    for sha256 in [first, second] {
        let kept = copy.read(&sha256).await.unwrap();
        assert_eq!(kept, blobs.read(&sha256).await.unwrap());
    }
}

#[test]
fn the_command_of_the_archive_never_writes_over_a_file() {
    let folder = archive();
    let (kept, segment) = (folder.path().join("archive"), folder.path().join("segment"));
    let command = setting("archive_command", folder.path());
    let command = command.replace("%f", "0001");
    let command = command.replace("%p", segment.to_str().unwrap());
    let keep = |content: &str| {
        fs::write(&segment, content).unwrap();
        let done = Command::new("sh").args(["-c", &command]).status();
        done.unwrap().success()
    };
    assert!(keep("one"));
    assert!(keep("one"), "the same again is done already");
    assert!(!keep("two"), "another of the same name is refused");
    assert_eq!(fs::read_to_string(kept.join("0001")).unwrap(), "one");
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 1);
}
