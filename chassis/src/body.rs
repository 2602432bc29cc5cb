//! What comes with an HTTP request: a JSON object of bounded size, the parameters of a query, ids in a path.

use axum::extract::{FromRequest, FromRequestParts, Path as AnyPath, Query, Request};
use bytes::Bytes;
use contract::problem::Fault;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::fields::Fields;
use crate::problem::Problem;

/// A JSON body may have as many bytes unless a handler says otherwise.
pub const JSON_LIMIT: usize = 1024 * 1024;

/// Bodies of at most so many bytes are read at once: some tenths of a millisecond.
const READ_AT_ONCE: usize = 64 * 1024;

/// The body of a request, a JSON object of at most `LIMIT` bytes. The content type is not looked at, because earlier
/// clients did not always send it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonObject<const LIMIT: usize = JSON_LIMIT>(pub Map<String, Value>);

impl<const LIMIT: usize> JsonObject<LIMIT> {
    /// Reads its fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields::body_object(&self.0)
    }
}

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for JsonObject<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let bytes = bounded(request.into_body(), LIMIT).await?;
        read(bytes, object).await?.map(Self)
    }
}

/// The parameters of the query. Of a name that stands twice the last value counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueryObject(pub Map<String, Value>);

impl QueryObject {
    /// Reads its fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields::query(&self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryObject {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| {
            Problem::bad_request("The query is not of the form name=value&name=value")
        })?;
        Ok(Self(
            pairs
                .0
                .into_iter()
                .map(|(name, value)| (name, Value::String(value)))
                .collect(),
        ))
    }
}

/// The parameters of a path, as axum's own extractor gives them; what it cannot read is refused in the common form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match AnyPath::<T>::from_request_parts(parts, state).await {
            Ok(AnyPath(read)) => Ok(Self(read)),
            Err(refused) if refused.status().is_client_error() => Err(unreadable(parts.uri.path())),
            Err(broken) => Err(Problem::internal(broken)),
        }
    }
}

/// As many characters of a path that cannot be read are shown.
const PATH_SHOWN: usize = 200;

fn unreadable(path: &str) -> Problem {
    let shown: String = path.chars().take(PATH_SHOWN).collect();
    Problem::bad_request(format!(
        "The path '{shown}' cannot be read: percent-encoded bytes must be UTF-8"
    ))
    .remedy("Send ids and names as they were given to you, percent-encoded as UTF-8.")
    .data(json!({"path": shown}))
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
///
/// 413 if it is longer, 400 if it breaks off.
pub async fn bounded(body: axum::body::Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(cause) if is_too_long(cause.as_ref()) => Err(Problem::payload_too_large(format!(
            "The body has more than the {limit} bytes allowed"
        ))
        .data(json!({"limit_bytes": limit}))),
        Err(_) => Err(Problem::bad_request("The body broke off before its end")),
    }
}

/// The id in a path. What is no UUID names nothing that exists: 404, `<what> not found`.
///
/// # Errors
///
/// 404.
pub fn path_id(text: &str, what: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::not_found(format!("{what} not found")))
}

/// Reads a body; a large one where blocking work runs, because reading is arithmetic and others wait on this thread.
///
/// # Errors
///
/// 500 where the reader panics.
pub async fn read<T: Send + 'static>(
    bytes: Bytes,
    reader: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, Problem> {
    if bytes.len() <= READ_AT_ONCE {
        return Ok(reader(&bytes));
    }
    let done = tokio::task::spawn_blocking(move || reader(&bytes)).await;
    done.map_err(|cause| Problem::internal(format!("a body was not read: {cause}")))
}

/// Reads a JSON object out of a body, for handlers that do so where arithmetic may run.
///
/// # Errors
///
/// 422 if it is none.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    if bytes.is_empty() {
        return Err(refused(
            "missing",
            &["body".into()],
            "Field required",
            Value::Null,
        ));
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Fields::body(&other).finish(()).map(|()| Map::new()),
        Err(cause) => {
            let place = offset(bytes, cause.line(), cause.column());
            let msg = format!("JSON decode error: {cause}");
            Err(refused(
                "json_invalid",
                &["body".into(), place.into()],
                &msg,
                json!({}),
            ))
        }
    }
}

fn refused(kind: &str, loc: &[Value], msg: &str, input: Value) -> Problem {
    Problem::unprocessable(vec![Fault {
        kind: kind.to_owned(),
        loc: loc.to_vec(),
        msg: msg.to_owned(),
        input,
    }])
}

/// Bytes before a place given as line and column, both counted from 1.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1));
    before.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1)
}

/// axum wraps the cause that tells a limit from a broken connection.
fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.is::<LengthLimitError>() {
            return true;
        }
        cause = inner.source();
    }
    false
}
