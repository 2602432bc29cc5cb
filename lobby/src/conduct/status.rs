//! Where a session stands, for its devices and the members of its lobby.

use super::{Caller, actor, session_id};
use crate::failure::Failure;
use crate::service::Lobby;
use crate::session::{Rejection, SessionView};
use crate::store::SessionStore;

/// The session as this caller may see it.
pub(crate) async fn status(
    service: &Lobby,
    caller: Caller,
    named: String,
) -> Result<SessionView, Failure> {
    let id = session_id(&named)?;
    let stored = service
        .store()
        .load(id)
        .await?
        .ok_or(Rejection::SessionNotFound { session_id: named })?;
    let actor = actor(service, caller, stored.session.lobby_id()).await?;
    Ok(stored.session.status_for(&actor)?)
}
