//! `GET /v1/{entity}/{id}`, and the ways by another unique value.

use axum::extract::State;
use axum::response::Response;
use chassis::body::{Path, QueryObject};
use chassis::fields::Fields;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::{answer, conditions, path_id, store, wants_deleted};
use crate::entity::{Entity, Row, filter_cells};
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

pub(super) async fn by_id(
    entity: &'static Entity,
    State(service): State<Storage>,
    Path(id): Path<String>,
    query: QueryObject,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = path_id(&id)?;
    let deleted = wants_deleted(&query)?;
    let found = service
        .counted(
            Operation::EntityGet,
            store::one(service.pool(), entity, id, deleted),
        )
        .await?;
    shown(entity, found, &headers)
}

pub(super) async fn by_value(
    entity: &'static Entity,
    column: &'static str,
    State(service): State<Storage>,
    Path(value): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let path = Map::from_iter([(column.to_owned(), Value::from(value))]);
    let mut fields = Fields::query(&path);
    let cell = entity
        .column(column)
        .map(|column| filter_cells(column, &mut fields));
    let cell = fields
        .finish(cell.into_iter().collect::<Vec<_>>())?
        .into_iter()
        .flatten()
        .next();
    let Some(cell) = cell else {
        return Err(entity.not_found().into());
    };
    let found = service
        .counted(
            Operation::EntityGet,
            store::by(service.pool(), entity, &cell),
        )
        .await?;
    shown(entity, found, &headers)
}

fn shown(entity: &Entity, found: Option<Row>, headers: &HeaderMap) -> Result<Response, Failure> {
    let row = found.ok_or_else(|| entity.not_found())?;
    if conditions::is_known(headers, row.version) {
        return Ok(answer::unchanged(&row));
    }
    Ok(answer::of(entity, &row))
}
