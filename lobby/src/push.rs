//! A push on its way: what it says and to whom, as it lies in the outbox and as the carrier takes it.

use std::sync::Arc;

use chassis::carrier;
use contract::broadcast::Audience;
use contract::socket::Meta;
use ledger::outbox::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A push and whom it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Push {
    /// Its name.
    pub event: String,
    /// Its data, a JSON object.
    pub data: Value,
    /// Devices, each once.
    pub device_ids: Vec<String>,
    /// Which of their sockets.
    #[serde(default)]
    pub audience: Audience,
}

impl Push {
    /// To every socket of these devices.
    pub fn new(event: impl Into<String>, data: Value, device_ids: Vec<String>) -> Self {
        Self {
            event: event.into(),
            data,
            device_ids,
            audience: Audience::All,
        }
    }

    /// To those sockets alone that asked for the newer events.
    #[must_use]
    pub fn versioned(self) -> Self {
        Self {
            audience: Audience::Versioned,
            ..self
        }
    }

    /// A row of the outbox as the carrier takes it.
    ///
    /// # Errors
    ///
    /// If the row is no push.
    pub(crate) fn carried(row: Row) -> Result<carrier::Push, serde_json::Error> {
        let meta = row.seq.map(|seq| Meta {
            event_id: row.event_id,
            lobby_id: row.scope,
            seq,
        });
        serde_json::from_value::<Self>(row.body)?.carrier(meta)
    }

    /// As the carrier takes it.
    pub(crate) fn carrier(self, meta: Option<Meta>) -> Result<carrier::Push, serde_json::Error> {
        let data = serde_json::value::to_raw_value(&self.data)?;
        Ok(carrier::Push {
            event: self.event,
            data: Arc::from(data),
            device_ids: self.device_ids,
            meta,
            audience: self.audience,
        })
    }
}
