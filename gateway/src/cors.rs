//! Which web pages may call: any, unless `CORS_ORIGINS` names some.

use std::time::Duration;

pub use chassis::origins::{BadOrigin, Origins};
use http::header::{CONTENT_DISPOSITION, ETAG, LOCATION, RETRY_AFTER};
use http::{HeaderName, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

/// What a script may read of an answer beside its body.
const EXPOSED: [HeaderName; 8] = [
    HeaderName::from_static("x-audio-hash"),
    HeaderName::from_static("x-duration-seconds"),
    HeaderName::from_static("x-sample-rate"),
    CONTENT_DISPOSITION,
    HeaderName::from_static("x-request-id"),
    ETAG,
    LOCATION,
    RETRY_AFTER,
];
const METHODS: [Method; 5] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::DELETE,
    Method::OPTIONS,
];
/// A browser may remember as long that a call is allowed.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Answers preflights and marks answers. Credentials are never allowed: a device's id is no cookie.
pub(crate) fn layer(origins: &Origins) -> CorsLayer {
    let (allowed, headers) = match origins {
        Origins::Any => (AllowOrigin::from(Any), AllowHeaders::from(Any)),
        Origins::Listed(list) => (
            AllowOrigin::list(list.clone()),
            AllowHeaders::mirror_request(),
        ),
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_headers(headers)
        .allow_methods(METHODS)
        .expose_headers(EXPOSED)
        .max_age(REMEMBERED)
}
