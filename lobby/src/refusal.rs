//! The sentences of the lobby's own refusals, which earlier clients know word for word.

use chassis::problem::Problem;
use serde_json::json;

/// A device that is not the admin wanted what only the admin may.
pub(crate) const NOT_ADMIN: &str = "Only the lobby admin can perform this action";

/// There is no such lobby, or the text is not even an id.
pub(crate) fn lobby_not_found() -> Problem {
    Problem::not_found("Lobby not found")
}

/// There is no such participant, or it left.
pub(crate) fn target_not_found() -> Problem {
    Problem::not_found("Target participant not found (or not joined)")
}

/// Joining is over.
pub(crate) fn not_open(state: &str) -> Problem {
    Problem::conflict("Lobby is not open")
        .data(json!({"state": state}))
        .remedy("Ask its admin for a new lobby.")
}

/// Joining is over, and this device has joined: it misses nothing.
pub(crate) fn in_it_already(state: &str) -> Problem {
    not_open(state).remedy(
        "This device is in the lobby: go on with its socket. lobby.get tells who else is, \
         measurement.session_status where a measurement stands.",
    )
}

/// No more devices fit in; those that were there may come back.
pub(crate) fn full(limit: i64) -> Problem {
    Problem::conflict(format!(
        "Lobby is full: {limit} devices are or were in it; at most {limit} are allowed"
    ))
    .data(json!({"limit": limit}))
    .remedy("Join with a device that was in this lobby, or ask its admin for a new one.")
}

/// Starting is over.
pub(crate) fn not_startable(state: &str) -> Problem {
    Problem::conflict("Lobby is not in a startable state").data(json!({"state": state}))
}
