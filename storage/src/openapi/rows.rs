//! The operations of an entity: they are the same for all seven, as the routes are.

use serde_json::{Value, json};
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{
    OperationBuilder, Parameter, ParameterIn, PathItemBuilder, PathsBuilder,
};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{HttpMethod, ResponseBuilder};

use super::answers::{Named, ONE, answer, body, head, in_path, operation, parameter, refusing};
use super::examples::{change, creation, rows};
use super::schemas::name_of;
use super::shape::{Shape, integer, list, named, of, taken, text_like, uuid, word};
use crate::entity::{Entity, INTEGER_MAX, Kind};
use crate::resource::{LIMIT, LIMIT_MAX, PREFIX};

/// A cursor of a row of the years 1970 to 8816: microseconds and id, base64url.
const CURSOR: &str = "^A[A-Za-v][A-Za-z0-9_-]{30}$";

const TAG: &str = "^(\\*|(W/)?\"[0-9]{1,18}\"(, ?(W/)?\"[0-9]{1,18}\"){0,7})$";

/// Adds the paths of an entity.
pub(super) fn with(paths: PathsBuilder, entity: &Entity) -> PathsBuilder {
    let base = format!("{PREFIX}/{}", entity.path);
    let one = PathItemBuilder::new()
        .operation(HttpMethod::Get, get(entity))
        .operation(HttpMethod::Patch, patch(entity))
        .operation(HttpMethod::Delete, delete(entity));
    let all = PathItemBuilder::new()
        .operation(HttpMethod::Post, create(entity))
        .operation(HttpMethod::Get, lists(entity));
    let many = PathItemBuilder::new().operation(HttpMethod::Post, batch(entity));
    let paths = paths
        .path(&base, all.build())
        .path(format!("{base}/{{id}}"), one.build())
        .path(format!("{base}:batch"), many.build());
    let Some((column, way)) = entity.lookup else {
        return paths;
    };
    let lookup = PathItemBuilder::new().operation(HttpMethod::Get, look_up(entity, column));
    paths.path(format!("{base}/{way}/{{value}}"), lookup.build())
}

/// An operation of an entity: `create_device`.
fn own(entity: &Entity, verb: &str, summary: &str) -> OperationBuilder {
    let name = entity.name.replace(' ', "_");
    operation(
        format!("{verb}_{name}"),
        entity.path,
        summary.replace("{}", entity.name),
    )
}

fn create(entity: &Entity) -> OperationBuilder {
    let summary = match entity.upsert_by {
        Some(_) => "Makes a {}, or writes over the one that has its unique value",
        None => "Makes a {}",
    };
    let [row, _] = rows(entity);
    let sent = vec![(ONE, creation(entity, &row))];
    let answered = row_of(entity, vec![(ONE, row)]);
    let links = ["get", "patch", "delete"]
        .into_iter()
        .fold(answered, |answer, verb| {
            let name = format!("{verb}_{}", entity.name.replace(' ', "_"));
            let link = LinkBuilder::new()
                .operation_id(&name)
                .parameter("id", "$response.body#/id");
            answer.link(name, link.build())
        });
    let operation = own(entity, "create", summary)
        .parameter(idempotency_key())
        .request_body(Some(body(named(&format!("New{}", name_of(entity))), sent)))
        .response("200", links);
    refusing(
        operation,
        [400, 413, 422, 503].into_iter().chain(of_rows(entity)),
    )
}

/// Refusals of the database: a parent that is not there, a value that another row has.
fn of_rows(entity: &Entity) -> impl Iterator<Item = u16> {
    let has_parent = entity.columns.iter().any(|column| column.parent.is_some());
    has_parent.then_some(404).into_iter().chain([409])
}

fn lists(entity: &Entity) -> OperationBuilder {
    let [row, _] = rows(entity);
    let next = head(
        "`<?..>; rel=\"next\"`, relative to this address, where there are more.",
        of(Type::String),
    );
    let total = head(
        "How many there are, with `count=exact`.",
        of(Type::Integer).minimum(Some(0)),
    );
    let answered = answer(
        "Rows, newest first.",
        list(named(&name_of(entity))),
        vec![(ONE, json!([row]))],
    )
    .header("Link", next)
    .header("X-Total-Count", total);
    let operation = own(entity, "list", "Lists rows: {}").response("200", answered);
    let filters = entity.filters().map(|column| {
        let filter = parameter(column.name, ParameterIn::Query, taken(column.kind));
        let text = match column.kind {
            Kind::Word(_) => "Words of one meaning are equal.",
            Kind::Uuid | Kind::Text(..) | Kind::Integer(..) | Kind::Map | Kind::Moment => {
                "Only these."
            }
        };
        filter.description(Some(text)).build()
    });
    let operation = general(entity)
        .into_iter()
        .chain(filters)
        .fold(operation, OperationBuilder::parameter);
    refusing(operation, [400, 422, 503])
}

/// What every list may be asked.
fn general(entity: &Entity) -> Vec<Parameter> {
    let query = |name: &str, text: &str, shape: Shape| {
        parameter(name, ParameterIn::Query, shape)
            .description(Some(text))
            .build()
    };
    let limit = integer(1, LIMIT_MAX).default(Some(Value::from(LIMIT)));
    let offset = integer(0, INTEGER_MAX).default(Some(Value::from(0)));
    let (up, down) = (entity.born, format!("-{}", entity.born));
    let mut all = vec![
        query(
            "limit",
            "At most so many; others are brought within the bounds.",
            limit.into(),
        ),
        query(
            "offset",
            "So many are left out; below 0 is 0.",
            offset.into(),
        ),
        query(
            "cursor",
            "Goes on where a header `Link` says, without `offset`.",
            text_like(CURSOR).into(),
        ),
        query(
            "sort",
            "The oldest first, or the newest.",
            word([up, down.as_str()]).into(),
        ),
        query("count", "Asks for `X-Total-Count`.", word(["exact"]).into()),
    ];
    all.extend(deleted(entity));
    all
}

fn get(entity: &Entity) -> OperationBuilder {
    let [row, _] = rows(entity);
    let operation = own(entity, "get", "Reads a {}")
        .parameter(id(&row))
        .parameter(condition(
            "If-None-Match",
            "Answers 304 where the row has one of these tags.",
        ))
        .response("200", row_of(entity, vec![(ONE, row)]));
    known(with_deleted(operation, entity))
}

fn look_up(entity: &Entity, column: &str) -> OperationBuilder {
    let [row, _] = rows(entity);
    let kind = entity
        .column(column)
        .map_or(Kind::Uuid, |column| column.kind);
    let value = row[column].as_str().unwrap_or_default();
    let operation = own(entity, "look_up", "Reads the {} of another unique value")
        .parameter(in_path("value", taken(kind), value))
        .parameter(condition(
            "If-None-Match",
            "Answers 304 where the row has one of these tags.",
        ))
        .response("200", row_of(entity, vec![(ONE, row.clone())]));
    known(operation)
}

/// The answers of a read besides the row.
fn known(operation: OperationBuilder) -> OperationBuilder {
    let unchanged = versioned(ResponseBuilder::new().description("The caller has this version."));
    refusing(operation.response("304", unchanged), [400, 404, 422, 503])
}

fn patch(entity: &Entity) -> OperationBuilder {
    let [row, _] = rows(entity);
    let sent = vec![(ONE, change(entity, &row))];
    let operation = own(entity, "patch", "Changes a {} (RFC 7396)")
        .parameter(id(&row))
        .parameter(if_match())
        .request_body(Some(body(
            named(&format!("{}Change", name_of(entity))),
            sent,
        )))
        .response("200", row_of(entity, vec![(ONE, row)]));
    let refused = [400, 404, 409, 412, 413, 422, 503];
    refusing(with_deleted(operation, entity), refused)
}

fn delete(entity: &Entity) -> OperationBuilder {
    let [row, _] = rows(entity);
    let gone = of(Type::Object).property("deleted", of(Type::Boolean).enum_values(Some([true])));
    let answered = answer(
        "It is gone, with what hangs on it.",
        gone.required("deleted"),
        vec![(ONE, json!({"deleted": true}))],
    );
    let operation = own(entity, "delete", "Removes a {} for good")
        .parameter(id(&row))
        .parameter(if_match())
        .response("200", answered);
    refusing(with_deleted(operation, entity), [400, 404, 412, 422, 503])
}

fn batch(entity: &Entity) -> OperationBuilder {
    let name = name_of(entity);
    let both = rows(entity);
    let items: Vec<Value> = both.iter().map(|row| creation(entity, row)).collect();
    let sent: Vec<Named> = vec![(ONE, json!({"items": items, "mode": "all"}))];
    let shape = || named(&format!("{name}BatchAnswer"));
    let some = answer(
        "Some rows were made, or none: the mode is `partial`.",
        shape(),
        Vec::new(),
    );
    let operation = own(entity, "create_many", "Makes up to a thousand rows: {}")
        .parameter(idempotency_key())
        .request_body(Some(body(named(&format!("{name}Batch")), sent)))
        .response(
            "200",
            answer(
                "All rows were made.",
                shape(),
                vec![(ONE, json!({"items": both}))],
            ),
        )
        .response("207", some);
    refusing(
        operation,
        [400, 413, 422, 503].into_iter().chain(of_rows(entity)),
    )
}

fn row_of(entity: &Entity, examples: Vec<Named>) -> ResponseBuilder {
    versioned(answer("The row.", named(&name_of(entity)), examples))
}

/// An answer that says the version of its row.
fn versioned(answer: ResponseBuilder) -> ResponseBuilder {
    answer
        .header(
            "ETag",
            head("The version of the row.", text_like("^\"[0-9]+\"$")),
        )
        .header(
            "Last-Modified",
            head("When it last changed.", of(Type::String)),
        )
}

fn id(row: &Value) -> Parameter {
    in_path("id", uuid(), row["id"].as_str().unwrap_or_default())
}

fn if_match() -> Parameter {
    condition(
        "If-Match",
        "Refused with 412 unless the row has one of these tags; weak ones never match.",
    )
}

fn condition(name: &str, text: &str) -> Parameter {
    parameter(name, ParameterIn::Header, text_like(TAG))
        .description(Some(text))
        .build()
}

fn idempotency_key() -> Parameter {
    let text = "Within 24 hours the same key and body get the same answer, and nothing is made twice. With another \
                body, or where some rows may be kept and others not, the request is refused.";
    let shape = text_like("^[!-~]{1,255}$")
        .min_length(Some(1))
        .max_length(Some(255));
    parameter("Idempotency-Key", ParameterIn::Header, shape)
        .description(Some(text))
        .build()
}

/// `deleted`, where a word hides rows.
fn deleted(entity: &Entity) -> Option<Parameter> {
    let text = "Rows of the word `deleted` too.";
    entity.hidden_by.map(|_| {
        let shape = of(Type::Boolean).default(Some(Value::from(false)));
        parameter("deleted", ParameterIn::Query, shape)
            .description(Some(text))
            .build()
    })
}

fn with_deleted(operation: OperationBuilder, entity: &Entity) -> OperationBuilder {
    deleted(entity)
        .into_iter()
        .fold(operation, OperationBuilder::parameter)
}
