//! Who may drain: within a process one drain at a time for each scope and destination, and on a server only so many
//! that statements of the service still find a connection while a receiver is slow.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::error::DbError;
use crate::pool::Pool;

/// One for each database of the process: two pools of one file share the turns.
static GATES: LazyLock<Mutex<HashMap<String, Arc<Gate>>>> = LazyLock::new(Mutex::default);

type Key = (Uuid, String);

struct Gate {
    turns: Mutex<HashMap<Key, Weak<Turn<()>>>>,
    width: Arc<Semaphore>,
}

/// The right to deliver rows of one scope and destination; dropped, it goes to the next drain.
#[derive(Debug)]
pub(super) struct Pass {
    _turn: OwnedMutexGuard<()>,
    _width: OwnedSemaphorePermit,
}

/// Waits for the turn, then for a place among the drains that hold a connection.
pub(super) async fn enter(pool: &Pool, scope: Uuid, destination: &str) -> Result<Pass, DbError> {
    let gate = gate_of(pool);
    let turn = gate
        .turn((scope, destination.to_owned()))
        .lock_owned()
        .await;
    let width = Arc::clone(&gate.width).acquire_owned().await;
    let width = width.map_err(|_| sqlx::Error::PoolClosed)?;
    Ok(Pass {
        _turn: turn,
        _width: width,
    })
}

fn gate_of(pool: &Pool) -> Arc<Gate> {
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    let gate = gates.entry(pool.identity()).or_insert_with(|| {
        // Half of the connections may wait for a receiver; the other half stays for everything else.
        let width = (pool.width() / 2).max(1);
        Arc::new(Gate {
            turns: Mutex::default(),
            width: Arc::new(Semaphore::new(width)),
        })
    });
    Arc::clone(gate)
}

impl Gate {
    fn turn(&self, key: Key) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&key).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Turn::new(()));
        turns.insert(key, Arc::downgrade(&turn));
        turn
    }
}
