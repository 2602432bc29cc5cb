//! `DELETE /v1/{entity}/{id}`: for good, with what hangs on it.

use axum::extract::State;
use axum::response::Response;
use chassis::body::{Path, QueryObject};
use http::HeaderMap;
use ledger::Instant;

use super::change::current;
use super::conditions::{Tags, failed, if_match};
use super::store::{self, Change};
use super::{answer, path_id, wants_deleted};
use crate::entity::Entity;
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

pub(super) async fn remove(
    entity: &'static Entity,
    State(service): State<Storage>,
    Path(id): Path<String>,
    query: QueryObject,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = path_id(&id)?;
    let deleted = wants_deleted(&query)?;
    let asked = if_match(&headers);
    let version = match &asked {
        None => None,
        Some(_) => Some(
            current(&service, entity, id, deleted, asked.as_ref())
                .await?
                .version,
        ),
    };
    let change = Change {
        id,
        version,
        deleted,
    };
    let gone = store::delete(service.pool(), entity, &change, Instant::now());
    if service.counted(Operation::EntityDelete, gone).await? {
        return Ok(answer::json("{\"deleted\":true}".to_owned()));
    }
    let row = current(&service, entity, id, deleted, asked.as_ref()).await?;
    Err(failed(&asked.unwrap_or(Tags::Any), row.version).into())
}
