//! Pushes that the gateway took and nobody heard: the relay keeps each a while, because devices that lost their sockets
//! come back. The while begins when the gateway was there and the devices were not, however long the gateway was away
//! before; after a restart it begins anew.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// How long a push waits for somebody.
const KEPT: Duration = Duration::from_mins(1);

/// A push that is not tried again was delivered by a command; it is forgotten after this time.
const STALE: Duration = Duration::from_hours(1);

/// Since when each push has not been heard.
#[derive(Debug, Default)]
pub(crate) struct Unheard(Mutex<HashMap<Uuid, Instant>>);

impl Unheard {
    /// Notes that a push reached nobody now; whether it is to be tried again.
    pub(crate) fn waits(&self, event_id: Uuid, now: Instant) -> bool {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.retain(|_, first| now.duration_since(*first) < STALE);
        let first = *since.entry(event_id).or_insert(now);
        now.duration_since(first) < KEPT
    }

    /// The push is delivered or given up.
    pub(crate) fn forget(&self, event_id: Uuid) {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.remove(&event_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUSH: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[test]
    fn a_push_waits_from_its_first_try() {
        let (unheard, start) = (Unheard::default(), Instant::now());
        assert!(unheard.waits(PUSH, start));
        assert!(unheard.waits(OTHER, start + KEPT / 2));
        assert!(unheard.waits(PUSH, start + KEPT / 2));
        assert!(!unheard.waits(PUSH, start + KEPT));
        assert!(unheard.waits(OTHER, start + KEPT));
        unheard.forget(PUSH);
        assert!(unheard.waits(PUSH, start + KEPT));
    }

    #[test]
    fn what_is_not_tried_again_is_forgotten() {
        let (unheard, start) = (Unheard::default(), Instant::now());
        assert!(unheard.waits(PUSH, start));
        assert!(unheard.waits(OTHER, start + STALE));
        assert_eq!(unheard.0.lock().unwrap().len(), 1);
    }
}
