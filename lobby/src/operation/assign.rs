//! Giving a participant its role and its place.

use contract::lobby::Role;
use serde_json::json;
use uuid::Uuid;

use crate::change::Change;
use crate::db::participants::{self, Assignment};
use crate::failure::Failure;
use crate::push::Push;
use crate::refusal::target_not_found;
use crate::service::Lobby;
use crate::words::Word;

/// What the admin wants.
#[derive(Debug)]
pub(crate) struct Assign {
    pub lobby_id: Uuid,
    /// Who asks.
    pub device_id: String,
    pub target_device_id: String,
    pub role: Role,
    pub slot_id: Option<String>,
    pub slot_label: Option<String>,
}

/// Gives the role; `none` takes the place away with it.
pub(crate) async fn assign(service: &Lobby, wanted: Assign) -> Result<(), Failure> {
    service.in_task(|service| give(service, wanted)).await
}

async fn give(service: Lobby, wanted: Assign) -> Result<(), Failure> {
    let mut change = Change::of(service.pool(), wanted.lobby_id).await?;
    change.only_by_admin(&wanted.device_id)?;
    let target = wanted.target_device_id.clone();
    let given = placed(&wanted);
    if !participants::assign(&mut change.tx, wanted.lobby_id, &target, &given).await? {
        return Err(target_not_found().into());
    }
    let (role, slot_id, slot_label) = (given.role.word(), given.slot_id, given.slot_label);
    change.log(
        "role_assigned",
        json!({"admin_device_id": wanted.device_id, "target_device_id": target, "role": role,
            "role_slot_id": slot_id, "role_slot_label": slot_label}),
    );
    let joined = change.joined().await?;
    let data = json!({"type": "role_assigned", "target_device_id": target, "role": role,
        "lobby_id": wanted.lobby_id, "role_slot_id": slot_id, "role_slot_label": slot_label});
    change.push(Push::new("lobby.updated", data, joined));
    let kept = change.keep().await?;
    service.deliver(kept).await;
    Ok(())
}

fn placed(wanted: &Assign) -> Assignment {
    let (slot_id, slot_label) = match wanted.role {
        Role::None => (None, None),
        Role::Speaker | Role::Microphone => (wanted.slot_id.clone(), wanted.slot_label.clone()),
    };
    Assignment {
        role: wanted.role,
        slot_id,
        slot_label,
    }
}
