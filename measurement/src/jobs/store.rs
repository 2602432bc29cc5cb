//! Jobs and uploads in the database.

use chassis::problem::Problem;
use ledger::{Instant, Pool, Tx, on};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::page::Page;
use crate::{fault, removal, shelf};

/// Makes a job.
pub(crate) const CREATE: &str =
    "INSERT INTO jobs (id, map, meta, created_at) VALUES ($1, $2, $3, $4)";

/// A job with everything but its uploads.
pub(crate) const FIND: &str = "SELECT map, meta, results FROM jobs WHERE id = $1";

/// Whether a job is there.
pub(crate) const EXISTS: &str = "SELECT COUNT(*) FROM jobs WHERE id = $1";

/// The youngest jobs first.
pub(crate) const LIST: &str = "SELECT id, meta, created_at, results IS NOT NULL AS analyzed, \
    (SELECT COUNT(*) FROM uploads WHERE job_id = jobs.id) AS uploads \
    FROM jobs ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2";

/// How many jobs there are.
pub(crate) const COUNT: &str = "SELECT COUNT(*) FROM jobs";

/// Removes a job and everything that belongs to it.
pub(crate) const DELETE: &str = "DELETE FROM jobs WHERE id = $1";

/// Uploads that a job may have.
const UPLOADS_MAX: i64 = 5000;

/// How many uploads a job has.
pub(crate) const COUNT_UPLOADS: &str = "SELECT COUNT(*) FROM uploads WHERE job_id = $1";

/// Names of a job's uploads.
pub(crate) const UPLOADS: &str = "SELECT name FROM uploads WHERE job_id = $1";

/// The content of an upload.
pub(crate) const CONTENT: &str =
    "SELECT sha256, bytes FROM uploads WHERE job_id = $1 AND name = $2";

/// Gives a content a name; the one before loses it.
pub(crate) const NAME: &str = "INSERT INTO uploads (job_id, name, sha256, bytes, created_at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (job_id, name) DO UPDATE \
    SET sha256 = excluded.sha256, bytes = excluded.bytes, created_at = excluded.created_at";

/// Holds a job until the transaction ends, so that it is not deleted and its rows have one order.
pub(crate) const LOCK: ledger::Texts = ledger::locked!("SELECT id FROM jobs WHERE id = $1");

/// A job's texts, JSON each.
#[derive(Debug, FromRow)]
pub(super) struct JobRow {
    pub(super) map: String,
    pub(super) meta: String,
    pub(super) results: Option<String>,
}

/// A job in a list.
#[derive(Debug, FromRow)]
pub(super) struct ListedRow {
    pub(super) id: Uuid,
    pub(super) meta: String,
    pub(super) created_at: Instant,
    pub(super) analyzed: bool,
    pub(super) uploads: i64,
}

/// What lies under a name.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Content {
    /// SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: i64,
}

/// Nobody made such a job, or it was deleted.
pub(crate) fn unknown() -> Problem {
    Problem::not_found("Job not found")
}

/// Makes a job from its texts.
pub(crate) async fn create(pool: &Pool, map: String, meta: String) -> Result<Uuid, Problem> {
    let id = ledger::ids::next();
    let mut tx = pool.begin().await.map_err(fault::database)?;
    on!(tx, db => {
        sqlx::query(CREATE).bind(id).bind(map).bind(meta).bind(Instant::now()).execute(db).await.map(|_| ())
    })
    .map_err(fault::statement)?;
    tx.commit().await.map_err(fault::database)?;
    Ok(id)
}

/// A job and the names of its uploads, sorted.
pub(super) async fn find(pool: &Pool, job: Uuid) -> Result<(JobRow, Vec<String>), Problem> {
    let row: Option<JobRow> = on!(pool, db => {
        sqlx::query_as(FIND).bind(job).fetch_optional(db).await
    })
    .map_err(fault::statement)?;
    let row = row.ok_or_else(unknown)?;
    let mut names: Vec<String> = on!(pool, db => {
        sqlx::query_scalar(UPLOADS).bind(job).fetch_all(db).await
    })
    .map_err(fault::statement)?;
    names.sort_unstable();
    Ok((row, names))
}

/// Refuses a job that is not there.
pub(crate) async fn must_exist(pool: &Pool, job: Uuid) -> Result<(), Problem> {
    let found: i64 = on!(pool, db => {
        sqlx::query_scalar(EXISTS).bind(job).fetch_one(db).await
    })
    .map_err(fault::statement)?;
    if found == 0 { Err(unknown()) } else { Ok(()) }
}

/// A page of jobs and the number of all.
pub(super) async fn list(pool: &Pool, page: Page) -> Result<(Vec<ListedRow>, i64), Problem> {
    let rows = on!(pool, db => {
        sqlx::query_as(LIST).bind(page.limit).bind(page.offset).fetch_all(db).await
    })
    .map_err(fault::statement)?;
    let total =
        on!(pool, db => sqlx::query_scalar(COUNT).fetch_one(db).await).map_err(fault::statement)?;
    Ok((rows, total))
}

/// Removes a job, and notes the contents that belonged to it.
pub(super) async fn delete(pool: &Pool, job: Uuid) -> Result<(), Problem> {
    let mut tx = pool.begin().await.map_err(fault::database)?;
    lock(&mut tx, job).await?;
    removal::note_job(&mut tx, job).await?;
    on!(tx, db => sqlx::query(DELETE).bind(job).execute(db).await.map(|_| ()))
        .map_err(fault::statement)?;
    tx.commit().await.map_err(fault::database)
}

/// Holds a job until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &mut Tx, job: Uuid) -> Result<(), Problem> {
    let text = LOCK.of(tx.dialect());
    let found: Option<Uuid> = on!(tx, db => {
        sqlx::query_scalar(text).bind(job).fetch_optional(db).await
    })
    .map_err(fault::statement)?;
    found.map(|_| ()).ok_or_else(unknown)
}

/// What lies under a name now.
pub(crate) async fn content(
    pool: &Pool,
    job: Uuid,
    name: &str,
) -> Result<Option<Content>, Problem> {
    on!(pool, db => {
        sqlx::query_as(CONTENT).bind(job).bind(name).fetch_optional(db).await
    })
    .map_err(fault::statement)
}

/// Gives a content a name in a job, and takes back the note that it has none; the content that had the name is retired.
///
/// # Errors
/// 404 for an unknown job, 409 for one name more than a job may have, 503 when the database is away.
pub(super) async fn name(
    pool: &Pool,
    job: Uuid,
    name: &str,
    content: &Content,
    note: &removal::Note,
) -> Result<(), Problem> {
    let now = Instant::now();
    let mut tx = pool.begin().await.map_err(fault::database)?;
    lock(&mut tx, job).await?;
    let before: Option<Content> = on!(tx, db => {
        sqlx::query_as(CONTENT).bind(job).bind(name).fetch_optional(db).await
    })
    .map_err(fault::statement)?;
    if before.is_none() {
        must_have_room(&mut tx, job).await?;
    }
    if let Some(before) = before.filter(|before| before.sha256 != content.sha256) {
        on!(tx, db => {
            sqlx::query(shelf::RETIRE).bind(job).bind(before.sha256).bind(now).execute(db).await.map(|_| ())
        })
        .map_err(fault::statement)?;
    }
    on!(tx, db => {
        sqlx::query(NAME)
            .bind(job)
            .bind(name)
            .bind(&content.sha256)
            .bind(content.bytes)
            .bind(now)
            .execute(db)
            .await
            .map(|_| ())
    })
    .map_err(fault::statement)?;
    removal::take_back(&mut tx, note).await?;
    tx.commit().await.map_err(fault::database)
}

async fn must_have_room(tx: &mut Tx, job: Uuid) -> Result<(), Problem> {
    let count: i64 = on!(tx, db => {
        sqlx::query_scalar(COUNT_UPLOADS).bind(job).fetch_one(db).await
    })
    .map_err(fault::statement)?;
    if count < UPLOADS_MAX {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "The job has {count} uploads already, at most {UPLOADS_MAX} are allowed"
    ))
    .remedy("Upload under a name that the job has already, which replaces it, or make another job.")
    .data(json!({"uploads": count, "uploads_max": UPLOADS_MAX})))
}
