//! `measurement.create_session`, `measurement.session_status`, and the steps of a session.

use chassis::fields::Fields;
use chassis::problem::Problem;
use serde_json::Value;

use super::wording::ID;
use super::{Data, answer};
use crate::conduct::{self, Caller, Step};
use crate::failure::Failure;
use crate::service::Lobby;

pub(super) async fn create(service: &Lobby, caller: Caller, data: Data) -> Result<Value, Failure> {
    answer(&conduct::create(service, caller, data).await?)
}

pub(super) async fn status(service: &Lobby, caller: Caller, data: &Data) -> Result<Value, Failure> {
    answer(&conduct::status(service, caller, session_id(data)?).await?)
}

pub(super) async fn step(
    service: &Lobby,
    caller: Caller,
    step: Step,
    data: Data,
) -> Result<Value, Failure> {
    let session_id = session_id(&data)?;
    answer(&conduct::command(service, caller, step, session_id, data).await?)
}

/// Which session; whether it is there is looked at before any other field.
fn session_id(data: &Data) -> Result<String, Problem> {
    let mut fields = Fields::event_object(data);
    let session_id = fields.text("session_id", 1..=ID);
    fields.finish(session_id)
}
