//! The routes of the lobby, one resource a file.

mod create;
mod events;
mod get;
mod handle;
mod health;
mod join;
mod leave;
mod roles;
mod start;

use axum::Router;
use axum::routing::{get, post};
use chassis::service::{HANDLE, internal, layers};

use crate::service::Lobby;

/// Characters of a device.
const DEVICE: std::ops::RangeInclusive<usize> = 1..=128;

/// All routes, dressed.
pub(crate) fn router(service: &Lobby) -> Router {
    let open = Router::new()
        .route("/health", get(health::health))
        .route("/lobbies", post(create::create))
        .route("/lobbies/join", post(join::join))
        .route("/lobbies/{lobby_id}", get(get::get))
        .route("/lobbies/{lobby_id}/leave", post(leave::leave))
        .route("/lobbies/{lobby_id}/roles", post(roles::assign))
        .route("/lobbies/{lobby_id}/start", post(start::start))
        .route("/lobbies/{lobby_id}/events", get(events::events))
        .with_state(service.clone());
    let handle = Router::new()
        .route(HANDLE, post(handle::handle))
        .with_state(service.clone());
    layers(
        open.merge(internal(handle, service.identity())),
        service.identity(),
    )
}
