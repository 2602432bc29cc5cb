//! What can be done with a session: the facts are looked up, the rules of [`crate::session`] decide, and what follows
//! is kept and sent.

mod apply;
mod command;
mod create;
mod status;
mod wanted;

use chassis::problem::Problem;
use http::StatusCode;
use uuid::Uuid;

use crate::db::{lobbies, participants};
use crate::failure::Failure;
use crate::service::Lobby;
use crate::session::{Actor, Rejection};

pub use apply::{Applied, apply};
pub(crate) use command::command;
pub(crate) use create::create;
pub(crate) use status::status;
pub(crate) use wanted::Step;

/// Who sends an event, as the gateway knows it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub device_id: String,
    /// Scheme and host by which it reached the gateway.
    pub base_url: Option<String>,
}

/// The caller as one of the lobby's devices, or as a stranger.
async fn actor(service: &Lobby, caller: Caller, lobby_id: Uuid) -> Result<Actor, Failure> {
    let lobby = lobbies::by_id(service.pool(), lobby_id).await?;
    let is_member = participants::is_joined(service.pool(), lobby_id, &caller.device_id).await?;
    Ok(Actor {
        is_admin: lobby.is_some_and(|lobby| lobby.creator_device_id == caller.device_id),
        is_member,
        device_id: caller.device_id,
        base_url: caller.base_url,
    })
}

/// A name that is no UUID names no session.
fn session_id(text: &str) -> Result<Uuid, Rejection> {
    Uuid::try_parse(text).map_err(|_| Rejection::SessionNotFound {
        session_id: text.to_owned(),
    })
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        let refusal = rejection.refusal();
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        let problem = Problem::new(status, refusal.code, refusal.message)
            .remedy(refusal.remedy)
            .errors(refusal.errors);
        Self::Refused(if refusal.data.is_null() {
            problem
        } else {
            problem.data(refusal.data)
        })
    }
}
