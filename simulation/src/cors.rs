//! Browsers from other origins, for the service's own port. Behind the gateway that is the gateway's matter.

use axum::Router;
use axum::http::HeaderName;
use chassis::origins::Origins;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

/// Headers of an answer that a page may read.
const EXPOSED: [&str; 2] = ["retry-after", "x-request-id"];

/// Lets browsers call the routes from these origins.
pub fn cors(router: Router, origins: &Origins) -> Router {
    let allowed = match origins {
        Origins::Any => AllowOrigin::mirror_request(),
        Origins::Listed(listed) => AllowOrigin::list(listed.clone()),
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
