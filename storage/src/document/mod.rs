//! `/api/documents` of the Sonoma API: documents in batches, each stored or told why not.

mod batch;
mod reading;
mod store;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chassis::body::{Path, QueryObject, bounded};
use chassis::problem::Problem;
use http::StatusCode;
use http::header::RETRY_AFTER;
use ledger::{DbError, Instant};
use serde::Serialize;
use serde_json::{Value, json};

use crate::entity::Shown;
use crate::failure::Failure;
use crate::service::Storage;
use batch::Document;
use reading::{EXTERNAL_ID, Sent, id_of, name_of};

pub(crate) use store::{STATEMENTS, forget as forget_documents};

/// Most documents of a request.
const DOCUMENTS_MAX: usize = 1000;

/// Bytes of a request.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Documents of a list where nothing is said, and at most.
const LIMIT: i64 = 100;
const LIMIT_MAX: i64 = 500;

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
    let documents = match documents(body).await {
        Ok(documents) => documents,
        Err((status, error)) => return told(status, &whole_refused(error)),
    };
    let count = documents.len();
    match service
        .in_task(move |service| stored(service, documents))
        .await
    {
        Ok(outcome) => told(status_of(&outcome), &outcome),
        Err(failure) => failed(failure, count),
    }
}

/// The documents of a body.
async fn documents(body: Body) -> Result<Vec<Value>, (StatusCode, String)> {
    let bytes = bounded(body, BODY_LIMIT)
        .await
        .map_err(|problem| (problem.status(), problem.sentence()))?;
    let sent: Value = serde_json::from_slice(&bytes).map_err(|cause| {
        (
            StatusCode::BAD_REQUEST,
            format!("the body is not JSON: {cause}"),
        )
    })?;
    let Some(Value::Array(documents)) = sent.get("documents") else {
        let text = "the body must be an object with a list 'documents'";
        return Err((StatusCode::BAD_REQUEST, text.to_owned()));
    };
    if documents.len() > DOCUMENTS_MAX {
        let text = format!(
            "{} documents were sent; at most {DOCUMENTS_MAX} are taken at once",
            documents.len()
        );
        return Err((StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    Ok(documents.clone())
}

async fn stored(service: Storage, documents: Vec<Value>) -> Result<Outcome, Failure> {
    let read: Vec<Result<Sent, String>> = documents.iter().map(reading::read).collect();
    let faultless: Vec<&Sent> = read.iter().flatten().collect();
    let mut kept = if faultless.is_empty() {
        Vec::new()
    } else {
        store::store(service.pool(), &faultless, Instant::now()).await?
    }
    .into_iter();
    let mut outcome = Outcome::default();
    for (place, sent) in read.into_iter().enumerate() {
        let error = match sent {
            Err(error) => Some(error),
            Ok(_) => kept.next().and_then(Result::err).map(str::to_owned),
        };
        match error {
            None => outcome.stored += 1,
            Some(error) => {
                outcome.failed += 1;
                let id = name_of(&documents[place], place);
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
    let found = store::one(service.pool(), id_of(&id)).await?;
    let document = found.ok_or_else(not_found)?;
    Ok(axum::Json(shown(&document)).into_response())
}

async fn remove(
    State(service): State<Storage>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    if store::delete(service.pool(), id_of(&id)).await? {
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
        let found = store::of_url(service.pool(), url.trim()).await?;
        let of_status = |d: &Document| status.as_ref().is_none_or(|status| *status == d.status);
        found.into_iter().filter(of_status).collect()
    } else {
        let limit = limit.clamp(1, LIMIT_MAX);
        store::list(service.pool(), status.as_deref(), limit, offset.max(0)).await?
    };
    let shown: Vec<Value> = documents.iter().map(shown).collect();
    Ok(axum::Json(json!({"documents": shown})).into_response())
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
