//! What is for other services and for operators: facts, health, and this document.

use serde_json::{Value, json};
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::{OperationBuilder, PathItemBuilder, PathsBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;

use super::answers::{ONE, answer, body, operation, refusing};
use super::examples::id;
use super::shape::{Shape, integer, list, named, of, text, word};
use crate::entity::ALL;
use crate::records::RECORDS_MAX;

/// The name under which the token of services stands among the components.
pub(super) const TOKEN: &str = "InternalToken";

/// Adds the paths.
pub(super) fn with(paths: PathsBuilder) -> PathsBuilder {
    let read = |operation: OperationBuilder| {
        PathItemBuilder::new()
            .operation(HttpMethod::Get, operation)
            .build()
    };
    let records = PathItemBuilder::new().operation(HttpMethod::Post, records());
    paths
        .path("/internal/records", records.build())
        .path("/healthz", read(healthz()))
        .path("/health", read(health()))
        .path("/openapi.json", read(document()))
}

/// The schemas.
pub(super) fn shapes() -> [(&'static str, Shape); 1] {
    let names = ALL.iter().flat_map(|entity| {
        let other = (entity.underscored() != entity.path).then_some(entity.underscored());
        [Some(entity.path), other].into_iter().flatten()
    });
    let fact = of(Type::Object)
        .property("entity", word(names))
        .required("entity")
        .property(
            "id",
            text(1, 128).description(Some("Of the row; of a device its external id.")),
        )
        .required("id")
        .property(
            "seq",
            integer(0, i64::MAX).description(Some("Grows with every fact about the row.")),
        )
        .required("seq")
        .property(
            "fields",
            of(Type::Object).description(Some(
                "Fields of the row; devices are named by their external ids.",
            )),
        )
        .required("fields");
    [("Fact", fact.into())]
}

fn records() -> OperationBuilder {
    let facts = list(named("Fact"))
        .min_items(Some(1))
        .max_items(Some(RECORDS_MAX));
    let request = of(Type::Object)
        .property("records", facts)
        .required("records");
    let sent = json!({"records": [
        {"entity": "devices", "id": "phone-9", "seq": 1, "fields": {"label": "Seat 9"}},
        {"entity": "lobbies", "id": id(29), "seq": 2,
            "fields": {"code": "FACT29", "state": "open", "creator_device_id": "phone-9"}}]});
    let told = json!({"applied": 2, "skipped": 0, "refused": []});
    let operation = operation(
        "apply_records".to_owned(),
        "service",
        "Takes facts of other services, in order".to_owned(),
    )
    .security(SecurityRequirement::new(TOKEN, Vec::<String>::new()))
    .request_body(Some(body(request, vec![(ONE, sent)])))
    .response(
        "200",
        answer("What became of them.", outcome(), vec![(ONE, told)]),
    );
    refusing(operation, [403, 413, 422, 503])
}

fn outcome() -> ObjectBuilder {
    let count = || of(Type::Integer).minimum(Some(0));
    let refused = of(Type::Object)
        .property("index", count())
        .required("index")
        .property(
            "retry",
            of(Type::Boolean)
                .description(Some("Whether it can be applied once a parent is there.")),
        )
        .required("retry")
        .property("detail", of(Type::String))
        .required("detail");
    of(Type::Object)
        .property("applied", count())
        .required("applied")
        .property(
            "skipped",
            count().description(Some("Not newer than what was applied before.")),
        )
        .required("skipped")
        .property("refused", list(refused))
        .required("refused")
}

fn healthz() -> OperationBuilder {
    let ok = || {
        of(Type::Object)
            .property("ok", of(Type::Boolean))
            .required("ok")
    };
    operation(
        "healthz".to_owned(),
        "service",
        "Whether the database answers".to_owned(),
    )
    .response(
        "200",
        answer("It does.", ok(), vec![(ONE, json!({"ok": true}))]),
    )
    .response(
        "503",
        answer("It does not.", ok(), vec![(ONE, json!({"ok": false}))]),
    )
}

fn health() -> OperationBuilder {
    let told = |status: &str, database: &str| -> (ObjectBuilder, Value) {
        let shape = of(Type::Object)
            .property("status", word([status]))
            .required("status")
            .property("database", word([database]))
            .required("database")
            .property("version", of(Type::String))
            .required("version");
        (
            shape,
            json!({"status": status, "database": database, "version": env!("CARGO_PKG_VERSION")}),
        )
    };
    let ((well, well_shown), (ill, ill_shown)) = (told("ok", "ok"), told("unavailable", "error"));
    operation(
        "health".to_owned(),
        "service",
        "How the service is".to_owned(),
    )
    .response(
        "200",
        answer("The database answers.", well, vec![(ONE, well_shown)]),
    )
    .response("503", answer("It does not.", ill, vec![(ONE, ill_shown)]))
}

fn document() -> OperationBuilder {
    let shape = of(Type::Object)
        .property("openapi", of(Type::String))
        .required("openapi");
    let shown = json!({"openapi": "3.1.0", "info": {"title": "storage", "version": env!("CARGO_PKG_VERSION")}});
    operation("openapi".to_owned(), "service", "This document".to_owned())
        .response("200", answer("OpenAPI 3.1.", shape, vec![(ONE, shown)]))
}
