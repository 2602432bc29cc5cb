//! `POST /internal/records`: what other services know, applied in order, each fact at most once.
//!
//! A fact names the fields that it is about. Where its row is there, they change if the fact is newer than the last;
//! where it is not, the row is made, defaults for the rest: also when somebody deleted it in between. References to
//! devices are the device's external id, because that is how their owners know them; a device that is not known yet is
//! made. A fact that cannot be applied is told with its reason and whether to send it again; the others are applied.

mod apply;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chassis::body::JsonObject;
use chassis::fields::{Fields, Read, Whole};
use chassis::problem::Problem;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::entity::{ALL, Entity};
use crate::failure::Failure;
use crate::metrics::Operation;
use crate::service::Storage;

pub(crate) use apply::STATEMENTS;

/// Most facts of a request.
pub(crate) const RECORDS_MAX: usize = 1000;

/// Bytes of a request.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// A fact of another service.
#[derive(Debug)]
struct Fact {
    entity: &'static Entity,
    /// Of the row; for a device its external id counts instead.
    id: String,
    /// Grows with every fact about the row.
    seq: i64,
    fields: Map<String, Value>,
}

impl From<(&'static Entity, String, i64, Map<String, Value>)> for Fact {
    fn from((entity, id, seq, fields): (&'static Entity, String, i64, Map<String, Value>)) -> Self {
        Self {
            entity,
            id,
            seq,
            fields,
        }
    }
}

/// What became of the facts.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    applied: u64,
    /// Not newer than what was applied before.
    skipped: u64,
    refused: Vec<Refused>,
}

/// A fact that was not applied.
#[derive(Debug, Serialize)]
struct Refused {
    index: usize,
    /// Whether it can be applied later: something that it points to is not there yet.
    retry: bool,
    detail: String,
}

/// The route, without its lock.
pub(crate) fn routes() -> Router<Storage> {
    Router::new().route("/internal/records", post(take))
}

async fn take(
    State(service): State<Storage>,
    body: JsonObject<BODY_LIMIT>,
) -> Result<axum::Json<Outcome>, Failure> {
    let facts = facts(&body)?;
    let work = |own: Storage| async move {
        let applied = apply::all(own.pool(), &facts);
        own.counted(Operation::RecordsApply, applied).await
    };
    service.in_task(work).await.map(axum::Json)
}

fn facts(body: &JsonObject<BODY_LIMIT>) -> Result<Vec<Fact>, Problem> {
    let mut fields = body.fields();
    let facts = fields.array("records", 1..=RECORDS_MAX, fact);
    fields.finish(facts)
}

fn fact(fields: &mut Fields<'_>) -> Read<Fact> {
    let entity = fields.value("entity", |value| {
        let name = value.as_str().unwrap_or_default();
        let found = ALL
            .into_iter()
            .find(|entity| name == entity.path || name == entity.table);
        found.ok_or_else(|| {
            let names: Vec<&str> = ALL.iter().map(|entity| entity.path).collect();
            (
                "enum",
                format!("Input should be one of {}", names.join(", ")),
            )
        })
    });
    let id = fields.text("id", 1..=128);
    let seq = fields.integer("seq", 0..=i64::MAX);
    let named = fields.map("fields");
    Whole::whole((entity, id, seq, named)).map(Fact::from)
}
