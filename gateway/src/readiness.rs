//! `GET /healthz`: the process lives. `GET /readyz`: it can do its work, because the services behind it answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chassis::client::ServiceClient;
use chassis::health::{self, Readiness, Upstream};
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::limits::PROBE_TIMEOUT;
use crate::routing::Target;

/// The process lives.
pub(crate) async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Whether lobby and measurement answer, and measurement reaches its database. Simulation is named, but a gateway does
/// its work without it.
pub(crate) async fn ready(State(gate): State<Arc<Gate>>) -> Readiness {
    let (lobby, measurement, simulation) = tokio::join!(
        probe(&gate, Target::Lobby, "/health"),
        probe(&gate, Target::Measurement, "/v1/ready"),
        probe(&gate, Target::Simulation, "/health"),
    );
    let up = |upstream: &Upstream| upstream.state == health::State::Up;
    let ready = up(&lobby) && up(&measurement) && !gate.shutdown.has_begun();
    Readiness {
        service: "gateway",
        ready,
        upstreams: vec![lobby, measurement, simulation],
    }
}

async fn probe(gate: &Gate, target: Target, path: &str) -> Upstream {
    match gate.services.get(target) {
        Some(service) => health::probe(&quick(service), path).await,
        None => Upstream {
            name: target.name(),
            state: health::State::Absent,
        },
    }
}

fn quick(service: &ServiceClient) -> ServiceClient {
    service
        .clone()
        .with_timeout(PROBE_TIMEOUT.min(service.timeout()))
}
