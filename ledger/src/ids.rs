//! Ids: one generator of `UUIDv7` for the process, so that ids sort by their creation.

use uuid::Uuid;

/// The next id: version 7, greater than every id this process made before, also within one millisecond and when the
/// clock steps back.
pub fn next() -> Uuid {
    Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::next;

    #[test]
    fn ids_rise_in_every_thread_and_never_repeat() {
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| (0..2_000).map(|_| next()).collect::<Vec<_>>()))
            .collect();
        let made: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        for ids in &made {
            assert!(
                ids.is_sorted_by(|a, b| a < b),
                "an id is not above the one before it"
            );
            assert!(ids.iter().all(|id| id.get_version_num() == 7));
        }
        let distinct: HashSet<_> = made.iter().flatten().collect();
        assert_eq!(distinct.len(), 8_000);
    }
}
