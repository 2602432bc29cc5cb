//! Pushes that have reached somebody: a service that did not hear so sends them again, and devices must not see them
//! twice, not even when both come at the same time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use uuid::Uuid;

use crate::limits::REPEATS_REMEMBERED;

/// The last pushes, and how many sockets each reached.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    claims: HashMap<Uuid, Claim>,
    oldest_first: VecDeque<Uuid>,
}

/// The right to send a push: who has it first sends, the others wait for the count.
type Claim = Arc<OnceLock<usize>>;

impl Repeats {
    /// Sends a push unless that has been done, and tells how many sockets it reached then. One that reached nobody may
    /// be sent again; what is long ago is forgotten.
    pub(crate) fn once(&self, event_id: Uuid, send: impl FnOnce() -> usize) -> usize {
        let claim = self.claim(event_id);
        let reached = *claim.get_or_init(send);
        if reached == 0 {
            self.release(event_id, &claim);
        }
        reached
    }

    fn claim(&self, event_id: Uuid) -> Claim {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Remembered {
            claims,
            oldest_first,
        } = &mut *remembered;
        let claim = claims.entry(event_id).or_insert_with(|| {
            oldest_first.push_back(event_id);
            Claim::default()
        });
        let claim = Arc::clone(claim);
        if oldest_first.len() > REPEATS_REMEMBERED
            && let Some(oldest) = oldest_first.pop_front()
        {
            claims.remove(&oldest);
        }
        claim
    }

    fn release(&self, event_id: Uuid, claim: &Claim) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = remembered
            .claims
            .get(&event_id)
            .is_some_and(|found| Arc::ptr_eq(found, claim));
        if !own {
            return;
        }
        remembered.claims.remove(&event_id);
        let place = remembered
            .oldest_first
            .iter()
            .rposition(|id| *id == event_id);
        if let Some(place) = place {
            remembered.oldest_first.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128 + 1)
    }

    #[test]
    fn the_last_ones_are_remembered_and_what_reached_nobody_is_not() {
        let repeats = Repeats::default();
        assert_eq!(repeats.once(id(0), || 0), 0);
        for n in 0..=REPEATS_REMEMBERED {
            assert_eq!(repeats.once(id(n), || n + 1), n + 1);
        }
        assert_eq!(repeats.once(id(1), || 0), 2);
        assert_eq!(
            repeats.once(id(REPEATS_REMEMBERED), || 0),
            REPEATS_REMEMBERED + 1
        );
        assert_eq!(repeats.once(id(0), || 7), 7, "forgotten");
        let remembered = repeats.0.lock().unwrap();
        assert_eq!(remembered.claims.len(), REPEATS_REMEMBERED);
        assert_eq!(remembered.oldest_first.len(), REPEATS_REMEMBERED);
    }

    #[test]
    fn a_push_that_comes_while_it_is_sent_is_not_sent_again() {
        let repeats = Repeats::default();
        let ((begun, has_begun), (again, comes_again)) = (mpsc::channel(), mpsc::channel());
        std::thread::scope(|threads| {
            let send = move || {
                begun.send(()).unwrap();
                comes_again.recv().unwrap();
                (0..100).for_each(|_| std::thread::yield_now());
                1
            };
            let first = threads.spawn(|| repeats.once(id(0), send));
            has_begun.recv().unwrap();
            again.send(()).unwrap();
            assert_eq!(repeats.once(id(0), || panic!("sent twice")), 1);
            assert_eq!(first.join().unwrap(), 1);
        });
    }
}
