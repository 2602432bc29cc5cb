//! A step of a session: who asks, what it needs from the measurement service, then the rules.

use serde_json::{Map, Value};

use super::wanted::{Step, Wanted};
use super::{Caller, actor, apply, session_id};
use crate::change::Kept;
use crate::failure::Failure;
use crate::measurement;
use crate::service::Lobby;
use crate::session::{Action, Actor, Answer, Command, Reference, Rejection, Session, UploadedFile};
use crate::store::SessionStore;

/// Carries out a step.
pub(crate) async fn command(
    service: &Lobby,
    caller: Caller,
    step: Step,
    named: String,
    data: Map<String, Value>,
) -> Result<Answer, Failure> {
    service
        .in_task(move |service| carry_out(service, caller, step, named, data))
        .await
}

async fn carry_out(
    service: Lobby,
    caller: Caller,
    step: Step,
    named: String,
    data: Map<String, Value>,
) -> Result<Answer, Failure> {
    let id = session_id(&named)?;
    let store = service.store();
    let stored = store
        .load(id)
        .await?
        .ok_or(Rejection::SessionNotFound { session_id: named })?;
    let wanted = step.read(&data)?;
    let actor = actor(&service, caller, stored.session.lobby_id()).await?;
    let action = informed(&service, &stored.session, &actor, wanted).await?;
    let applied = apply(&store, id, &Command { actor, action }).await?;
    let kept = Kept {
        lobby_id: applied.lobby_id,
        pushes: applied.pushes,
        facts: applied.facts,
    };
    service.deliver(kept).await;
    Ok(applied.answer)
}

/// The step with what the measurement service says of it. It is asked only where its answer matters: who may not, and
/// what comes at the wrong time, is refused whether it is there or not.
async fn informed(
    service: &Lobby,
    session: &Session,
    actor: &Actor,
    wanted: Wanted,
) -> Result<Action, Failure> {
    Ok(match wanted {
        Wanted::StartSpeaker => Action::StartSpeaker,
        Wanted::Ready => Action::Ready,
        Wanted::RecordingStarted => Action::RecordingStarted,
        Wanted::PlaybackComplete => Action::PlaybackComplete,
        Wanted::Error { message, code } => Action::Error { message, code },
        Wanted::Cancel { reason } => Action::Cancel { reason },
        Wanted::BroadcastResults { job_id, results } => {
            Action::BroadcastResults { job_id, results }
        }
        Wanted::SpeakerAudioReady { audio_hash } => {
            let matters = session.may_name_signal(actor)?;
            let reference = match audio_hash.as_ref().filter(|_| matters) {
                Some(hash) => measurement::reference(service.measurement(), hash).await,
                None => Reference::NotAsked,
            };
            Action::SpeakerAudioReady {
                audio_hash,
                reference,
            }
        }
        Wanted::RecordingUploaded { upload_name } => {
            session.may_upload(actor, &upload_name)?;
            let found =
                measurement::upload(service.measurement(), session.job_id(), &upload_name).await?;
            let file = found.map_or(UploadedFile::Absent, |content| UploadedFile::Present {
                sha256: Some(content.sha256),
            });
            Action::RecordingUploaded { upload_name, file }
        }
    })
}
