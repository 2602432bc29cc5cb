//! Jobs: a room's map, the recordings of it, and the last analysis.

mod map;
pub(crate) mod store;
mod upload;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::body::{JsonObject, QueryObject, path_id};
use chassis::fields::Fields;
use chassis::problem::Problem;
use contract::job::{JobCreated, Map};
use ledger::Instant;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::service::{Service, Shared};

/// Jobs of a page, unless the client says otherwise.
const PAGE: i64 = 50;

/// Most jobs of a page.
const PAGE_MAX: i64 = 500;

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
struct Page {
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
        .route("/v1/jobs/{job}", get(one).delete(delete))
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
    let meta = fields.optional_map("meta");
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
    let meta = fields.optional_map("meta");
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

async fn list(State(service): State<Shared>, query: QueryObject) -> Result<Json<Page>, Problem> {
    let mut fields = query.fields();
    let limit = fields.optional_integer("limit", 1..=PAGE_MAX).or(PAGE);
    let offset = fields.optional_integer("offset", 0..=i64::MAX).or(0);
    let (limit, offset) = fields.finish((limit, offset))?;
    let (rows, total) = store::list(&service.pool, limit, offset).await?;
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
    Ok(Json(Page {
        jobs: jobs?,
        total,
        limit,
        offset,
    }))
}

async fn one(
    State(service): State<Shared>,
    Path(job): Path<String>,
) -> Result<Json<JobAnswer>, Problem> {
    find(&service, path_id(&job, "Job")?).await.map(Json)
}

async fn delete(
    State(service): State<Shared>,
    Path(job): Path<String>,
) -> Result<StatusCode, Problem> {
    let contents = store::delete(&service.pool, path_id(&job, "Job")?).await?;
    service.shelf.clean(&service.pool, &contents).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A text that this service stored as JSON.
pub(crate) fn raw(text: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(text).map_err(Problem::internal)
}
