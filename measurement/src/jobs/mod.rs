//! Jobs: a room's map, the recordings of it, and the last analysis.

mod free;
mod map;
mod preamble;
pub(crate) mod store;
mod upload;

pub(crate) use upload::is_name;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::body::{JsonObject, Path, QueryObject, path_id};
use chassis::fields::Fields;
use chassis::problem::Problem;
use contract::job::{JobCreated, Map};
use ledger::Instant;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::page::Page;
use crate::removal;
use crate::service::{Service, Shared};

/// A job as it is answered: its texts go out as they came in.
#[derive(Debug, Serialize)]
pub(crate) struct JobAnswer {
    job_id: Uuid,
    map: Box<RawValue>,
    meta: Box<RawValue>,
    uploads: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Box<RawValue>>,
}

/// A page of jobs, the youngest first.
#[derive(Debug, Serialize)]
struct JobsAnswer {
    jobs: Vec<Listed>,
    total: i64,
    limit: i64,
    offset: i64,
}

#[derive(Debug, Serialize)]
struct Listed {
    job_id: Uuid,
    meta: Box<RawValue>,
    created_at: Instant,
    uploads: i64,
    analyzed: bool,
}

/// Public routes of jobs.
pub(crate) fn routes(service: &Service) -> Router<Shared> {
    let form = usize::try_from(service.upload_bytes_max)
        .unwrap_or(usize::MAX)
        .saturating_mul(2)
        .saturating_add(upload::FORM_BYTES);
    let uploads = post(upload::upload).layer(DefaultBodyLimit::max(form));
    Router::new()
        .route("/v1/jobs", post(create).get(list))
        .route("/v1/jobs/", post(create).get(list))
        .route("/v1/jobs/{job}", get(one).head(exists).delete(delete))
        .route("/v1/jobs/{job}/uploads/{name}", uploads)
}

/// The route by which the lobby asks for an upload.
pub(crate) fn internal_routes() -> Router<Shared> {
    Router::new().route("/internal/jobs/{job}/uploads/{name}", get(upload::content))
}

/// A job with its last results.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(service: &Service, job: Uuid) -> Result<JobAnswer, Problem> {
    let (row, uploads) = store::find(&service.pool, job).await?;
    Ok(JobAnswer {
        job_id: job,
        map: raw(row.map)?,
        meta: raw(row.meta)?,
        uploads,
        results: row.results.map(raw).transpose()?,
    })
}

/// Makes a job out of an event's `data`, with the device in its meta.
///
/// # Errors
/// 400 with every fault.
pub(crate) async fn create_by_event(
    service: &Service,
    data: &Value,
    device_id: &str,
) -> Result<JobCreated, Problem> {
    let mut fields = Fields::event(data);
    let present = fields.has("map");
    let map = fields.object("map", map::read);
    let meta = free::optional_map(&mut fields, "meta");
    let wrong_map = present && map.peek().is_none();
    let (map, meta) = fields.finish((map, meta)).map_err(|problem| {
        if !wrong_map {
            return problem;
        }
        let faults = problem.body().errors.clone();
        Problem::bad_request(format!("Invalid map data: {}", problem.sentence())).errors(faults)
    })?;
    let mut meta = meta.unwrap_or_default();
    meta.insert("device_id".to_owned(), Value::from(device_id));
    make(service, &map, &meta).await
}

async fn create(
    State(service): State<Shared>,
    body: JsonObject,
) -> Result<Json<JobCreated>, Problem> {
    let mut fields = body.fields();
    let map = fields.object("map", map::read);
    let meta = free::optional_map(&mut fields, "meta");
    let (map, meta) = fields.finish((map, meta))?;
    let meta = meta.unwrap_or_default();
    make(&service, &map, &meta).await.map(Json)
}

async fn make(
    service: &Service,
    map: &Map,
    meta: &serde_json::Map<String, Value>,
) -> Result<JobCreated, Problem> {
    let map = serde_json::to_string(map).map_err(Problem::internal)?;
    let meta = serde_json::to_string(meta).map_err(Problem::internal)?;
    let job_id = store::create(&service.pool, map, meta).await?;
    Ok(JobCreated { job_id })
}

async fn list(
    State(service): State<Shared>,
    query: QueryObject,
) -> Result<Json<JobsAnswer>, Problem> {
    let page = Page::of(&query)?;
    let (rows, total) = store::list(&service.pool, page).await?;
    let jobs: Result<Vec<Listed>, Problem> = rows
        .into_iter()
        .map(|row| {
            Ok(Listed {
                job_id: row.id,
                meta: raw(row.meta)?,
                created_at: row.created_at,
                uploads: row.uploads,
                analyzed: row.analyzed,
            })
        })
        .collect();
    Ok(Json(JobsAnswer {
        jobs: jobs?,
        total,
        limit: page.limit,
        offset: page.offset,
    }))
}

async fn one(
    State(service): State<Shared>,
    Path(job): Path<String>,
) -> Result<Json<JobAnswer>, Problem> {
    find(&service, path_id(&job, "Job")?).await.map(Json)
}

/// Whether a job is there; nothing of it is read.
async fn exists(
    State(service): State<Shared>,
    Path(job): Path<String>,
) -> Result<StatusCode, Problem> {
    store::must_exist(&service.pool, path_id(&job, "Job")?).await?;
    Ok(StatusCode::OK)
}

async fn delete(
    State(service): State<Shared>,
    Path(job): Path<String>,
) -> Result<StatusCode, Problem> {
    let job = path_id(&job, "Job")?;
    service.in_task(move |service| remove(service, job)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What cannot be removed at once is noted, and removed later.
async fn remove(service: Shared, job: Uuid) -> Result<(), Problem> {
    store::delete(&service.pool, job).await?;
    if let Err(problem) = removal::clear(&service.pool, &service.shelf).await {
        tracing::warn!(%problem, "contents of a removed job are still there; they are looked at again");
    }
    Ok(())
}

/// A text that this service stored as JSON.
pub(crate) fn raw(text: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(text).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::time::Duration;

    use bytes::Bytes;
    use chassis::service::Identity;
    use ledger::testing::databases;

    use super::*;
    use crate::service::{Measurement, Settings};

    async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
        for _ in 0..1000 {
            if condition().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it did not come about");
    }

    fn settings(database: &ledger::DatabaseUrl, folder: &std::path::Path) -> Settings {
        Settings {
            database: Some(database.clone()),
            ..Settings::new(Identity::new("test", "127.0.0.1", None), folder)
        }
    }

    /// A job with one upload, and the upload's content.
    async fn filled(service: &Service) -> (Uuid, chassis::blobs::Sha256) {
        let empty = || "{}".to_owned();
        let pool = &service.pool;
        let job = store::create(pool, empty(), empty()).await.unwrap();
        let mut writer = service.shelf.begin(1000).await.unwrap();
        writer.write(Bytes::from_static(b"private")).await.unwrap();
        let _named_before_it_is_cleaned_away = service.shelf.hold().await;
        let blob = writer.seal().await.unwrap().place().await.unwrap();
        let content = store::Content {
            sha256: blob.sha256.to_string(),
            bytes: 7,
        };
        let note = removal::note(pool, &content.sha256).await.unwrap();
        store::name(pool, job, "a", &content, &note).await.unwrap();
        (job, blob.sha256)
    }

    #[tokio::test]
    async fn a_caller_that_leaves_and_an_end_leave_no_content_behind() {
        for database in databases().await {
            let folder = tempfile::TempDir::new().unwrap();
            let settings = settings(&database.url, folder.path());
            let shutdown = settings.shutdown.clone();
            let measurement = Measurement::open(settings).await.unwrap();
            let service = measurement.service();
            let (job, content) = filled(service).await;
            let naming = service.shelf.hold().await;
            let state = State(Shared::clone(service));
            let call = tokio::spawn(delete(state, Path(job.to_string())));
            let gone = async || store::must_exist(&service.pool, job).await.is_err();
            until(gone).await;
            call.abort();
            assert!(call.await.unwrap_err().is_cancelled());
            let mut end = pin!(shutdown.finish());
            assert!(futures_util::poll!(&mut end).is_pending(), "it waits");
            assert!(service.shelf.exists(&content).await.unwrap());
            drop(naming);
            assert!(end.await);
            assert!(!service.shelf.exists(&content).await.unwrap());
        }
    }

    #[tokio::test]
    async fn what_a_crash_left_is_removed_at_the_next_start() {
        for database in databases().await {
            let folder = tempfile::TempDir::new().unwrap();
            let settings = || settings(&database.url, folder.path());
            let at_first = settings();
            let shutdown = at_first.shutdown.clone();
            let before = Measurement::open(at_first).await.unwrap();
            let (job, content) = filled(before.service()).await;
            assert!(shutdown.finish().await);
            store::delete(&before.service().pool, job).await.unwrap();
            assert!(before.service().shelf.exists(&content).await.unwrap());
            let after = Measurement::open(settings()).await.unwrap();
            let shelf = &after.service().shelf;
            until(async || !shelf.exists(&content).await.unwrap()).await;
        }
    }

    #[tokio::test]
    async fn a_task_keeps_the_trace_of_its_request() {
        let folder = tempfile::TempDir::new().unwrap();
        let database = ledger::testing::sqlite().await;
        let settings = settings(&database.url, folder.path());
        let measurement = Measurement::open(settings).await.unwrap();
        let service = measurement.service();
        let (job, _) = filled(service).await;
        // A database that refuses is an internal error, which is told with its trace id.
        let mut tx = service.pool.begin().await.unwrap();
        ledger::on!(tx, db => sqlx::query("DROP TABLE uploads").execute(db).await.map(|_| ()))
            .unwrap();
        tx.commit().await.unwrap();
        let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n1\r\n--x--\r\n";
        let request = axum::extract::Request::post("/")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(axum::body::Body::from(form))
            .unwrap();
        let state = || State(Shared::clone(service));
        let trace = chassis::trace::Trace::fresh();
        let id = trace.trace_id().to_owned();
        let name = Path((job.to_string(), "b".to_owned()));
        let uploaded = trace.clone().scope(upload::upload(state(), name, request));
        let refused = uploaded.await.unwrap_err();
        assert_eq!(refused.body().trace_id.as_ref(), Some(&id));
        let deleted = trace.scope(delete(state(), Path(job.to_string())));
        let refused_too = deleted.await.unwrap_err();
        assert_eq!(refused_too.body().trace_id.as_ref(), Some(&id));
    }
}
