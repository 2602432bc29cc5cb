//! Brings a push from the service that made it to the sockets of the gateway: in this process or over HTTP.

use std::sync::Arc;

use contract::broadcast::{Audience, Broadcast, Sent, Targets};
use contract::socket::Meta;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use crate::client::{CallError, ServiceClient};
use crate::problem::Problem;

/// Where the gateway takes pushes.
pub const BROADCAST: &str = "/internal/broadcast";
/// A push with all that belongs to it may have as many bytes, so that every socket can take it.
pub const PUSH_BYTES: usize = 2 * 1024 * 1024;

/// A push and whom it is for.
#[derive(Debug, Clone)]
pub struct Push {
    /// Its name, not empty.
    pub event: String,
    /// Its data, a JSON object, written once for all sockets.
    pub data: Arc<RawValue>,
    /// Devices, each named once.
    pub device_ids: Vec<String>,
    /// Its place in the lobby's stream, for versioned sockets.
    pub meta: Option<Meta>,
    /// Which of the devices' sockets.
    pub audience: Audience,
}

/// A push on its way inside the process. The gateway answers with the number of sockets it reached.
#[derive(Debug)]
pub struct Delivery {
    /// What to deliver.
    pub push: Push,
    /// Takes the number of sockets reached.
    pub reached: oneshot::Sender<usize>,
}

/// The way to the gateway. Clones are cheap.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// The gateway lives in this process and drains the other end.
    InProcess(mpsc::Sender<Delivery>),
    /// The gateway is another process.
    Http(ServiceClient),
}

/// A push that did not arrive, or of which nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// The gateway of this process has ended.
    #[error("the gateway has ended")]
    Closed,
    /// The gateway's process did not take it.
    #[error("the gateway did not take a push: {0}")]
    Away(#[from] CallError),
}

impl Carrier {
    /// A way inside the process and the end that the gateway drains. As many as `capacity` (at least 1) deliveries
    /// may wait.
    pub fn in_process(capacity: usize) -> (Self, mpsc::Receiver<Delivery>) {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        (Self::InProcess(sender), receiver)
    }

    /// A way to the gateway's process, which wants to see the token of `gateway`.
    pub fn http(gateway: ServiceClient) -> Self {
        Self::Http(gateway)
    }

    /// Delivers and says how many sockets were reached.
    ///
    /// # Errors
    ///
    /// [`CarrierError`]; the push may have arrived nevertheless, unless it has more than [`PUSH_BYTES`] bytes, which is
    /// a 413 in either form.
    pub async fn deliver(&self, push: Push) -> Result<usize, CarrierError> {
        let bytes = push.bytes();
        if bytes > PUSH_BYTES {
            return Err(CallError::Answered(too_large(&push.event, bytes)).into());
        }
        match self {
            Self::InProcess(sender) => inside(sender, push).await,
            Self::Http(gateway) => {
                let sent: Sent = gateway.post_json(BROADCAST, &Broadcast::from(push)).await?;
                Ok(sent.sent)
            }
        }
    }
}

impl Push {
    /// About as many bytes as it has when it is written.
    fn bytes(&self) -> usize {
        let devices = self.device_ids.iter().map(String::len).sum::<usize>();
        self.event.len() + self.data.get().len() + devices
    }
}

impl From<Push> for Broadcast {
    fn from(push: Push) -> Self {
        Self {
            event: push.event,
            data: RawValue::to_owned(&push.data),
            targets: Targets {
                device_ids: push.device_ids,
            },
            meta: push.meta,
            audience: push.audience,
        }
    }
}

impl From<Broadcast> for Push {
    fn from(broadcast: Broadcast) -> Self {
        Self {
            event: broadcast.event,
            data: Arc::from(broadcast.data),
            device_ids: broadcast.targets.device_ids,
            meta: broadcast.meta,
            audience: broadcast.audience,
        }
    }
}

fn too_large(event: &str, bytes: usize) -> Problem {
    Problem::payload_too_large(format!(
        "The push '{event}' has {bytes} bytes; at most {PUSH_BYTES} are taken"
    ))
    .remedy("Push the name of what is large, and let the devices ask for it.")
    .data(json!({"limit_bytes": PUSH_BYTES, "bytes": bytes}))
}

async fn inside(sender: &mpsc::Sender<Delivery>, push: Push) -> Result<usize, CarrierError> {
    let (reached, count) = oneshot::channel();
    sender
        .send(Delivery { push, reached })
        .await
        .map_err(|_| CarrierError::Closed)?;
    count.await.map_err(|_| CarrierError::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push() -> Push {
        Push {
            event: "lobby.updated".to_owned(),
            data: Arc::from(RawValue::from_string(r#"{"a":1}"#.to_owned()).unwrap()),
            device_ids: vec!["d1".to_owned()],
            meta: None,
            audience: Audience::All,
        }
    }

    #[tokio::test]
    async fn inside_the_process_the_count_comes_back() {
        let (carrier, mut gateway) = Carrier::in_process(1);
        let drained = tokio::spawn(async move {
            let delivery = gateway.recv().await.unwrap();
            delivery.reached.send(2).unwrap();
            delivery.push
        });
        assert_eq!(carrier.deliver(push()).await.unwrap(), 2);
        let arrived = drained.await.unwrap();
        assert_eq!(arrived.data.get(), r#"{"a":1}"#);
        assert!(matches!(
            carrier.deliver(push()).await,
            Err(CarrierError::Closed)
        ));
    }

    #[tokio::test]
    async fn a_gateway_that_drops_a_delivery_is_noticed() {
        let (carrier, mut gateway) = Carrier::in_process(1);
        let dropped = tokio::spawn(async move { drop(gateway.recv().await.unwrap()) });
        assert!(matches!(
            carrier.deliver(push()).await,
            Err(CarrierError::Closed)
        ));
        dropped.await.unwrap();
    }
}
