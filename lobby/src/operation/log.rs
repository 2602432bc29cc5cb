//! Reading a lobby's log, page by page.

use contract::lobby::EventsPage;
use uuid::Uuid;

use crate::db::{lobbies, log};
use crate::failure::Failure;
use crate::refusal::lobby_not_found;
use crate::service::Lobby;

/// Lines of one page at most, and when nobody says how many.
pub(crate) const PAGE: i64 = 1000;

/// At most `limit` lines after `after_id`, and where to read on if that was not all.
pub(crate) async fn page(
    service: &Lobby,
    lobby_id: Uuid,
    after_id: i64,
    limit: i64,
) -> Result<EventsPage, Failure> {
    lobbies::by_id(service.pool(), lobby_id)
        .await?
        .ok_or_else(lobby_not_found)?;
    // One more than asked for tells whether another page follows.
    let mut events = log::page(service.pool(), lobby_id, after_id, limit + 1).await?;
    let asked = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = events.len() > asked;
    events.truncate(asked);
    let next_after_id = events.last().filter(|_| more).map(|last| last.id);
    Ok(EventsPage {
        lobby_id,
        events,
        next_after_id,
    })
}
