//! Messages of the socket `/ws`, as old and new clients read them.
//!
//! A server message always has the same five keys, unused ones null; sockets that asked for the sub-protocol
//! [`VERSIONED`] get a sixth, `meta`, on pushes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The sub-protocol by which a socket asks for `meta` and for the events that came after the first clients.
pub const VERSIONED: &str = "sonalyze.v1";

/// What a client sends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientMessage {
    /// Name of the event, not empty.
    pub event: String,
    /// Echoed in the answer.
    #[serde(default)]
    pub request_id: Option<String>,
    /// A JSON object, absent for none.
    #[serde(default = "empty_object")]
    pub data: Box<RawValue>,
}

/// What the server sends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerMessage {
    /// Answer, push or error.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// The event that was asked, the push's name, or `gateway` where no event could be read.
    pub event: String,
    /// As the client sent it; null in pushes.
    pub request_id: Option<String>,
    /// What was answered or pushed; null in errors.
    pub data: Option<Box<RawValue>>,
    /// Null unless this is an error.
    pub error: Option<SocketError>,
    /// Where a push stands in its lobby's stream; only on versioned sockets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Kind of a server message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// The answer to a request.
    Response,
    /// A push.
    Event,
    /// A refusal.
    Error,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SocketError {
    /// A word for programs, such as `bad_request` or `no_signal`; an open list.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Status, service, faults, remedy and data of the refusal; null where there is no more to say.
    pub details: Option<Value>,
}

/// Where a push stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The same in every delivery of this push.
    pub event_id: Uuid,
    /// The lobby whose stream it belongs to.
    pub lobby_id: Uuid,
    /// Its place in that stream, counted from 1 without gaps.
    pub seq: i64,
}

/// No data.
pub(crate) fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_keys_are_always_there() {
        let message = ServerMessage {
            kind: MessageKind::Event,
            event: "lobby.updated".to_owned(),
            request_id: None,
            data: Some(empty_object()),
            error: None,
            meta: None,
        };
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(
            text,
            r#"{"type":"event","event":"lobby.updated","request_id":null,"data":{},"error":null}"#
        );
    }

    #[test]
    fn a_number_is_no_request_id() {
        assert!(serde_json::from_str::<ClientMessage>(r#"{"event":"a","request_id":1}"#).is_err());
        let read: ClientMessage = serde_json::from_str(r#"{"event":"a"}"#).unwrap();
        assert_eq!((read.request_id, read.data.get()), (None, "{}"));
    }
}
