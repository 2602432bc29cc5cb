//! Backups of both databases by the real programs: one moment while others write, compared row by row.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ledger::backup::{self, BackupError, Content};
use ledger::testing::{Database, postgres};
use ledger::{DatabaseUrl, DbError, Dialect, Instant, Pool, ids, maintenance, on};
use sqlx::types::Json;
use tempfile::TempDir;

use crate::{ready, schema};

const ROOM: &str = "INSERT INTO rooms (id, code, plan, seats, seen_at) VALUES ($1, $2, $3, 4, $4)";
const VISIT: &str = "INSERT INTO visits (room_id, device, label) VALUES ($1, $2, $3)";

/// A room and its visit, or neither.
async fn visited(pool: &Pool) -> Result<(), DbError> {
    let (id, plan) = (
        ids::next(),
        Json(serde_json::json!({"walls": ["é", 'x', "\""]})),
    );
    let (code, at) = (id.to_string(), Instant::now());
    let mut tx = pool.begin().await?;
    on!(tx, db => {
        sqlx::query(ROOM).bind(id).bind(&code).bind(&plan).bind(at).execute(db).await.map(drop)
    })?;
    on!(tx, db => {
        sqlx::query(VISIT).bind(id).bind("phone, 'mine'").bind(&code).execute(db).await.map(drop)
    })?;
    tx.commit().await
}

/// Somebody who writes until told to stop.
struct Writer {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Writer {
    fn start(pool: &Pool) -> Self {
        let (stop, written) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let (pool, end, count) = (pool.clone(), Arc::clone(&stop), Arc::clone(&written));
        let task = tokio::spawn(async move {
            while !end.load(Ordering::SeqCst) {
                visited(&pool).await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self {
            stop,
            written,
            task,
        }
    }

    /// Waits until it has written so many more.
    async fn more(&self, more: usize) {
        let end = self.written.load(Ordering::SeqCst) + more;
        while self.written.load(Ordering::SeqCst) < end {
            tokio::task::yield_now().await;
        }
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
    }
}

/// A database of the same kind that holds nothing.
async fn empty(like: &Database, folder: &TempDir) -> (DatabaseUrl, Option<Database>) {
    match like.dialect() {
        Dialect::Sqlite => (DatabaseUrl::file(folder.path().join("restored.db")), None),
        Dialect::Postgres => {
            let database = postgres().await.unwrap();
            (database.url.clone(), Some(database))
        }
    }
}

fn rows(content: &Content, table: &str) -> u64 {
    let mut tables = content.tables.iter();
    tables.find(|one| one.name == table).unwrap().rows
}

fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("saved")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_saved_while_others_write_is_one_moment_and_comes_back_row_by_row() {
    for database in ready().await {
        let folder = TempDir::new().unwrap();
        let writer = Writer::start(&database.pool);
        writer.more(20).await;
        let saved = backup::save(&database.url, &file_in(&folder))
            .await
            .unwrap();
        writer.more(20).await;
        writer.stop().await;
        let content = &saved.content;
        assert!(rows(content, "rooms") >= 20);
        assert_eq!(
            rows(content, "rooms"),
            rows(content, "visits"),
            "one moment"
        );
        assert_eq!(content.migration, Some(3));
        let later = backup::content(&database.url).await.unwrap();
        assert!(rows(&later, "rooms") > rows(content, "rooms"));
        let (target, _held) = empty(&database, &folder).await;
        backup::demand_empty(&target).await.unwrap();
        backup::restore(&target, &file_in(&folder), &saved)
            .await
            .unwrap();
        assert_eq!(backup::content(&target).await.unwrap(), *content);
        let pool = Pool::open(&target, 2).await.unwrap();
        schema().verify(&pool).await.unwrap();
        visited(&pool).await.unwrap();
        pool.close().await;
        let again = backup::restore(&target, &file_in(&folder), &saved).await;
        assert!(
            matches!(again, Err(BackupError::NotEmpty { .. })),
            "{again:?}"
        );
    }
}

#[tokio::test]
async fn a_row_that_differs_is_found() {
    for database in ready().await {
        let folder = TempDir::new().unwrap();
        for _ in 0..3 {
            visited(&database.pool).await.unwrap();
        }
        let saved = backup::save(&database.url, &file_in(&folder))
            .await
            .unwrap();
        database
            .alter("UPDATE rooms SET seats = 5 WHERE id = (SELECT id FROM rooms ORDER BY code LIMIT 1)")
            .await;
        let now = backup::content(&database.url).await.unwrap();
        let told = saved.content.compare(&now).unwrap_err().to_string();
        assert!(told.contains("rooms has rows with other values"), "{told}");
        let mut other = saved.clone();
        other.content.tables[0].rows += 1;
        let (target, _held) = empty(&database, &folder).await;
        let restored = backup::restore(&target, &file_in(&folder), &other).await;
        assert!(
            matches!(restored, Err(BackupError::Differs(_))),
            "{restored:?}"
        );
    }
}

#[tokio::test]
async fn half_a_file_is_not_restored() {
    for database in ready().await {
        let folder = TempDir::new().unwrap();
        let writer = Writer::start(&database.pool);
        writer.more(50).await;
        writer.stop().await;
        let file = file_in(&folder);
        let saved = backup::save(&database.url, &file).await.unwrap();
        let half = saved.digest.bytes / 2;
        let cut = std::fs::File::options().write(true).open(&file).unwrap();
        cut.set_len(half).unwrap();
        let (target, _held) = empty(&database, &folder).await;
        let told = backup::restore(&target, &file, &saved).await.unwrap_err();
        let is_refused = !matches!(told, BackupError::Differs(_) | BackupError::NotEmpty { .. });
        assert!(is_refused, "{told}");
        backup::demand_empty(&target).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let folder = TempDir::new().unwrap();
    let url: DatabaseUrl = "postgres://a:geheim@127.0.0.1:1/x".parse().unwrap();
    let told = backup::save(&url, &file_in(&folder)).await.unwrap_err();
    let text = format!("{told} {told:?}");
    assert!(
        text.contains("127.0.0.1:1/x") && !text.contains("geheim"),
        "{text}"
    );
}

#[tokio::test]
async fn upkeep_gives_room_back_and_leaves_every_row() {
    for database in ready().await {
        let filled = match database.dialect() {
            Dialect::Postgres => {
                "INSERT INTO rooms (id, code, plan) SELECT gen_random_uuid(), n::text, '{}' FROM generate_series(1, 5000) n"
            }
            Dialect::Sqlite => {
                "INSERT INTO rooms (id, code, plan) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n \
                 WHERE n < 5000) SELECT randomblob(16), n, '{}' FROM n"
            }
        };
        database.alter(filled).await;
        database
            .alter("DELETE FROM rooms WHERE length(code) = 4")
            .await;
        let before = backup::content(&database.url).await.unwrap();
        let tables = ["rooms".to_owned(), "visits".to_owned(), "gone".to_owned()];
        let mut steps = Vec::new();
        let done = maintenance::maintain(&database.url, &tables, |step| steps.push(step.clone()));
        let sizes = done.await.unwrap();
        assert!(sizes.after < sizes.before, "{sizes:?}");
        assert_eq!(backup::content(&database.url).await.unwrap(), before);
        let left: Vec<_> = steps.iter().filter(|step| step.left.is_some()).collect();
        match database.dialect() {
            Dialect::Postgres => {
                assert_eq!(steps.len(), 6);
                assert!(
                    left.iter()
                        .all(|step| step.table.as_deref() == Some("gone")),
                    "{left:?}"
                );
                assert_eq!(left.len(), 2);
            }
            Dialect::Sqlite => assert!(steps.len() == 4 && left.is_empty(), "{steps:?}"),
        }
    }
}
