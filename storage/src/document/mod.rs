//! `/api/documents` of the Sonoma API: documents in batches, each stored or told why not.

mod batch;
mod cache;
mod reading;
mod store;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use chassis::body::{self, Path, QueryObject, bounded};
use chassis::problem::Problem;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use ledger::{DbError, Instant};
use serde::Serialize;
use serde_json::{Value, json};

use crate::entity::Shown;
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;
use batch::Document;
use reading::{EXTERNAL_ID, Sent, id_of, name_of};

pub(crate) use cache::Cache;
pub(crate) use reading::{CONTENT_TYPE_MAX, ID_MAX, SIZE_MAX, STATUS_MAX, URL_MAX};
pub(crate) use store::{STATEMENTS, forget as forget_documents};

/// Most documents of a request.
pub(crate) const DOCUMENTS_MAX: usize = 1000;

/// Bytes of a request.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Documents of a list where nothing is said, and at most.
pub(crate) const LIMIT: i64 = 100;
pub(crate) const LIMIT_MAX: i64 = 500;

/// What became of a request's documents.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    stored: usize,
    failed: usize,
    errors: Vec<Told>,
}

/// Why a document was not stored.
#[derive(Debug, Serialize)]
struct Told {
    id: String,
    error: String,
}

/// The routes.
pub(crate) fn routes() -> Router<Storage> {
    Router::new()
        .route("/api/documents", post(take).get(list))
        .route("/api/documents/{id}", get(one).delete(remove))
}

/// `POST /api/documents`. Every answer has the form of the contract, refusals too.
async fn take(State(service): State<Storage>, body: Body) -> Response {
    let entries = match entries(body).await {
        Ok(entries) => entries,
        Err((status, error)) => return told(status, &whole_refused(error)),
    };
    let count = entries.len();
    let work = |own: Storage| stored(own, entries);
    match service.in_task(work).await {
        Ok(outcome) => told(status_of(&outcome), &outcome),
        Err(failure) => failed(failure, count),
    }
}

/// A document of a request: by which name it is told, and what was read.
type Entry = (String, Result<Sent, String>);

/// The documents of a body.
async fn entries(body: Body) -> Result<Vec<Entry>, (StatusCode, String)> {
    let told = |problem: Problem| (problem.status(), problem.sentence());
    let bytes = bounded(body, BODY_LIMIT).await.map_err(told)?;
    body::read(bytes, read_entries).await.map_err(told)?
}

fn read_entries(bytes: &[u8]) -> Result<Vec<Entry>, (StatusCode, String)> {
    let sent: Value = serde_json::from_slice(bytes).map_err(|cause| {
        let text = format!("the body is not JSON: {cause}");
        (StatusCode::BAD_REQUEST, text)
    })?;
    let Some(Value::Array(documents)) = sent.get("documents") else {
        let text = "the body must be an object with a list 'documents'";
        return Err((StatusCode::BAD_REQUEST, text.to_owned()));
    };
    let count = documents.len();
    if count > DOCUMENTS_MAX {
        let text =
            format!("{count} documents were sent; at most {DOCUMENTS_MAX} are taken at once");
        return Err((StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    let places = documents.iter().enumerate();
    let entries = places.map(|(place, one)| (name_of(one, place), reading::read(one)));
    Ok(entries.collect())
}

async fn stored(service: Storage, entries: Vec<Entry>) -> Result<Outcome, Failure> {
    let faultless: Vec<&Sent> = entries.iter().flat_map(|(_, read)| read).collect();
    let kept = if faultless.is_empty() {
        Vec::new()
    } else {
        store::store(&service, &faultless, Instant::now()).await?
    };
    let mut kept = kept.into_iter();
    let mut outcome = Outcome::default();
    for (id, read) in entries {
        let error = match read {
            Err(error) => Some(error),
            Ok(_) => kept.next().and_then(Result::err).map(str::to_owned),
        };
        match error {
            None => outcome.stored += 1,
            Some(error) => {
                outcome.failed += 1;
                outcome.errors.push(Told { id, error });
            }
        }
    }
    Ok(outcome)
}

/// 200 where all were stored, 207 where some were, 400 where none was.
fn status_of(outcome: &Outcome) -> StatusCode {
    match (outcome.stored, outcome.failed) {
        (_, 0) => StatusCode::OK,
        (0, _) => StatusCode::BAD_REQUEST,
        _ => StatusCode::MULTI_STATUS,
    }
}

fn whole_refused(error: String) -> Outcome {
    let told = Told {
        id: String::new(),
        error,
    };
    Outcome {
        errors: vec![told],
        ..Outcome::default()
    }
}

/// What is told where the database fails: none was stored, or it is not known.
fn failed(failure: Failure, count: usize) -> Response {
    let away = matches!(
        failure,
        Failure::Database(DbError::Away(_) | DbError::Busy(_))
    );
    let problem = Problem::from(failure);
    if !away {
        return problem.into_response();
    }
    let outcome = Outcome {
        failed: count,
        ..whole_refused(problem.sentence())
    };
    let mut response = told(StatusCode::SERVICE_UNAVAILABLE, &outcome);
    response.headers_mut().insert(RETRY_AFTER, 1.into());
    response
}

fn told(status: StatusCode, outcome: &Outcome) -> Response {
    (status, axum::Json(outcome)).into_response()
}

async fn one(State(service): State<Storage>, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_of(&id);
    if let Some(body) = service.cache().get(id) {
        return Ok(json_of(body));
    }
    let reading = service.cache().begin(id);
    let found = store::one(service.pool(), id);
    let found = service.counted(Operation::DocumentsGet, found).await?;
    let document = found.ok_or_else(not_found)?;
    let body = serde_json::to_vec(&shown(&document)).map_err(Problem::internal)?;
    let body = Bytes::from(body);
    if let Some(reading) = reading {
        reading.keep(body.clone());
    }
    Ok(json_of(body))
}

async fn remove(
    State(service): State<Storage>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = |own: Storage| async move { Ok(store::delete(&own, id_of(&id)).await?) };
    if service.in_task(work).await? {
        return Ok(axum::Json(json!({"deleted": true})).into_response());
    }
    Err(not_found().into())
}

/// `GET /api/documents`: newest first, of an address, of a status, or all.
async fn list(State(service): State<Storage>, query: QueryObject) -> Result<Response, Failure> {
    let mut fields = query.fields();
    let limit = fields
        .optional_integer("limit", i64::MIN..=i64::MAX)
        .or(LIMIT);
    let offset = fields.optional_integer("offset", i64::MIN..=i64::MAX).or(0);
    let url = fields.optional_text("url", 1..=2048);
    let status = fields.optional_text("status", 0..=64);
    let (limit, offset, url, status) = fields.finish((limit, offset, url, status))?;
    let documents = if let Some(url) = url {
        let found = store::of_url(service.pool(), url.trim());
        let found = service.counted(Operation::DocumentsList, found).await?;
        let of_status = |d: &Document| status.as_ref().is_none_or(|status| *status == d.status);
        found.into_iter().filter(of_status).collect()
    } else {
        let limit = limit.clamp(1, LIMIT_MAX);
        let found = store::list(service.pool(), status.as_deref(), limit, offset.max(0));
        service.counted(Operation::DocumentsList, found).await?
    };
    let shown: Vec<Value> = documents.iter().map(shown).collect();
    Ok(axum::Json(json!({"documents": shown})).into_response())
}

fn json_of(body: Bytes) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, JSON)], body).into_response()
}

fn not_found() -> Problem {
    Problem::not_found("document not found")
}

fn shown(document: &Document) -> Value {
    let external = document.metadata.get(EXTERNAL_ID).and_then(Value::as_str);
    let id = external.map_or_else(|| document.id.to_string(), str::to_owned);
    json!({
        "id": id,
        "url": document.url,
        "status": document.status,
        "metadata": document.metadata,
        "createdAt": Shown(document.created_at).to_string(),
        "updatedAt": Shown(document.updated_at).to_string(),
    })
}
