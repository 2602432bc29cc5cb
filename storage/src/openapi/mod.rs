//! The service in one document, `OpenAPI` 3.1: `GET /openapi.json`. Schemas of entities are made from their
//! description, bounds are the constants that the readers use; a test answers every example with the real router.

mod answers;
mod documents;
mod examples;
mod queues;
mod rows;
mod schemas;
mod services;
mod shape;

use std::sync::OnceLock;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use utoipa::openapi::path::PathsBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Paths,
};

use crate::entity::ALL;
use crate::service::Storage;

const ABOUT: &str = "\
Devices, lobbies, participants, measurements, analyses, simulation jobs and their results; documents in batches; \
queues with priorities.

Entities with a dash in their path are found with an underscore as well. Every answer has an `x-request-id`. The media \
type of a request is not looked at. Fields of answers are added, never taken away. Texts have no U+0000; what is \
refused is told with every fault at once. Integers are taken as texts of digits too, as earlier clients send them.";

/// What stands in the document about each entity.
const TAGS: [(&str, &str); 3] = [
    (
        "documents",
        "Documents of the Sonoma API: each has one address",
    ),
    (
        "queues",
        "Queues of the Sonoma API: every item is handed out once, or until it is finished",
    ),
    (
        "service",
        "Facts of other services, health, and this document",
    ),
];

/// The document as a text, a JSON object with a line end.
pub fn openapi() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let text = document().to_pretty_json().unwrap_or_default();
        text + "\n"
    })
}

/// The route.
pub(crate) fn routes() -> Router<Storage> {
    Router::new().route("/openapi.json", get(shown))
}

async fn shown() -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, JSON)], openapi()).into_response()
}

fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Sonalyze storage")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(License::new("MIT OR Apache-2.0")));
    let of_entities = ALL
        .iter()
        .map(|entity| (entity.path, format!("Rows: {}", entity.name)));
    let others = TAGS.iter().map(|(name, text)| (*name, (*text).to_owned()));
    let tags = of_entities.chain(others);
    let tags =
        tags.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build());
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths())
        .components(Some(components()))
        .tags(Some(tags))
        .build()
}

fn paths() -> Paths {
    let paths = ALL.iter().fold(PathsBuilder::new(), |paths, entity| {
        rows::with(paths, entity)
    });
    services::with(queues::with(documents::with(paths))).build()
}

fn components() -> Components {
    let token = "INTERNAL_AUTH_TOKEN, which services show each other. Where none is set, this machine needs none.";
    let key = ApiKeyValue::with_description("x-internal-token", token);
    let entities = ALL.iter().flat_map(|entity| schemas::of_entity(entity));
    let fixed = shape::shared()
        .into_iter()
        .chain(answers::shapes())
        .chain(documents::shapes())
        .chain(queues::shapes())
        .chain(services::shapes())
        .map(|(name, shape)| (name.to_owned(), shape));
    let components = ComponentsBuilder::new()
        .security_scheme(services::TOKEN, SecurityScheme::ApiKey(ApiKey::Header(key)));
    let components = entities
        .chain(fixed)
        .fold(components, |all, (name, shape)| all.schema(name, shape));
    let refusals = answers::refusals().into_iter();
    refusals
        .fold(components, |all, (name, response)| {
            all.response(name, response)
        })
        .build()
}
