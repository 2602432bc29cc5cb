//! Who asked, and until when: request id, trace and deadline of the request a task works on, so that an error, a log
//! line and a call to another service name the same request.

use std::future::Future;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use uuid::Uuid;

/// Names one request through all services and back to the client.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C trace context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Milliseconds which the caller still waits.
pub const DEADLINE_MS: HeaderName = HeaderName::from_static("x-deadline-ms");

/// A request id of a client may have as many characters.
const REQUEST_ID_LIMIT: usize = 128;
/// A deadline further away than a day is none.
const DEADLINE_LIMIT_MS: u64 = 86_400_000;

tokio::task_local! {
    static CURRENT: Trace;
}

/// The request which a task works on.
#[derive(Debug, Clone)]
pub struct Trace {
    request_id: HeaderValue,
    id: Arc<str>,
    sampled: bool,
    deadline: Option<Instant>,
}

impl Trace {
    /// What the headers say; what they do not say, or say in a form that cannot be, is made new.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let (trace_id, sampled) = headers
            .get(TRACEPARENT)
            .and_then(|value| parse_traceparent(value.to_str().ok()?))
            .unwrap_or_else(|| (new_trace_id(), false));
        let request_id = headers
            .get(REQUEST_ID)
            .filter(|value| is_sane(value))
            .cloned()
            .or_else(|| HeaderValue::from_str(&trace_id).ok())
            .unwrap_or_else(|| HeaderValue::from_static("none"));
        Self {
            request_id,
            id: trace_id,
            sampled,
            deadline: deadline_of(headers, Instant::now()),
        }
    }

    /// A request that begins here, such as a tick of a background task.
    pub fn fresh() -> Self {
        Self::from_headers(&HeaderMap::new())
    }

    /// The request this task works on, if any.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The trace id of this task; a new one if it works on no request.
    pub fn current_id() -> String {
        CURRENT
            .try_with(|trace| trace.id.to_string())
            .unwrap_or_else(|_| new_trace_id().to_string())
    }

    /// Does `work` as part of this request. A task that a handler spawns is put under the handler's trace with it.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        &self.id
    }

    /// As the client sent it, or made here.
    pub fn request_id(&self) -> &HeaderValue {
        &self.request_id
    }

    /// How long the caller still waits; zero when its time is over, `None` when it did not say.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// The header for a call that this request makes, with a span of its own.
    pub fn traceparent(&self) -> Option<HeaderValue> {
        let flags = if self.sampled { "01" } else { "00" };
        let text = format!("00-{}-{:016x}-{flags}", self.id, next_span());
        HeaderValue::try_from(text).ok()
    }
}

fn deadline_of(headers: &HeaderMap, now: Instant) -> Option<Instant> {
    let text = headers.get(DEADLINE_MS)?.to_str().ok()?;
    let ms = text
        .parse::<u64>()
        .ok()
        .filter(|ms| *ms <= DEADLINE_LIMIT_MS)?;
    now.checked_add(Duration::from_millis(ms))
}

/// Visible ASCII without separators that could break a log line apart.
fn is_sane(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=REQUEST_ID_LIMIT).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte))
}

/// Trace id and sampled flag of `00-<32 hex>-<16 hex>-<2 hex>`.
fn parse_traceparent(text: &str) -> Option<(Arc<str>, bool)> {
    let mut parts = text.split('-');
    let (version, trace_id) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let known = version == "00" && parts.next().is_none();
    let shaped = is_hex(trace_id, 32) && is_hex(span, 16) && is_hex(flags, 2);
    let zero = trace_id.bytes().all(|b| b == b'0') || span.bytes().all(|b| b == b'0');
    if !known || !shaped || zero {
        return None;
    }
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    Some((Arc::from(trace_id), sampled))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn new_trace_id() -> Arc<str> {
    Arc::from(Uuid::new_v4().simple().to_string())
}

/// Spans need to differ, not to be secret: a random start and an odd step reach every value once.
fn next_span() -> u64 {
    static SPANS: OnceLock<AtomicU64> = OnceLock::new();
    let spans = SPANS.get_or_init(|| AtomicU64::new(Uuid::new_v4().as_u64_pair().0));
    spans
        .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_trace_is_carried_on_with_a_new_span() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = Trace::from_headers(&headers(&[(TRACEPARENT, parent)]));
        let next = trace.traceparent().unwrap();
        let text = next.to_str().unwrap();
        assert!(
            text.starts_with("00-0af7651916cd43dd8448eb211c80319c-"),
            "{text}"
        );
        assert!(text.ends_with("-01"), "{text}");
        assert_ne!(text, parent);
    }

    #[test]
    fn a_malformed_trace_is_made_new() {
        for bad in [
            "",
            "00-0-0-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "hello",
        ] {
            assert!(parse_traceparent(bad).is_none(), "{bad}");
        }
        let first = Trace::from_headers(&headers(&[(TRACEPARENT, "hello")]));
        assert!(is_hex(first.trace_id(), 32));
        assert_ne!(first.trace_id(), Trace::fresh().trace_id());
    }

    #[test]
    fn only_sane_request_ids_are_taken() {
        let kept = Trace::from_headers(&headers(&[(REQUEST_ID, "abc-1")]));
        assert_eq!(kept.request_id(), "abc-1");
        for bad in ["", "a b", "a\tb", "a\"b"] {
            let made = Trace::from_headers(&headers(&[(REQUEST_ID, bad)]));
            assert_eq!(made.request_id(), made.trace_id(), "{bad}");
        }
    }

    #[test]
    fn a_deadline_is_counted_from_its_arrival() {
        let now = Instant::now();
        let at = |value| deadline_of(&headers(&[(DEADLINE_MS, value)]), now);
        assert_eq!(at("1500"), Some(now + Duration::from_millis(1500)));
        for bad in ["soon", "-1", "", "86400001"] {
            assert!(at(bad).is_none(), "{bad}");
        }
    }
}
