//! Browsers from other origins: which answers their pages may read. Internal doors are no business of any page.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderName, Method};
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use crate::origins::Origins;
use crate::service::HANDLE;
use crate::trace::REQUEST_ID;

/// Where the paths of internal doors begin.
const INTERNAL: &str = "/internal/";
const METHODS: [Method; 5] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::DELETE,
    Method::OPTIONS,
];
/// A browser may remember as long that a call is allowed.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Lets pages of these origins call the routes and read the answers with the `exposed` headers, the request's number
/// and `retry-after`. Credentials are never allowed: a device's id is no cookie. What begins with `/internal/` and
/// [`HANDLE`] is answered as if nobody had asked for an origin. Routes added afterwards are outside of it.
pub fn cors(
    router: Router,
    origins: &Origins,
    exposed: impl IntoIterator<Item = HeaderName>,
) -> Router {
    let (allowed, headers) = match origins {
        Origins::Any => (AllowOrigin::from(Any), AllowHeaders::from(Any)),
        Origins::Listed(list) => (
            AllowOrigin::list(list.clone()),
            AllowHeaders::mirror_request(),
        ),
    };
    let common = [REQUEST_ID, RETRY_AFTER];
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_headers(headers)
        .allow_methods(METHODS)
        .expose_headers(exposed.into_iter().chain(common).collect::<Vec<_>>())
        .max_age(REMEMBERED);
    router.layer(from_fn(move |request, next| {
        passed(layer.clone(), request, next)
    }))
}

async fn passed(layer: CorsLayer, request: Request, next: Next) -> Response {
    if is_internal(request.uri().path()) {
        return next.run(request).await;
    }
    match layer.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn is_internal(path: &str) -> bool {
    path == HANDLE || path.starts_with(INTERNAL)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::HeaderValue;

    use super::*;
    use crate::service::refusing;

    async fn answer(origins: &Origins, method: Method, path: &str) -> Response {
        let ok = || get(async || "ok").post(async || "ok");
        let routes = [HANDLE, "/internal/x", "/x"]
            .into_iter()
            .fold(Router::new(), |router, known| router.route(known, ok()));
        let exposed = [HeaderName::from_static("x-own")];
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("origin", "http://app.example")
            .header("access-control-request-method", "POST")
            .body(Body::empty())
            .unwrap();
        let router = cors(refusing(routes), origins, exposed);
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn pages_read_every_answer_but_those_of_internal_doors() {
        for (method, path, status, allowed) in [
            (Method::OPTIONS, "/x", 200, true),
            (Method::GET, "/x", 200, true),
            (Method::GET, "/nope", 404, true),
            (Method::DELETE, "/x", 405, true),
            (Method::OPTIONS, "/internal/x", 405, false),
            (Method::POST, "/internal/x", 200, false),
            (Method::GET, "/internal/nope", 404, false),
            (Method::OPTIONS, HANDLE, 405, false),
            (Method::POST, HANDLE, 200, false),
        ] {
            let answer = answer(&Origins::Any, method.clone(), path).await;
            let mut names = answer.headers().keys().map(HeaderName::as_str);
            let shown = names.any(|name| name.starts_with("access-control-"));
            let seen = (answer.status().as_u16(), shown);
            assert_eq!(seen, (status, allowed), "{method} {path}");
        }
    }

    #[tokio::test]
    async fn exposed_headers_are_the_services_and_the_common_ones_and_origins_those_of_the_list() {
        let any = answer(&Origins::Any, Method::GET, "/x").await;
        let exposed = any.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap();
        for name in ["x-own", "x-request-id", "retry-after"] {
            assert!(exposed.contains(name), "{exposed}");
        }
        assert_eq!(any.headers()["access-control-allow-origin"], "*");
        for (origin, allowed) in [("http://app.example", true), ("http://b.example", false)] {
            let listed = Origins::Listed(vec![HeaderValue::from_static(origin)]);
            let answer = answer(&listed, Method::GET, "/x").await;
            let shown = answer.headers().get("access-control-allow-origin");
            assert_eq!(shown.is_some(), allowed, "{origin}");
        }
    }
}
