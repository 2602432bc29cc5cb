//! The front door: sockets, the routing of their events, the proxy, broadcasts.
//!
//! A client opens a socket at `/ws` and says who it is; its messages go to the service that has their event, and the
//! answers come back on the same socket. Services push to devices through [`router`]'s broadcast door or, in one
//! process, through a [`chassis::carrier::Carrier`]. The gateway keeps nothing but the list of open sockets.

mod allowed;
mod answer;
mod broadcast;
mod codec;
mod connection_id;
mod door;
mod ending;
mod forward;
mod gate;
mod hub;
mod identify;
mod lanes;
pub mod limits;
mod origin;
mod proxy;
mod rate;
mod readiness;
mod repeats;
mod routing;
mod socket;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};
use chassis::carrier::{BROADCAST, Delivery};
use chassis::client::ServiceClient;
use chassis::cors::cors;
use chassis::service::{self, Identity};
use chassis::shutdown::Shutdown;
use http::HeaderName;
use http::header::{CONTENT_DISPOSITION, ETAG, LOCATION};
use tokio::sync::mpsc;

pub use chassis::origins::{BadOrigin, Origins};
pub use limits::Limits;

use crate::forward::Services;
use crate::gate::Gate;
use crate::hub::Hub;

/// What a script may read of an answer beside its body.
const EXPOSED: [HeaderName; 6] = [
    HeaderName::from_static("x-audio-hash"),
    HeaderName::from_static("x-duration-seconds"),
    HeaderName::from_static("x-sample-rate"),
    CONTENT_DISPOSITION,
    ETAG,
    LOCATION,
];

/// What a gateway is made of.
#[derive(Debug)]
pub struct Gateway {
    /// Who it is; its token opens the broadcast door.
    pub identity: Identity,
    /// Lobbies, roles and sessions; `None` if this installation has none.
    pub lobby: Option<ServiceClient>,
    /// Jobs, sounds and analyses; `None` if this installation has none.
    pub measurement: Option<ServiceClient>,
    /// Simulated rooms; `None` if this installation has none.
    pub simulation: Option<ServiceClient>,
    /// Pushes of services in this process.
    pub pushes: Option<mpsc::Receiver<Delivery>>,
    /// The bounds that an operator sets.
    pub limits: Limits,
    /// Which web pages may call.
    pub origins: Origins,
    /// How devices reach us (`https://sonalyze.example`, no slash at its end), if not by the host of their handshake.
    pub public_url: Option<String>,
    /// The end of the process, at which every socket is closed with 1012.
    pub shutdown: Shutdown,
}

/// The routes of a gateway, ready to be served.
///
/// # Panics
///
/// Outside of a tokio runtime, if there are [`Gateway::pushes`] to deliver.
pub fn router(gateway: Gateway) -> Router {
    let Gateway {
        identity,
        lobby,
        measurement,
        simulation,
        pushes,
        limits,
        origins,
        public_url,
        shutdown,
    } = gateway;
    let gate = Arc::new(Gate {
        services: Services {
            lobby,
            measurement,
            simulation,
        },
        hub: Arc::new(Hub::default()),
        limits,
        token: identity.token.clone(),
        public_url,
        shutdown,
    });
    if let Some(pushes) = pushes {
        drop(tokio::spawn(Arc::clone(&gate.hub).drain(pushes)));
    }
    let routes = service::refusing(routes()).with_state(gate);
    service::named(cors(routes, &origins, EXPOSED), &identity)
}

fn routes() -> Router<Arc<Gate>> {
    Router::new()
        .route(BROADCAST, post(broadcast::take))
        .route("/healthz", get(readiness::alive))
        .route("/readyz", get(readiness::ready))
        .route("/ws", get(door::open))
        .route("/v1/jobs", any(proxy::pass))
        .route("/v1/jobs/", any(proxy::pass))
        .route("/v1/jobs/{*rest}", any(proxy::pass))
        .route("/v1/measurement/{*rest}", any(proxy::pass))
        .route("/v1/simulation/{*rest}", any(proxy::pass))
}
