//! `lobby.room_snapshot`, `lobby.step_update`, `lobby.profile_update`.

use std::ops::RangeInclusive;

use chassis::body::path_id;
use chassis::fields::{Fields, Read};
use chassis::problem::Problem;
use ledger::Instant;
use serde_json::{Value, json};

use super::Data;
use super::wording::{ID, finish};
use crate::conduct::Caller;
use crate::failure::Failure;
use crate::operation::share::{Share, share};
use crate::service::Lobby;
use chassis::nul;

/// Bytes of a room as JSON.
const ROOM_LIMIT: usize = 256 * 1024;
/// Steps that an app may have.
const STEPS: RangeInclusive<i64> = 0..=10_000;
/// Characters of a profile.
const PROFILE: usize = 64;

pub(super) async fn room(
    service: &Lobby,
    caller: Caller,
    mut data: Data,
) -> Result<Value, Failure> {
    let mut fields = Fields::event_object(&data);
    let read = (fields.text("lobby_id", 1..=ID), room_in(&mut fields));
    let (lobby_id, ()) = finish(fields, read, &["lobby_id", "room"])?;
    let lobby_id = path_id(&lobby_id, "Lobby")?;
    let room = data.remove("room").unwrap_or_default();
    let shared = Share::Room {
        room,
        shared_at: Instant::now(),
    };
    share(service, lobby_id, caller.device_id, within_limit(shared)?).await?;
    Ok(json!({"ok": true}))
}

pub(super) async fn step(service: &Lobby, caller: Caller, data: &Data) -> Result<Value, Failure> {
    let mut fields = Fields::event_object(data);
    let read = (fields.text("lobby_id", 1..=ID), step_index(&mut fields));
    let (lobby_id, step_index) = finish(fields, read, &["lobby_id", "step_index"])?;
    let lobby_id = path_id(&lobby_id, "Lobby")?;
    share(service, lobby_id, caller.device_id, Share::Step(step_index)).await?;
    Ok(json!({"ok": true, "step_index": step_index}))
}

pub(super) async fn profile(
    service: &Lobby,
    caller: Caller,
    data: &Data,
) -> Result<Value, Failure> {
    let mut fields = Fields::event_object(data);
    let read = (
        fields.text("lobby_id", 1..=ID),
        fields.text("profile_id", 1..=PROFILE),
    );
    let (lobby_id, profile_id) = finish(fields, read, &["lobby_id", "profile_id"])?;
    let lobby_id = path_id(&lobby_id, "Lobby")?;
    share(
        service,
        lobby_id,
        caller.device_id,
        Share::Profile(profile_id.clone()),
    )
    .await?;
    Ok(json!({"ok": true, "profile_id": profile_id}))
}

/// Whether there is a room and it is an object; it is taken out of the data later.
fn room_in(fields: &mut Fields<'_>) -> Read<()> {
    let read = fields.any("room");
    match read.peek() {
        Some(room) if !room.is_object() => {
            fields.fault("room", "dict_type", "'room' must be an object")
        }
        _ => nul::without(fields, "room", read).map(drop),
    }
}

fn within_limit(shared: Share) -> Result<Share, Problem> {
    let Share::Room { room, .. } = &shared else {
        return Ok(shared);
    };
    let bytes = room.to_string().len();
    if bytes <= ROOM_LIMIT {
        return Ok(shared);
    }
    Err(Problem::payload_too_large(format!(
        "'room' has {bytes} bytes; at most {ROOM_LIMIT} are allowed"
    ))
    .data(json!({"bytes": bytes, "limit_bytes": ROOM_LIMIT})))
}

/// A whole number and nothing that only looks like one.
fn step_index(fields: &mut Fields<'_>) -> Read<i64> {
    let read = fields.any("step_index");
    let Some(said) = read.peek() else {
        return read.map(|_| 0);
    };
    if let Some(step) = said.as_i64().filter(|step| STEPS.contains(step)) {
        return Read::of(step);
    }
    let allowed = format!(
        "Input should be an integer from {} to {}",
        STEPS.start(),
        STEPS.end()
    );
    fields.fault("step_index", "int_type", allowed)
}
