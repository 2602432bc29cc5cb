//! The low-water mark of a queue: up to which place in its order nothing waits, so that a pop does not walk over the
//! dead twins of the rows that were taken before it.
//!
//! `PostgreSQL` keeps an entry of the index for every row that was taken until a vacuum, and longer while an old
//! snapshot is held; a search from the beginning reads them all. The mark is a guess of this process: rows that come
//! to stand before it by this process are told to it, and a search from the beginning finds those of others: after a
//! hundred searches, or after a second where an old snapshot makes it dear.

use std::time::Duration;

use tokio::time::Instant;

/// A search from the beginning comes at the latest after this long, and after so many others where it is cheap.
const WHOLE_EVERY: Duration = Duration::from_secs(1);
const WHOLE_AFTER: u32 = 100;

/// Cheap: it took at most this share of the time since.
const WHOLE_SHARE: u32 = 20;

/// An empty queue is looked through from the beginning at most this often.
const EMPTY_EVERY: Duration = Duration::from_millis(100);

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

    const fn before(self) -> Self {
        Self {
            rank: self.rank,
            seq: self.seq.saturating_sub(1),
        }
    }
}

/// Which part of a queue a search looks at: behind `after`, up to `upto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) after: Place,
    pub(super) upto: Place,
}

const WHOLE: Window = Window {
    after: Place::FIRST,
    upto: Place::LAST,
};

/// A search that goes on.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) window: Window,
    number: u64,
    begun: Instant,
}

/// What a search was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was enough, or there is no more.
    Done,
    /// There was too little in the window; look at the next one.
    Again,
}

/// What this process knows of one queue.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Nothing waits up to here, but in the window that `above` begins; none: nothing is known.
    mark: Option<Place>,
    /// Behind this place and up to the mark something may wait.
    above: Option<Place>,
    /// When the last search from the beginning began, and how long one took.
    whole: Option<Instant>,
    whole_took: Duration,
    searches: u32,
    next: u64,
    /// Searches that go on, and the first place that came to be since they began.
    running: Vec<(u64, Option<Place>)>,
}

impl Marks {
    /// Begins a search.
    pub(super) fn begin(&mut self, now: Instant) -> Search {
        let is_due = self.is_whole_due(now) || self.above == Some(Place::FIRST);
        let window = match (self.mark, self.above) {
            (None, _) => WHOLE,
            (Some(upto), _) if is_due => Window { upto, ..WHOLE },
            (Some(upto), Some(after)) => Window { after, upto },
            (Some(after), None) => Window { after, ..WHOLE },
        };
        if window.after == Place::FIRST {
            self.whole = Some(now);
            self.searches = 0;
            // One looks at the beginning for all; the others go on where they were.
            self.above = self.above.filter(|above| *above != Place::FIRST);
        }
        self.searches += 1;
        self.next += 1;
        self.running.push((self.next, None));
        Search {
            window,
            number: self.next,
            begun: now,
        }
    }

    fn is_whole_due(&self, now: Instant) -> bool {
        let Some(at) = self.whole else { return true };
        let since = now.duration_since(at);
        let is_cheap = since >= self.whole_took * WHOLE_SHARE;
        since >= WHOLE_EVERY || (self.searches >= WHOLE_AFTER && is_cheap)
    }

    /// Ends a search that took rows up to `last`, none where it found nothing, and as many as were wanted or fewer.
    pub(super) fn end(
        &mut self,
        search: &Search,
        last: Option<Place>,
        is_full: bool,
        now: Instant,
    ) -> Outcome {
        let came = self.left(search);
        let Window { after, upto } = search.window;
        if after == Place::FIRST {
            self.whole_took = now.duration_since(search.begun);
        }
        let is_before_mark = upto != Place::LAST;
        match last {
            Some(last) if is_before_mark && is_full => self.above = self.went_on(after, last),
            Some(_) | None if is_before_mark => {
                // All of the window is taken, what others look at in it too.
                self.above = self.above.filter(|above| *above < after);
            }
            Some(last) => self.mark = Some(self.mark.map_or(last, |mark| mark.max(last))),
            None => {}
        }
        if let Some(place) = came {
            self.lower(place);
        }
        match last {
            Some(_) if is_full || !is_before_mark => Outcome::Done,
            Some(_) | None if is_before_mark || self.above.is_some() => Outcome::Again,
            Some(_) | None if after == Place::FIRST => Outcome::Done,
            Some(_) | None => self.confirmed(now),
        }
    }

    /// Where the window before the mark begins after rows up to `last` were taken out of it: others may have taken rows
    /// behind them, or found its rest empty, and rows may have come before it.
    fn went_on(&self, after: Place, last: Place) -> Option<Place> {
        match self.above {
            Some(above) if above > last || above < after => Some(above),
            None if after != Place::FIRST => None,
            Some(_) | None => Some(last),
        }
    }

    /// Nothing behind the mark: before that is believed, the beginning is looked at, but not all the time.
    fn confirmed(&mut self, now: Instant) -> Outcome {
        if self
            .whole
            .is_some_and(|at| now.duration_since(at) < EMPTY_EVERY)
        {
            return Outcome::Done;
        }
        self.above = Some(Place::FIRST);
        Outcome::Again
    }

    /// A search failed: what it had locked may wait again, anywhere.
    pub(super) fn fail(&mut self, search: &Search) {
        self.left(search);
        self.mark = None;
        self.above = None;
    }

    /// Rows wait from this place on that did not before.
    pub(super) fn came(&mut self, place: Place) {
        for (_, first) in &mut self.running {
            *first = Some(first.map_or(place, |first| first.min(place)));
        }
        self.lower(place);
    }

    fn lower(&mut self, place: Place) {
        if self.mark.is_some_and(|mark| place <= mark) {
            let before = place.before();
            self.above = Some(self.above.map_or(before, |above| above.min(before)));
        }
    }

    fn left(&mut self, search: &Search) -> Option<Place> {
        let at = self
            .running
            .iter()
            .position(|(number, _)| *number == search.number)?;
        self.running.swap_remove(at).1
    }
}

#[cfg(test)]
#[expect(
    clippy::shadow_unrelated,
    reason = "search after search by the same names"
)]
mod tests {
    use super::*;

    const fn place(rank: i64, seq: i64) -> Place {
        Place { rank, seq }
    }

    fn window(marks: &mut Marks, now: Instant) -> (Place, Place) {
        let search = marks.begin(now);
        let window = search.window;
        marks.left(&search);
        (window.after, window.upto)
    }

    /// After a first search that took rows up to the place.
    fn at(mark: Place, now: Instant) -> Marks {
        let mut marks = Marks::default();
        let search = marks.begin(now);
        assert_eq!(search.window, WHOLE);
        assert_eq!(marks.end(&search, Some(mark), true, now), Outcome::Done);
        marks
    }

    #[test]
    fn a_search_goes_on_behind_the_last_row() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        assert_eq!(window(&mut marks, now), (place(0, 10), Place::LAST));
    }

    #[test]
    fn what_comes_before_the_mark_is_looked_at_first_and_the_mark_stays() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        marks.came(place(-5, 20));
        let first = marks.begin(now);
        assert_eq!(
            (first.window.after, first.window.upto),
            (place(-5, 19), place(0, 10))
        );
        assert_eq!(
            marks.end(&first, Some(place(-5, 20)), true, now),
            Outcome::Done
        );
        let second = marks.begin(now);
        assert_eq!(second.window.after, place(-5, 20));
        assert_eq!(marks.end(&second, None, false, now), Outcome::Again);
        assert_eq!(window(&mut marks, now), (place(0, 10), Place::LAST));
        marks.came(place(0, 21));
        assert_eq!(
            window(&mut marks, now),
            (place(0, 10), Place::LAST),
            "behind the mark"
        );
    }

    #[test]
    fn a_row_that_came_while_a_search_went_past_it_is_not_lost() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let search = marks.begin(now);
        // Its number was given before that of a row that was seen, and its transaction ended later.
        marks.came(place(0, 12));
        assert_eq!(
            marks.end(&search, Some(place(0, 15)), true, now),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, now), (place(0, 11), place(0, 15)));
    }

    #[test]
    fn a_row_that_came_while_the_window_was_found_empty_is_not_lost() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        marks.came(place(-1, 11));
        let search = marks.begin(now);
        marks.came(place(-3, 12));
        assert_eq!(marks.end(&search, None, false, now), Outcome::Again);
        assert_eq!(window(&mut marks, now), (place(-3, 11), place(0, 10)));
    }

    #[test]
    fn the_beginning_is_looked_at_each_second_and_each_hundred_searches() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let later = now + WHOLE_EVERY;
        assert_eq!(window(&mut marks, later), (Place::FIRST, place(0, 10)));
        let mut marks = at(place(0, 10), now);
        let seen = (0..=WHOLE_AFTER).filter(|_| window(&mut marks, now).0 == Place::FIRST);
        assert_eq!(seen.count(), 1);
    }

    #[test]
    fn nothing_is_believed_after_a_look_at_the_beginning_but_not_looked_for_all_the_time() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let search = marks.begin(now);
        assert_eq!(
            marks.end(&search, None, false, now),
            Outcome::Done,
            "it was just looked at"
        );
        let later = now + EMPTY_EVERY;
        let search = marks.begin(later);
        assert_eq!(marks.end(&search, None, false, later), Outcome::Again);
        let search = marks.begin(later);
        assert_eq!(
            (search.window.after, search.window.upto),
            (Place::FIRST, place(0, 10))
        );
        assert_eq!(marks.end(&search, None, false, later), Outcome::Again);
        let search = marks.begin(later);
        assert_eq!(marks.end(&search, None, false, later), Outcome::Done);
    }

    #[test]
    fn rows_that_others_put_before_the_mark_are_followed_up() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let later = now + WHOLE_EVERY;
        let search = marks.begin(later);
        assert_eq!(
            marks.end(&search, Some(place(-9, 40)), true, later),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, later), (place(-9, 40), place(0, 10)));
    }

    #[test]
    fn after_a_failure_nothing_is_known() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let search = marks.begin(now);
        marks.fail(&search);
        assert_eq!(window(&mut marks, now), (Place::FIRST, Place::LAST));
    }

    #[test]
    fn searches_side_by_side_leave_the_mark_at_the_last_of_both() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let (first, second) = (marks.begin(now), marks.begin(now));
        assert_eq!(
            marks.end(&second, Some(place(0, 30)), true, now),
            Outcome::Done
        );
        assert_eq!(
            marks.end(&first, Some(place(0, 20)), true, now),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, now), (place(0, 30), Place::LAST));
        marks.came(place(-1, 31));
        let (first, second) = (marks.begin(now), marks.begin(now));
        assert_eq!(
            marks.end(&second, Some(place(-1, 33)), true, now),
            Outcome::Done
        );
        assert_eq!(
            marks.end(&first, Some(place(-1, 32)), true, now),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, now), (place(-1, 33), place(0, 30)));
    }

    #[test]
    fn a_window_with_too_little_leads_on_to_the_next() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        marks.came(place(-5, 20));
        let search = marks.begin(now);
        assert_eq!(
            marks.end(&search, Some(place(-5, 20)), false, now),
            Outcome::Again
        );
        assert_eq!(window(&mut marks, now), (place(0, 10), Place::LAST));
    }

    #[test]
    fn a_dear_look_at_the_beginning_is_had_each_second_and_no_more() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let (begun, ended) = (now + WHOLE_EVERY, now + WHOLE_EVERY + WHOLE_EVERY / 10);
        let search = marks.begin(begun);
        assert_eq!(search.window.after, Place::FIRST);
        marks.end(&search, None, false, ended);
        let whole = |marks: &mut Marks| {
            (0..=2 * WHOLE_AFTER)
                .filter(|_| window(marks, ended).0 == Place::FIRST)
                .count()
        };
        assert_eq!(whole(&mut marks), 0);
        assert_eq!(window(&mut marks, begun + WHOLE_EVERY).0, Place::FIRST);
    }
}
