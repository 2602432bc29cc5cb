//! Making a session from the lobby's devices and a job.

use ledger::{Instant, ids};
use serde_json::{Map, Value};

use super::{Caller, actor};
use crate::db::{lobbies, participants};
use crate::failure::Failure;
use crate::measurement;
use crate::service::Lobby;
use crate::session::{Actor, Answer, Facts, Member, New, Rejection, Request, Session};
use crate::store::{Commit, SessionStore};

/// How long the excitation lasts, in seconds, in every band and at every sampling frequency.
const SIGNAL_DURATION_S: f64 = 15.0;

/// Makes a session for the lobby's admin.
pub(crate) async fn create(
    service: &Lobby,
    caller: Caller,
    data: Map<String, Value>,
) -> Result<Answer, Failure> {
    service
        .in_task(move |service| make(service, caller, data))
        .await
}

async fn make(service: Lobby, caller: Caller, data: Map<String, Value>) -> Result<Answer, Failure> {
    let request = Request::read(&data)?;
    let actor = actor(&service, caller, request.lobby_id()).await?;
    let facts = facts(&service, &actor, &request).await?;
    let outcome = Session::create(New {
        id: ids::next(),
        actor,
        request,
        facts,
    })?;
    let answer = outcome.answer.clone();
    service
        .store()
        .commit(Commit::of(outcome, None, Instant::now())?)
        .await?;
    Ok(answer)
}

async fn facts(service: &Lobby, actor: &Actor, request: &Request) -> Result<Facts, Failure> {
    let lobby_id = request.lobby_id();
    let missing = || Rejection::LobbyNotFound {
        lobby_id: lobby_id.to_string(),
    };
    let lobby = lobbies::by_id(service.pool(), lobby_id)
        .await?
        .ok_or_else(missing)?;
    let mut members = Vec::new();
    for participant in participants::of_lobby(service.pool(), lobby_id).await? {
        let (role, joined) = (participant.role()?, participant.is_joined());
        members.push(Member {
            device_id: participant.device_id,
            joined,
            role,
        });
    }
    // Who may not make a session learns nothing about jobs.
    let job_exists =
        actor.is_admin && measurement::job_exists(service.measurement(), request.job_id()).await?;
    Ok(Facts {
        job_exists,
        lobby_state: lobby.state,
        members,
        profile: lobby.profile_id,
        expected_duration_s: SIGNAL_DURATION_S,
        base: service.base().clone(),
    })
}
