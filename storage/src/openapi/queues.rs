//! `/api/queue` in the document: one body for each operation, told apart by its name.

use serde_json::{Value, json};
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::{OperationBuilder, PathItemBuilder, PathsBuilder};
use utoipa::openapi::schema::{
    AnyOfBuilder, Discriminator, ObjectBuilder, OneOfBuilder, SchemaType, Type,
};

use super::answers::{Named, ONE, answer, body, operation, retry_after};
use super::shape::{Shape, integer, list, named, null, of, or_null, text, text_like, word};
use crate::entity::INTEGER_MAX;
use crate::queue::{DELAY_MAX_S, ENTRIES_MAX, ID_MAX, LEASE_S, NAME_MAX, WAIT_MAX_S};

/// Operations and the names of their schemas.
const OPERATIONS: [(&str, &str); 6] = [
    ("push", "Push"),
    ("pop", "Pop"),
    ("peek", "Peek"),
    ("ack", "Ack"),
    ("nack", "Nack"),
    ("extend", "Extend"),
];

/// Adds the path.
pub(super) fn with(paths: PathsBuilder) -> PathsBuilder {
    let item = PathItemBuilder::new().operation(HttpMethod::Post, work());
    paths.path("/api/queue", item.build())
}

/// The schemas.
pub(super) fn shapes() -> Vec<(&'static str, Shape)> {
    let mut shapes: Vec<(&'static str, Shape)> = OPERATIONS
        .iter()
        .map(|(operation, name)| (*name, request(operation).into()))
        .collect();
    shapes.extend([
        ("QueueItem", pushed()),
        ("QueueClaim", claim()),
        ("QueueAnswer", answered()),
    ]);
    shapes
}

fn request(operation: &str) -> ObjectBuilder {
    let name = format!("^[A-Za-z0-9._:-]{{1,{NAME_MAX}}}$");
    let base = of(Type::Object)
        .property("operation", word([operation]))
        .required("operation")
        .property(
            "queue",
            text_like(&name)
                .min_length(Some(1))
                .max_length(Some(NAME_MAX)),
        )
        .required("queue");
    match operation {
        "push" => with_items(base, "QueueItem").property("partial", flag()),
        "pop" => counted(base)
            .property("visibilityTimeoutSeconds", or_null(lease().description(Some(
                "Items come with a receipt, and again after as many seconds; without it they are removed."))))
            .property("waitSeconds", or_null(seconds(WAIT_MAX_S).description(Some(
                "How long to wait where there is nothing.")))),
        "peek" => counted(base).property("status", or_null(word(["pending", "dead"]))),
        "nack" => with_items(base, "QueueClaim").property("delaySeconds", or_null(seconds(DELAY_MAX_S))),
        "extend" => with_items(base, "QueueClaim")
            .property("visibilityTimeoutSeconds", lease())
            .required("visibilityTimeoutSeconds"),
        _ => with_items(base, "QueueClaim"),
    }
}

fn flag() -> Shape {
    let text = "Whether items without a fault go in although others have some.";
    or_null(of(Type::Boolean).description(Some(text)))
}

fn lease() -> ObjectBuilder {
    integer(LEASE_S.start().cast_signed(), LEASE_S.end().cast_signed())
}

fn seconds(most: f64) -> ObjectBuilder {
    of(Type::Number).minimum(Some(0)).maximum(Some(most))
}

fn with_items(base: ObjectBuilder, name: &str) -> ObjectBuilder {
    let items = list(named(name))
        .min_items(Some(1))
        .max_items(Some(ENTRIES_MAX));
    base.property("items", items).required("items")
}

/// How many items are asked for.
fn counted(base: ObjectBuilder) -> ObjectBuilder {
    let anything = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    let items = list(anything)
        .max_items(Some(ENTRIES_MAX))
        .description(Some(
            "As many as it has entries are asked for, where `limit` is not given.",
        ));
    let limit = integer(1, INTEGER_MAX).description(Some(
        "At most so many, and no more than `QUEUE_BATCH_SIZE`.",
    ));
    base.property("limit", or_null(limit))
        .property("items", or_null(items))
}

/// An item of a push: put off by a span or until a moment, not both.
fn pushed() -> Shape {
    let base = || {
        of(Type::Object)
            .property(
                "id",
                or_null(text(0, ID_MAX).description(Some(
                    "A UUID or any other text; one is made where it is absent, null or empty.",
                ))),
            )
            .property(
                "priority",
                or_null(
                    integer(i32::MIN.into(), i32::MAX.into())
                        .description(Some("Larger is served earlier.")),
                ),
            )
            .property("payload", or_null(named("Map")))
    };
    let by_span = base().property("delaySeconds", or_null(seconds(DELAY_MAX_S)));
    let by_moment = base().property("scheduledAt", or_null(named("Moment")));
    AnyOfBuilder::new()
        .item(by_span.property("scheduledAt", null()))
        .item(by_moment.property("delaySeconds", null()))
        .into()
}

fn claim() -> Shape {
    of(Type::Object)
        .property("id", or_null(text(0, ID_MAX)))
        .property(
            "receipt",
            text_like("^[0-9]{1,18}-[0-9a-f]{32}$").description(Some("As the pop answered it.")),
        )
        .required("receipt")
        .into()
}

fn answered() -> Shape {
    let item = of(Type::Object)
        .property("id", of(Type::String))
        .required("id")
        .property("payload", of(Type::Object))
        .property("priority", integer(i32::MIN.into(), i32::MAX.into()))
        .property("attempts", of(Type::Integer).minimum(Some(0)))
        .property("receipt", of(Type::String));
    let told = of(Type::Object)
        .property("id", of(Type::String))
        .required("id")
        .property("error", of(Type::String))
        .required("error");
    of(Type::Object)
        .property("success", of(Type::Boolean))
        .required("success")
        .property("items", list(item))
        .required("items")
        .property(
            "errors",
            list(told).description(Some("What is wrong with which item.")),
        )
        .property(
            "error",
            of(Type::String).description(Some("What is wrong, in a sentence.")),
        )
        .into()
}

fn work() -> OperationBuilder {
    let mapping =
        OPERATIONS.map(|(operation, name)| (operation, format!("#/components/schemas/{name}")));
    let any = OPERATIONS
        .iter()
        .fold(OneOfBuilder::new(), |any, (_, name)| any.item(named(name)))
        .discriminator(Some(Discriminator::with_mapping("operation", mapping)));
    let shape = || named("QueueAnswer");
    let refused = |error: &str| vec![(ONE, json!({"success": false, "items": [], "error": error}))];
    let away = answer(
        "The database does not answer, or is busy.",
        shape(),
        refused("The database of storage does not answer"),
    )
    .header("Retry-After", retry_after());
    let some = json!({"success": false, "items": [{"id": "page-1"}], "error": STALE,
        "errors": [{"id": "page-2", "error": "the receipt is not good any more: the item was finished, given back \
            or handed out again"}]});
    operation(
        "use_queue".to_owned(),
        "queues",
        "Pushes, pops, peeks at or settles items".to_owned(),
    )
    .request_body(Some(body(any, requests())))
    .response("200", answer("All was done.", shape(), answers()))
    .response("207", answer("Some was done.", shape(), vec![(ONE, some)]))
    .response(
        "400",
        answer(
            "Nothing was done, or the body cannot be read.",
            shape(),
            refused("push needs at least one item in items"),
        ),
    )
    .response(
        "413",
        answer(
            "More than 1000 items, or 10 MiB.",
            shape(),
            refused("1001 items were sent; at most 1000 are taken at once"),
        ),
    )
    .response("503", away)
}

const STALE: &str = "item page-2: the receipt is not good any more: the item was finished, given back or handed out \
                     again";

/// Receipts of the examples.
const RECEIPTS: [&str; 2] = [
    "1-0190a5c4000070008000000000000081",
    "2-0190a5c4000070008000000000000082",
];

/// Requests in an order in which they can be made.
fn requests() -> Vec<Named> {
    let request = |name: &'static str, more: Value| {
        let mut sent = json!({"operation": name, "queue": "urls"});
        if let (Value::Object(all), Value::Object(more)) = (&mut sent, more) {
            all.extend(more);
        }
        (name, sent)
    };
    let claim =
        |place: usize| json!([{"id": format!("page-{}", place + 1), "receipt": RECEIPTS[place]}]);
    vec![
        request(
            "push",
            json!({"items": [{"id": "page-1", "priority": 5, "payload": {"url": "https://example.org/1"}},
            {"id": "page-2", "payload": {"url": "https://example.org/2"}}]}),
        ),
        request("peek", json!({"limit": 1})),
        request("pop", json!({"limit": 2, "visibilityTimeoutSeconds": 30})),
        request(
            "extend",
            json!({"visibilityTimeoutSeconds": 60, "items": claim(0)}),
        ),
        request("nack", json!({"delaySeconds": 5, "items": claim(1)})),
        request("ack", json!({"items": claim(0)})),
    ]
}

fn answers() -> Vec<Named> {
    let item = |place: usize, attempts: u32| {
        json!({"id": format!("page-{}", place + 1), "priority": if place == 0 { 5 } else { 0 }, "attempts": attempts,
            "payload": {"url": format!("https://example.org/{}", place + 1)}})
    };
    let held = |place: usize| {
        let mut item = item(place, 1);
        item["receipt"] = RECEIPTS[place].into();
        item
    };
    let pushed = |place: usize| json!({"id": format!("page-{}", place + 1), "payload": {"url": format!("https://example.org/{}", place + 1)}});
    let done = |items: Value| json!({"success": true, "items": items});
    vec![
        ("push", done(json!([pushed(0), pushed(1)]))),
        ("peek", done(json!([item(0, 0)]))),
        ("pop", done(json!([held(0), held(1)]))),
        ("extend", done(json!([{"id": "page-1"}]))),
        ("nack", done(json!([{"id": "page-2"}]))),
        ("ack", done(json!([{"id": "page-1"}]))),
    ]
}
