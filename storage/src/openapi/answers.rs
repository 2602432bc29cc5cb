//! What operations have in common: refusals, heads of answers, parameters, and examples by their names.

use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{
    Content, ContentBuilder, Header, Ref, RefOr, Required, Response, ResponseBuilder,
};

use super::shape::{Shape, list, named, of, text_like, word};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// An example, and by which name request and answer of it are found.
pub(super) type Named = (&'static str, Value);

/// The name of an example where an operation has one only.
pub(super) const ONE: &str = "one";

/// An operation without answers.
pub(super) fn operation(id: String, tag: &str, summary: String) -> OperationBuilder {
    OperationBuilder::new()
        .operation_id(Some(id))
        .tag(tag)
        .summary(Some(summary))
}

/// A body that must be there.
pub(super) fn body(shape: impl Into<Shape>, examples: Vec<Named>) -> RequestBody {
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content(JSON, content(shape, examples))
        .build()
}

/// An answer with a JSON body.
pub(super) fn answer(
    description: &str,
    shape: impl Into<Shape>,
    examples: Vec<Named>,
) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(description)
        .content(JSON, content(shape, examples))
}

fn content(shape: impl Into<Shape>, examples: Vec<Named>) -> Content {
    let examples = examples
        .into_iter()
        .map(|(name, value)| (name, ExampleBuilder::new().value(Some(value))));
    ContentBuilder::new()
        .schema(Some(shape))
        .examples_from_iter(examples)
        .build()
}

/// A parameter of a path.
pub(super) fn in_path(name: &str, shape: impl Into<Shape>, example: &str) -> Parameter {
    parameter(name, ParameterIn::Path, shape)
        .required(Required::True)
        .example(Some(Value::from(example)))
        .build()
}

/// A parameter of a query or a head.
pub(super) fn parameter(
    name: &str,
    place: ParameterIn,
    shape: impl Into<Shape>,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .schema(Some(shape))
}

/// A head of an answer.
pub(super) fn head(description: &str, shape: impl Into<Shape>) -> Header {
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(shape))
        .build()
}

/// `Retry-After`.
pub(super) fn retry_after() -> Header {
    head(
        "Seconds after which to try again.",
        of(Type::Integer).minimum(Some(1)),
    )
}

/// Adds the refusals of these statuses.
pub(super) fn refusing(
    operation: OperationBuilder,
    statuses: impl IntoIterator<Item = u16>,
) -> OperationBuilder {
    statuses.into_iter().fold(operation, |operation, status| {
        let refusal = Ref::from_response_name(name_of(status));
        operation.response(status.to_string(), refusal)
    })
}

/// A refusal, by what it is called among the components.
pub(super) fn refusals() -> Vec<(&'static str, RefOr<Response>)> {
    let refusals = STATUSES.iter().map(|(status, name, description, title)| {
        let mut response = ResponseBuilder::new().description(*description).content(
            PROBLEM,
            content(named("Problem"), vec![(ONE, example(*status, title))]),
        );
        if matches!(status, 409 | 503) {
            response = response.header("Retry-After", retry_after());
        }
        (*name, response.into())
    });
    refusals.collect()
}

const STATUSES: [(u16, &str, &str, &str); 8] = [
    (
        400,
        "BadRequest",
        "Path, query or a header cannot be read.",
        "Bad Request",
    ),
    (
        403,
        "Forbidden",
        "The token of services is missing or another.",
        "Forbidden",
    ),
    (
        404,
        "NotFound",
        "It is not there, or a row that the body names is not.",
        "Not Found",
    ),
    (
        409,
        "Conflict",
        "Another row has the same unique value, or a request with the same key still runs.",
        "Conflict",
    ),
    (
        412,
        "PreconditionFailed",
        "The row has moved on since the version that `If-Match` names.",
        "Precondition Failed",
    ),
    (
        413,
        "TooLarge",
        "The body has too many bytes.",
        "Payload Too Large",
    ),
    (
        422,
        "Unprocessable",
        "Fields are wrong: every fault at once.",
        "Unprocessable Entity",
    ),
    (
        503,
        "Unavailable",
        "The database does not answer, or is busy.",
        "Service Unavailable",
    ),
];

fn name_of(status: u16) -> &'static str {
    let found = STATUSES.iter().find(|(own, ..)| *own == status);
    found.map_or("Unavailable", |(_, name, ..)| name)
}

/// What such a refusal looks like.
fn example(status: u16, title: &str) -> Value {
    let mut problem = json!({"type": "about:blank", "title": title, "status": status});
    let more = match status {
        403 => json!({"code": "FORBIDDEN", "detail": "Forbidden"}),
        404 => json!({"code": "NOT_FOUND", "detail": "lobby not found"}),
        409 => json!({"code": "CONFLICT", "detail": "lobby code already exists"}),
        412 => json!({"code": "PRECONDITION_FAILED",
            "detail": "The row has the tag \"3\"; If-Match asked for \"2\"",
            "remedy": "Read the row again, and send its new tag.", "data": {"current": "\"3\"", "asked": "\"2\""}}),
        413 => {
            json!({"code": "PAYLOAD_TOO_LARGE", "detail": "The body has more than the 16777216 bytes allowed",
            "data": {"limit_bytes": 16_777_216}})
        }
        422 => {
            let faults = json!([{"type": "missing", "loc": ["body", "external_id"], "msg": "Field required",
                "input": {}}]);
            json!({"code": "BAD_REQUEST", "detail": faults, "errors": faults})
        }
        503 => json!({"code": "UNAVAILABLE", "detail": "The database of storage does not answer",
            "remedy": "Try again; if it stays so, tell the operator.", "trace_id": "0".repeat(32)}),
        _ => json!({"code": "BAD_REQUEST",
            "detail": "The header Idempotency-Key has 0 characters; 1 to 255 visible ASCII characters are allowed"}),
    };
    if let (Value::Object(all), Value::Object(more)) = (&mut problem, more) {
        all.extend(more);
    }
    problem
}

/// The schemas of refusals.
pub(super) fn shapes() -> [(&'static str, Shape); 2] {
    let fault = of(Type::Object)
        .property(
            "type",
            of(Type::String).description(Some("The kind of fault in a word.")),
        )
        .property(
            "loc",
            list(
                AnyOfBuilder::new()
                    .item(of(Type::String))
                    .item(of(Type::Integer)),
            )
            .description(Some("The way to the field.")),
        )
        .property(
            "msg",
            of(Type::String).description(Some("What is allowed.")),
        )
        .property(
            "input",
            ObjectBuilder::new()
                .schema_type(SchemaType::AnyValue)
                .description(Some("The value seen.")),
        );
    let fault = ["type", "loc", "msg", "input"]
        .into_iter()
        .fold(fault, ObjectBuilder::required);
    let detail = AnyOfBuilder::new()
        .item(of(Type::String))
        .item(list(named("Fault")))
        .description(Some(
            "What happened: a sentence, or with 422 the list of faults.",
        ));
    let problem = of(Type::Object)
        .description(Some("A refusal (RFC 9457)."))
        .property("type", word(["about:blank"]))
        .property("title", of(Type::String))
        .property(
            "status",
            of(Type::Integer).minimum(Some(400)).maximum(Some(599)),
        )
        .property("detail", detail)
        .property(
            "code",
            text_like("^[A-Z][A-Z_]*$").description(Some("A word for programs; an open list.")),
        )
        .property(
            "errors",
            list(named("Fault")).description(Some("Every fault of the request.")),
        )
        .property(
            "remedy",
            of(Type::String).description(Some("What to do about it.")),
        )
        .property(
            "data",
            of(Type::Object).description(Some("Numbers and names inside the refusal.")),
        )
        .property(
            "trace_id",
            of(Type::String).description(Some("By which an operator finds it.")),
        );
    let needed = ["type", "title", "status", "detail", "code"];
    let problem = needed.into_iter().fold(problem, ObjectBuilder::required);
    [("Fault", fault.into()), ("Problem", problem.into())]
}
