//! `POST /gateway/handle`: how the gateway hands a socket's message to a service.

use serde::{Deserialize, Serialize};

use crate::socket::ClientMessage;

/// A service's answer to a socket's message may have as many bytes; the gateway takes no more.
pub const ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// A message with who sent it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// Who sent it.
    pub client: ClientInfo,
    /// What was sent. The gateway forwards its data unread.
    pub message: ClientMessage,
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
