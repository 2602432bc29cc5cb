//! `POST /v1/{entity}:batch`: up to a thousand new rows, all of them or those that can be.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::body::JsonObject;
use chassis::fields::{FAULT_LIMIT, Read};
use chassis::problem::Problem;
use contract::problem::Fault;
use http::{HeaderMap, StatusCode};
use ledger::{DbError, Instant, Pool, ids};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::create::made;
use super::idempotency::{self, Key};
use super::{BODY_LIMIT, answer, refusal, store};
use crate::entity::{Cell, Entity, for_creation};
use crate::failure::Failure;
use crate::metrics::{Operation, Outcome};
use crate::service::Storage;

/// Most rows of a request.
pub(crate) const ITEMS_MAX: usize = 1000;

/// What is asked for.
struct Asked {
    items: Vec<Map<String, Value>>,
    is_partial: bool,
}

pub(super) async fn create(
    entity: &'static Entity,
    State(service): State<Storage>,
    headers: HeaderMap,
    body: JsonObject<BODY_LIMIT>,
) -> Result<Response, Failure> {
    let route = format!("{}:batch", entity.table);
    let key = Key::of(&route, &headers, &body.0)?;
    let asked = asked(&body)?;
    if asked.is_partial && key.is_some() {
        return Err(Problem::bad_request(
            "Idempotency-Key cannot be kept for the mode 'partial': some rows may be kept and others not",
        )
        .remedy("Leave the header out, or use the mode 'all'.")
        .into());
    }
    service
        .in_task(move |service| async move {
            if asked.is_partial {
                partial(&service, entity, &asked.items).await
            } else {
                whole(&service, entity, key, &asked.items).await
            }
        })
        .await
}

fn asked(body: &JsonObject<BODY_LIMIT>) -> Result<Asked, Problem> {
    let mut fields = body.fields();
    let mode = if fields.has("mode") {
        fields.value("mode", |value| match value.as_str() {
            Some("all") => Ok(false),
            Some("partial") => Ok(true),
            _ => Err(("enum", "Input should be 'all' or 'partial'".to_owned())),
        })
    } else {
        Read::of(false)
    };
    let items = fields.value("items", |value| {
        let list = value
            .as_array()
            .ok_or(("list_type", "Input should be a valid list".to_owned()))?;
        if list.is_empty() || list.len() > ITEMS_MAX {
            let msg = format!(
                "List should have 1 to {ITEMS_MAX} items, not {}",
                list.len()
            );
            return Err(("too_long", msg));
        }
        let objects: Option<Vec<Map<String, Value>>> =
            list.iter().map(|item| item.as_object().cloned()).collect();
        objects.ok_or((
            "dict_type",
            "Every item should be a valid dictionary".to_owned(),
        ))
    });
    let (is_partial, items) = fields.finish((mode, items))?;
    Ok(Asked { items, is_partial })
}

/// Every row, or none. All faults of the bodies are told, of what the database refuses the first.
async fn whole(
    service: &Storage,
    entity: &'static Entity,
    key: Option<Key>,
    items: &[Map<String, Value>],
) -> Result<Response, Failure> {
    let now = Instant::now();
    let all = read(entity, items, now)?;
    let made = in_one(service.pool(), entity, key.as_ref(), &all, now);
    match service.counted(Operation::EntityBatch, made).await {
        Err(Stopped::At(place, error)) => {
            let refused = refusal::of(service, entity, &all[place], error).await;
            Err(named(place, refused))
        }
        Err(Stopped::Whole(failure)) => Err(failure),
        Ok(response) => Ok(response),
    }
}

/// Why a batch was not kept.
enum Stopped {
    /// The database refused the row of this place.
    At(usize, DbError),
    /// Something else.
    Whole(Failure),
}

impl<F: Into<Failure>> From<F> for Stopped {
    fn from(failure: F) -> Self {
        Self::Whole(failure.into())
    }
}

impl Outcome for Stopped {
    fn database_error(&self) -> Option<&DbError> {
        match self {
            Self::At(_, error) => Some(error),
            Self::Whole(failure) => failure.database_error(),
        }
    }
}

/// One transaction.
async fn in_one(
    pool: &Pool,
    entity: &'static Entity,
    key: Option<&Key>,
    all: &[Vec<Cell>],
    now: Instant,
) -> Result<Response, Stopped> {
    let mut tx = pool.begin().await?;
    if let Some(key) = key
        && let Some(answered) = key.used(&mut tx, now).await.transpose()
    {
        tx.rollback().await?;
        return Ok(answered?);
    }
    let mut text = String::from("{\"items\":[");
    for (place, cells) in all.iter().enumerate() {
        match store::insert_in(&mut tx, entity, ids::next(), cells, now).await {
            Ok(row) => {
                text.push_str(if place > 0 { "," } else { "" });
                row.write(entity, &mut text);
            }
            Err(error) => {
                tx.rollback().await?;
                return Err(Stopped::At(place, error));
            }
        }
    }
    text.push_str("]}");
    if let Some(key) = key {
        idempotency::keep(&mut tx, key, None, &text).await?;
    }
    tx.commit().await?;
    Ok(answer::json(text))
}

/// All items, or every fault of them.
fn read(
    entity: &Entity,
    items: &[Map<String, Value>],
    now: Instant,
) -> Result<Vec<Vec<Cell>>, Problem> {
    let (mut faults, mut all) = (Vec::new(), Vec::with_capacity(items.len()));
    for (place, item) in items.iter().enumerate() {
        match for_creation(entity, item, now) {
            Ok(cells) => all.push(cells),
            Err(problem) => faults.extend(
                problem
                    .body()
                    .errors
                    .iter()
                    .map(|fault| within(place, fault)),
            ),
        }
    }
    faults.truncate(FAULT_LIMIT);
    if faults.is_empty() {
        Ok(all)
    } else {
        Err(Problem::unprocessable(faults))
    }
}

/// Row by row: what was kept, and why the others were not.
async fn partial(
    service: &Storage,
    entity: &'static Entity,
    items: &[Map<String, Value>],
) -> Result<Response, Failure> {
    let mut told = Vec::with_capacity(items.len());
    let mut is_whole = true;
    for item in items {
        match made(service, entity, item).await {
            Ok(row) => {
                let body = RawValue::from_string(row.json(entity)).map_err(Problem::internal)?;
                told.push(json!({"status": 200, "body": body}));
            }
            Err(Failure::Refused(problem)) => {
                is_whole = false;
                told.push(json!({"status": problem.status().as_u16(), "problem": problem.body()}));
            }
            Err(failure @ Failure::Database(_)) => return Err(failure),
        }
    }
    let status = if is_whole {
        StatusCode::OK
    } else {
        StatusCode::MULTI_STATUS
    };
    Ok((status, axum::Json(json!({"items": told}))).into_response())
}

/// A fault of an item, with the item's place.
fn within(place: usize, fault: &Fault) -> Fault {
    let mut loc = vec!["body".into(), "items".into(), place.into()];
    loc.extend(fault.loc.iter().skip(1).cloned());
    Fault {
        loc,
        ..fault.clone()
    }
}

/// A refusal that says which item it is about.
fn named(place: usize, failure: Failure) -> Failure {
    match failure {
        Failure::Refused(problem) => {
            let detail = format!("items[{place}]: {}", problem.sentence());
            let faults = problem
                .body()
                .errors
                .iter()
                .map(|fault| within(place, fault))
                .collect();
            Problem::new(problem.status(), problem.code(), detail)
                .errors(faults)
                .into()
        }
        other @ Failure::Database(_) => other,
    }
}
