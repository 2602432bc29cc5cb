//! One command against a stored session: load, apply, keep; if another command was faster, once more, with the lobby
//! held so that no third one can be.

use ledger::Instant;
use uuid::Uuid;

use crate::failure::Failure;
use crate::session::{Answer, Command, Rejection};
use crate::store::{Commit, Committed, SessionStore, Stored};

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// To its sender.
    pub answer: Answer,
    /// The lobby of its session.
    pub lobby_id: Uuid,
    /// Whether messages to devices wait in the outbox.
    pub pushes: bool,
    /// Whether facts wait in the outbox.
    pub facts: bool,
}

/// Carries out a command.
///
/// # Errors
///
/// What the session refuses; 404 if there is none.
pub async fn apply<S: SessionStore>(
    store: &S,
    session_id: Uuid,
    command: &Command,
) -> Result<Applied, Failure> {
    let missing = || Rejection::SessionNotFound {
        session_id: session_id.to_string(),
    };
    let stored = store.load(session_id).await?.ok_or_else(missing)?;
    let lobby_id = stored.session.lobby_id();
    let (applied, commit) = decide(&stored, command)?;
    let Some(commit) = commit else {
        return Ok(applied);
    };
    if store.commit(commit).await? == Committed::Kept {
        return Ok(applied);
    }
    let again = |newest: &Stored| decide(newest, command);
    let carried_out = store.alone(lobby_id, session_id, again).await?;
    Ok(carried_out.ok_or_else(missing)?)
}

/// What follows from the command, and what is to be kept of it: nothing for a repeat.
fn decide(stored: &Stored, command: &Command) -> Result<(Applied, Option<Commit>), Failure> {
    let now = Instant::now();
    let outcome = stored.session.apply(command, now.timestamp())?;
    let applied = Applied {
        answer: outcome.answer.clone(),
        lobby_id: outcome.next.lobby_id(),
        pushes: !outcome.pushes.is_empty(),
        facts: !outcome.facts.is_empty(),
    };
    let changes = !outcome.is_repeat() || outcome.next != stored.session;
    let commit = changes.then(|| Commit::of(outcome, Some(stored.version), now));
    Ok((applied, commit.transpose()?))
}
