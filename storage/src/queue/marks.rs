//! What this process knows of the order of a queue: in which stretches of it rows may wait, so that a pop does not walk
//! over the dead twins of the rows that were taken before it.
//!
//! `PostgreSQL` keeps an entry of the index for every row that was taken until a vacuum, and longer while an old
//! snapshot is held; a search from the beginning reads them all. The low-water mark, up to which nothing waits, is a
//! guess of this process: rows that come to stand before it by this process are told to it, and looks from the
//! beginning find those of others. A look at the higher ranks comes after a hundred searches or a second; one that
//! walks over the rank of the mark too comes as often where it is cheap, and as seldom as it is dear where an old
//! snapshot is held.

use std::time::Duration;

use tokio::time::Instant;

use super::places::{Place, Stretches, Window};

/// A look from the beginning comes after this long, and after so many searches where it is cheap.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOK_AFTER: u32 = 100;

/// Cheap: it took at most this share of the time since. The rank of the mark is looked at in any case after so long.
const LOOK_SHARE: u32 = 50;
const LOOK_AT_LAST: Duration = Duration::from_mins(1);

/// A queue that seems to be empty is looked through up to its mark at most this often, and half of the time.
const EMPTY_EVERY: Duration = Duration::from_millis(100);

/// A search that goes on.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) window: Window,
    kind: Kind,
    number: u64,
    begun: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Goes on where rows may wait.
    Next,
    /// Looks for rows of higher ranks than that of the mark which others brought.
    Higher,
    /// Looks for rows anywhere.
    Whole,
}

/// What a search was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was enough, or there is no more.
    Done,
    /// There was too little in the window; look at the next one.
    Again,
}

/// When the last look of a kind began, and how long one took.
#[derive(Debug, Default)]
struct Look {
    begun: Option<Instant>,
    took: Duration,
}

impl Look {
    fn since(&self, now: Instant) -> Duration {
        self.begun
            .map_or(Duration::MAX, |begun| now.duration_since(begun))
    }

    fn is_cheap(&self, since: Duration) -> bool {
        since >= self.took.saturating_mul(LOOK_SHARE).min(LOOK_AT_LAST)
    }
}

/// What this process knows of one queue.
#[derive(Debug)]
pub(super) struct Marks {
    /// Where rows may wait. The last of them is the rest of the queue behind the mark.
    open: Stretches,
    higher: Look,
    whole: Look,
    /// Nothing was found: before that is believed, the beginning is looked at.
    is_doubted: bool,
    searches: u32,
    next: u64,
    /// Searches that go on, and where rows came to wait since they began.
    running: Vec<(u64, Stretches)>,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            open: Stretches::whole(),
            higher: Look::default(),
            whole: Look::default(),
            is_doubted: false,
            searches: 0,
            next: 0,
            running: Vec::new(),
        }
    }
}

impl Marks {
    /// Begins a search.
    pub(super) fn begin(&mut self, now: Instant) -> Search {
        let (window, kind) = self.aim(now);
        if kind != Kind::Next {
            // One looks at the beginning for all; the others go on where they were.
            self.higher.begun = Some(now);
            self.searches = 0;
        }
        if kind == Kind::Whole {
            self.whole.begun = Some(now);
            self.is_doubted = false;
        }
        self.searches += 1;
        self.next += 1;
        self.running.push((self.next, Stretches::default()));
        Search {
            window,
            kind,
            number: self.next,
            begun: now,
        }
    }

    fn aim(&self, now: Instant) -> (Window, Kind) {
        let mark = self.mark();
        if mark == Place::FIRST {
            return (Window::WHOLE, Kind::Whole);
        }
        let upto = |upto| Window {
            upto,
            ..Window::WHOLE
        };
        if self.is_doubted {
            return (upto(mark), Kind::Whole);
        }
        match self.due(now) {
            Kind::Next => (self.open.first().unwrap_or(Window::WHOLE), Kind::Next),
            Kind::Higher => (upto(mark.end_of_higher()), Kind::Higher),
            Kind::Whole => (upto(mark), Kind::Whole),
        }
    }

    fn due(&self, now: Instant) -> Kind {
        let (higher, whole) = (self.higher.since(now), self.whole.since(now));
        let is_time = |since| since >= LOOK_EVERY || self.searches >= LOOK_AFTER;
        if is_time(whole) && self.whole.is_cheap(whole) {
            Kind::Whole
        } else if higher >= LOOK_EVERY || (is_time(higher) && self.higher.is_cheap(higher)) {
            Kind::Higher
        } else {
            Kind::Next
        }
    }

    /// Up to here nothing waits, but in the stretches before it.
    fn mark(&self) -> Place {
        self.open.last().map_or(Place::FIRST, |rest| rest.after)
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
        self.timed(search, now);
        let Window { after, upto } = search.window;
        let is_rest = upto == Place::LAST;
        let seen = match last {
            // Behind it others may wait, or will come.
            Some(last) => last,
            None if is_rest => after,
            None => upto,
        };
        self.open.remove(Window { after, upto: seen });
        if search.kind != Kind::Next && is_full && !is_rest {
            self.open.add(Window { after: seen, upto });
        }
        for window in came.iter() {
            self.open.add(window);
        }
        match last {
            Some(_) if is_full || is_rest => Outcome::Done,
            Some(_) | None if !is_rest || self.has_more() => Outcome::Again,
            Some(_) | None if after == Place::FIRST => Outcome::Done,
            Some(_) | None => self.doubted(now),
        }
    }

    fn timed(&mut self, search: &Search, now: Instant) {
        let took = now.duration_since(search.begun);
        match search.kind {
            Kind::Next => {}
            Kind::Higher => self.higher.took = took,
            Kind::Whole => self.whole.took = took,
        }
    }

    fn has_more(&self) -> bool {
        self.open.first() != self.open.last()
    }

    /// Nothing behind the mark: before that is believed, the beginning is looked at, but not all the time.
    fn doubted(&mut self, now: Instant) -> Outcome {
        if self.whole.since(now) < EMPTY_EVERY.max(self.whole.took.saturating_mul(2)) {
            return Outcome::Done;
        }
        self.is_doubted = true;
        Outcome::Again
    }

    /// A search failed: what it had locked, and others passed by, may wait again, anywhere.
    pub(super) fn fail(&mut self, search: &Search) {
        self.left(search);
        self.came(Window::WHOLE);
    }

    /// Rows wait here that did not before.
    pub(super) fn came(&mut self, window: Window) {
        for (_, since) in &mut self.running {
            since.add(window);
        }
        self.open.add(window);
    }

    /// No look from the beginning is cheap until one is timed again.
    #[cfg(test)]
    pub(super) const fn look_no_more(&mut self) {
        self.higher.took = Duration::MAX;
        self.whole.took = Duration::MAX;
    }

    fn left(&mut self, search: &Search) -> Stretches {
        let at = self
            .running
            .iter()
            .position(|(number, _)| *number == search.number);
        at.map_or_else(Stretches::default, |at| self.running.swap_remove(at).1)
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

    const fn row(rank: i64, seq: i64) -> Window {
        Window::of_rank(rank, seq, seq)
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
        assert_eq!(search.window, Window::WHOLE);
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
        marks.came(row(-5, 20));
        let first = marks.begin(now);
        assert_eq!(first.window, row(-5, 20));
        assert_eq!(
            marks.end(&first, Some(place(-5, 20)), false, now),
            Outcome::Again
        );
        assert_eq!(window(&mut marks, now), (place(0, 10), Place::LAST));
        marks.came(row(0, 21));
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
        marks.came(row(0, 12));
        assert_eq!(
            marks.end(&search, Some(place(0, 15)), true, now),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, now), (place(0, 11), Place::LAST));
    }

    #[test]
    fn a_row_that_came_while_the_window_was_found_empty_is_not_lost() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        marks.came(row(-1, 11));
        let search = marks.begin(now);
        marks.came(row(-3, 12));
        assert_eq!(marks.end(&search, None, false, now), Outcome::Again);
        assert_eq!(window(&mut marks, now), (place(-3, 11), place(-3, 12)));
    }

    #[test]
    fn the_beginning_is_looked_at_each_second_and_each_hundred_searches() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let later = now + LOOK_EVERY;
        assert_eq!(window(&mut marks, later), (Place::FIRST, place(0, 10)));
        let mut marks = at(place(0, 10), now);
        let seen = (0..=LOOK_AFTER).filter(|_| window(&mut marks, now).0 == Place::FIRST);
        assert_eq!(seen.count(), 1);
    }

    #[test]
    fn the_rank_of_the_mark_is_walked_over_as_seldom_as_it_is_dear_and_the_higher_ranks_each_second()
     {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let (begun, took) = (now + LOOK_EVERY, LOOK_EVERY / 4);
        let search = marks.begin(begun);
        assert_eq!(search.window.upto, place(0, 10));
        marks.end(&search, None, false, begun + took);
        let higher = (Place::FIRST, place(-1, i64::MAX));
        for seconds in 1..5 {
            let at = begun + LOOK_EVERY * seconds;
            assert_eq!(window(&mut marks, at), higher);
            assert_eq!(window(&mut marks, at), (place(0, 10), Place::LAST));
        }
        let later = begun + took * LOOK_SHARE;
        assert_eq!(window(&mut marks, later), (Place::FIRST, place(0, 10)));
    }

    #[test]
    fn a_dear_look_at_the_higher_ranks_is_had_each_second_and_no_more() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        marks.whole.took = LOOK_EVERY;
        let begun = now + LOOK_EVERY;
        let ended = begun + LOOK_EVERY / 10;
        let search = marks.begin(begun);
        assert_eq!(search.kind, Kind::Higher);
        marks.end(&search, None, false, ended);
        let looks = (0..=2 * LOOK_AFTER).filter(|_| window(&mut marks, ended).0 == Place::FIRST);
        assert_eq!(looks.count(), 0);
        assert_eq!(window(&mut marks, begun + LOOK_EVERY).0, Place::FIRST);
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
        let later = now + LOOK_EVERY;
        let search = marks.begin(later);
        assert_eq!(
            marks.end(&search, Some(place(-9, 40)), true, later),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, later), (place(-9, 40), Place::LAST));
    }

    #[test]
    fn a_look_that_came_to_its_end_leaves_the_mark_where_it_was() {
        let now = Instant::now();
        let mut marks = at(place(0, 10), now);
        let later = now + LOOK_EVERY;
        let search = marks.begin(later);
        assert_eq!(
            marks.end(&search, Some(place(-9, 40)), false, later),
            Outcome::Again
        );
        assert_eq!(window(&mut marks, later), (place(0, 10), Place::LAST));
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
        marks.came(Window::of_rank(-1, 31, 35));
        let (first, second) = (marks.begin(now), marks.begin(now));
        assert_eq!(
            marks.end(&second, Some(place(-1, 33)), true, now),
            Outcome::Done
        );
        assert_eq!(
            marks.end(&first, Some(place(-1, 32)), true, now),
            Outcome::Done
        );
        assert_eq!(window(&mut marks, now), (place(-1, 33), place(-1, 35)));
    }
}
