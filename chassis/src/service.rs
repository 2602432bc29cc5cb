//! The coat of every service: panics caught, request named, unknown paths refused in the common form, internal doors
//! locked.

use std::any::Any;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderName, StatusCode};
use tracing::Instrument;

use crate::carrier::BROADCAST;
use crate::problem::Problem;
use crate::token::Token;
use crate::trace::{REQUEST_ID, Trace};
use crate::unread;

/// The header in which services show each other their token.
pub const INTERNAL_TOKEN: HeaderName = HeaderName::from_static("x-internal-token");
/// How the gateway hands over a socket's message.
pub const HANDLE: &str = "/gateway/handle";

/// Who a service is, and who may open its internal doors.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its name in logs and health answers.
    pub name: &'static str,
    /// Whether it is reached from this machine alone.
    pub loopback: bool,
    /// What internal callers must show; without one they are all refused.
    pub token: Option<Token>,
}

impl Identity {
    /// A service that listens on `host`.
    pub fn new(name: &'static str, host: &str, token: Option<Token>) -> Self {
        Self {
            name,
            loopback: is_loopback(host),
            token,
        }
    }
}

/// Whether an address or name can be reached from this machine alone.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Puts the common layers around a whole service. Routes added afterwards are outside of them.
pub fn layers(router: Router, identity: &Identity) -> Router {
    named(refusing(router), identity)
}

/// Refuses every other path and method in the common form.
pub fn refusing<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
}

/// Gives every request its trace and every answer its number, and turns a panic into a 500.
pub fn named(router: Router, identity: &Identity) -> Router {
    router.layer(from_fn_with_state(identity.name, door))
}

/// Puts a lock on routes: who shows the token passes. Where a service can be reached from this machine alone,
/// [`HANDLE`] is open, and without a token every door but that of pushes.
pub fn internal(router: Router, identity: &Identity) -> Router {
    router.layer(from_fn_with_state(identity.clone(), require_token))
}

/// Gives every request its trace, turns a panic into a 500, and says when the connection ends with the answer.
async fn door(State(service): State<&'static str>, request: Request, next: Next) -> Response {
    let trace = Trace::from_headers(request.headers());
    let span = tracing::info_span!(
        "request",
        service,
        method = %request.method(),
        path = request.uri().path(),
        trace_id = trace.trace_id(),
        request_id = ?trace.request_id(),
    );
    let request_id = trace.request_id().clone();
    let trace_id = trace.clone();
    let (request, body) = unread::watch(request);
    let work = AssertUnwindSafe(trace.scope(next.run(request))).catch_unwind();
    let mut response = work
        .instrument(span)
        .await
        .unwrap_or_else(|panic| caught(&trace_id, panic.as_ref()));
    response.headers_mut().insert(REQUEST_ID, request_id);
    body.mark(&mut response);
    response
}

fn caught(trace: &Trace, panic: &(dyn Any + Send)) -> Response {
    tracing::error!(
        trace_id = trace.trace_id(),
        cause = panic_text(panic),
        "a handler panicked"
    );
    Problem::broken(trace.trace_id().to_owned()).into_response()
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

/// The refusal of a path that is not there.
pub async fn unknown_path() -> Problem {
    Problem::not_found("Not Found")
}

/// The refusal of a method that a path does not have.
pub async fn unknown_method() -> Problem {
    Problem::of(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

/// The doors of a service that only this machine can reach: [`HANDLE`] always, the others where no token is set. A push
/// always needs the token, for the gateway's port is everybody's.
fn is_open_on_this_machine(path: &str, identity: &Identity) -> bool {
    path == HANDLE || (identity.token.is_none() && path != BROADCAST)
}

async fn require_token(State(identity): State<Identity>, request: Request, next: Next) -> Response {
    if identity.loopback && is_open_on_this_machine(request.uri().path(), &identity) {
        return next.run(request).await;
    }
    let Some(token) = &identity.token else {
        return Problem::forbidden("INTERNAL_AUTH_TOKEN not configured")
            .remedy("Set INTERNAL_AUTH_TOKEN to the same value in every service.")
            .into_response();
    };
    let shown = request
        .headers()
        .get(INTERNAL_TOKEN)
        .map(http::HeaderValue::as_bytes);
    if !shown.is_some_and(|shown| token.matches(shown)) {
        tracing::warn!(
            service = identity.name,
            path = request.uri().path(),
            "a call without the token was refused"
        );
        return Problem::forbidden("Forbidden").into_response();
    }
    next.run(request).await
}
