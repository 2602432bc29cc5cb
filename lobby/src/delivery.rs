//! What leaves the lobby after a commit: facts to the measurement service, then pushes to the gateway, each in its
//! order; a command waits for them a moment, the relay takes what is left.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chassis::carrier::{Carrier, CarrierError};
use chassis::client::{CallError, ServiceClient};
use chassis::shutdown::Shutdown;
use contract::broadcast::Audience;
use ledger::Pool;
use ledger::outbox::{self, Relay, Row};
use serde::de::IgnoredAny;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::change::{GATEWAY, Kept, MEASUREMENT};
use crate::push::Push;
use crate::unheard::Unheard;

/// How long a command waits for its facts, and again for its pushes.
const WAIT: Duration = Duration::from_millis(250);

/// How long one row may be on its way.
const ONE_DELIVERY: Duration = Duration::from_secs(5);

/// How often the gateway is looked for at the start, and how long between two looks.
const CHECKS: u32 = 30;
const CHECK_PAUSE: Duration = Duration::from_secs(2);

/// Where the measurement service takes facts.
const RECORDINGS: &str = "/internal/recordings";

/// Statuses by which a row is refused for good; what else fails may mend.
const REFUSED_FOR_GOOD: [u16; 3] = [404, 413, 422];

/// The ways out of the lobby. Clones are cheap.
#[derive(Debug, Clone)]
pub(crate) struct Delivery(Arc<Ways>);

#[derive(Debug)]
struct Ways {
    pool: Pool,
    gateway: Carrier,
    measurement: ServiceClient,
    shutdown: Shutdown,
    wake: OnceLock<Arc<Notify>>,
    unheard: Unheard,
}

/// Why a row did not arrive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDelivered {
    #[error(transparent)]
    Push(#[from] CarrierError),
    #[error(transparent)]
    Fact(#[from] CallError),
    #[error("no answer within {} s", ONE_DELIVERY.as_secs())]
    Late,
    #[error("nobody who should get it is connected")]
    Nobody,
}

impl Delivery {
    pub(crate) fn new(
        pool: Pool,
        gateway: Carrier,
        measurement: ServiceClient,
        shutdown: Shutdown,
    ) -> Self {
        Self(Arc::new(Ways {
            pool,
            gateway,
            measurement,
            shutdown,
            wake: OnceLock::new(),
            unheard: Unheard::default(),
        }))
    }

    /// Sends what a change left, and waits a moment for it. The facts go first: who acts on a push finds them.
    pub(crate) async fn after(&self, kept: Kept) {
        if kept.facts {
            self.drain(kept.lobby_id, MEASUREMENT).await;
        }
        if kept.pushes {
            self.drain(kept.lobby_id, GATEWAY).await;
        }
    }

    /// Starts the relay as a task that the end of the process waits for; a second call starts none.
    pub(crate) fn relay(&self) {
        let relay = Relay::new(self.0.pool.clone());
        if self.0.wake.set(relay.wake()).is_err() {
            return;
        }
        let (delivery, shutdown) = (self.clone(), self.0.shutdown.clone());
        let deliver = move |row: Row| {
            let delivery = delivery.clone();
            async move { delivery.patiently(row).await }
        };
        drop(
            self.0
                .shutdown
                .spawn(async move { relay.run(deliver, shutdown.begun()).await }),
        );
    }

    /// Finds out whether the gateway takes pushes, with one to nobody, so that a wrong token is noticed at the start
    /// and not in the middle of a measurement. Waits for a gateway that starts later.
    pub(crate) async fn check(&self) {
        for _ in 0..CHECKS {
            let probe = Push::new("lobby.check", serde_json::json!({}), Vec::new());
            let Ok(probe) = probe.carrier(None) else {
                return;
            };
            match self.0.gateway.deliver(probe).await {
                Ok(_) => return tracing::info!("the gateway takes pushes"),
                Err(CarrierError::Away(CallError::Answered(problem))) => {
                    return tracing::warn!(
                        %problem,
                        "the gateway refuses pushes, so no device hears of anything: set INTERNAL_AUTH_TOKEN to the \
                         same value for gateway and lobby"
                    );
                }
                Err(_) => tokio::time::sleep(CHECK_PAUSE).await,
            }
        }
        tracing::warn!(
            "the gateway cannot be reached; pushes wait until it is there: check GATEWAY_URL"
        );
    }

    /// The drain goes on when the wait is over.
    async fn drain(&self, lobby_id: Uuid, destination: &'static str) {
        let delivery = self.clone();
        let drain = self.0.shutdown.spawn(async move {
            let deliver = |row: Row| delivery.deliver(row);
            let left = match outbox::drain(&delivery.0.pool, lobby_id, destination, deliver).await {
                Ok(drained) => drained.stopped.map(|reason| reason.to_string()),
                Err(error) => Some(format!("{error:?}")),
            };
            if let Some(reason) = left {
                tracing::debug!(%lobby_id, destination, reason, "the relay takes over");
                delivery.wake();
            }
        });
        if tokio::time::timeout(WAIT, drain).await.is_err() {
            tracing::debug!(%lobby_id, destination, "a delivery takes longer than its command waits");
        }
    }

    fn wake(&self) {
        if let Some(wake) = self.0.wake.get() {
            wake.notify_one();
        }
    }

    async fn deliver(&self, row: Row) -> Result<(), NotDelivered> {
        self.reach(row).await.map(drop)
    }

    /// As the relay delivers: a push that nobody heard waits a while for somebody to be there.
    async fn patiently(&self, row: Row) -> Result<(), NotDelivered> {
        let event_id = row.event_id;
        match self.reach(row).await? {
            Some(0) if self.0.unheard.waits(event_id, Instant::now()) => Err(NotDelivered::Nobody),
            _ => {
                self.0.unheard.forget(event_id);
                Ok(())
            }
        }
    }

    /// The sockets that a push to all of them reached; nothing for every other row: a fact, a push for newer sockets
    /// alone (there need not be any), and a row that was refused for good.
    async fn reach(&self, row: Row) -> Result<Option<usize>, NotDelivered> {
        let (id, destination) = (row.id, row.destination.clone());
        let way = async {
            if destination == MEASUREMENT {
                self.send_fact(row).await
            } else {
                self.send_push(row).await
            }
        };
        let outcome = tokio::time::timeout(ONE_DELIVERY, way)
            .await
            .unwrap_or(Err(NotDelivered::Late));
        match outcome {
            Err(reason) if reason.is_final() => {
                tracing::error!(row = id, destination, %reason, "a row of the outbox is refused for good and given up");
                Ok(None)
            }
            other => other,
        }
    }

    async fn send_fact(&self, row: Row) -> Result<Option<usize>, NotDelivered> {
        let IgnoredAny = self.0.measurement.post_json(RECORDINGS, &row.body).await?;
        Ok(None)
    }

    async fn send_push(&self, row: Row) -> Result<Option<usize>, NotDelivered> {
        let id = row.id;
        match Push::carried(row) {
            Ok(push) => {
                let to_all = push.audience == Audience::All;
                let reached = self.0.gateway.deliver(push).await?;
                Ok(to_all.then_some(reached))
            }
            Err(cause) => {
                tracing::error!(row = id, %cause, "a row of the outbox is no push and given up");
                Ok(None)
            }
        }
    }
}

impl NotDelivered {
    /// Whether the receiver will never take it. An answer that breaks off or cannot be read says nothing of that.
    fn is_final(&self) -> bool {
        let call = match self {
            Self::Push(CarrierError::Away(call)) | Self::Fact(call) => call,
            Self::Push(CarrierError::Closed) | Self::Late | Self::Nobody => return false,
        };
        call.answered_status()
            .is_some_and(|status| REFUSED_FOR_GOOD.contains(&status.as_u16()))
    }
}
