//! Places in the order of a queue, stretches of it, and the stretches in which rows may wait.

use super::pop::WINDOWS_MAX;

/// Stretches of one rank with at most so many places between them are searched as one: their rows were pushed by turns
/// with those of other processes or other queues, and walking over dead entries is cheaper than another statement.
const NEAR: i64 = 1_000;

/// A place in the order of a queue: rank, then sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) rank: i64,
    pub(super) seq: i64,
}

impl Place {
    pub(super) const FIRST: Self = Self {
        rank: i64::MIN,
        seq: i64::MIN,
    };
    pub(super) const LAST: Self = Self {
        rank: i64::MAX,
        seq: i64::MAX,
    };

    /// The last place of all ranks before that of this one.
    pub(super) const fn end_of_higher(self) -> Self {
        Self {
            rank: self.rank.saturating_sub(1),
            seq: i64::MAX,
        }
    }
}

/// A stretch of a queue: the places behind `after`, up to `upto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) after: Place,
    pub(super) upto: Place,
}

impl Window {
    pub(super) const WHOLE: Self = Self {
        after: Place::FIRST,
        upto: Place::LAST,
    };

    /// From one place of a rank to another, both within.
    pub(super) const fn of_rank(rank: i64, first: i64, last: i64) -> Self {
        Self {
            after: Place {
                rank,
                seq: first.saturating_sub(1),
            },
            upto: Place { rank, seq: last },
        }
    }

    fn is_empty(self) -> bool {
        self.after >= self.upto
    }

    /// How much lies between one and a later one: whether they are of different ranks, then the places. Nothing where
    /// they touch.
    fn gap(self, later: Self) -> (bool, i64) {
        if later.after <= self.upto {
            return (false, 0);
        }
        let seqs = later.after.seq.saturating_sub(self.upto.seq);
        (self.upto.rank != later.after.rank, seqs)
    }

    /// Nothing, or hardly anything, lies between the two.
    fn belongs_with(self, other: Self) -> bool {
        let (first, second) = if self.after <= other.after {
            (self, other)
        } else {
            (other, self)
        };
        first.gap(second) <= (false, NEAR)
    }

    fn with(self, other: Self) -> Self {
        Self {
            after: self.after.min(other.after),
            upto: self.upto.max(other.upto),
        }
    }
}

/// The stretches in which rows may wait, in their order and apart from each other; at most as many as one pop looks
/// through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stretches(Vec<Window>);

impl Stretches {
    pub(super) fn whole() -> Self {
        Self(vec![Window::WHOLE])
    }

    pub(super) fn first(&self) -> Option<Window> {
        self.0.first().copied()
    }

    pub(super) fn last(&self) -> Option<Window> {
        self.0.last().copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Window> {
        self.0.iter().copied()
    }

    /// Rows may wait here too.
    pub(super) fn add(&mut self, window: Window) {
        if window.is_empty() {
            return;
        }
        let mut all = window;
        // What is added may reach one that did not belong with the rest before.
        while let Some(at) = self.0.iter().position(|one| one.belongs_with(all)) {
            all = all.with(self.0.remove(at));
        }
        let at = self.0.partition_point(|one| one.after < all.after);
        self.0.insert(at, all);
        while self.0.len() > WINDOWS_MAX {
            self.join_nearest();
        }
    }

    /// Of two neighbours one, never of the last, which begins at the mark.
    fn join_nearest(&mut self) {
        let pairs = self.0.iter().zip(self.0.iter().skip(1)).rev().skip(1).rev();
        let nearest = pairs
            .enumerate()
            .min_by_key(|(_, (one, next))| one.gap(**next));
        if let Some((at, (one, next))) = nearest {
            let both = one.with(*next);
            self.0.splice(at..at + 2, [both]);
        }
    }

    /// Nothing waits here.
    pub(super) fn remove(&mut self, window: Window) {
        let mut left = Vec::with_capacity(self.0.len() + 1);
        for one in self.0.drain(..) {
            let before = Window {
                upto: one.upto.min(window.after),
                ..one
            };
            let behind = Window {
                after: one.after.max(window.upto),
                ..one
            };
            left.extend([before, behind].into_iter().filter(|part| !part.is_empty()));
        }
        self.0 = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(windows: &[Window]) -> Stretches {
        let mut all = Stretches::default();
        for window in windows {
            all.add(*window);
        }
        all
    }

    #[test]
    fn those_near_each_other_in_a_rank_become_one_and_others_stay_apart() {
        let (low, high) = (Window::of_rank(0, 5, 9), Window::of_rank(-3, 40, 40));
        let far = Window::of_rank(0, 22 + NEAR, 22 + NEAR);
        let mut all = stretches(&[low, far, high, Window::of_rank(0, 20, 20)]);
        assert_eq!(all, Stretches(vec![high, Window::of_rank(0, 5, 20), far]));
        all.remove(Window::of_rank(0, 7, 8));
        let parts = [Window::of_rank(0, 5, 6), Window::of_rank(0, 9, 20)];
        assert_eq!(all.0.get(1..3), Some(parts.as_slice()));
    }

    #[test]
    fn what_reaches_over_others_takes_them_in() {
        let tail = Window {
            after: Place { rank: 0, seq: 9 },
            ..Window::WHOLE
        };
        let mut all = stretches(&[Window::of_rank(-3, 1, 1), Window::of_rank(-2, 1, 1), tail]);
        all.add(Window {
            after: Place { rank: -3, seq: 1 },
            upto: Place { rank: 0, seq: 9 },
        });
        let one = Window {
            after: Place { rank: -3, seq: 0 },
            ..Window::WHOLE
        };
        assert_eq!(all, Stretches(vec![one]));
        all.remove(Window::WHOLE);
        assert_eq!(all, Stretches::default());
    }

    #[test]
    fn there_are_no_more_than_one_pop_looks_through_and_none_is_left_out() {
        let ranks = -40..0;
        let all = stretches(
            &ranks
                .clone()
                .map(|rank| Window::of_rank(rank, 7, 7))
                .collect::<Vec<_>>(),
        );
        assert_eq!(all.0.len(), WINDOWS_MAX);
        for rank in ranks {
            let place = Place { rank, seq: 7 };
            let within = |one: &Window| one.after < place && place <= one.upto;
            assert!(all.0.iter().any(within), "{place:?}");
        }
    }
}
