//! `POST /internal/broadcast`: a push on its way to the sockets of some devices.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::socket::{Meta, empty_object};

/// A push and whom it is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Broadcast {
    /// Its name, not empty.
    pub event: String,
    /// Its data, a JSON object; empty if absent.
    #[serde(default = "empty_object")]
    pub data: Box<RawValue>,
    /// Whom it is for.
    pub targets: Targets,
    /// Its place in the lobby's stream, for versioned sockets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// Which of the devices' sockets.
    #[serde(default)]
    pub audience: Audience,
}

/// Devices, each meant once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// Devices that are not connected are skipped.
    #[serde(default)]
    pub device_ids: Vec<String>,
}

/// Which sockets of a device get a push.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// All of them.
    #[default]
    All,
    /// Those that asked for [`crate::socket::VERSIONED`].
    Versioned,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Sockets that were reached.
    pub sent: usize,
}
