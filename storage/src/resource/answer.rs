//! Rows as answers: the contract's fields in the body, version and time in the head.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderValue, StatusCode};
use jiff::fmt::rfc2822::DateTimePrinter;
use ledger::Instant;

use crate::entity::{Entity, Row};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A row with its tag and time.
pub(super) fn of(entity: &Entity, row: &Row) -> Response {
    let mut response = json(row.json(entity));
    head(&mut response, row);
    response
}

/// Nothing but the head: the caller has the row of this version.
pub(super) fn unchanged(row: &Row) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    head(&mut response, row);
    response
}

/// JSON as it is.
pub(super) fn json(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// The strong tag of a version.
pub(super) fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

fn head(response: &mut Response, row: &Row) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&tag(row.version)) {
        headers.insert(ETAG, value);
    }
    let time = http_date(row.updated_at).and_then(|date| HeaderValue::from_str(&date).ok());
    if let Some(value) = time {
        headers.insert(LAST_MODIFIED, value);
    }
}

/// The form of dates in heads (RFC 9110, 5.6.7); none of years that it cannot write.
fn http_date(moment: Instant) -> Option<String> {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&moment.timestamp())
        .ok()
}
