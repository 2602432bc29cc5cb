//! One form for every "no" of every service, so that each says what happened, what is allowed and what to do.

use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use contract::problem::{Detail, Fault, ProblemBody};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::trace::Trace;

/// Media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A foreign text longer than this (characters) is not taken over as a sentence.
const FOREIGN_TEXT_LIMIT: usize = 500;

/// A refusal: a status, a code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    status: StatusCode,
    body: ProblemBody,
    retry_after_s: Option<u32>,
}

impl Problem {
    /// A refusal with a code of its own, such as 400 `NO_SIGNAL`.
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::with_detail(status, code.into(), Detail::Text(detail.into()))
    }

    /// A refusal with the code that belongs to its status.
    pub fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, code_of(status), detail)
    }

    /// 400: the request cannot be carried out as it stands.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, detail)
    }

    /// 403: the caller may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::FORBIDDEN, detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, detail)
    }

    /// 409: it contradicts the state of things.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::CONFLICT, detail)
    }

    /// 413: more bytes than are taken. The sentence names limit and size.
    pub fn payload_too_large(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// 422: the fields have these faults; `detail` is their list, as earlier clients read it.
    pub fn unprocessable(faults: Vec<Fault>) -> Self {
        let detail = Detail::Faults(faults.clone());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::with_detail(status, code_of(status).to_owned(), detail).errors(faults)
    }

    /// 502: another service answered what cannot be read.
    pub fn bad_gateway(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_GATEWAY, detail)
    }

    /// 503: not now; `retry_after_s` (seconds) says when to try again.
    pub fn unavailable(detail: impl Into<String>, retry_after_s: u32) -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(retry_after_s)
    }

    /// 504: it took longer than the caller wanted to wait.
    pub fn timeout(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::GATEWAY_TIMEOUT, detail)
    }

    /// 500: a promise of ours is broken. The cause is logged here, once, and never told to the client, who gets the
    /// trace id.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let trace_id = Trace::current_id();
        tracing::error!(%trace_id, %cause, "internal error");
        Self::broken(trace_id)
    }

    /// 500 whose cause has been logged already.
    pub(crate) fn broken(trace_id: String) -> Self {
        let text = "Internal error. Tell the operator the trace id.";
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, text).trace_id(trace_id)
    }

    /// Says what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.body.remedy = Some(remedy.into());
        self
    }

    /// Gives the numbers and names inside the refusal.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.0.body.data = Some(data);
        self
    }

    /// Lists every fault of the request; `detail` stays as it is.
    #[must_use]
    pub fn errors(mut self, faults: Vec<Fault>) -> Self {
        self.0.body.errors = faults;
        self
    }

    /// Says after how many seconds to try again, in the header `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Says by which id an operator finds it.
    #[must_use]
    pub fn trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.0.body.trace_id = Some(trace_id.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The word for programs, in upper case.
    pub fn code(&self) -> &str {
        &self.0.body.code
    }

    /// What is sent.
    pub fn body(&self) -> &ProblemBody {
        &self.0.body
    }

    /// After how many seconds to try again.
    pub fn retry_after_s(&self) -> Option<u32> {
        self.0.retry_after_s
    }

    /// What happened as one sentence; a list of faults is joined with semicolons.
    pub fn sentence(&self) -> String {
        match &self.0.body.detail {
            Detail::Text(text) => text.clone(),
            Detail::Faults(faults) => faults
                .iter()
                .map(|fault| format!("{}: {}", path_of(&fault.loc), fault.msg))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// Reads the answer of another service back. Bodies of foreign make are taken as far as they can be understood;
    /// the status is that of the response, whatever the body says.
    pub fn from_answer(status: StatusCode, body: &[u8]) -> Self {
        if let Ok(own) = serde_json::from_slice::<ProblemBody>(body) {
            return Self::completed(status, own);
        }
        Self::of(status, foreign_text(status, body))
    }

    fn completed(status: StatusCode, mut body: ProblemBody) -> Self {
        if body.code.is_empty() {
            code_of(status).clone_into(&mut body.code);
        }
        if let (Detail::Faults(faults), true) = (&body.detail, body.errors.is_empty()) {
            body.errors.clone_from(faults);
        }
        body.status = status.as_u16();
        title_of(status).clone_into(&mut body.title);
        Self(Box::new(Inner {
            status,
            body,
            retry_after_s: None,
        }))
    }

    fn with_detail(status: StatusCode, code: String, detail: Detail) -> Self {
        let body = ProblemBody {
            kind: "about:blank".to_owned(),
            title: title_of(status).to_owned(),
            status: status.as_u16(),
            detail,
            code,
            errors: Vec::new(),
            remedy: None,
            data: None,
            trace_id: None,
        };
        Self(Box::new(Inner {
            status,
            body,
            retry_after_s: None,
        }))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.status().as_u16(),
            self.code(),
            self.sentence()
        )
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner {
            status,
            mut body,
            retry_after_s,
        } = *self.0;
        if status.is_server_error() && body.trace_id.is_none() {
            body.trace_id = Some(Trace::current_id());
        }
        let text = match serde_json::to_vec(&body) {
            Ok(text) => text,
            Err(cause) => {
                tracing::error!(%cause, "a problem could not be written");
                Vec::new()
            }
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The code of a refusal that has none of its own.
pub fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        408 | 504 => "TIMEOUT",
        409 => "CONFLICT",
        413 => "PAYLOAD_TOO_LARGE",
        429 => "RATE_LIMITED",
        502 | 503 => "UNAVAILABLE",
        500.. => "INTERNAL",
        _ => "BAD_REQUEST",
    }
}

/// The way to a field as people write it: `body.speakers.0.device_id`.
pub(crate) fn path_of(loc: &[Value]) -> String {
    let parts = loc.iter().map(|part| {
        part.as_str()
            .map_or_else(|| part.to_string(), str::to_owned)
    });
    parts.collect::<Vec<_>>().join(".")
}

fn title_of(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Refused")
}

/// A short text of a refused request is taken over; what a broken service says of its inside is not.
fn foreign_text(status: StatusCode, body: &[u8]) -> String {
    let text = std::str::from_utf8(body).unwrap_or("").trim();
    let telling = !text.is_empty()
        && text.chars().take(FOREIGN_TEXT_LIMIT + 1).count() <= FOREIGN_TEXT_LIMIT
        && !text.contains(['<', '{', '[']);
    if telling && status.is_client_error() {
        return text.to_owned();
    }
    format!(
        "Another service answered {} without a reason that can be read",
        status.as_u16()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::json;

    async fn sent(problem: Problem) -> (StatusCode, http::HeaderMap, Value) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (
            parts.status,
            parts.headers,
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    fn fault() -> Fault {
        Fault {
            kind: "missing".to_owned(),
            loc: vec![json!("body"), json!("code")],
            msg: "Field required".to_owned(),
            input: json!({}),
        }
    }

    #[tokio::test]
    async fn a_refusal_has_every_part() {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "NO_SIGNAL", "Silent")
            .remedy("Check the microphone")
            .data(json!({"peak_dbfs": -90}));
        let (status, headers, body) = sent(problem).await;
        assert_eq!(status, 400);
        assert_eq!(headers[CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(
            body,
            json!({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "Silent",
                "code": "NO_SIGNAL", "remedy": "Check the microphone", "data": {"peak_dbfs": -90}})
        );
    }

    #[tokio::test]
    async fn faults_are_detail_and_errors() {
        let (status, _, body) = sent(Problem::unprocessable(vec![fault()])).await;
        assert_eq!(status, 422);
        let list = json!([{"type": "missing", "loc": ["body", "code"], "msg": "Field required", "input": {}}]);
        assert_eq!(body["detail"], list);
        assert_eq!(body["errors"], list);
    }

    #[tokio::test]
    async fn an_inner_cause_is_not_told() {
        let (status, _, body) = sent(Problem::internal("SELECT secret FROM table")).await;
        assert_eq!(status, 500);
        assert!(!body.to_string().contains("secret"));
        assert_eq!(body["trace_id"].as_str().unwrap().len(), 32);
    }

    #[tokio::test]
    async fn unavailable_says_when() {
        let (status, headers, _) = sent(Problem::unavailable("Queue is full", 3)).await;
        assert_eq!(status, 503);
        assert_eq!(headers[RETRY_AFTER], "3");
    }

    #[test]
    fn own_answers_come_back_whole() {
        let first = Problem::conflict("Lobby is not open")
            .remedy("Make a new one")
            .data(json!({"state": "closed"}));
        let text = serde_json::to_vec(first.body()).unwrap();
        assert_eq!(Problem::from_answer(StatusCode::CONFLICT, &text), first);
    }

    #[test]
    fn foreign_answers_are_understood_as_far_as_they_go() {
        let short = Problem::from_answer(StatusCode::NOT_FOUND, br#"{"detail":"Lobby not found"}"#);
        assert_eq!(
            (short.code(), short.sentence()),
            ("NOT_FOUND", "Lobby not found".to_owned())
        );

        let list = br#"{"detail":[{"type":"missing","loc":["body","x"],"msg":"Field required","input":{}}]}"#;
        let listed = Problem::from_answer(StatusCode::UNPROCESSABLE_ENTITY, list);
        assert_eq!(listed.body().errors.len(), 1);
        assert_eq!(listed.sentence(), "body.x: Field required");

        let text = Problem::from_answer(StatusCode::BAD_REQUEST, b"no such thing");
        assert_eq!(text.sentence(), "no such thing");
        let trace =
            Problem::from_answer(StatusCode::INTERNAL_SERVER_ERROR, b"at /srv/app.py line 3");
        assert!(!trace.sentence().contains("srv"), "{trace}");
        assert_eq!(trace.code(), "INTERNAL");
    }
}
