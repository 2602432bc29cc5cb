//! Answers to reads of a document, kept in memory where the operator wants it.
//!
//! No read is answered with less than what a write that was answered before has left. A write forgets the documents
//! that it touched after its commit and before its answer. A read that began before may still hold what was there
//! earlier: it notes the generation before it asks the database, and what it read is kept only if no write has
//! forgotten anything of that shard since. Writes of other processes are not seen; [`TIME_TO_LIVE`] bounds how long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

/// How long an answer is kept, and so how old it may be where other processes write to the same database. Not a
/// setting, so that the README can promise it; what is read often enough to be worth a place is read more often.
const TIME_TO_LIVE: Duration = Duration::from_secs(10);

/// Bytes that a document may have for its place; a larger one takes the places of several.
const PLACE: usize = 8 * 1024;

/// Generations: one for every value of an id's last byte, which is random in ids of versions 4, 5 and 7.
const SHARDS: usize = 256;

/// The cache; without any places it keeps nothing and costs nothing.
#[derive(Debug)]
pub(crate) struct Cache(Option<Box<Kept>>);

#[derive(Debug)]
struct Kept {
    answers: moka::sync::Cache<Uuid, Answer>,
    generations: [Mutex<u64>; SHARDS],
    /// Raised where everything is forgotten; an answer of an earlier epoch is none.
    epoch: AtomicU64,
}

#[derive(Debug, Clone)]
struct Answer {
    epoch: u64,
    body: Bytes,
}

/// A read that has begun.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    kept: &'a Kept,
    id: Uuid,
    generation: u64,
    epoch: u64,
}

impl Cache {
    /// With places for so many documents.
    pub(crate) fn new(documents: usize) -> Self {
        if documents == 0 {
            return Self(None);
        }
        let answers = moka::sync::Cache::builder()
            .weigher(|_, answer: &Answer| {
                u32::try_from(answer.body.len().max(PLACE)).unwrap_or(u32::MAX)
            })
            .max_capacity(documents.saturating_mul(PLACE) as u64)
            .time_to_live(TIME_TO_LIVE)
            .build();
        Self(Some(Box::new(Kept {
            answers,
            generations: std::array::from_fn(|_| Mutex::default()),
            epoch: AtomicU64::default(),
        })))
    }

    /// The answer to a read, if it is kept.
    pub(super) fn get(&self, id: Uuid) -> Option<Bytes> {
        let kept = self.0.as_ref()?;
        let answer = kept.answers.get(&id)?;
        (answer.epoch == kept.epoch.load(Ordering::SeqCst)).then_some(answer.body)
    }

    /// Begins a read; before the database is asked.
    pub(super) fn begin(&self, id: Uuid) -> Option<Reading<'_>> {
        let kept = self.0.as_ref()?;
        let epoch = kept.epoch.load(Ordering::SeqCst);
        let shard = kept.shard(id).lock();
        Some(Reading {
            kept,
            id,
            generation: *shard.unwrap_or_else(PoisonError::into_inner),
            epoch,
        })
    }

    /// Forgets documents: after the commit that touched them, also one of which it is not known whether it happened,
    /// and before anybody is told of it.
    pub(super) fn forget(&self, ids: impl IntoIterator<Item = Uuid>) {
        let Some(kept) = &self.0 else { return };
        for id in ids {
            let mut shard = kept
                .shard(id)
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *shard += 1;
            kept.answers.invalidate(&id);
        }
    }

    /// Forgets all documents, as [`Self::forget`] does some.
    pub(crate) fn forget_all(&self) {
        let Some(kept) = &self.0 else { return };
        kept.epoch.fetch_add(1, Ordering::SeqCst);
        kept.answers.invalidate_all();
    }
}

impl Kept {
    fn shard(&self, id: Uuid) -> &Mutex<u64> {
        let [.., last] = id.into_bytes();
        &self.generations[usize::from(last)]
    }
}

impl Reading<'_> {
    /// Keeps what was read, unless a write has come between.
    pub(super) fn keep(self, body: Bytes) {
        let shard = self.kept.shard(self.id).lock();
        let generation = shard.unwrap_or_else(PoisonError::into_inner);
        if *generation == self.generation {
            let answer = Answer {
                epoch: self.epoch,
                body,
            };
            self.kept.answers.insert(self.id, answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(cache: &Cache, id: Uuid, body: &'static str) {
        cache
            .begin(id)
            .unwrap()
            .keep(Bytes::from_static(body.as_bytes()));
    }

    #[test]
    fn without_places_nothing_is_kept() {
        let cache = Cache::new(0);
        assert!(cache.begin(Uuid::nil()).is_none());
        assert_eq!(cache.get(Uuid::nil()), None);
        cache.forget([Uuid::nil()]);
        cache.forget_all();
    }

    #[test]
    fn what_was_read_is_answered_until_it_is_forgotten() {
        let cache = Cache::new(8);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        keep(&cache, one, "one");
        keep(&cache, two, "two");
        cache.forget([one]);
        assert_eq!(cache.get(one), None);
        assert_eq!(cache.get(two).unwrap(), "two");
        cache.forget_all();
        assert_eq!(cache.get(two), None);
        keep(&cache, two, "new");
        assert_eq!(cache.get(two).unwrap(), "new");
    }

    #[test]
    fn what_was_read_before_a_write_is_not_kept_after_it() {
        let cache = Cache::new(8);
        let id = Uuid::from_u128(1);
        let reading = cache.begin(id).unwrap();
        cache.forget([id]);
        reading.keep(Bytes::from_static(b"old"));
        assert_eq!(cache.get(id), None);
        let other = cache.begin(id).unwrap();
        cache.forget_all();
        other.keep(Bytes::from_static(b"old"));
        assert_eq!(cache.get(id), None);
    }

    #[test]
    fn places_bound_both_documents_and_bytes() {
        let cache = Cache::new(4);
        let answers = &cache.0.as_ref().unwrap().answers;
        for n in 0..100 {
            keep(&cache, Uuid::from_u128(n), "small");
        }
        answers.run_pending_tasks();
        assert!((1..=4).contains(&answers.entry_count()));
        for n in 0..100 {
            let large = Bytes::from(vec![b'x'; 3 * PLACE]);
            cache.begin(Uuid::from_u128(n)).unwrap().keep(large);
        }
        answers.run_pending_tasks();
        assert!(answers.weighted_size() <= 4 * PLACE as u64);
        assert_eq!(answers.policy().time_to_live(), Some(TIME_TO_LIVE));
    }
}
