//! Events that the gateway hands over: each is read here and done by the same operation as its HTTP form.

mod lobby;
mod role;
mod session;
mod share;
mod wording;

use chassis::problem::Problem;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::conduct::{Caller, Step};
use crate::failure::Failure;
use crate::service::Lobby;

/// `data` of an event.
type Data = Map<String, Value>;

/// Does what an event asks for and tells the data of its answer.
pub(crate) async fn handle(
    service: &Lobby,
    caller: Caller,
    event: &str,
    data: Data,
) -> Result<Value, Failure> {
    match event {
        "lobby.create" => lobby::create(service, caller).await,
        "lobby.join" => lobby::join(service, caller, &data).await,
        "lobby.leave" => lobby::leave(service, caller, &data).await,
        "lobby.get" => lobby::get(service, &data).await,
        "lobby.start" => lobby::start(service, caller, &data).await,
        "role.assign" => role::assign(service, caller, &data).await,
        "lobby.room_snapshot" => share::room(service, caller, data).await,
        "lobby.step_update" => share::step(service, caller, &data).await,
        "lobby.profile_update" => share::profile(service, caller, &data).await,
        "measurement.create_session" => session::create(service, caller, data).await,
        "measurement.session_status" => session::status(service, caller, &data).await,
        _ => match step(event) {
            Some(step) => session::step(service, caller, step, data).await,
            None => Err(chassis::events::unknown(event).into()),
        },
    }
}

/// The step of a session that an event asks for; two of them have an older name too.
fn step(event: &str) -> Option<Step> {
    Some(match event.strip_prefix("measurement.")? {
        "start_speaker" => Step::StartSpeaker,
        "ready" | "client_ready" => Step::Ready,
        "speaker_audio_ready" => Step::SpeakerAudioReady,
        "recording_started" => Step::RecordingStarted,
        "playback_complete" | "speaker_finished" => Step::PlaybackComplete,
        "recording_uploaded" => Step::RecordingUploaded,
        "error" => Step::Error,
        "cancel_session" => Step::Cancel,
        "broadcast_results" => Step::BroadcastResults,
        _ => return None,
    })
}

fn answer(body: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(body)
        .map_err(|cause| Problem::internal(format!("an answer: {cause}")).into())
}
