//! `POST /gateway/handle`: how the gateway hands a socket's message to a service.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A message with who sent it. The gateway forwards `data` unread, services read it as an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope<D = Map<String, Value>> {
    /// Who sent it.
    pub client: ClientInfo,
    /// What was sent.
    pub message: EventMessage<D>,
}

/// The sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// Its device, 1 to 200 characters.
    pub device_id: String,
    /// The socket's random name.
    pub connection_id: String,
    /// Address of the peer.
    #[serde(default)]
    pub ip: Option<String>,
    /// Scheme and host by which this device reaches the gateway (`http://192.168.1.7:8000`), without a trailing
    /// slash. Addresses sent to the device begin with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

/// The event itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventMessage<D> {
    /// Its name, not empty.
    pub event: String,
    /// As the client sent it.
    #[serde(default)]
    pub request_id: Option<String>,
    /// Its data, an object.
    #[serde(default)]
    pub data: D,
}
