//! One transaction for all facts of a request, and a savepoint for each.

use ledger::{DbError, Instant, Pool, Texts, Tx, ids, on};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Fact, Outcome, Refused};
use crate::entity::{Cell, DEVICES, Entity, bound, completed, for_record};
use crate::failure::Failure;

const SAVE: &str = "SAVEPOINT fact";
const RELEASE: &str = "RELEASE SAVEPOINT fact";
const BACK: &str = "ROLLBACK TO SAVEPOINT fact";

const NEW_DEVICE: &str = "INSERT INTO devices (id, external_id, metadata, created_at, updated_at, version) \
    VALUES ($1, $2, $3, $4, $4, 1) ON CONFLICT (external_id) DO NOTHING";
const DEVICE: &str = "SELECT id FROM devices WHERE external_id = $1";

/// Every statement of this file that can be prepared.
pub(crate) const STATEMENTS: &[Texts] = &[Texts::same(NEW_DEVICE), Texts::same(DEVICE)];

/// What became of one fact.
enum Applied {
    Yes,
    Older,
    No { retry: bool, detail: String },
}

/// Applies facts in order.
pub(super) async fn all(pool: &Pool, facts: &[Fact]) -> Result<Outcome, Failure> {
    let now = Instant::now();
    let mut outcome = Outcome::default();
    let mut tx = pool.begin().await?;
    for (index, fact) in facts.iter().enumerate() {
        match guarded(&mut tx, fact, now).await? {
            Applied::Yes => outcome.applied += 1,
            Applied::Older => outcome.skipped += 1,
            Applied::No { retry, detail } => outcome.refused.push(Refused {
                index,
                retry,
                detail,
            }),
        }
    }
    tx.commit().await?;
    Ok(outcome)
}

/// A fact within a savepoint: what the database refuses leaves nothing behind.
async fn guarded(tx: &mut Tx, fact: &Fact, now: Instant) -> Result<Applied, Failure> {
    run(tx, SAVE).await?;
    let applied = match one(tx, fact, now).await {
        Ok(applied) => applied,
        Err(Failure::Refused(problem)) => Applied::No {
            retry: false,
            detail: problem.sentence(),
        },
        Err(Failure::Database(error)) => refused(fact.entity, error)?,
    };
    let end = if matches!(applied, Applied::No { .. }) {
        BACK
    } else {
        RELEASE
    };
    run(tx, end).await?;
    Ok(applied)
}

/// What the database refuses: a parent that is not there may come, a value that another row has does not go away.
fn refused(entity: &Entity, error: DbError) -> Result<Applied, DbError> {
    match error {
        DbError::ForeignKey { .. } => Ok(Applied::No {
            retry: true,
            detail: format!("{}: what it points to is not there yet", entity.name),
        }),
        DbError::Unique { .. } => Ok(Applied::No {
            retry: false,
            detail: entity.duplicate.to_owned(),
        }),
        DbError::NotFound
        | DbError::Check { .. }
        | DbError::Busy(_)
        | DbError::Away(_)
        | DbError::Other(_) => Err(error),
    }
}

async fn run(tx: &mut Tx, text: &'static str) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(text).execute(db).await.map(drop))?;
    Ok(())
}

async fn one(tx: &mut Tx, fact: &Fact, now: Instant) -> Result<Applied, Failure> {
    let body = with_devices(tx, fact, now).await?;
    let named = for_record(fact.entity, &body)?;
    let id = row_of(tx, fact, now).await?;
    if changed(tx, fact, id, &named, now).await? > 0 {
        return Ok(Applied::Yes);
    }
    let cells = match completed(fact.entity, &named, &body, now) {
        Ok(cells) => cells,
        // A part of a row that is there, and not newer, needs no further fields.
        Err(_) if is_there(tx, fact.entity, id).await? => return Ok(Applied::Older),
        Err(problem) => return Err(problem.into()),
    };
    let text = fact.entity.statements().record_new;
    let made = on!(tx, db => {
        let query = sqlx::query(text).bind(id).bind(fact.seq).bind(now);
        bound!(query, &cells).execute(db).await.map(|done| done.rows_affected())
    })?;
    Ok(if made > 0 {
        Applied::Yes
    } else {
        Applied::Older
    })
}

async fn changed(
    tx: &mut Tx,
    fact: &Fact,
    id: Uuid,
    named: &[Option<Cell>],
    now: Instant,
) -> Result<u64, DbError> {
    let text = fact.entity.statements().record_change;
    let columns = fact.entity.columns.iter().zip(named);
    let pairs: Vec<(bool, Cell)> = columns
        .map(|(column, cell)| {
            (
                cell.is_some(),
                cell.clone().unwrap_or_else(|| Cell::null(column.kind)),
            )
        })
        .collect();
    let changed = on!(tx, db => {
        let mut query = sqlx::query(text).bind(id).bind(fact.seq).bind(now);
        for (flag, cell) in &pairs {
            query = bound!(query.bind(*flag), [cell]);
        }
        query.execute(db).await.map(|done| done.rows_affected())
    })?;
    Ok(changed)
}

async fn is_there(tx: &mut Tx, entity: &'static Entity, id: Uuid) -> Result<bool, DbError> {
    let text = entity.statements().one_of_all;
    let found = on!(tx, db => sqlx::query(text).bind(id).fetch_optional(db).await.map(|row| row.is_some()))?;
    Ok(found)
}

/// The id of the row: a device's by its external id, another's as it is given.
async fn row_of(tx: &mut Tx, fact: &Fact, now: Instant) -> Result<Uuid, Failure> {
    if fact.entity.table == DEVICES.table {
        return Ok(device(tx, &fact.id, now).await?);
    }
    Uuid::try_parse(&fact.id).map_err(|_| {
        let text = format!("id: '{}' is no UUID; only devices have other ids", fact.id);
        Failure::Refused(chassis::problem::Problem::bad_request(text))
    })
}

/// The fields, with ids of devices where their external ids were.
async fn with_devices(
    tx: &mut Tx,
    fact: &Fact,
    now: Instant,
) -> Result<Map<String, Value>, Failure> {
    let mut body = fact.fields.clone();
    if fact.entity.table == DEVICES.table {
        body.insert("external_id".to_owned(), Value::from(fact.id.as_str()));
    }
    for column in fact.entity.columns {
        let points_to_device = column
            .parent
            .is_some_and(|parent| parent.table == DEVICES.table);
        let external = body
            .get(column.name)
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let (true, Some(external)) = (points_to_device, external) {
            let known_as = Map::from_iter([("external_id".to_owned(), external.as_str().into())]);
            for_record(&DEVICES, &known_as)?;
            let id = device(tx, &external, now).await?;
            body.insert(column.name.to_owned(), Value::from(id.to_string()));
        }
    }
    Ok(body)
}

/// The device of an external id, made if nobody knows it yet.
async fn device(tx: &mut Tx, external_id: &str, now: Instant) -> Result<Uuid, DbError> {
    let empty = Cell::empty();
    on!(tx, db => {
        let query = sqlx::query(NEW_DEVICE).bind(ids::next()).bind(external_id);
        bound!(query, [&empty]).bind(now).execute(db).await.map(drop)
    })?;
    let id = on!(tx, db => sqlx::query_scalar(DEVICE).bind(external_id).fetch_one(db).await)?;
    Ok(id)
}
