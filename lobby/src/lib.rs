//! Lobbies, roles and measurement sessions.
//!
//! A [`Lobby`] owns a database and two ways out: pushes to devices through the gateway, facts to the measurement
//! service. Every command, over HTTP or as an event of the gateway, is one transaction that holds the lobby's row: the
//! state, the log and the outbox are kept together, and nothing is told before it is kept.
//!
//! `operation` has what can be done with a lobby, `conduct` what can be done with a session, [`session`] the rules of
//! a session as a pure value, [`store`] where sessions are kept. `http` and `event` only read requests.

mod change;
mod code;
mod conduct;
mod db;
mod delivery;
mod event;
mod failure;
mod http;
mod measurement;
mod operation;
mod push;
mod refusal;
mod service;
pub mod session;
mod settings;
pub mod store;
mod unheard;
mod words;

pub use conduct::{Applied, apply};
pub use db::{MIGRATIONS, statements};
pub use failure::Failure;
pub use push::Push;
pub use service::Lobby;
pub use settings::Settings;
