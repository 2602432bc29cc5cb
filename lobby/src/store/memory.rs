//! Sessions in memory, with the same behaviour as in tables, so that a simulation of a thousand sessions needs no
//! database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::session::RecordingUploaded;
use serde_json::Value;
use uuid::Uuid;

use super::{Commit, Committed, SessionStore, Stored, held};
use crate::failure::Failure;
use crate::push::Push;
use crate::refusal::lobby_not_found;

/// Sessions of some lobbies. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    sessions: HashMap<Uuid, Stored>,
    lobbies: HashMap<Uuid, LobbyRecord>,
}

/// What a lobby has kept of its sessions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LobbyRecord {
    /// Lines of the log.
    pub events: Vec<(String, Value)>,
    /// Pushes; the number of each is its place, counted from 1.
    pub pushes: Vec<Push>,
    /// Facts for the measurement service.
    pub facts: Vec<RecordingUploaded>,
}

impl MemoryStore {
    /// A store that knows these lobbies.
    pub fn of_lobbies(lobbies: impl IntoIterator<Item = Uuid>) -> Self {
        let lobbies = lobbies
            .into_iter()
            .map(|id| (id, LobbyRecord::default()))
            .collect();
        Self(Arc::new(Mutex::new(Kept {
            sessions: HashMap::new(),
            lobbies,
        })))
    }

    /// What a lobby has kept; nothing if it is not known.
    pub fn record(&self, lobby_id: Uuid) -> Option<LobbyRecord> {
        self.kept().lobbies.get(&lobby_id).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for MemoryStore {
    async fn load(&self, id: Uuid) -> Result<Option<Stored>, Failure> {
        Ok(self.kept().sessions.get(&id).cloned())
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, Failure> {
        self.kept().keep(commit)
    }

    async fn alone<T, D>(&self, lobby_id: Uuid, id: Uuid, decide: D) -> Result<Option<T>, Failure>
    where
        T: Send,
        D: FnOnce(&Stored) -> Result<(T, Option<Commit>), Failure> + Send,
    {
        let mut kept = self.kept();
        if !kept.lobbies.contains_key(&lobby_id) {
            return Err(lobby_not_found().into());
        }
        let Some(stored) = kept.sessions.get(&id).cloned() else {
            return Ok(None);
        };
        let (told, commit) = decide(&stored)?;
        if let Some(commit) = commit {
            held(&kept.keep(commit)?)?;
        }
        Ok(Some(told))
    }
}

impl Kept {
    fn keep(&mut self, commit: Commit) -> Result<Committed, Failure> {
        let Self { sessions, lobbies } = self;
        let lobby = lobbies
            .get_mut(&commit.session.lobby_id())
            .ok_or_else(lobby_not_found)?;
        let found = sessions
            .get(&commit.session.id())
            .map(|stored| stored.version);
        if found != commit.expected_version {
            return Ok(Committed::Conflict);
        }
        let stored = Stored {
            session: commit.session,
            version: found.unwrap_or(0) + 1,
        };
        sessions.insert(stored.session.id(), stored);
        lobby.events.extend(commit.events);
        lobby.pushes.extend(
            commit
                .pushes
                .into_iter()
                .filter(|push| !push.device_ids.is_empty()),
        );
        lobby.facts.extend(commit.facts);
        Ok(Committed::Kept)
    }
}
