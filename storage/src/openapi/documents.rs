//! `/api/documents` in the document.

use serde_json::{Value, json};
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::{
    OperationBuilder, Parameter, ParameterIn, PathItemBuilder, PathsBuilder,
};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::answers::{ONE, answer, body, in_path, operation, parameter, refusing, retry_after};
use super::examples::BORN;
use super::shape::{Shape, integer, list, named, of, or_null, shown_moment, text, text_like};
use crate::document::{
    CONTENT_TYPE_MAX, DOCUMENTS_MAX, ID_MAX, LIMIT, LIMIT_MAX, SIZE_MAX, STATUS_MAX, URL_MAX,
};
use crate::entity::INTEGER_MAX;

const TAG: &str = "documents";

/// An absolute address without spaces and control characters.
const ADDRESS: &str = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#\\s\\u0000-\\u001f\\u007f-\\u009f][^\\s\\u0000-\\u001f\\u007f-\\u009f]*$";

/// Adds the paths.
pub(super) fn with(paths: PathsBuilder) -> PathsBuilder {
    let all = PathItemBuilder::new()
        .operation(HttpMethod::Post, store())
        .operation(HttpMethod::Get, lists());
    let one = PathItemBuilder::new()
        .operation(HttpMethod::Get, get())
        .operation(HttpMethod::Delete, delete());
    paths
        .path("/api/documents", all.build())
        .path("/api/documents/{id}", one.build())
}

/// The schemas.
pub(super) fn shapes() -> [(&'static str, Shape); 4] {
    let metadata = of(Type::Object)
        .description(Some(
            "Other names are kept as they are, without the character U+0000.",
        ))
        .property("crawledAt", or_null(named("Moment")))
        .property("lastModified", or_null(named("Moment")))
        .property("contentType", or_null(text(0, CONTENT_TYPE_MAX)))
        .property("size", or_null(integer(0, SIZE_MAX)))
        .property_names(Some(text_like("^[^\\u0000]*$")))
        .additional_properties(Some(named("Json")));
    let sent = of(Type::Object)
        .property("id", or_null(text(0, ID_MAX).description(Some(
            "A UUID, or a text from which one is made; the server makes one where it is absent, null or empty."))))
        .property("url", text_like(ADDRESS).max_length(Some(URL_MAX)).description(Some(
            "An absolute address of at most 2048 bytes; spaces around it are taken away.")))
        .required("url")
        .property("status", or_null(text(0, STATUS_MAX)))
        .property("metadata", or_null(named("DocumentMetadata")));
    let names = ["id", "url", "status", "metadata", "createdAt", "updatedAt"];
    let shown = of(Type::Object)
        .property("id", of(Type::String))
        .property("url", of(Type::String))
        .property("status", of(Type::String))
        .property("metadata", of(Type::Object))
        .property("createdAt", shown_moment())
        .property("updatedAt", shown_moment());
    let shown = names.into_iter().fold(shown, ObjectBuilder::required);
    [
        ("DocumentMetadata", metadata.into()),
        ("NewDocument", sent.into()),
        ("Document", shown.into()),
        ("Stored", outcome()),
    ]
}

fn outcome() -> Shape {
    let count = || of(Type::Integer).minimum(Some(0));
    let told = of(Type::Object)
        .property(
            "id",
            of(Type::String).description(Some("The id, else the address, else the place: `#3`.")),
        )
        .required("id")
        .property("error", of(Type::String))
        .required("error");
    of(Type::Object)
        .property("stored", count())
        .required("stored")
        .property("failed", count())
        .required("failed")
        .property("errors", list(told))
        .required("errors")
        .into()
}

fn sent() -> Value {
    json!({"documents": [{"id": "page-1", "url": "https://example.org/1", "status": "crawled",
        "metadata": {"crawledAt": "2026-01-31T09:00:00Z", "contentType": "text/html", "size": 5120}}]})
}

fn shown() -> Value {
    json!({"id": "page-1", "url": "https://example.org/1", "status": "crawled", "createdAt": BORN,
        "updatedAt": BORN, "metadata": {"_externalId": "page-1", "crawledAt": "2026-01-31T09:00:00Z",
        "contentType": "text/html", "size": 5120}})
}

fn store() -> OperationBuilder {
    let documents = list(named("NewDocument")).max_items(Some(DOCUMENTS_MAX));
    let request = of(Type::Object)
        .property("documents", documents)
        .required("documents");
    let refused = |error: &str| {
        vec![(
            ONE,
            json!({"stored": 0, "failed": 0, "errors": [{"id": "", "error": error}]}),
        )]
    };
    let wrong = json!({"stored": 0, "failed": 1, "errors": [{"id": "page-1",
        "error": "url must be an absolute http or https address of at most 2048 bytes"}]});
    let some = json!({"stored": 1, "failed": 1, "errors": [{"id": "page-2",
        "error": "url already belongs to another document"}]});
    let away = answer(
        "The database does not answer, or is busy.",
        named("Stored"),
        refused("The database of storage does not answer"),
    )
    .header("Retry-After", retry_after());
    operation(
        "store_documents".to_owned(),
        TAG,
        "Stores documents, each or told why not".to_owned(),
    )
    .request_body(Some(body(request, vec![(ONE, sent())])))
    .response(
        "200",
        answer(
            "All are stored.",
            named("Stored"),
            vec![(ONE, json!({"stored": 1, "failed": 0, "errors": []}))],
        ),
    )
    .response(
        "207",
        answer("Some are stored.", named("Stored"), vec![(ONE, some)]),
    )
    .response(
        "400",
        answer(
            "None is stored, or the body cannot be read.",
            named("Stored"),
            vec![(ONE, wrong)],
        ),
    )
    .response(
        "413",
        answer(
            "More than 1000 documents, or 10 MiB.",
            named("Stored"),
            refused("1001 documents were sent; at most 1000 are taken at once"),
        ),
    )
    .response("503", away)
}

fn lists() -> OperationBuilder {
    let query = |name: &str, text: &str, shape: Shape| {
        parameter(name, ParameterIn::Query, shape)
            .description(Some(text))
            .build()
    };
    let limit = integer(1, LIMIT_MAX).default(Some(Value::from(LIMIT)));
    let offset = integer(0, INTEGER_MAX).default(Some(Value::from(0)));
    let parameters: [Parameter; 4] = [
        query(
            "url",
            "The document of this address.",
            text(1, URL_MAX).into(),
        ),
        query("status", "Only of this status.", text(0, STATUS_MAX).into()),
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
    ];
    let all = of(Type::Object)
        .property("documents", list(named("Document")))
        .required("documents");
    let operation = operation(
        "list_documents".to_owned(),
        TAG,
        "Lists documents, newest first".to_owned(),
    )
    .response(
        "200",
        answer(
            "Documents.",
            all,
            vec![(ONE, json!({"documents": [shown()]}))],
        ),
    );
    let operation = parameters
        .into_iter()
        .fold(operation, OperationBuilder::parameter);
    refusing(operation, [400, 422, 503])
}

fn id() -> Parameter {
    in_path("id", text(1, ID_MAX), "page-1")
}

fn get() -> OperationBuilder {
    let operation = operation(
        "get_document".to_owned(),
        TAG,
        "Reads a document".to_owned(),
    )
    .parameter(id())
    .response(
        "200",
        answer("The document.", named("Document"), vec![(ONE, shown())]),
    );
    refusing(operation, [400, 404, 503])
}

fn delete() -> OperationBuilder {
    let gone = of(Type::Object)
        .property("deleted", of(Type::Boolean).enum_values(Some([true])))
        .required("deleted");
    let operation = operation(
        "delete_document".to_owned(),
        TAG,
        "Removes a document".to_owned(),
    )
    .parameter(id())
    .response(
        "200",
        answer("It is gone.", gone, vec![(ONE, json!({"deleted": true}))]),
    );
    refusing(operation, [400, 404, 503])
}
