//! Online copies of `SQLite`: `VACUUM INTO` reads one snapshot while others write, and its copy is a database of its
//! own, without a write-ahead log beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use super::digest::Heap;
use super::{BackupError, Content, FileDigest, Saved, TableContent};
use crate::catalogue::HISTORY;
use crate::url::DatabaseUrl;

/// How long the copy waits for a lock; services hold theirs for milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

const COPY: &str = "VACUUM INTO $1";
const CHECK: &str = "SELECT integrity_check FROM pragma_integrity_check";
const KEYS: &str = "SELECT count(*) FROM pragma_foreign_key_check";
const GOOD: &str = "ok";

const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// The text of a row: each value as a literal, which tells numbers, texts, bytes and nothing apart.
const ROW: &str = "SELECT group_concat('quote(\"' || replace(name, '\"', '\"\"') || '\")', ' || '','' || ') \
    FROM pragma_table_info($1)";

/// Names of the files that `SQLite` puts beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

pub(super) async fn save(path: &Path, file: &Path) -> Result<Saved, BackupError> {
    let url = DatabaseUrl::file(path);
    let failed = BackupError::database(&url);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await.map_err(&failed)?;
    let target = file.to_string_lossy().into_owned();
    let copied = sqlx::query(COPY)
        .bind(target)
        .execute(&mut connection)
        .await;
    connection.close().await.map_err(&failed)?;
    copied.map_err(&failed)?;
    let content = checked_content(file).await?;
    let digest = synced(file).await?;
    Ok(Saved {
        digest,
        content,
        written_by: None,
    })
}

pub(super) async fn restore(path: &Path, file: &Path, saved: &Saved) -> Result<(), BackupError> {
    demand_absent(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(BackupError::file(folder))?;
    let unfinished = beside(path, ".restoring");
    let done = async {
        copy(file, &unfinished).await?;
        saved
            .content
            .compare(&checked_content(&unfinished).await?)?;
        fs::rename(&unfinished, path).map_err(BackupError::file(path))
    };
    let done = done.await;
    if done.is_err() {
        // It may not be there; what failed is told.
        drop(fs::remove_file(&unfinished));
    }
    done
}

pub(super) fn demand_absent(path: &Path) -> Result<(), BackupError> {
    let beside = BESIDE.iter().map(|ending| beside(path, ending));
    for file in std::iter::once(path.to_owned()).chain(beside) {
        if file.exists() {
            return Err(BackupError::NotEmpty {
                url: DatabaseUrl::file(path),
                found: format!("{} is there", file.display()),
            });
        }
    }
    Ok(())
}

/// What a database in use holds.
pub(super) async fn content(path: &Path) -> Result<Content, BackupError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT);
    let failed = BackupError::database(&DatabaseUrl::file(path));
    let mut connection = options.connect().await.map_err(&failed)?;
    let content = read(&mut connection).await;
    connection.close().await.map_err(&failed)?;
    content.map_err(&failed)
}

/// What a copy holds that nobody uses, once it has passed its checks. No file is made beside it.
pub(super) async fn checked_content(file: &Path) -> Result<Content, BackupError> {
    let failed = BackupError::database(&DatabaseUrl::file(file));
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(true);
    let mut connection = options.connect().await.map_err(&failed)?;
    let checked = check(&mut connection).await;
    let content = read(&mut connection).await;
    connection.close().await.map_err(&failed)?;
    if let Some(told) = checked.map_err(&failed)? {
        return Err(BackupError::Damaged {
            file: file.to_owned(),
            told,
        });
    }
    content.map_err(&failed)
}

/// What is wrong with it.
async fn check(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let told: String = sqlx::query_scalar(CHECK)
        .fetch_one(&mut *connection)
        .await?;
    if told != GOOD {
        return Ok(Some(told));
    }
    let orphans: i64 = sqlx::query_scalar(KEYS).fetch_one(connection).await?;
    Ok((orphans > 0).then(|| format!("{orphans} rows point to rows that are not there")))
}

async fn read(connection: &mut SqliteConnection) -> Result<Content, sqlx::Error> {
    let mut tx = connection.begin().await?;
    let names: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *tx).await?;
    let mut tables = Vec::new();
    let mut migration = None;
    for name in names {
        if name == HISTORY {
            let text = format!("SELECT max(version) FROM {HISTORY}");
            migration = sqlx::query_scalar(AssertSqlSafe(text))
                .fetch_one(&mut *tx)
                .await?;
        }
        let values: String = sqlx::query_scalar(ROW)
            .bind(&name)
            .fetch_one(&mut *tx)
            .await?;
        let text = format!("SELECT {values} FROM \"{}\"", name.replace('"', "\"\""));
        let mut heap = Heap::default();
        let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(text)).fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            heap.add_text(&row);
        }
        drop(rows);
        tables.push(TableContent::new(name, &heap));
    }
    tx.rollback().await?;
    Ok(Content::new(migration, tables))
}

/// Makes sure that a file is on the disk, and reads it back.
async fn synced(file: &Path) -> Result<FileDigest, BackupError> {
    let path = file.to_owned();
    let read = move || {
        fs::File::options().write(true).open(&path)?.sync_all()?;
        FileDigest::of(&path)
    };
    away(file, read).await
}

async fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let (source, target) = (from.to_owned(), to.to_owned());
    let copied = move || {
        fs::copy(&source, &target)?;
        fs::File::options().write(true).open(&target)?.sync_all()
    };
    away(to, copied).await
}

async fn away<T: Send + 'static>(
    file: &Path,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|cause| Err(std::io::Error::other(cause)));
    done.map_err(BackupError::file(file))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
