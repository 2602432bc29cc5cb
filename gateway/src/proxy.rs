//! HTTP from outside to measurement and simulation, streamed both ways, by the list of what is allowed.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use chassis::client::{CallError, ServiceClient};
use chassis::problem::Problem;
use http::header::{ALLOW, CONTENT_LENGTH, EXPECT, FORWARDED, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde_json::json;

use crate::allowed::{self, NoWay, Way};
use crate::gate::Gate;
use crate::limits::{Limits, PROXY_TIMEOUT, REST_PATIENCE, UPLOAD_TIMEOUT};
use crate::origin::{FORWARDED_HOST, FORWARDED_PROTO, Origin};
use crate::upload::{self, Progress};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Headers that only services say to each other begin so.
const INTERNAL: &str = "x-internal-";
const FORWARDED_X: &str = "x-forwarded-";
const CORS: &str = "access-control-";

/// Passes a request on and its answer back. What nobody has read of the request is read before it is answered: a client
/// that sends everything first would otherwise find its connection reset, and no answer.
pub(crate) async fn pass(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let (request, progress) = upload::watch(request, gate.limits.body_bytes());
    let answer = answer(&gate, request, &progress).await;
    progress.discard_rest(REST_PATIENCE).await;
    answer
}

async fn answer(gate: &Gate, request: Request, progress: &Progress) -> Response {
    let path = request.uri().path().to_owned();
    match allowed::way(request.method(), &path) {
        Ok(way) => through(gate, way, request, progress)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        Err(NoWay::Path) => Problem::not_found("Not Found").into_response(),
        Err(NoWay::Method { allowed }) => method_not_allowed(allowed),
    }
}

async fn through(
    gate: &Gate,
    way: Way<'_>,
    request: Request,
    progress: &Progress,
) -> Result<Response, Problem> {
    let name = way.target.name();
    let service = gate.services.get(way.target).ok_or_else(|| {
        unreachable(name).remedy(format!(
            "This installation has no service {name}; ask the operator for it."
        ))
    })?;
    let limits = &gate.limits;
    if let Some(bytes) = announced(request.headers()).filter(|bytes| *bytes > limits.body_bytes()) {
        return Err(too_large(&way, limits, bytes));
    }
    let inner = inner(request, &way.path)?;
    let answer = exchange(service, &way, inner, progress).await;
    if progress.is_too_long() {
        return Err(too_large(&way, limits, progress.seen()));
    }
    let mut answer = answer.map_err(|error| failed(name, error))?;
    strip(answer.headers_mut(), |header| {
        header.starts_with(INTERNAL) || header.starts_with(CORS)
    });
    Ok(answer)
}

/// The request as the service sees it.
fn inner(request: Request, path: &str) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let origin = Origin::of(&parts);
    let target = match parts.uri.query() {
        Some(query) => Cow::Owned(format!("{path}?{query}")),
        None => Cow::Borrowed(path),
    };
    let target = PathAndQuery::try_from(target.as_ref())
        .map_err(|_| Problem::bad_request("The address has characters that no address has"))?;
    parts.uri = Uri::from(target);
    forward_headers(&mut parts.headers, &origin);
    parts.extensions = http::Extensions::new();
    Ok(Request::from_parts(parts, body))
}

fn forward_headers(headers: &mut HeaderMap, origin: &Origin) {
    strip(headers, |name| {
        name.starts_with(INTERNAL) || name.starts_with(FORWARDED_X)
    });
    for name in [HOST, EXPECT, FORWARDED] {
        headers.remove(name);
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(origin.scheme));
    for (name, value) in [(FORWARDED_FOR, &origin.ip), (FORWARDED_HOST, &origin.host)] {
        if let Some(value) = value
            .as_deref()
            .and_then(|text| HeaderValue::from_str(text).ok())
        {
            headers.insert(name, value);
        }
    }
}

/// Waits for the head of the answer: a fixed time, counted from the last byte of the request that moved.
async fn exchange(
    service: &ServiceClient,
    way: &Way<'_>,
    request: Request,
    progress: &Progress,
) -> Result<Response, CallError> {
    let whole = if way.uploads {
        UPLOAD_TIMEOUT
    } else {
        PROXY_TIMEOUT
    };
    let service = service.clone().with_timeout(whole);
    tokio::select! {
        answer = service.send(request) => answer,
        () = progress.stalled(PROXY_TIMEOUT) => {
            Err(CallError::TimedOut { service: service.name(), after: PROXY_TIMEOUT })
        }
    }
}

fn failed(service: &'static str, error: CallError) -> Problem {
    tracing::warn!(%error, "a request was not answered by its service");
    match error {
        CallError::Answered(problem) => problem,
        CallError::TimedOut { .. } => Problem::timeout("Upstream timeout")
            .remedy("It may still be carried out; ask for the state before sending it again.")
            .data(json!({"service": service})),
        CallError::Unreachable { .. } | CallError::Unreadable { .. } => {
            unreachable(service).remedy("Try again; if it stays so, tell the operator.")
        }
    }
}

fn unreachable(service: &'static str) -> Problem {
    Problem::bad_gateway("Upstream unreachable").data(json!({"service": service}))
}

fn too_large(way: &Way<'_>, limits: &Limits, seen: u64) -> Problem {
    let limit = limits.upload_bytes;
    let what = if way.uploads { "Upload" } else { "Body" };
    let told = if limit.is_multiple_of(1 << 20) {
        format!("{} MB", limit >> 20)
    } else {
        format!("{limit} bytes")
    };
    Problem::payload_too_large(format!("{what} too large (>{told})"))
        .remedy(format!(
            "At most {limit} bytes are taken, {seen} or more were sent. Send less; the operator sets the limit by \
             MEASUREMENT_MAX_UPLOAD_MB."
        ))
        .data(json!({"limit_bytes": limit, "seen_bytes": seen}))
}

fn method_not_allowed(allowed: &[Method]) -> Response {
    let mut response =
        Problem::of(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed").into_response();
    let names: Vec<_> = allowed.iter().map(Method::as_str).collect();
    if let Ok(value) = HeaderValue::try_from(names.join(", ")) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn strip(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    let names: Vec<HeaderName> = headers
        .keys()
        .filter(|name| unwanted(name.as_str()))
        .cloned()
        .collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_of_its_way_is_replaced() {
        let mut headers: HeaderMap = [
            ("x-internal-token", "stolen"),
            ("x-internal-anything", "x"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-prefix", "/evil"),
            ("forwarded", "for=1.2.3.4"),
            ("expect", "100-continue"),
            ("accept", "audio/wav"),
        ]
        .into_iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
        let origin = Origin {
            ip: Some("9.9.9.9".to_owned()),
            scheme: "https",
            host: Some("h".to_owned()),
        };
        forward_headers(&mut headers, &origin);
        let mut seen: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        seen.sort_unstable();
        let ours = [
            ("accept", "audio/wav"),
            ("x-forwarded-for", "9.9.9.9"),
            ("x-forwarded-host", "h"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(seen, ours);
    }
}
