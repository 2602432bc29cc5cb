//! `POST /gateway/handle`: a socket's message with who sent it.

use axum::Json;
use axum::extract::State;
use chassis::body::JsonObject;
use chassis::fields::{Fields, Read, Whole};
use chassis::problem::Problem;
use serde_json::{Map, Value};

use super::DEVICE;
use crate::conduct::Caller;
use crate::event;
use crate::failure::Failure;
use crate::service::Lobby;

/// Characters of an address, a connection's name or a URL.
const NAME: usize = 300;
/// Characters of the name of an event.
const EVENT: usize = 256;

pub(super) async fn handle(
    State(service): State<Lobby>,
    body: JsonObject,
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

fn client(fields: &mut Fields<'_>) -> Read<Caller> {
    let read = (
        fields.text("device_id", 1..=usize::MAX),
        fields.text("connection_id", 0..=NAME),
        fields.optional_text("ip", 0..=NAME),
        fields.optional_text("base_url", 1..=NAME),
    );
    read.whole().map(|(device_id, _, _, base_url)| Caller {
        device_id,
        base_url,
    })
}

fn message(fields: &mut Fields<'_>) -> Read<(String, Map<String, Value>)> {
    let read = (
        fields.text("event", 1..=EVENT),
        fields.optional_text("request_id", 0..=usize::MAX),
        fields.optional_map("data"),
    );
    read.whole()
        .map(|(event, _, data)| (event, data.unwrap_or_default()))
}

/// The gateway takes longer device ids than the lobby's tables do.
fn admissible(caller: Caller) -> Result<Caller, Problem> {
    let characters = caller.device_id.chars().count();
    if DEVICE.contains(&characters) {
        return Ok(caller);
    }
    let (least, most) = (DEVICE.start(), DEVICE.end());
    Err(Problem::bad_request(format!(
        "'device_id' has {characters} characters; {least} to {most} are allowed here"
    ))
    .remedy("Connect with a shorter device_id."))
}
