//! Writes what a socket is told: answers, pushes, and refusals in the socket's own form.

use axum::extract::ws::Utf8Bytes;
use chassis::problem::Problem;
use contract::socket::{MessageKind, Meta, SocketError};
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::limits::{BRIEF_CHARACTERS, ECHO_BYTES, MESSAGE_BYTES};

/// What an error is called whose event could not be read, and who refuses what no service has seen.
pub(crate) const GATEWAY: &str = "gateway";

/// Sent where a message cannot be written; every message can.
const UNWRITABLE: &str = concat!(
    r#"{"type":"error","event":"gateway","request_id":null,"data":null,"#,
    r#""error":{"code":"internal","message":"Internal error. Tell the operator.","details":null}}"#,
);

/// What a client finds its request by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Echo {
    /// The event it named; [`GATEWAY`] stands for one that could not be read.
    pub(crate) event: Option<String>,
    /// Its own number.
    pub(crate) request_id: Option<String>,
}

/// [`contract::socket::ServerMessage`], borrowed.
#[derive(Debug, Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: MessageKind,
    event: &'a str,
    request_id: Option<&'a str>,
    data: Option<&'a RawValue>,
    error: Option<&'a SocketError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a Meta>,
}

/// The answer to a request; a refusal, if it is longer than a socket takes.
pub(crate) fn response(echo: &Echo, data: &RawValue) -> Utf8Bytes {
    let text = written(&Message {
        kind: MessageKind::Response,
        event: echo.event(),
        request_id: echo.request_id.as_deref(),
        data: Some(data),
        error: None,
        meta: None,
    });
    if text.len() <= MESSAGE_BYTES {
        return text;
    }
    refusal(echo, GATEWAY, &too_large(text.len()))
}

/// A push; `meta` for versioned sockets alone.
pub(crate) fn push(event: &str, data: &RawValue, meta: Option<&Meta>) -> Utf8Bytes {
    written(&Message {
        kind: MessageKind::Event,
        event,
        request_id: None,
        data: Some(data),
        error: None,
        meta,
    })
}

/// A refusal by `service`, without its details if it is longer than a socket takes with them.
pub(crate) fn refusal(echo: &Echo, service: &str, problem: &Problem) -> Utf8Bytes {
    let text = whole_refusal(echo, service, problem);
    if text.len() <= MESSAGE_BYTES {
        return text;
    }
    whole_refusal(&echo.brief(), service, &brief(problem))
}

fn whole_refusal(echo: &Echo, service: &str, problem: &Problem) -> Utf8Bytes {
    let error = SocketError {
        code: problem.code().to_ascii_lowercase(),
        message: problem.sentence(),
        details: Some(details(service, problem)),
    };
    written(&Message {
        kind: MessageKind::Error,
        event: echo.event(),
        request_id: echo.request_id.as_deref(),
        data: None,
        error: Some(&error),
        meta: None,
    })
}

impl Echo {
    fn event(&self) -> &str {
        self.event.as_deref().unwrap_or(GATEWAY)
    }

    fn brief(&self) -> Self {
        let short = |text: &Option<String>| text.clone().filter(|text| text.len() <= ECHO_BYTES);
        Self {
            event: short(&self.event),
            request_id: short(&self.request_id),
        }
    }
}

fn brief(problem: &Problem) -> Problem {
    let shortened = |text: &str| text.chars().take(BRIEF_CHARACTERS).collect::<String>();
    Problem::new(
        problem.status(),
        shortened(problem.code()),
        shortened(&problem.sentence()),
    )
}

fn too_large(bytes: usize) -> Problem {
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "ANSWER_TOO_LARGE",
        format!("The answer has {bytes} bytes; a socket takes at most {MESSAGE_BYTES}"),
    )
    .remedy("It was carried out. Ask for less at a time.")
    .data(json!({"limit_bytes": MESSAGE_BYTES, "bytes": bytes}))
}

fn details(service: &str, problem: &Problem) -> Value {
    let body = problem.body();
    let mut details = Map::new();
    details.insert("status".to_owned(), json!(problem.status().as_u16()));
    details.insert("service".to_owned(), json!(service));
    if !body.errors.is_empty() {
        details.insert("errors".to_owned(), json!(body.errors));
    }
    if let Some(remedy) = &body.remedy {
        details.insert("remedy".to_owned(), json!(remedy));
    }
    if let Some(data) = &body.data {
        details.insert("data".to_owned(), data.clone());
    }
    if let Some(seconds) = problem.retry_after_s() {
        details.insert("retry_after_s".to_owned(), json!(seconds));
    }
    if let Some(trace_id) = &body.trace_id {
        details.insert("trace_id".to_owned(), json!(trace_id));
    }
    Value::Object(details)
}

fn written(message: &Message<'_>) -> Utf8Bytes {
    match serde_json::to_string(message) {
        Ok(text) => text.into(),
        Err(cause) => {
            tracing::error!(%cause, event = message.event, "a message cannot be written");
            Utf8Bytes::from_static(UNWRITABLE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::problem::Fault;
    use contract::socket::ServerMessage;

    fn echo() -> Echo {
        Echo {
            event: Some("lobby.join".to_owned()),
            request_id: Some("r1".to_owned()),
        }
    }

    fn error(problem: &Problem) -> Value {
        let text = refusal(&echo(), "lobby", problem);
        let message: ServerMessage = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (message.kind, message.event.as_str()),
            (MessageKind::Error, "lobby.join")
        );
        assert_eq!(message.request_id.as_deref(), Some("r1"));
        serde_json::to_value(message.error.unwrap()).unwrap()
    }

    #[test]
    fn an_answer_has_the_five_keys() {
        let data = RawValue::from_string(r#"{"a":1.50}"#.to_owned()).unwrap();
        let text = response(&echo(), &data);
        let expected = r#"{"type":"response","event":"lobby.join","request_id":"r1","data":{"a":1.50},"error":null}"#;
        assert_eq!(text.as_str(), expected);
    }

    #[test]
    fn a_status_gives_the_code() {
        assert_eq!(
            error(&Problem::bad_request("Missing 'code' in data")),
            json!({"code": "bad_request", "message": "Missing 'code' in data",
                "details": {"status": 400, "service": "lobby"}})
        );
        for (problem, code) in [
            (Problem::forbidden("x"), "forbidden"),
            (Problem::not_found("x"), "not_found"),
            (Problem::conflict("x"), "conflict"),
            (Problem::payload_too_large("x"), "payload_too_large"),
            (Problem::unavailable("x", 2), "unavailable"),
            (Problem::timeout("x"), "timeout"),
            (Problem::internal("x"), "internal"),
        ] {
            assert_eq!(error(&problem)["code"], code);
        }
    }

    #[test]
    fn an_own_code_and_all_that_helps_is_told() {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "NO_SIGNAL", "Silent")
            .remedy("Check the microphone")
            .data(json!({"peak_dbfs": -90}))
            .trace_id("abc");
        assert_eq!(
            error(&problem),
            json!({"code": "no_signal", "message": "Silent", "details": {"status": 400, "service": "lobby",
                "remedy": "Check the microphone", "data": {"peak_dbfs": -90}, "trace_id": "abc"}})
        );
    }

    #[test]
    fn faults_are_joined_to_a_message_and_listed() {
        let fault = |field: &str| Fault {
            kind: "missing".to_owned(),
            loc: vec![json!("body"), json!(field)],
            msg: "Field required".to_owned(),
            input: Value::Null,
        };
        let error = error(&Problem::unprocessable(vec![fault("a"), fault("b")]));
        assert_eq!(
            error["message"],
            "body.a: Field required; body.b: Field required"
        );
        assert_eq!(error["details"]["errors"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_no_socket_takes_is_a_refusal_that_every_socket_takes() {
        let pad = "x".repeat(MESSAGE_BYTES);
        let data = RawValue::from_string(format!(r#"{{"pad":"{pad}"}}"#)).unwrap();
        let problem = Problem::new(StatusCode::CONFLICT, &pad, &pad)
            .remedy(&pad)
            .data(json!(pad));
        let long = Echo {
            request_id: Some(pad.clone()),
            ..echo()
        };
        for (text, code, request_id) in [
            (response(&echo(), &data), "answer_too_large", Some("r1")),
            (response(&long, &data), "answer_too_large", None),
            (
                refusal(&echo(), "lobby", &problem),
                &pad[..BRIEF_CHARACTERS],
                Some("r1"),
            ),
        ] {
            assert!(text.len() < 4096, "{} bytes", text.len());
            let message: ServerMessage = serde_json::from_str(&text).unwrap();
            assert_eq!(message.kind, MessageKind::Error);
            assert_eq!(message.event, "lobby.join");
            assert_eq!(message.request_id.as_deref(), request_id);
            assert_eq!(message.error.unwrap().code, code);
        }
    }

    #[test]
    fn the_last_resort_is_a_message() {
        let message: ServerMessage = serde_json::from_str(UNWRITABLE).unwrap();
        assert_eq!(message.error.unwrap().code, "internal");
    }
}
