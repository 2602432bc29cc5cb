//! What the admin shares with everybody: the room, the step of the app, the measurement profile. The last of each is
//! kept for those who join later.

use ledger::Instant;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::change::Change;
use crate::db::lobbies::{self, Shared};
use crate::failure::Failure;
use crate::push::Push;
use crate::service::Lobby;

/// One thing to share.
#[derive(Debug, Clone)]
pub(crate) enum Share {
    /// A room as the app draws it.
    Room { room: Value, shared_at: Instant },
    /// Where the admin's app stands.
    Step(i64),
    /// Which devices the measurement is made for.
    Profile(String),
}

/// Keeps it, and tells everybody but the admin.
pub(crate) async fn share(
    service: &Lobby,
    lobby_id: Uuid,
    device_id: String,
    what: Share,
) -> Result<(), Failure> {
    service
        .in_task(move |service| tell(service, lobby_id, device_id, what))
        .await
}

/// What was shared before, for a device that joins later.
pub(crate) fn again(lobby: &lobbies::Lobby, shared: Shared, device_id: &str) -> Vec<Push> {
    let room = shared.room.zip(shared.room_shared_at);
    let all = [
        room.map(|(room, shared_at)| Share::Room {
            room: room.0,
            shared_at,
        }),
        shared.step_index.map(Share::Step),
        shared.profile_id.map(Share::Profile),
    ];
    all.into_iter()
        .flatten()
        .map(|what| what.push(lobby, vec![device_id.to_owned()]))
        .collect()
}

async fn tell(
    service: Lobby,
    lobby_id: Uuid,
    device_id: String,
    what: Share,
) -> Result<(), Failure> {
    let mut change = Change::of(service.pool(), lobby_id).await?;
    change.only_by_admin(&device_id)?;
    let tx = &mut change.tx;
    let (kind, payload) = match &what {
        Share::Room { room, shared_at } => {
            lobbies::set_room(tx, lobby_id, room, *shared_at).await?;
            ("room_snapshot", json!({"admin_device_id": device_id}))
        }
        Share::Step(step_index) => {
            lobbies::set_step(tx, lobby_id, *step_index).await?;
            (
                "step_update",
                json!({"admin_device_id": device_id, "step_index": step_index}),
            )
        }
        Share::Profile(profile_id) => {
            lobbies::set_profile(tx, lobby_id, profile_id).await?;
            (
                "profile_update",
                json!({"admin_device_id": device_id, "profile_id": profile_id}),
            )
        }
    };
    change.log(kind, payload);
    let others = change.joined_but_admin().await?;
    let push = what.push(&change.lobby, others);
    change.push(push);
    let kept = change.keep().await?;
    service.deliver(kept).await;
    Ok(())
}

impl Share {
    /// The push that tells of it. Only the admin shares, so the source is the lobby's maker.
    fn push(&self, lobby: &lobbies::Lobby, device_ids: Vec<String>) -> Push {
        let (lobby_id, source) = (lobby.id, &lobby.creator_device_id);
        match self {
            Self::Room { room, shared_at } => {
                let data = json!({"lobby_id": lobby_id, "room": room, "source_device_id": source,
                    "shared_at": without_zone(*shared_at)});
                Push::new("lobby.room_snapshot", data, device_ids)
            }
            Self::Step(step_index) => {
                let data = json!({"lobby_id": lobby_id, "step_index": step_index, "source_device_id": source});
                Push::new("lobby.step_update", data, device_ids)
            }
            Self::Profile(profile_id) => {
                let data = json!({"lobby_id": lobby_id, "profile_id": profile_id, "source_device_id": source});
                Push::new("lobby.profile_update", data, device_ids)
            }
        }
    }
}

/// ISO 8601 in UTC without the zone, as earlier clients read it.
fn without_zone(at: Instant) -> String {
    at.to_string().trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_of_a_room_has_no_zone() {
        let at: Instant = "2026-01-31T10:00:00+01:00".parse().unwrap();
        assert_eq!(without_zone(at), "2026-01-31T09:00:00.000000");
    }
}
