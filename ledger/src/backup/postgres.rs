//! Dumps of `PostgreSQL` by its own programs, and the rows of the same snapshot.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::digest::{Heap, Running};
use super::{BackupError, Content, FileDigest, Saved, TableContent};
use crate::catalogue::HISTORY;
use crate::ids;
use crate::programs::{self, Program};
use crate::url::{DatabaseUrl, Place};

const DUMP: &str = "pg_dump";
const RESTORE: &str = "pg_restore";

/// A dump of a large database takes longer than any statement of a service. What a row's text depends on is fixed.
const SETTINGS: [(&str, &str); 6] = [
    ("statement_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("timezone", "UTC"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("bytea_output", "hex"),
];

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const SNAPSHOT: &str = "SELECT pg_export_snapshot()";
const VERSION: &str = "SELECT current_setting('server_version_num')::bigint";

/// Every table that a dump holds, with the statement that reads the digests of its rows.
const TABLES: &str = "SELECT CASE n.nspname WHEN 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END, \
    format('SELECT sha256(convert_to(sonalyze_row::text, ''UTF8'')) FROM ONLY %I.%I AS sonalyze_row', n.nspname, \
    c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// The end of what a program says is told.
const TOLD: usize = 2_000;

pub(super) async fn save(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    file: &Path,
) -> Result<Saved, BackupError> {
    let failed = BackupError::database(url);
    let mut connection = connect(url, options).await?;
    let program = program(DUMP, major(url, &mut connection).await?).await?;
    let mut tx = connection.begin_with(BEGIN).await.map_err(&failed)?;
    let snapshot: String = sqlx::query_scalar(SNAPSHOT)
        .fetch_one(&mut *tx)
        .await
        .map_err(&failed)?;
    let dumped = dump(&program, options, &snapshot, file);
    let read = async { read(&mut tx).await.map_err(&failed) };
    let (digest, content) = tokio::try_join!(dumped, read)?;
    tx.rollback().await.map_err(&failed)?;
    connection.close().await.map_err(&failed)?;
    Ok(Saved {
        digest,
        content,
        written_by: Some(program.major),
    })
}

pub(super) async fn restore(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    file: &Path,
    saved: &Saved,
) -> Result<(), BackupError> {
    demand_empty(url, options).await?;
    let mut connection = connect(url, options).await?;
    let server = major(url, &mut connection).await?;
    connection
        .close()
        .await
        .map_err(BackupError::database(url))?;
    let program = program(RESTORE, server.max(saved.written_by.unwrap_or(0))).await?;
    let mut command = command(&program, options);
    command
        .args(["--exit-on-error", "--single-transaction", "--no-owner"])
        .args(["--no-privileges", "--no-password", "--dbname"])
        .arg(options.get_database().unwrap_or_default())
        .arg(file)
        .stdout(Stdio::null());
    let output = command.output().await;
    let output = output.map_err(BackupError::file(&program.path))?;
    succeeded(RESTORE, output.status, &output.stderr)?;
    saved.content.compare(&content(url, options).await?)
}

pub(super) async fn content(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<Content, BackupError> {
    let failed = BackupError::database(url);
    let mut connection = connect(url, options).await?;
    let mut tx = connection.begin_with(BEGIN).await.map_err(&failed)?;
    let content = read(&mut tx).await.map_err(&failed)?;
    tx.rollback().await.map_err(&failed)?;
    connection.close().await.map_err(&failed)?;
    Ok(content)
}

pub(super) async fn demand_empty(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<(), BackupError> {
    let failed = BackupError::database(url);
    let mut connection = connect(url, options).await?;
    let found = tables(&mut connection).await.map_err(&failed)?;
    connection.close().await.map_err(&failed)?;
    let Some((name, _)) = found.first() else {
        return Ok(());
    };
    let found = format!("{} tables, {name} among them", found.len());
    let url = url.clone();
    Err(BackupError::NotEmpty { url, found })
}

async fn connect(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<PgConnection, BackupError> {
    let options = options.clone().application_name("sonalyze");
    let connected = options.options(SETTINGS).connect().await;
    connected.map_err(BackupError::database(url))
}

async fn major(url: &DatabaseUrl, connection: &mut PgConnection) -> Result<u32, BackupError> {
    let number: i64 = sqlx::query_scalar(VERSION)
        .fetch_one(connection)
        .await
        .map_err(BackupError::database(url))?;
    Ok(u32::try_from(number / 10_000).unwrap_or(0))
}

async fn program(name: &'static str, least: u32) -> Result<Program, BackupError> {
    let found = tokio::task::spawn_blocking(move || programs::find(name, least)).await;
    let found = found.unwrap_or_else(|_| Err(Vec::new()));
    found.map_err(|found| BackupError::Program { name, least, found })
}

/// A program that ends with the task that waits for it.
fn command(program: &Program, options: &PgConnectOptions) -> Command {
    let mut command = Command::new(&program.path);
    command
        .envs(programs::environment(options))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn dump(
    program: &Program,
    options: &PgConnectOptions,
    snapshot: &str,
    file: &Path,
) -> Result<FileDigest, BackupError> {
    let mut command = command(program, options);
    command
        .args(["--format=custom", "--no-password"])
        .arg(format!("--snapshot={snapshot}"))
        .stdout(Stdio::piped());
    let started = BackupError::file(&program.path);
    let mut child = command.spawn().map_err(&started)?;
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(started(std::io::Error::other("it has no output")));
    };
    let told = tokio::spawn(everything(errors));
    let digest = written(output, file)
        .await
        .map_err(BackupError::file(file))?;
    let status = child.wait().await.map_err(&started)?;
    succeeded(DUMP, status, &told.await.unwrap_or_default())?;
    Ok(digest)
}

/// Writes what comes into a new file; it is on the disk when this returns.
async fn written(mut output: impl AsyncRead + Unpin, file: &Path) -> std::io::Result<FileDigest> {
    let mut file = File::create_new(file).await?;
    let mut running = Running::default();
    let mut piece = vec![0; PIECE];
    loop {
        let read = output.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        running.update(&piece[..read]);
        file.write_all(&piece[..read]).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(running.finish())
}

async fn everything(mut errors: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut told = Vec::new();
    // What cannot be read is not told; the exit status says that something was.
    drop(errors.read_to_end(&mut told).await);
    told
}

fn succeeded(name: &'static str, status: ExitStatus, told: &[u8]) -> Result<(), BackupError> {
    if status.success() {
        return Ok(());
    }
    let whole = String::from_utf8_lossy(told);
    let from = whole.len().saturating_sub(TOLD);
    let from = (from..whole.len()).find(|at| whole.is_char_boundary(*at));
    let mut end = whole[from.unwrap_or(0)..].trim().to_owned();
    if end.is_empty() {
        end = format!("it ended with {status}");
    }
    Err(BackupError::Failed { name, told: end })
}

async fn tables(connection: &mut PgConnection) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(TABLES).fetch_all(connection).await
}

async fn read(connection: &mut PgConnection) -> Result<Content, sqlx::Error> {
    let mut contents = Vec::new();
    let mut migration = None;
    for (name, digests) in tables(connection).await? {
        if name == HISTORY {
            let text = format!("SELECT max(version) FROM {HISTORY}");
            let newest = sqlx::query_scalar(AssertSqlSafe(text));
            migration = newest.fetch_one(&mut *connection).await?;
        }
        let mut heap = Heap::default();
        let digests = sqlx::query_scalar::<_, Vec<u8>>(AssertSqlSafe(digests));
        let mut rows = digests.fetch(&mut *connection);
        while let Some(digest) = rows.try_next().await? {
            heap.add(&digest);
        }
        drop(rows);
        contents.push(TableContent::new(name, &heap));
    }
    Ok(Content::new(migration, contents))
}

/// An empty database on a server, made to restore into and thrown away.
#[derive(Debug)]
pub struct Scratch {
    /// The database that was named, from which it is made.
    server: DatabaseUrl,
    /// Where it is.
    url: DatabaseUrl,
    name: String,
}

impl Scratch {
    /// Makes one on the server of `server`, whose user may create databases. End it with [`discard`](Self::discard).
    ///
    /// # Errors
    ///
    /// [`BackupError`]; also where `server` is a file.
    pub async fn make(server: &DatabaseUrl) -> Result<Self, BackupError> {
        let Place::Postgres(options) = &server.0 else {
            return Err(BackupError::Failed {
                name: "a scratch database",
                told: format!("{server} is no server: name one as postgresql://user@host/postgres"),
            });
        };
        let name = format!("sonalyze_scratch_{}", ids::next().simple());
        let own = options.as_ref().clone().database(&name);
        let scratch = Self {
            server: server.clone(),
            url: DatabaseUrl(Place::Postgres(Box::new(own))),
            name,
        };
        let text = format!("CREATE DATABASE {} TEMPLATE template0", scratch.name);
        scratch.run(text).await?;
        Ok(scratch)
    }

    /// Where it is.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Removes it.
    ///
    /// # Errors
    ///
    /// [`BackupError`]; it stays then.
    pub async fn discard(self) -> Result<(), BackupError> {
        self.run(format!("DROP DATABASE {}", self.name)).await
    }

    async fn run(&self, text: String) -> Result<(), BackupError> {
        let Place::Postgres(options) = &self.server.0 else {
            return Ok(());
        };
        let failed = BackupError::database(&self.server);
        let mut connection = connect(&self.server, options).await?;
        let done = sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut connection)
            .await;
        connection.close().await.map_err(&failed)?;
        done.map(drop).map_err(&failed)
    }
}
