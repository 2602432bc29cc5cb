//! Things that are expensive to make, kept for the next one who needs them, the longest unused given up first.
//!
//! Two callers who need the same at once have it made once; callers of other keys do not wait for it.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// Values by key, up to a sum of weights.
pub(super) struct Kept<K, V>(Cache<K, (u32, Arc<V>)>);

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Keeps values of `weight_max` in all.
    pub(super) fn new(weight_max: u32) -> Self {
        let cache = Cache::builder()
            .max_capacity(u64::from(weight_max))
            .weigher(|_, (weight, _): &(u32, Arc<V>)| *weight)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self(cache)
    }

    /// The value of `key`, made now if it is not there. One of more weight than fits is made for this call alone.
    pub(super) fn get(&self, key: K, weight: u32, make: impl FnOnce() -> V) -> Arc<V> {
        self.0.get_with(key, || (weight, Arc::new(make()))).1
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_value_is_made_once_and_the_oldest_goes() {
        let made = AtomicUsize::new(0);
        let kept: Kept<u32, u32> = Kept::new(2);
        let get = |key| {
            let value = kept.get(key, 1, || {
                made.fetch_add(1, Ordering::Relaxed);
                key * 10
            });
            kept.0.run_pending_tasks();
            *value
        };
        assert_eq!([get(1), get(2), get(1)], [10, 20, 10]);
        assert_eq!(made.load(Ordering::Relaxed), 2);
        get(3);
        get(1);
        assert_eq!(made.load(Ordering::Relaxed), 3, "1 was used after 2");
        get(2);
        assert_eq!(made.load(Ordering::Relaxed), 4, "2 was given up");
    }

    #[test]
    fn what_is_too_heavy_is_made_but_not_kept() {
        let kept: Kept<u32, u32> = Kept::new(2);
        assert_eq!(*kept.get(1, 3, || 5), 5);
        kept.0.run_pending_tasks();
        assert_eq!(kept.0.entry_count(), 0);
    }

    #[test]
    fn many_callers_of_one_key_have_it_made_once() {
        let made = AtomicUsize::new(0);
        let kept: Kept<u32, u32> = Kept::new(8);
        let make = || {
            made.fetch_add(1, Ordering::Relaxed);
            std::thread::yield_now();
            70
        };
        std::thread::scope(|scope| {
            let asked = || *kept.get(7, 1, make);
            let callers: Vec<_> = (0..8).map(|_| scope.spawn(asked)).collect();
            for caller in callers {
                assert_eq!(caller.join().unwrap(), 70);
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }
}
