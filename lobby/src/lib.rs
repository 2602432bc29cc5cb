//! Lobbies, roles and measurement sessions.
