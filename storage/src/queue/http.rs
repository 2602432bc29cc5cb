//! `POST /api/queue` of the Sonoma API: one route, one form of answer, for refusals too.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chassis::body::{self, bounded};
use chassis::problem::Problem;
use http::StatusCode;
use http::header::RETRY_AFTER;
use ledger::DbError;
use serde::Serialize;
use tokio::sync::oneshot;

use super::item::{Entry, Item, Payload, Receipt};
use super::reading::{Command, Refused, Request, Settling, read};
use super::{ENTRIES_MAX, QueueName};
use crate::failure::Failure;
use crate::service::Storage;

/// Bytes of a request.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// What is answered.
#[derive(Debug, Default, Serialize)]
struct Answer {
    success: bool,
    items: Vec<Shown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// An item of an answer.
#[derive(Debug, Default, Serialize)]
struct Shown {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

/// What is wrong with an item.
#[derive(Debug, Serialize)]
struct Told {
    id: String,
    error: String,
}

/// The route.
pub(crate) fn routes() -> Router<Storage> {
    Router::new().route("/api/queue", post(take))
}

async fn take(State(service): State<Storage>, body: Body) -> Response {
    let request = match requested(&service, body).await {
        Ok(request) => request,
        Err((status, error)) => return refused(status, error).into_response(),
    };
    let (_here, gone) = oneshot::channel();
    let ended = service.in_task(|own| done(own, request, gone)).await;
    ended.map_or_else(failed, IntoResponse::into_response)
}

async fn requested(service: &Storage, body: Body) -> Result<Request, (StatusCode, String)> {
    let told = |problem: Problem| (problem.status(), problem.sentence());
    let bytes = bounded(body, BODY_LIMIT).await.map_err(told)?;
    let settings = *service.queues().settings();
    let read = body::read(bytes, move |bytes| read(bytes, &settings)).await;
    read.map_err(told)?.map_err(|refused| match refused {
        Refused::Wrong(text) => (StatusCode::BAD_REQUEST, text),
        Refused::Many(count) => {
            let text = format!("{count} items were sent; at most {ENTRIES_MAX} are taken at once");
            (StatusCode::PAYLOAD_TOO_LARGE, text)
        }
    })
}

type Answered = Result<(StatusCode, axum::Json<Answer>), Failure>;

/// `gone` ends when the caller leaves: nothing is waited for then, since nobody would have it.
async fn done(service: Storage, request: Request, gone: oneshot::Receiver<()>) -> Answered {
    let Request { queue, command } = request;
    match command {
        Command::Push { entries, partial } => push(&service, &queue, entries, partial).await,
        Command::Pop { limit, lease, wait } => {
            let end = async {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = service.shutdown().begun() => {}
                    _ = gone => {}
                }
            };
            let items = if wait.is_zero() {
                service.queues().pop(&queue, limit, lease).await?
            } else {
                service
                    .queues()
                    .pop_until(&queue, limit, lease, end)
                    .await?
            };
            Ok(shown(items))
        }
        Command::Peek { limit, standing } => {
            Ok(shown(service.queues().peek(&queue, limit, standing).await?))
        }
        Command::Settle { claims, how } => settle(&service, &queue, claims, how).await,
    }
}

fn shown(items: Vec<Item>) -> (StatusCode, axum::Json<Answer>) {
    let shown = items.into_iter().map(|item| Shown {
        id: item.id.to_string(),
        payload: Some(item.payload),
        priority: Some(item.priority),
        attempts: Some(item.attempts),
        receipt: item.receipt.map(|receipt| receipt.to_string()),
    });
    ended(shown.collect(), Vec::new())
}

async fn push(
    service: &Storage,
    queue: &QueueName,
    read: Vec<(String, Result<Entry, String>)>,
    partial: bool,
) -> Answered {
    let (mut entries, mut errors) = (Vec::new(), Vec::new());
    for (id, entry) in read {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => errors.push(Told { id, error }),
        }
    }
    if entries.is_empty() || (!partial && !errors.is_empty()) {
        return Ok(ended(Vec::new(), errors));
    }
    service.queues().push(queue, &entries).await?;
    let pushed = entries.into_iter().map(|entry| Shown {
        id: entry.id.to_string(),
        payload: Some(entry.payload),
        ..Shown::default()
    });
    Ok(ended(pushed.collect(), errors))
}

async fn settle(
    service: &Storage,
    queue: &QueueName,
    claims: Vec<(String, Option<Receipt>)>,
    how: Settling,
) -> Answered {
    let receipts: Vec<Receipt> = claims.iter().filter_map(|(_, receipt)| *receipt).collect();
    let queues = service.queues();
    let good = match how {
        Settling::Ack => queues.ack(queue, &receipts).await?,
        Settling::Nack { delay } => queues.nack(queue, &receipts, delay).await?,
        Settling::Extend { lease } => queues.extend(queue, &receipts, lease).await?,
    };
    let mut good = good.into_iter();
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (id, receipt) in claims {
        if receipt.is_some() && good.next() == Some(true) {
            items.push(Shown {
                id,
                ..Shown::default()
            });
        } else {
            let error = "the receipt is not good any more: the item was finished, given back or handed out again";
            errors.push(Told {
                id,
                error: error.to_owned(),
            });
        }
    }
    Ok(ended(items, errors))
}

/// 200 where all went well, 207 where some did, 400 where none did.
fn ended(items: Vec<Shown>, errors: Vec<Told>) -> (StatusCode, axum::Json<Answer>) {
    let status = match (items.is_empty(), errors.is_empty()) {
        (_, true) => StatusCode::OK,
        (false, false) => StatusCode::MULTI_STATUS,
        (true, false) => StatusCode::BAD_REQUEST,
    };
    let error = errors.first().map(|first| match errors.len() {
        1 => format!("item {}: {}", first.id, first.error),
        many => format!("{many} items failed, first {}: {}", first.id, first.error),
    });
    let answer = Answer {
        success: errors.is_empty(),
        items,
        errors,
        error,
    };
    (status, axum::Json(answer))
}

fn refused(status: StatusCode, error: String) -> (StatusCode, axum::Json<Answer>) {
    let answer = Answer {
        error: Some(error),
        ..Answer::default()
    };
    (status, axum::Json(answer))
}

/// What is told where the database fails, in the form of the route.
fn failed(failure: Failure) -> Response {
    let away = matches!(
        failure,
        Failure::Database(DbError::Away(_) | DbError::Busy(_))
    );
    let problem = Problem::from(failure);
    if !away {
        return problem.into_response();
    }
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, problem.sentence()).into_response();
    response.headers_mut().insert(RETRY_AFTER, 1.into());
    response
}
