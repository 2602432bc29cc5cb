//! `PATCH /v1/{entity}/{id}`: the fields that are named change, the others stay (RFC 7396).

use axum::extract::State;
use axum::response::Response;
use chassis::body::{JsonObject, Path, QueryObject};
use http::HeaderMap;
use ledger::Instant;

use super::conditions::{Tags, failed, if_match};
use super::store::{self, Change};
use super::{BODY_LIMIT, answer, path_id, refusal, wants_deleted};
use crate::entity::{Entity, Row, all_cells, for_patch};
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

pub(super) async fn change(
    entity: &'static Entity,
    State(service): State<Storage>,
    Path(id): Path<String>,
    query: QueryObject,
    headers: HeaderMap,
    body: JsonObject<BODY_LIMIT>,
) -> Result<Response, Failure> {
    let id = path_id(&id)?;
    let deleted = wants_deleted(&query)?;
    let cells = for_patch(entity, &body.0)?;
    let asked = if_match(&headers);
    let is_empty = cells.iter().all(Option::is_none);
    let version = match &asked {
        None if !is_empty => None,
        None | Some(_) => {
            let row = current(&service, entity, id, deleted, asked.as_ref()).await?;
            if is_empty {
                return Ok(answer::of(entity, &row));
            }
            Some(row.version)
        }
    };
    let change = Change {
        id,
        version,
        deleted,
    };
    let named = all_cells(entity, &cells);
    let patched = store::patch(service.pool(), entity, &change, cells, Instant::now());
    match service.counted(Operation::EntityPatch, patched).await {
        Ok(Some(row)) => Ok(answer::of(entity, &row)),
        Ok(None) => {
            let row = current(&service, entity, id, deleted, asked.as_ref()).await?;
            Err(failed(&asked.unwrap_or(Tags::Any), row.version).into())
        }
        Err(error) => Err(refusal::of(&service, entity, &named, error).await),
    }
}

/// The row as it is, if it is there and has a version that was asked for.
pub(super) async fn current(
    service: &Storage,
    entity: &'static Entity,
    id: uuid::Uuid,
    deleted: bool,
    asked: Option<&Tags>,
) -> Result<Row, Failure> {
    let row = store::one(service.pool(), entity, id, deleted);
    let row = service.counted(Operation::EntityGet, row).await?;
    let row = row.ok_or_else(|| entity.not_found())?;
    match asked {
        Some(Tags::Versions(versions)) if !versions.contains(&row.version) => {
            Err(failed(&Tags::Versions(versions.clone()), row.version).into())
        }
        _ => Ok(row),
    }
}
