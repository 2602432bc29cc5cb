//! The one way from a service to another: over HTTP, in memory, or faulty for tests; with the same token, time-out,
//! limits and headers in every form.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    RETRY_AFTER, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::service::INTERNAL_TOKEN;
use crate::token::Token;
use crate::trace::{DEADLINE_MS, REQUEST_ID, TRACEPARENT, Trace};

mod call_error;
mod faulty;
mod forms;

pub use call_error::{BadBase, CallError};
pub use faulty::{Disturbance, Faults};
use forms::Form;

/// Headers that belong to one connection and are never passed on.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// How calls are made.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Shown to the other service.
    pub token: Option<Token>,
    /// How long the head of an answer is waited for, and with it the whole of a JSON answer.
    pub timeout: Duration,
    /// A JSON answer may have as many bytes. Streams have no limit.
    pub answer_limit: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            token: None,
            timeout: Duration::from_secs(10),
            answer_limit: contract::envelope::ANSWER_BYTES,
        }
    }
}

/// Another service. Clones are cheap and share its connections. A call that is dropped is cancelled.
#[derive(Debug, Clone)]
pub struct ServiceClient {
    name: &'static str,
    form: Arc<Form>,
    token: Option<HeaderValue>,
    timeout: Duration,
    answer_limit: usize,
}

impl ServiceClient {
    /// A service at a base URL such as `http://lobby:8000`; a slash at its end is taken off.
    ///
    /// # Errors
    ///
    /// If the URL is not one of the scheme `http` with a host.
    pub fn http(name: &'static str, base: &str, manner: &Manner) -> Result<Self, BadBase> {
        Ok(Self::over(name, Form::http(base)?, manner))
    }

    /// A service in this process.
    pub fn in_memory(name: &'static str, router: Router, manner: &Manner) -> Self {
        Self::over(name, Form::InMemory(router), manner)
    }

    /// A service that misbehaves as `faults` says, and otherwise is `router`.
    pub fn faulty(name: &'static str, router: Router, faults: &Faults, manner: &Manner) -> Self {
        Self::over(name, Form::Faulty(router, faults.clone()), manner)
    }

    /// The name of the other service.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How long the head of an answer is waited for.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The same service, waited for differently.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends a request whose URI is a path with query. Both bodies are streams; the time-out covers the head of the
    /// answer. Any status is an answer. Headers of the connection are taken off on both ways.
    ///
    /// # Errors
    ///
    /// [`CallError::Unreachable`], [`CallError::TimedOut`].
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, CallError> {
        let budget = self.budget();
        self.within(budget, self.exchange(request, budget)).await
    }

    /// Asks for JSON.
    ///
    /// # Errors
    ///
    /// Every [`CallError`].
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.json(Method::GET, path, None).await
    }

    /// Sends JSON and reads the answer.
    ///
    /// # Errors
    ///
    /// Every [`CallError`].
    pub async fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let text = serde_json::to_vec(body)
            .map_err(|cause| self.unreadable(format!("request: {cause}")))?;
        self.json(Method::POST, path, Some(text)).await
    }

    fn over(name: &'static str, form: Form, manner: &Manner) -> Self {
        let token = manner.token.as_ref().and_then(|token| {
            let mut value = HeaderValue::from_str(token.expose()).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Self {
            name,
            form: Arc::new(form),
            token,
            timeout: manner.timeout,
            answer_limit: manner.answer_limit,
        }
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<T, CallError> {
        let request = self.json_request(method, path, body)?;
        let budget = self.budget();
        let whole = async {
            let answer = self.exchange(request, budget).await?;
            self.read(answer).await
        };
        self.within(budget, whole).await
    }

    fn json_request(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Request<Body>, CallError> {
        let uri = Uri::try_from(path)
            .map_err(|cause| self.unreachable(format!("{path} is no path: {cause}")))?;
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        if let Some(text) = body {
            let headers = request.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
            *request.body_mut() = Body::from(text);
        }
        Ok(request)
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response<Body>) -> Result<T, CallError> {
        let (parts, body) = answer.into_parts();
        let whole = Limited::new(body, self.answer_limit).collect().await;
        let bytes = whole
            .map_err(|cause| self.unreadable(format!("body: {cause}")))?
            .to_bytes();
        if parts.status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|cause| self.unreadable(cause.to_string()));
        }
        if !parts.status.is_client_error() && !parts.status.is_server_error() {
            return Err(self.unreadable(format!("status {}", parts.status)));
        }
        let problem = Problem::from_answer(parts.status, &bytes);
        Err(CallError::Answered(match retry_after(&parts.headers) {
            Some(seconds) => problem.retry_after(seconds),
            None => problem,
        }))
    }

    async fn exchange(
        &self,
        mut request: Request<Body>,
        budget: Duration,
    ) -> Result<Response<Body>, CallError> {
        strip_hop_by_hop(request.headers_mut());
        self.sign(request.headers_mut(), budget);
        let mut answer = self
            .form
            .call(request)
            .await
            .map_err(|reason| self.unreachable(reason))?;
        strip_hop_by_hop(answer.headers_mut());
        Ok(answer)
    }

    /// Who asks, for which request, and until when.
    fn sign(&self, headers: &mut HeaderMap, budget: Duration) {
        match &self.token {
            Some(token) => drop(headers.insert(INTERNAL_TOKEN, token.clone())),
            None => drop(headers.remove(INTERNAL_TOKEN)),
        }
        if let Some(trace) = Trace::current() {
            headers.insert(REQUEST_ID, trace.request_id().clone());
            if let Some(parent) = trace.traceparent() {
                headers.insert(TRACEPARENT, parent);
            }
        }
        let ms = u64::try_from(budget.as_millis()).unwrap_or(u64::MAX);
        headers.insert(DEADLINE_MS, HeaderValue::from(ms));
    }

    /// The own time-out, or what the caller has left of its own, if that is less.
    fn budget(&self) -> Duration {
        let left = Trace::current().and_then(|trace| trace.remaining());
        left.map_or(self.timeout, |left| left.min(self.timeout))
    }

    async fn within<T>(
        &self,
        budget: Duration,
        work: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let late = CallError::TimedOut {
            service: self.name,
            after: budget,
        };
        tokio::time::timeout(budget, work)
            .await
            .unwrap_or(Err(late))
    }

    fn unreachable(&self, reason: String) -> CallError {
        CallError::Unreachable {
            service: self.name,
            reason,
        }
    }

    fn unreadable(&self, reason: String) -> CallError {
        CallError::Unreadable {
            service: self.name,
            reason,
        }
    }
}

/// Takes off what belongs to one connection, with the headers that `Connection` names.
fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}
