//! The routes of an entity: create, get, list, change, remove, and many at once; the same for all seven.

mod answer;
mod batch;
mod change;
mod conditions;
mod create;
mod cursor;
mod idempotency;
mod list;
mod one;
mod refusal;
mod remove;
mod store;

use axum::Router;
use axum::routing::{get, post};
use chassis::body::QueryObject;
use chassis::fields::{Fields, Read};
use chassis::problem::Problem;
use contract::problem::Fault;
use serde_json::Value;
use uuid::Uuid;

use crate::entity::{ALL, Entity};
use crate::service::Storage;

/// Bytes of a body, results of simulations among them.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// What stands before every path.
pub(crate) const PREFIX: &str = "/v1";

pub(crate) use batch::ITEMS_MAX;
pub(crate) use idempotency::forget as forget_keys;
pub(crate) use list::{LIMIT, LIMIT_MAX};

/// Every statement of this module, besides those of entities.
pub(crate) const STATEMENTS: &[ledger::Texts] = idempotency::STATEMENTS;

/// Every route of every entity, with dashes and with underscores.
pub(crate) fn routes() -> Router<Storage> {
    let mut router = Router::new();
    for entity in ALL {
        router = routes_of(router, entity, entity.path);
        if entity.underscored() != entity.path {
            router = routes_of(router, entity, entity.underscored());
        }
    }
    router
}

fn routes_of(router: Router<Storage>, entity: &'static Entity, path: &str) -> Router<Storage> {
    let all = post(move |state, headers, body| create::create(entity, state, headers, body))
        .get(move |state, query| list::list(entity, state, query));
    let one = get(move |state, id, query, headers| one::by_id(entity, state, id, query, headers))
        .patch(move |state, id, query, headers, body| {
            change::change(entity, state, id, query, headers, body)
        })
        .delete(move |state, id, query, headers| remove::remove(entity, state, id, query, headers));
    let many = post(move |state, headers, body| batch::create(entity, state, headers, body));
    let mut router = router
        .route(&format!("{PREFIX}/{path}"), all)
        .route(&format!("{PREFIX}/{path}/{{id}}"), one)
        .route(&format!("{PREFIX}/{path}:batch"), many);
    if let Some((column, way)) = entity.lookup {
        let lookup =
            get(move |state, value, headers| one::by_value(entity, column, state, value, headers));
        router = router.route(&format!("{PREFIX}/{path}/{way}/{{value}}"), lookup);
    }
    router
}

/// The id in a path: what is none has a fault, as the earlier service told it.
fn path_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| {
        Problem::unprocessable(vec![Fault {
            kind: "uuid_parsing".to_owned(),
            loc: vec!["path".into(), "id".into()],
            msg: "Input should be a valid UUID".to_owned(),
            input: Value::from(text.chars().take(200).collect::<String>()),
        }])
    })
}

/// Whether hidden rows are asked for: `?deleted=true`.
fn wants_deleted(query: &QueryObject) -> Result<bool, Problem> {
    let mut fields = query.fields();
    let deleted = deleted(&mut fields);
    fields.finish(deleted)
}

fn deleted(query: &mut Fields<'_>) -> Read<bool> {
    if !query.has("deleted") {
        return Read::of(false);
    }
    query.value("deleted", |value| match value.as_str() {
        Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        _ => Err((
            "bool_parsing",
            "Input should be 'true' or 'false'".to_owned(),
        )),
    })
}
