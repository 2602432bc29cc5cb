//! Lobbies, roles and measurement sessions.

pub mod session;
