//! What this process knows of each queue: its low-water mark, and who waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::item::QueueName;
use super::marks::Marks;

/// Queues that are remembered; of others nothing is known, which costs time and nothing else.
const LANES_MAX: usize = 10_000;

/// One queue, as this process knows it.
#[derive(Debug, Default)]
pub(super) struct Lane {
    marks: Mutex<Marks>,
    arrival: Notify,
}

impl Lane {
    pub(super) fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told when rows may wait that did not before.
    pub(super) fn arrival(&self) -> &Notify {
        &self.arrival
    }

    /// Wakes all who wait: how many rows came is not known to them, and each looks for itself.
    pub(super) fn wake(&self) {
        self.arrival.notify_waiters();
    }
}

/// All queues that this process has met.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashMap<String, Arc<Lane>>>);

impl Lanes {
    /// That of a queue.
    pub(super) fn of(&self, queue: &QueueName) -> Arc<Lane> {
        let mut lanes = self.lock();
        if let Some(lane) = lanes.get(queue.as_str()) {
            return Arc::clone(lane);
        }
        if lanes.len() >= LANES_MAX {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let lane = Arc::<Lane>::default();
        lanes.insert(queue.as_str().to_owned(), Arc::clone(&lane));
        lane
    }

    /// That of a queue by its name, if it was met.
    pub(super) fn met(&self, queue: &str) -> Option<Arc<Lane>> {
        self.lock().get(queue).map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Lane>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_nobody_uses_are_forgotten_and_those_in_use_are_not() {
        let lanes = Lanes::default();
        let kept = lanes.of(&"kept".parse().unwrap());
        for number in 0..LANES_MAX {
            lanes.of(&number.to_string().parse().unwrap());
        }
        assert!(lanes.lock().len() <= LANES_MAX);
        assert!(Arc::ptr_eq(&kept, &lanes.of(&"kept".parse().unwrap())));
        assert!(lanes.met("0").is_none());
    }
}
