//! Reads a text frame: size, then rate, then shape. A refusal names the event and the request id as far as they can
//! be read, so that the client finds what was refused.

use std::fmt;
use std::time::Duration;

use chassis::problem::Problem;
use contract::socket::ClientMessage;
use http::StatusCode;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Value, json};

use crate::answer::Echo;
use crate::limits::{DATA_DEPTH, ECHO_BYTES, Limits};
use crate::rate::Bucket;

/// A message that is refused before anybody has looked at what it wants.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    /// What could be read of it.
    pub(crate) echo: Echo,
    /// Why.
    pub(crate) problem: Problem,
}

/// Reads a text frame.
///
/// # Errors
///
/// `message_too_large`, `rate_limited`, `bad_request`.
pub(crate) fn read(text: &str, limits: &Limits, bucket: &Bucket) -> Result<ClientMessage, Refused> {
    let checked = within_size(text.len(), limits).and_then(|()| within_rate(limits, bucket));
    let message = checked.and_then(|()| shaped(text));
    message.map_err(|problem| Refused {
        echo: glimpse(text),
        problem,
    })
}

/// The refusal of a binary frame: it costs what a text frame costs.
pub(crate) fn binary(bytes: usize, limits: &Limits, bucket: &Bucket) -> Problem {
    let checked = within_size(bytes, limits).and_then(|()| within_rate(limits, bucket));
    checked.err().unwrap_or_else(|| {
        Problem::bad_request("A binary frame is no message; messages are JSON in text frames")
    })
}

fn within_size(bytes: usize, limits: &Limits) -> Result<(), Problem> {
    let limit = limits.message_bytes;
    if bytes <= limit {
        return Ok(());
    }
    let detail =
        format!("Message exceeds MAX_MESSAGE_BYTES: it has {bytes} bytes, {limit} are allowed");
    Err(
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "MESSAGE_TOO_LARGE", detail)
            .remedy("Send less in one message; recordings go over HTTP.")
            .data(json!({"bytes": bytes, "limit_bytes": limit})),
    )
}

fn within_rate(limits: &Limits, bucket: &Bucket) -> Result<(), Problem> {
    bucket.take().map_err(|wait| too_many(limits, wait))
}

fn too_many(limits: &Limits, wait: Duration) -> Problem {
    let (burst, rate) = (limits.burst, limits.messages_per_s);
    let detail =
        format!("Too many messages: {burst} at once and {rate} a second are allowed on one socket");
    Problem::of(StatusCode::TOO_MANY_REQUESTS, detail)
        .remedy("Wait, then send it again; it was not carried out.")
        .data(json!({"burst": burst, "messages_per_s": rate, "wait_s": wait.as_secs_f64()}))
}

fn shaped(text: &str) -> Result<ClientMessage, Problem> {
    let invalid =
        |why: &dyn fmt::Display| Problem::bad_request(format!("Invalid JSON message: {why}"));
    match text.trim_ascii_start().chars().next() {
        Some('{') => {}
        None => return Err(invalid(&"it is empty; it must be a JSON object")),
        Some('[') => return Err(invalid(&"it is a list; it must be a JSON object")),
        Some(_) => return Err(invalid(&"it must be a JSON object")),
    }
    let message: ClientMessage = serde_json::from_str(text).map_err(|cause| invalid(&cause))?;
    if message.event.is_empty() {
        return Err(invalid(&"event is empty; it must name an event"));
    }
    if !message.data.get().starts_with('{') {
        return Err(invalid(&"data must be a JSON object"));
    }
    // What no service could read is refused here, where places are counted in what the client sent.
    if let Some(column) = too_deep(message.data.get()) {
        return Err(invalid(&format_args!(
            "in data: nested more than {DATA_DEPTH} deep at byte {column}"
        )));
    }
    if let Err(cause) = serde_json::from_str::<Value>(message.data.get()) {
        return Err(invalid(&format_args!("in data: {cause}")));
    }
    Ok(message)
}

/// Where JSON nests too deep: the byte, counted from 1, of the bracket that opens one level too many.
fn too_deep(json: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut is_escaped) = (0, false, false);
    for (index, byte) in json.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
        if depth > DATA_DEPTH {
            return Some(index + 1);
        }
    }
    None
}

/// Event and request id of a message that is refused. Reading ends where both are found or where the text is no JSON.
fn glimpse(text: &str) -> Echo {
    let mut echo = Echo::default();
    let outcome = serde_json::Deserializer::from_str(text).deserialize_map(Glimpse(&mut echo));
    if let Err(cause) = outcome {
        tracing::trace!(%cause, "the rest of a refused message was not read");
    }
    echo
}

struct Glimpse<'a>(&'a mut Echo);

impl<'de> Visitor<'de> for Glimpse<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while self.0.event.is_none() || self.0.request_id.is_none() {
            let Some(name) = fields.next_key::<String>()? else {
                return Ok(());
            };
            match name.as_str() {
                "event" => self.0.event = fields.next_value::<Readable>()?.0,
                "request_id" => self.0.request_id = fields.next_value::<Readable>()?.0,
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A text of a length that can be echoed, or anything else.
struct Readable(Option<String>);

impl<'de> serde::Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        if raw.get().len() > ECHO_BYTES {
            return Ok(Self(None));
        }
        let text = serde_json::from_str::<String>(raw.get()).ok();
        Ok(Self(text.filter(|text| !text.is_empty())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits() -> Limits {
        Limits {
            message_bytes: 100,
            messages_per_s: 0.0,
            burst: 3,
            ..Limits::default()
        }
    }

    fn read_one(text: &str) -> Result<ClientMessage, Refused> {
        read(text, &limits(), &Bucket::new(&limits()))
    }

    fn refused(text: &str) -> (String, Option<String>, Option<String>) {
        let Refused { echo, problem } = read_one(text).unwrap_err();
        (problem.code().to_owned(), echo.event, echo.request_id)
    }

    #[test]
    fn a_message_is_read_and_its_data_left_as_they_are() {
        let message =
            read_one(r#"{"event":"a.b","data":{"x": 1.50 },"request_id":"7","more":[]}"#).unwrap();
        assert_eq!(message.event, "a.b");
        assert_eq!(message.request_id, Some("7".to_owned()));
        assert_eq!(message.data.get(), r#"{"x": 1.50 }"#);
        assert_eq!(read_one(r#"{"event":"a"}"#).unwrap().data.get(), "{}");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for text in [
            "",
            "{",
            "[]",
            "\"x\"",
            "1",
            "null",
            "{}",
            r#"{"event":""}"#,
            r#"{"event":1}"#,
            r#"{"event":null}"#,
            r#"{"event":"a","data":[1]}"#,
            r#"{"event":"a","data":null}"#,
            r#"{"event":"a","data":"{}"}"#,
            r#"{"event":"a","request_id":1}"#,
            r#"{"event":"a"} x"#,
        ] {
            assert_eq!(refused(text).0, "BAD_REQUEST", "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_client() {
        let sentence = |text: &str| read_one(text).unwrap_err().problem.sentence();
        for (text, why) in [
            ("", "it is empty; it must be a JSON object"),
            (" [1]", "it is a list; it must be a JSON object"),
            ("null", "it must be a JSON object"),
            ("\"x\"", "it must be a JSON object"),
            (
                r#"{"event":"a","data":{"x":1e999}}"#,
                "in data: number out of range at line 1 column 10",
            ),
        ] {
            assert_eq!(sentence(text), format!("Invalid JSON message: {why}"));
        }
        for text in [
            r#"{"event":"a","data":{"x":"\ud800"}}"#,
            r#"{"event":1}"#,
            "{}",
        ] {
            let told = sentence(text);
            assert!(
                told.starts_with("Invalid JSON message: ") && !told.contains("struct"),
                "{told}"
            );
        }
    }

    /// A message whose data are objects and lists in turn, so many of them.
    fn nested(levels: usize) -> String {
        let lists = levels - 1;
        let (open, close) = ("[".repeat(lists), "]".repeat(lists));
        format!(r#"{{"event":"a","data":{{"x":{open}"[[\"{{{{"{close}}}}}"#)
    }

    #[test]
    fn data_nest_as_deep_as_an_envelope_around_them_can_be_read() {
        let limits = Limits {
            message_bytes: 1 << 20,
            ..Limits::default()
        };
        let read = |text: &str| read(text, &limits, &Bucket::new(&limits));
        let deepest = read(&nested(DATA_DEPTH)).unwrap();
        let envelope = |data: &str| format!(r#"{{"message":{{"data":{data}}}}}"#);
        let readable = |data: &str| serde_json::from_str::<Value>(&envelope(data)).is_ok();
        assert!(readable(deepest.data.get()));
        let one_more = format!(r#"{{"x":{}}}"#, deepest.data.get());
        assert!(
            !readable(&one_more),
            "the bound is not lower than it must be"
        );
        for levels in [DATA_DEPTH + 1, 130, 100_000] {
            let told = read(&nested(levels)).unwrap_err().problem.sentence();
            let why = "in data: nested more than 125 deep at byte 130";
            assert_eq!(told, format!("Invalid JSON message: {why}"), "{levels}");
        }
    }

    #[test]
    fn binary_frames_cost_a_token_unless_they_are_too_large() {
        let bucket = Bucket::new(&limits());
        let code = |bytes| binary(bytes, &limits(), &bucket).code().to_owned();
        for _ in 0..5 {
            assert_eq!(code(101), "MESSAGE_TOO_LARGE");
        }
        let codes: Vec<String> = (0..4).map(|_| code(100)).collect();
        let refused = "BAD_REQUEST";
        assert_eq!(codes, [refused, refused, refused, "RATE_LIMITED"]);
    }

    #[test]
    fn what_can_be_read_is_echoed() {
        let bad = |event: Option<String>, id| ("BAD_REQUEST".to_owned(), event, id);
        assert_eq!(
            refused(r#"{"event":"a","request_id":"7","data":[]}"#),
            bad(Some("a".to_owned()), Some("7".to_owned()))
        );
        assert_eq!(
            refused(r#"{"event":1,"request_id":"7"}"#),
            bad(None, Some("7".to_owned()))
        );
        assert_eq!(
            refused(r#"{"event":"a","request_id":7}"#),
            bad(Some("a".to_owned()), None)
        );
        assert_eq!(
            refused(r#"{"event":"","request_id":"7"}"#),
            bad(None, Some("7".to_owned()))
        );
        assert_eq!(
            refused(r#"{"request_id":"7","data":{"#),
            bad(None, Some("7".to_owned()))
        );
        assert_eq!(refused(r#"["event"]"#), bad(None, None));
    }

    #[test]
    fn size_comes_first_and_costs_no_token() {
        let bucket = Bucket::new(&limits());
        let large = format!(
            r#"{{"data":{{"pad":"{}"}},"event":"a","request_id":"7"}}"#,
            "x".repeat(100)
        );
        for _ in 0..5 {
            let Refused { echo, problem } = read(&large, &limits(), &bucket).unwrap_err();
            assert_eq!(problem.code(), "MESSAGE_TOO_LARGE");
            assert_eq!(
                echo,
                Echo {
                    event: Some("a".to_owned()),
                    request_id: Some("7".to_owned())
                }
            );
        }
        let exact = format!(r#"{{"event":"{}"}}"#, "a".repeat(100 - 12));
        assert_eq!(exact.len(), 100);
        assert!(read(&exact, &limits(), &bucket).is_ok());
    }

    #[test]
    fn every_readable_frame_costs_a_token() {
        let bucket = Bucket::new(&limits());
        let codes: Vec<_> = (0..5)
            .map(|_| {
                read(r#"{"request_id":"7""#, &limits(), &bucket)
                    .unwrap_err()
                    .problem
                    .code()
                    .to_owned()
            })
            .collect();
        assert_eq!(
            codes,
            [
                "BAD_REQUEST",
                "BAD_REQUEST",
                "BAD_REQUEST",
                "RATE_LIMITED",
                "RATE_LIMITED"
            ]
        );
    }

    #[test]
    fn a_very_long_name_is_not_echoed() {
        let text = format!(
            r#"{{"event":"{}","request_id":"7"}}"#,
            "a".repeat(ECHO_BYTES)
        );
        assert_eq!(
            refused(&text),
            ("MESSAGE_TOO_LARGE".to_owned(), None, Some("7".to_owned()))
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let outcome = read(&text, &Limits::default(), &Bucket::new(&Limits::default()));
            prop_assert!(outcome.map_or_else(|refused| refused.problem.status().is_client_error(), |_| true));
        }

        #[test]
        fn any_event_and_id_come_through(event in ".+", id in any::<String>()) {
            let text = json!({"event": event, "request_id": id}).to_string();
            let message = read(&text, &Limits::default(), &Bucket::new(&Limits::default())).unwrap();
            prop_assert_eq!((message.event, message.request_id), (event, Some(id)));
        }
    }
}
