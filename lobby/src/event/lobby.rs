//! `lobby.create`, `lobby.join`, `lobby.leave`, `lobby.get`, `lobby.start`.

use chassis::body::path_id;
use chassis::fields::Fields;
use chassis::problem::Problem;
use serde_json::{Value, json};

use super::wording::{ID, lobby_id, missing};
use super::{Data, answer};
use crate::conduct::Caller;
use crate::failure::Failure;
use crate::operation;
use crate::service::Lobby;

pub(super) async fn create(service: &Lobby, caller: Caller) -> Result<Value, Failure> {
    answer(&operation::create::create(service, caller.device_id).await?)
}

pub(super) async fn join(service: &Lobby, caller: Caller, data: &Data) -> Result<Value, Failure> {
    let mut fields = Fields::event_object(data);
    let code = fields.text("code", 1..=ID);
    let code = fields.finish(code)?;
    answer(&operation::join::join(service, code, caller.device_id).await?)
}

pub(super) async fn leave(service: &Lobby, caller: Caller, data: &Data) -> Result<Value, Failure> {
    operation::leave::leave(service, lobby_id(data)?, caller.device_id).await?;
    Ok(json!({"ok": true}))
}

/// By id if there is one, else by code.
pub(super) async fn get(service: &Lobby, data: &Data) -> Result<Value, Failure> {
    let mut fields = Fields::event_object(data);
    if fields.has("lobby_id") {
        let lobby_id = fields.text("lobby_id", 1..=ID);
        let lobby_id = path_id(&fields.finish(lobby_id)?, "Lobby")?;
        return answer(&operation::get::shown(service.pool(), lobby_id).await?);
    }
    if !fields.has("code") {
        return Err(Problem::bad_request(missing(&["lobby_id", "code"])).into());
    }
    let code = fields.text("code", 1..=ID);
    let code = fields.finish(code)?;
    answer(&operation::get::shown_by_code(service.pool(), &code).await?)
}

pub(super) async fn start(service: &Lobby, caller: Caller, data: &Data) -> Result<Value, Failure> {
    let state = operation::start::start(service, lobby_id(data)?, caller.device_id).await?;
    Ok(json!({"ok": true, "state": state}))
}
