//! The service: what it needs to run, what it holds, and its routes.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use chassis::arithmetic::Arithmetic;
use chassis::health::Readiness;
use chassis::service::{Identity, internal, layers};
use contract::analysis::Engine;
use serde_json::{Value, json};

use crate::{catalog, events, simulate};

/// Name of the service in logs and answers.
pub const NAME: &str = "simulation";

/// What the service needs to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who it is, and who may open its internal doors.
    pub identity: Identity,
    /// Where computations run.
    pub arithmetic: Arithmetic,
}

impl Settings {
    /// The settings of a process with as many computations as cores.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            arithmetic: Arithmetic::sized_to_the_cores(),
        }
    }

    /// The settings in a process's configuration.
    pub fn from_config(config: &chassis::config::Settings) -> Self {
        let token = config.internal_auth_token.clone();
        Self::new(Identity::new(NAME, &config.host, token))
    }
}

/// The running service. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Simulation {
    service: Shared,
    identity: Identity,
}

/// What handlers share.
pub(crate) type Shared = Arc<Service>;

/// What a handler may use.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) arithmetic: Arithmetic,
}

impl Simulation {
    /// A service; it has no state.
    pub fn new(settings: Settings) -> Self {
        Self {
            service: Arc::new(Service {
                arithmetic: settings.arithmetic,
            }),
            identity: settings.identity,
        }
    }

    /// All routes, for another service's client or, with [`chassis::cors`], for a port of its own.
    pub fn router(&self) -> Router {
        let doors = events::routes().with_state(Shared::clone(&self.service));
        let routes = simulate::routes()
            .merge(catalog::routes())
            .route("/health", get(health))
            .route("/ready", get(ready));
        let routes = routes.with_state(Shared::clone(&self.service));
        layers(
            routes.merge(internal(doors, &self.identity)),
            &self.identity,
        )
    }
}

/// The program that documents name.
pub fn engine() -> Engine {
    Engine {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The process lives.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// It leans on nothing, so that it can do its work while it lives.
async fn ready() -> Readiness {
    Readiness::new(NAME, Vec::new())
}
