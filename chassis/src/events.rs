//! Messages of sockets, as the gateway hands them over to a service.

use axum::extract::{FromRequest, Request};
use contract::envelope::Envelope;
use contract::problem::Fault;
use http::StatusCode;
use serde_json::{Value, json};

use crate::body::{bounded, object};
use crate::problem::Problem;

/// An envelope has at most so many bytes, for the largest message that a gateway may be set to take.
const ENVELOPE_BYTES: usize = 17 << 20;

/// The message of a socket, handed over with who sent it.
#[derive(Debug, Clone)]
pub struct FromSocket(pub Envelope);

impl FromSocket {
    /// The name of the event.
    pub fn event(&self) -> &str {
        &self.0.message.event
    }

    /// Reads its data.
    ///
    /// # Errors
    ///
    /// 400 where they nest deeper than can be read.
    pub fn data(&self) -> Result<Value, Problem> {
        serde_json::from_str(self.0.message.data.get())
            .map_err(|cause| Problem::bad_request(format!("data cannot be read: {cause}")))
    }
}

impl<S: Send + Sync> FromRequest<S> for FromSocket {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let bytes = bounded(request.into_body(), ENVELOPE_BYTES).await?;
        read(&bytes).map(Self)
    }
}

/// The refusal of an event that a service does not have.
pub fn unknown(event: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "UNKNOWN_EVENT",
        format!("Unknown event: {event}"),
    )
}

fn read(bytes: &[u8]) -> Result<Envelope, Problem> {
    // A list of its values in order, which serde would take as well, is no envelope.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(refusal(bytes, &"a list stands where an object must"));
    }
    serde_json::from_slice(bytes).map_err(|cause| refusal(bytes, &cause))
}

/// What is wrong with an envelope, found by a second and slower reading.
fn refusal(bytes: &[u8], cause: &dyn std::fmt::Display) -> Problem {
    let shapeless = || {
        Problem::unprocessable(vec![Fault {
            kind: "value_error".to_owned(),
            loc: vec![json!("body")],
            msg: format!("Input should be an envelope of the gateway: {cause}"),
            input: Value::Null,
        }])
    };
    object(bytes).err().unwrap_or_else(shapeless)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = r#""client":{"device_id":"d","connection_id":"c"}"#;

    fn of(data: &str) -> FromSocket {
        let text = format!(r#"{{{CLIENT},"message":{{"event":"a.b","data":{data}}}}}"#);
        FromSocket(read(text.as_bytes()).unwrap())
    }

    #[test]
    fn an_envelope_is_read_and_its_data_left_as_they_are() {
        let handed = of(r#"{"x": 1.50 }"#);
        assert_eq!(handed.event(), "a.b");
        assert_eq!(handed.0.client.device_id, "d");
        assert_eq!(handed.0.message.data.get(), r#"{"x": 1.50 }"#);
        assert_eq!(handed.data().unwrap(), json!({"x": 1.5}));
    }

    #[test]
    fn data_that_nest_too_deep_are_the_callers_fault() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(of(&nested(127)).data().is_ok());
        assert_eq!(of(&nested(128)).data().unwrap_err().status(), 400);
    }

    #[test]
    fn what_is_no_envelope_is_refused_with_its_fault() {
        for (body, kind) in [
            ("", "missing"),
            ("{", "json_invalid"),
            ("{} x", "json_invalid"),
            ("[{},{}]", "dict_type"),
            ("{}", "value_error"),
            (r#"{"client":1,"message":{"event":"a"}}"#, "value_error"),
        ] {
            let problem = read(body.as_bytes()).unwrap_err();
            assert_eq!(problem.status(), 422, "{body}");
            assert_eq!(problem.body().errors[0].kind, kind, "{body}");
        }
    }
}
