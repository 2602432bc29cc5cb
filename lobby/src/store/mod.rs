//! Where sessions are kept: one trait, in SQL for the service and in memory for simulations of it.

mod memory;
mod sql;

use std::future::Future;

use chassis::problem::Problem;
use contract::session::RecordingUploaded;
use ledger::Instant;
use serde_json::Value;
use uuid::Uuid;

use crate::failure::Failure;
use crate::push::Push;
use crate::session::{self, Outcome, Session};

pub use memory::{LobbyRecord, MemoryStore};
pub use sql::SqlStore;

/// A session with the version that it was read in.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The session.
    pub session: Session,
    /// From 1, one more with each commit.
    pub version: i64,
}

/// What is to be kept of one command, all of it or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The session from now on.
    pub session: Session,
    /// The version that the command was applied to; nothing for a new session.
    pub expected_version: Option<i64>,
    /// Lines for the lobby's log: kind and payload.
    pub events: Vec<(String, Value)>,
    /// Messages to devices, in this order.
    pub pushes: Vec<Push>,
    /// Facts for the measurement service.
    pub facts: Vec<RecordingUploaded>,
    /// When it happened.
    pub at: Instant,
}

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// It is kept.
    Kept,
    /// Another command was faster: nothing is kept. Decide anew with [`SessionStore::alone`].
    Conflict,
}

/// Keeps sessions with what follows from their commands.
pub trait SessionStore: Send + Sync {
    /// A session, or nothing if there is none of this name.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn load(&self, id: Uuid) -> impl Future<Output = Result<Option<Stored>, Failure>> + Send;

    /// Keeps everything in one transaction, if the session still has the expected version.
    ///
    /// # Errors
    ///
    /// 404 if the session's lobby is not there; if the store fails, nothing is kept.
    fn commit(&self, commit: Commit) -> impl Future<Output = Result<Committed, Failure>> + Send;

    /// Lets `decide` see a session while nobody else can change one of its lobby, and keeps what it says in the same
    /// transaction. Tells what else it says, or nothing if there is no session of this name.
    ///
    /// # Errors
    ///
    /// 404 if the lobby is not there; what `decide` refuses; if the store fails, nothing is kept.
    fn alone<T, D>(
        &self,
        lobby_id: Uuid,
        id: Uuid,
        decide: D,
    ) -> impl Future<Output = Result<Option<T>, Failure>> + Send
    where
        T: Send,
        D: FnOnce(&Stored) -> Result<(T, Option<Commit>), Failure> + Send;
}

impl Commit {
    /// What is to be kept of an outcome. Each fact gets the id by which its receiver tells a repeat.
    ///
    /// # Errors
    ///
    /// 500 if a push cannot be written.
    pub fn of(
        outcome: Outcome,
        expected_version: Option<i64>,
        at: Instant,
    ) -> Result<Self, Failure> {
        let Outcome {
            next,
            events,
            pushes,
            facts,
            ..
        } = outcome;
        Ok(Self {
            session: next,
            expected_version,
            events: events
                .into_iter()
                .map(|event| (event.kind.to_owned(), event.payload))
                .collect(),
            pushes: pushes.into_iter().map(pushed).collect::<Result<_, _>>()?,
            facts: facts
                .into_iter()
                .map(identified)
                .collect::<Result<_, _>>()?,
            at,
        })
    }
}

fn pushed(push: session::Push) -> Result<Push, Problem> {
    let data = serde_json::to_value(&push.data)
        .map_err(|cause| Problem::internal(format!("{}: {cause}", push.event())))?;
    Ok(Push::new(push.event(), data, push.to))
}

fn identified(fact: session::Fact) -> Result<RecordingUploaded, Problem> {
    let told = fact.identified(ledger::ids::next());
    told.ok_or_else(|| Problem::internal("a recording was taken without the hash of its bytes"))
}

/// What was decided on a session that nobody else could change is kept.
fn held(committed: &Committed) -> Result<(), Problem> {
    match committed {
        Committed::Kept => Ok(()),
        Committed::Conflict => Err(Problem::internal("a session changed while it was held")),
    }
}
