//! Sessions in the database, beside the log and the outbox of their lobby.

use chassis::problem::Problem;
use ledger::Pool;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Commit, Committed, SessionStore, Stored, held};
use crate::change::Change;
use crate::db::sessions::{self, Row, Written};
use crate::failure::Failure;
use crate::session::Session;

/// Sessions in tables. Clones share the connections.
#[derive(Debug, Clone)]
pub struct SqlStore {
    pool: Pool,
}

impl SqlStore {
    /// Over a database whose schema is up to date.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

impl SessionStore for SqlStore {
    async fn load(&self, id: Uuid) -> Result<Option<Stored>, Failure> {
        read(id, sessions::load(&self.pool, id).await?)
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, Failure> {
        let change = Change::of(&self.pool, commit.session.lobby_id()).await?;
        keep(change, commit).await
    }

    async fn alone<T, D>(&self, lobby_id: Uuid, id: Uuid, decide: D) -> Result<Option<T>, Failure>
    where
        T: Send,
        D: FnOnce(&Stored) -> Result<(T, Option<Commit>), Failure> + Send,
    {
        let mut change = Change::of(&self.pool, lobby_id).await?;
        let row = sessions::load_within(&mut change.tx, id).await?;
        let Some(stored) = read(id, row)? else {
            return Ok(None);
        };
        let (told, commit) = decide(&stored)?;
        if let Some(commit) = commit {
            held(&keep(change, commit).await?)?;
        }
        Ok(Some(told))
    }
}

fn read(id: Uuid, row: Option<Row>) -> Result<Option<Stored>, Failure> {
    let Some(row) = row else {
        return Ok(None);
    };
    let Json(state) = row.state;
    let session: Session = serde_json::from_value(state).map_err(|cause| {
        Problem::internal(format!("session {id} in its table cannot be read: {cause}"))
    })?;
    Ok(Some(Stored {
        session,
        version: row.version,
    }))
}

async fn keep(mut change: Change, commit: Commit) -> Result<Committed, Failure> {
    let Commit {
        session,
        expected_version,
        events,
        pushes,
        facts,
        at,
    } = commit;
    change.now = at;
    if !written(&mut change, &session, expected_version).await? {
        return Ok(Committed::Conflict);
    }
    for (kind, payload) in events {
        change.log(kind, payload);
    }
    for push in pushes {
        change.push(push);
    }
    for fact in facts {
        change.fact(fact);
    }
    change.keep().await?;
    Ok(Committed::Kept)
}

/// Whether the session had the expected version and now has the next one.
async fn written(
    change: &mut Change,
    session: &Session,
    expected: Option<i64>,
) -> Result<bool, Failure> {
    let state: Value = serde_json::to_value(session)
        .map_err(|cause| Problem::internal(format!("a session cannot be written: {cause}")))?;
    let row = Written {
        id: session.id(),
        lobby_id: session.lobby_id(),
        job_id: session.job_id(),
        status: session.state(),
        state: &state,
    };
    Ok(match expected {
        None => sessions::insert(&mut change.tx, &row, change.now).await?,
        Some(version) => sessions::update(&mut change.tx, &row, version, change.now).await?,
    })
}
