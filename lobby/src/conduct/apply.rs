//! One command against a stored session: load, apply, keep; if another command was faster, once more.

use chassis::problem::Problem;
use ledger::Instant;
use uuid::Uuid;

use crate::failure::Failure;
use crate::session::{Answer, Command, Rejection};
use crate::store::{Commit, Committed, SessionStore};

/// As many commands may overtake one.
const ATTEMPTS: usize = 16;
/// After as many seconds a session with so many commands may have calmed down.
const RETRY_AFTER_S: u32 = 1;

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
/// What the session refuses; 404 if there is none; 503 if too many other commands were faster.
pub async fn apply<S: SessionStore>(
    store: &S,
    session_id: Uuid,
    command: &Command,
) -> Result<Applied, Failure> {
    for _ in 0..ATTEMPTS {
        let Some(stored) = store.load(session_id).await? else {
            return Err(Rejection::SessionNotFound {
                session_id: session_id.to_string(),
            }
            .into());
        };
        let now = Instant::now();
        let outcome = stored.session.apply(command, now.timestamp())?;
        let applied = Applied {
            answer: outcome.answer.clone(),
            lobby_id: outcome.next.lobby_id(),
            pushes: !outcome.pushes.is_empty(),
            facts: !outcome.facts.is_empty(),
        };
        if outcome.is_repeat() && outcome.next == stored.session {
            return Ok(applied);
        }
        let commit = Commit::of(outcome, Some(stored.version), now)?;
        if store.commit(commit).await? == Committed::Kept {
            return Ok(applied);
        }
    }
    let sentence = format!("{ATTEMPTS} other commands of this session were faster");
    Err(Problem::unavailable(sentence, RETRY_AFTER_S)
        .remedy("Send it again.")
        .into())
}
