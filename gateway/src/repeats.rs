//! Pushes that have reached somebody: a service that did not hear so sends them again, and devices must not see them
//! twice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::limits::REPEATS_REMEMBERED;

/// The last pushes that were delivered, and how many sockets each reached.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    reached: HashMap<Uuid, usize>,
    oldest_first: VecDeque<Uuid>,
}

impl Repeats {
    /// How many sockets this push reached when it was delivered, unless it reached none or that is long ago.
    pub(crate) fn reached(&self, event_id: Uuid) -> Option<usize> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.reached.get(&event_id).copied()
    }

    /// Keeps what a delivery reached; one that reached nobody may be tried again.
    pub(crate) fn remember(&self, event_id: Uuid, reached: usize) {
        if reached == 0 {
            return;
        }
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.reached.insert(event_id, reached).is_none() {
            remembered.oldest_first.push_back(event_id);
        }
        if remembered.oldest_first.len() > REPEATS_REMEMBERED
            && let Some(oldest) = remembered.oldest_first.pop_front()
        {
            remembered.reached.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_remembered_and_what_reached_nobody_is_not() {
        let repeats = Repeats::default();
        let id = |n: usize| Uuid::from_u128(n as u128 + 1);
        repeats.remember(id(0), 0);
        assert_eq!(repeats.reached(id(0)), None);
        for n in 0..=REPEATS_REMEMBERED {
            repeats.remember(id(n), n + 1);
        }
        assert_eq!(repeats.reached(id(0)), None, "forgotten");
        assert_eq!(repeats.reached(id(1)), Some(2));
        assert_eq!(
            repeats.reached(id(REPEATS_REMEMBERED)),
            Some(REPEATS_REMEMBERED + 1)
        );
    }
}
