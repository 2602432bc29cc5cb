//! `role.assign`.

use chassis::body::path_id;
use chassis::fields::{Fields, Read};
use contract::lobby::Role;
use serde_json::{Value, json};

use super::Data;
use super::wording::{ID, finish};
use crate::conduct::Caller;
use crate::failure::Failure;
use crate::operation::assign::{Assign, assign as give};
use crate::service::Lobby;
use crate::words::Word;

/// Characters of a device, of a place, and of a place in words.
const LIMITS: (usize, usize, usize) = (128, 64, 128);

pub(super) async fn assign(service: &Lobby, caller: Caller, data: &Data) -> Result<Value, Failure> {
    let mut fields = Fields::event_object(data);
    let (device, slot, label) = LIMITS;
    let read = (
        fields.text("lobby_id", 1..=ID),
        fields.text("target_device_id", 1..=device),
        role(&mut fields),
        fields.optional_text("role_slot_id", 0..=slot),
        fields.optional_text("role_slot_label", 0..=label),
    );
    let required = ["lobby_id", "target_device_id", "role"];
    let (lobby_id, target_device_id, role, slot_id, slot_label) = finish(fields, read, &required)?;
    let wanted = Assign {
        lobby_id: path_id(&lobby_id, "Lobby")?,
        device_id: caller.device_id,
        target_device_id,
        role,
        slot_id,
        slot_label,
    };
    give(service, wanted).await?;
    Ok(json!({"ok": true}))
}

fn role(fields: &mut Fields<'_>) -> Read<Role> {
    let read = fields.any("role");
    let Some(said) = read.peek() else {
        return read.map(|_| Role::None);
    };
    if let Some(role) = said.as_str().and_then(Role::spoken) {
        return Read::of(role);
    }
    let said = said
        .as_str()
        .map_or_else(|| said.to_string(), str::to_owned);
    fields.fault("role", "enum", format!("Invalid role: {said}"))
}
