//! One change of a lobby: the lobby's row locked first, and state, log and outbox in one transaction, so that nothing
//! is told that was not kept, and pushes of a lobby have one order.

use chassis::problem::Problem;
use contract::session::RecordingUploaded;
use ledger::outbox::{self, NewRow};
use ledger::{DbError, Instant, Pool, Tx, ids};
use serde_json::Value;
use uuid::Uuid;

use crate::db::{lobbies, log, participants};
use crate::failure::Failure;
use crate::push::Push;
use crate::refusal::{NOT_ADMIN, lobby_not_found};

/// The outbox rows for devices.
pub(crate) const GATEWAY: &str = "gateway";
/// The outbox rows for the measurement service.
pub(crate) const MEASUREMENT: &str = "measurement";

/// A change that is being made. Dropped, it has never been.
#[derive(Debug)]
pub(crate) struct Change {
    /// The transaction, for statements of the operation.
    pub tx: Tx,
    /// The lobby as it was.
    pub lobby: lobbies::Lobby,
    /// The moment of the change.
    pub now: Instant,
    log: Vec<(String, Value)>,
    pushes: Vec<Push>,
    facts: Vec<RecordingUploaded>,
}

/// What waits in the outbox after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub lobby_id: Uuid,
    pub pushes: bool,
    pub facts: bool,
}

impl Change {
    /// Locks the lobby.
    ///
    /// # Errors
    ///
    /// 404 if there is none.
    pub(crate) async fn of(pool: &Pool, lobby_id: Uuid) -> Result<Self, Failure> {
        let mut tx = pool.begin().await?;
        let lobby = lobbies::lock(&mut tx, lobby_id)
            .await?
            .ok_or_else(lobby_not_found)?;
        Ok(Self::within(tx, lobby, Instant::now()))
    }

    /// A change of a lobby that `tx` has just made.
    pub(crate) fn within(tx: Tx, lobby: lobbies::Lobby, now: Instant) -> Self {
        Self {
            tx,
            lobby,
            now,
            log: Vec::new(),
            pushes: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Refuses everybody but the admin.
    pub(crate) fn only_by_admin(&self, device_id: &str) -> Result<(), Problem> {
        if self.lobby.creator_device_id == device_id {
            return Ok(());
        }
        Err(Problem::forbidden(NOT_ADMIN))
    }

    /// The devices that are there now.
    pub(crate) async fn joined(&mut self) -> Result<Vec<String>, DbError> {
        participants::joined(&mut self.tx, self.lobby.id).await
    }

    /// The devices that are there now, without the admin's.
    pub(crate) async fn joined_but_admin(&mut self) -> Result<Vec<String>, DbError> {
        let mut joined = self.joined().await?;
        joined.retain(|device_id| *device_id != self.lobby.creator_device_id);
        Ok(joined)
    }

    /// Adds a line to the log.
    pub(crate) fn log(&mut self, kind: impl Into<String>, payload: Value) {
        self.log.push((kind.into(), payload));
    }

    /// Adds a push; one to nobody is none.
    pub(crate) fn push(&mut self, push: Push) {
        if !push.device_ids.is_empty() {
            self.pushes.push(push);
        }
    }

    /// Adds a fact for the measurement service.
    pub(crate) fn fact(&mut self, fact: RecordingUploaded) {
        self.facts.push(fact);
    }

    /// Keeps everything.
    pub(crate) async fn keep(mut self) -> Result<Kept, Failure> {
        for (kind, payload) in &self.log {
            log::insert(&mut self.tx, self.lobby.id, kind, payload, self.now).await?;
        }
        let rows = self.rows()?;
        outbox::append(&mut self.tx, &rows).await?;
        if let Some(seq) = rows.iter().rev().find_map(|row| row.seq) {
            lobbies::set_seq(&mut self.tx, self.lobby.id, seq).await?;
        }
        self.tx.commit().await?;
        Ok(Kept {
            lobby_id: self.lobby.id,
            pushes: !self.pushes.is_empty(),
            facts: !self.facts.is_empty(),
        })
    }

    /// Facts, then pushes, counted on from the last push of the lobby.
    fn rows(&self) -> Result<Vec<NewRow>, Problem> {
        let facts = self
            .facts
            .iter()
            .map(|fact| self.row(MEASUREMENT, fact.event_id, None, fact));
        let numbered = (self.lobby.last_seq + 1..).zip(&self.pushes);
        let pushes = numbered.map(|(seq, push)| self.row(GATEWAY, ids::next(), Some(seq), push));
        facts.chain(pushes).collect()
    }

    fn row(
        &self,
        destination: &str,
        event_id: Uuid,
        seq: Option<i64>,
        body: &impl serde::Serialize,
    ) -> Result<NewRow, Problem> {
        let body = serde_json::to_value(body)
            .map_err(|cause| Problem::internal(format!("an outbox row: {cause}")))?;
        Ok(NewRow {
            event_id,
            scope: self.lobby.id,
            seq,
            destination: destination.to_owned(),
            body,
            created_at: self.now,
        })
    }
}
