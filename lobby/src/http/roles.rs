//! `POST /lobbies/{lobby_id}/roles`.

use axum::Json;
use axum::extract::State;
use chassis::body::{JsonObject, Path, path_id};
use serde_json::{Value, json};

use super::DEVICE;
use crate::failure::Failure;
use crate::operation::assign::{Assign, assign as give};
use crate::service::Lobby;

/// What a participant can be.
const ROLES: [&str; 3] = ["none", "speaker", "microphone"];

pub(super) async fn assign(
    State(service): State<Lobby>,
    Path(lobby_id): Path<String>,
    body: JsonObject,
) -> Result<Json<Value>, Failure> {
    let mut fields = body.fields();
    let read = (
        fields.text("admin_device_id", DEVICE),
        fields.text("target_device_id", DEVICE),
        fields.one_of("role", &ROLES),
        fields.optional_text("role_slot_id", 0..=64),
        fields.optional_text("role_slot_label", 0..=128),
    );
    let (device_id, target_device_id, role, slot_id, slot_label) = fields.finish(read)?;
    let lobby_id = path_id(&lobby_id, "Lobby")?;
    let wanted = Assign {
        lobby_id,
        device_id,
        target_device_id,
        role,
        slot_id,
        slot_label,
    };
    give(&service, wanted).await?;
    Ok(Json(json!({"ok": true})))
}
