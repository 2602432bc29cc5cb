//! What a refused row is told: which parent is not there, what it has in common with another row. A hidden parent is
//! there: rows may point to it.

use chassis::problem::Problem;
use contract::problem::Fault;
use ledger::{DbError, Pool, read};
use serde_json::Value;
use uuid::Uuid;

use crate::entity::{Cell, Column, Entity};
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

/// The refusal of a row that the database did not take.
pub(super) async fn of(
    service: &Storage,
    entity: &'static Entity,
    cells: &[Cell],
    error: DbError,
) -> Failure {
    match error {
        DbError::Unique { .. } => Problem::conflict(entity.duplicate).into(),
        DbError::ForeignKey { .. } => match missing_parents(service, entity, cells).await {
            Ok(problem) => problem.into(),
            Err(failure) => failure,
        },
        DbError::NotFound
        | DbError::Check { .. }
        | DbError::Busy(_)
        | DbError::Away(_)
        | DbError::Other(_) => error.into(),
    }
}

/// Every parent that is not there; one may have come back meanwhile, then the caller may try again.
async fn missing_parents(
    service: &Storage,
    entity: &'static Entity,
    cells: &[Cell],
) -> Result<Problem, Failure> {
    let mut faults = Vec::new();
    for (column, parent, id) in parents(entity, cells) {
        let found = is_there(service.pool(), parent, id);
        if !service.counted(Operation::EntityGet, found).await? {
            faults.push(fault(column, parent, id));
        }
    }
    if faults.is_empty() {
        return Ok(Problem::conflict("conflict").remedy("Try again."));
    }
    Ok(not_found(faults))
}

/// The parents that a row names.
fn parents(
    entity: &'static Entity,
    cells: &[Cell],
) -> Vec<(&'static Column, &'static Entity, Uuid)> {
    let pairs = entity.columns.iter().zip(cells);
    let named = pairs.filter_map(|(column, cell)| match (column.parent, cell) {
        (Some(parent), Cell::Uuid(Some(id))) => Some((column, parent, *id)),
        _ => None,
    });
    named.collect()
}

async fn is_there(pool: &Pool, parent: &'static Entity, id: Uuid) -> Result<bool, DbError> {
    let text = parent.statements().one_of_all;
    let found = read!(pool, db => sqlx::query(text).bind(id).fetch_optional(db).await.map(|row| row.is_some()))?;
    Ok(found)
}

fn fault(column: &Column, parent: &Entity, id: Uuid) -> Fault {
    Fault {
        kind: "not_found".to_owned(),
        loc: vec!["body".into(), column.name.into()],
        msg: format!("{} not found", parent.name),
        input: Value::from(id.to_string()),
    }
}

fn not_found(faults: Vec<Fault>) -> Problem {
    let names: Vec<&str> = faults.iter().map(|fault| fault.msg.as_str()).collect();
    Problem::not_found(names.join("; ")).errors(faults)
}
