//! `POST /gateway/handle`: a socket's message with who sent it.

use axum::Json;
use axum::extract::State;
use chassis::body::JsonObject;
use chassis::config::{Settings, Whole as Number};
use chassis::fields::{Fields, Read, Whole};
use chassis::problem::Problem;
use serde_json::{Map, Value};

use super::DEVICE;
use crate::conduct::Caller;
use crate::event;
use crate::failure::Failure;
use crate::service::Lobby;
use chassis::nul;

/// Bytes of an envelope beside its message: who sent it, every character in the longest way of writing it.
const ENVELOPE_ROOM: usize = 64 * 1024;
/// Bytes of an envelope with the longest message that a gateway can be configured to let through.
const ENVELOPE_LIMIT: usize = greatest(|settings| &settings.max_message_bytes) + ENVELOPE_ROOM;

/// Characters of an address, a connection's name or a URL.
const NAME: usize = 300;
/// Characters of the name of an event.
const EVENT: usize = 256;

pub(super) async fn handle(
    State(service): State<Lobby>,
    body: JsonObject<ENVELOPE_LIMIT>,
) -> Result<Json<Value>, Failure> {
    let mut fields = body.fields();
    let read = (
        fields.object("client", client),
        fields.object("message", message),
    );
    let (caller, (event, data)) = fields.finish(read)?;
    let caller = admissible(caller)?;
    Ok(Json(event::handle(&service, caller, &event, data).await?))
}

/// The greatest value of a setting, as the registry of settings has it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a length that a configuration allows lies in memory"
)]
const fn greatest<const LEAST: u64, const MOST: u64>(
    _setting: fn(&Settings) -> &Number<LEAST, MOST>,
) -> usize {
    MOST as usize
}

fn client(fields: &mut Fields<'_>) -> Read<Caller> {
    let read = (
        device_id(fields),
        fields.text("connection_id", 0..=NAME),
        fields.optional_text("ip", 0..=NAME),
        fields.optional_text("base_url", 1..=NAME),
    );
    read.whole().map(|(device_id, _, _, base_url)| Caller {
        device_id,
        base_url,
    })
}

/// Some text: what it must be here is a matter of the event ([`admissible`]), not of the envelope's shape.
fn device_id(fields: &mut Fields<'_>) -> Read<String> {
    let read = fields.any("device_id");
    match read.peek() {
        Some(Value::String(text)) if !text.is_empty() => Read::of(text.clone()),
        Some(_) => fields.fault(
            "device_id",
            "string_type",
            "Input should be a valid string of at least 1 character",
        ),
        None => read.map(|_| String::new()),
    }
}

fn message(fields: &mut Fields<'_>) -> Read<(String, Map<String, Value>)> {
    let read = (
        fields.text("event", 1..=EVENT),
        request_id(fields),
        fields.optional_map("data"),
    );
    read.whole()
        .map(|(event, (), data)| (event, data.unwrap_or_default()))
}

/// Some text or none. It is the gateway's to echo and is not kept here, so it may have any character.
fn request_id(fields: &mut Fields<'_>) -> Read<()> {
    if !fields.has("request_id") {
        return Read::of(());
    }
    match fields.any("request_id").peek() {
        Some(Value::String(_)) => Read::of(()),
        _ => fields.fault(
            "request_id",
            "string_type",
            "Input should be a valid string",
        ),
    }
}

/// The gateway takes device ids that the lobby's tables do not.
fn admissible(caller: Caller) -> Result<Caller, Problem> {
    let characters = caller.device_id.chars().count();
    let (least, most) = (DEVICE.start(), DEVICE.end());
    if !DEVICE.contains(&characters) {
        return Err(Problem::bad_request(format!(
            "'device_id' has {characters} characters; {least} to {most} are allowed here"
        ))
        .remedy("Connect with a shorter device_id."));
    }
    if nul::is_in(&caller.device_id) {
        return Err(Problem::bad_request(nul::sentence("device_id"))
            .remedy("Connect with a device_id without it."));
    }
    Ok(caller)
}
