//! Browsers from other origins, for the service's own port. Behind the gateway that is the gateway's matter.

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

/// Headers of an answer that a page may read.
const EXPOSED: [&str; 2] = ["retry-after", "x-request-id"];

/// Lets browsers call the routes from these origins, `*` being all.
pub fn cors(router: Router, origins: &[String]) -> Router {
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::mirror_request()
    } else {
        let origins = origins.iter().filter_map(|o| HeaderValue::try_from(o).ok());
        AllowOrigin::list(origins)
    };
    let exposed = EXPOSED.into_iter().map(HeaderName::from_static);
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_credentials(true)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list(exposed));
    router.layer(layer)
}
