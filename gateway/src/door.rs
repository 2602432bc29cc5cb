//! `GET /ws`: the handshake, after which the socket lives in a task of its own.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, WebSocketUpgrade};
use axum::response::Response;
use chassis::problem::Problem;
use contract::socket::VERSIONED;
use http::request::Parts;

use crate::gate::Gate;
use crate::limits::{SOCKET_BUFFER, WRITE_BUFFER};
use crate::origin::Origin;
use crate::socket::{self, Handshake};

/// Opens a socket.
pub(crate) async fn open(
    State(gate): State<Arc<Gate>>,
    parts: Parts,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|refused| {
        Problem::of(
            refused.status(),
            format!("/ws is a WebSocket: {}", refused.body_text()),
        )
        .remedy("Connect with a WebSocket client of protocol version 13.")
    })?;
    if gate.shutdown.has_begun() {
        return Err(Problem::unavailable("The gateway is stopping", 1));
    }
    let handshake = handshake(&gate, &parts)?;
    let limit = gate.limits.codec_bytes();
    let upgrade = upgrade
        .read_buffer_size(SOCKET_BUFFER)
        .write_buffer_size(SOCKET_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_message_size(limit)
        .max_frame_size(limit)
        .protocols([VERSIONED]);
    let versioned = upgrade.selected_protocol().is_some();
    Ok(upgrade.on_upgrade(move |stream| async move {
        let shutdown = gate.shutdown.clone();
        drop(shutdown.spawn(socket::run(gate, stream, handshake, versioned)));
    }))
}

fn handshake(gate: &Gate, parts: &Parts) -> Result<Handshake, Problem> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|_| Problem::bad_request("The query is not of the form ?device_id=<id>"))?;
    let claimed = pairs
        .0
        .into_iter()
        .rev()
        .find(|(name, _)| name == "device_id");
    let origin = Origin::of(parts);
    let base_url = gate.public_url.clone().or_else(|| origin.base_url());
    Ok(Handshake {
        device_id: claimed.map(|(_, id)| id),
        ip: origin.ip,
        base_url,
    })
}
