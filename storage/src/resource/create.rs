//! `POST /v1/{entity}`: a new row, or for a device the row of its external id; with `Idempotency-Key` at most once.

use axum::extract::State;
use axum::response::Response;
use chassis::body::JsonObject;
use http::HeaderMap;
use ledger::{DbError, Instant, Pool, Tx, ids};
use serde_json::{Map, Value};

use super::idempotency::{self, Key};
use super::{BODY_LIMIT, answer, refusal, store};
use crate::entity::{Cell, Create, Entity, Row, for_creation};
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

/// How often a code of our own is made anew when another lobby has it.
const CODES_MAX: u32 = 10;

pub(super) async fn create(
    entity: &'static Entity,
    State(service): State<Storage>,
    headers: HeaderMap,
    body: JsonObject<BODY_LIMIT>,
) -> Result<Response, Failure> {
    let key = Key::of(entity.table, &headers, &body.0)?;
    let Some(key) = key else {
        let row = made(&service, entity, &body.0).await?;
        return Ok(answer::of(entity, &row));
    };
    service
        .in_task(move |service| once(service, entity, key, body.0))
        .await
}

/// Without a key: one statement.
pub(super) async fn made(
    service: &Storage,
    entity: &'static Entity,
    body: &Map<String, Value>,
) -> Result<Row, Failure> {
    let now = Instant::now();
    let mut cells = for_creation(entity, body, now)?;
    let mut tries_left = CODES_MAX;
    loop {
        let row = store::insert(service.pool(), entity, ids::next(), &cells, now);
        match service.counted(Operation::EntityCreate, row).await {
            Err(DbError::Unique { .. })
                if tries_left > 0 && renew_code(entity, body, &mut cells) =>
            {
                tries_left -= 1;
            }
            Err(error) => return Err(refusal::of(service, entity, &cells, error).await),
            Ok(row) => return Ok(row),
        }
    }
}

/// With a key: the row and the answer to the key are kept together, or neither.
async fn once(
    service: Storage,
    entity: &'static Entity,
    key: Key,
    body: Map<String, Value>,
) -> Result<Response, Failure> {
    let now = Instant::now();
    let mut cells = for_creation(entity, &body, now)?;
    let mut tries_left = CODES_MAX;
    loop {
        let attempt = attempt(service.pool(), entity, &key, &cells, now);
        match service.counted(Operation::EntityCreate, attempt).await {
            Err(Failure::Database(DbError::Unique { .. }))
                if tries_left > 0 && renew_code(entity, &body, &mut cells) =>
            {
                tries_left -= 1;
            }
            Err(Failure::Database(error)) => {
                return Err(refusal::of(&service, entity, &cells, error).await);
            }
            outcome => return outcome,
        }
    }
}

/// One transaction: the answer that the key has, or the row and its answer.
async fn attempt(
    pool: &Pool,
    entity: &'static Entity,
    key: &Key,
    cells: &[Cell],
    now: Instant,
) -> Result<Response, Failure> {
    let mut tx = pool.begin().await?;
    if let Some(answered) = key.used(&mut tx, now).await.transpose() {
        tx.rollback().await?;
        return answered;
    }
    match kept(&mut tx, entity, key, cells, now).await {
        Ok(row) => {
            tx.commit().await?;
            Ok(answer::of(entity, &row))
        }
        Err(error) => {
            tx.rollback().await?;
            Err(error.into())
        }
    }
}

async fn kept(
    tx: &mut Tx,
    entity: &'static Entity,
    key: &Key,
    cells: &[Cell],
    now: Instant,
) -> Result<Row, DbError> {
    let row = store::insert_in(tx, entity, ids::next(), cells, now).await?;
    idempotency::keep(tx, key, Some(&answer::tag(row.version)), &row.json(entity)).await?;
    Ok(row)
}

/// Puts another code of our own into the cells; not where the code was given.
fn renew_code(entity: &Entity, body: &Map<String, Value>, cells: &mut [Cell]) -> bool {
    let given = |name: &str| {
        let text = body.get(name).and_then(Value::as_str);
        text.is_some_and(|text| !text.trim().is_empty())
    };
    let mut columns = entity.columns.iter();
    let place = columns.position(|column| matches!(column.create, Create::OrCode));
    let Some(place) = place.filter(|place| !given(entity.columns[*place].name)) else {
        return false;
    };
    cells[place] = Cell::Text(Some(ids::code()));
    true
}
