//! A table of rows in memory and callers whose steps come in any order, to show that the marks lose no row of which
//! they are told, without any look from the beginning.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tokio::time::Instant;

use super::marks::{Marks, Search};
use super::places::{Place, Window};
use super::pop::WINDOWS_MAX;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A row is written, and not yet visible to others.
    Write {
        rank: i64,
    },
    Commit,
    /// The marks are told of a row that is visible.
    Tell,
    Begin {
        limit: usize,
    },
    /// A search reads and locks its rows.
    Read,
    End,
    Fail,
    /// A row that was taken waits again.
    GiveBack,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_i64..4).prop_map(|rank| Step::Write { rank }),
        Just(Step::Commit),
        Just(Step::Tell),
        (1_usize..4).prop_map(|limit| Step::Begin { limit }),
        Just(Step::Read),
        Just(Step::End),
        Just(Step::Fail),
        Just(Step::GiveBack),
    ]
}

struct Caller {
    search: Search,
    limit: usize,
    found: Option<Vec<Place>>,
}

struct Table {
    now: Instant,
    marks: Marks,
    waiting: BTreeSet<Place>,
    uncommitted: Vec<Place>,
    untold: Vec<Place>,
    callers: Vec<Caller>,
    taken: Vec<Place>,
    seq: i64,
}

impl Table {
    fn new() -> Self {
        Self {
            now: Instant::now(),
            marks: Marks::default(),
            waiting: BTreeSet::new(),
            uncommitted: Vec::new(),
            untold: Vec::new(),
            callers: Vec::new(),
            taken: Vec::new(),
            seq: 0,
        }
    }

    /// One step, by the caller or for the row of this number.
    fn step(&mut self, step: Step, number: usize) {
        match step {
            Step::Write { rank } => {
                self.seq += 1;
                let seq = self.seq;
                self.uncommitted.push(Place { rank, seq });
            }
            Step::Commit => {
                let row = picked(&mut self.uncommitted, number);
                self.waits(row);
            }
            Step::Tell => self.tell(number),
            Step::Begin { limit } => self.callers.push(Caller {
                search: self.marks.begin(self.now),
                limit,
                found: None,
            }),
            Step::Read => self.read(number),
            Step::End => self.end(number),
            Step::Fail => self.fail(number),
            Step::GiveBack => {
                let row = picked(&mut self.taken, number);
                self.waits(row);
            }
        }
        self.marks.look_no_more();
    }

    fn waits(&mut self, row: Option<Place>) {
        self.waiting.extend(row);
        self.untold.extend(row);
    }

    fn tell(&mut self, number: usize) {
        if let Some(Place { rank, seq }) = picked(&mut self.untold, number) {
            self.marks.came(Window::of_rank(rank, seq, seq));
        }
    }

    fn read(&mut self, number: usize) {
        let at = number % self.callers.len().max(1);
        let Some(caller) = self.callers.get_mut(at) else {
            return;
        };
        if caller.found.is_some() {
            return;
        }
        let Window { after, upto } = caller.search.window;
        let within = |row: &&Place| **row > after && **row <= upto;
        let rows: Vec<Place> = self
            .waiting
            .iter()
            .filter(within)
            .take(caller.limit)
            .copied()
            .collect();
        self.waiting.retain(|row| !rows.contains(row));
        caller.found = Some(rows);
    }

    fn end(&mut self, number: usize) {
        self.read(number);
        let Some(caller) = picked(&mut self.callers, number) else {
            return;
        };
        let found = caller.found.unwrap_or_default();
        let (last, is_full) = (found.last().copied(), found.len() == caller.limit);
        self.marks.end(&caller.search, last, is_full, self.now);
        self.taken.extend(found);
    }

    fn fail(&mut self, number: usize) {
        if let Some(caller) = picked(&mut self.callers, number) {
            self.waiting.extend(caller.found.unwrap_or_default());
            self.marks.fail(&caller.search);
        }
    }

    /// All come to their end, and one takes what is left. Answers what it did not find.
    fn left_over(mut self) -> BTreeSet<Place> {
        while !self.uncommitted.is_empty() {
            self.step(Step::Commit, 0);
        }
        while !self.untold.is_empty() {
            self.step(Step::Tell, 0);
        }
        while !self.callers.is_empty() {
            self.step(Step::End, 0);
        }
        let mut in_vain = 0;
        while in_vain <= WINDOWS_MAX {
            let before = self.waiting.len();
            self.step(Step::Begin { limit: 3 }, 0);
            self.step(Step::End, 0);
            let is_in_vain = self.waiting.len() == before;
            in_vain = if is_in_vain { in_vain + 1 } else { 0 };
        }
        self.waiting
    }
}

fn picked<T>(all: &mut Vec<T>, number: usize) -> Option<T> {
    let count = all.len();
    (count > 0).then(|| all.swap_remove(number % count))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn in_any_order_of_steps_no_row_is_lost(
        steps in proptest::collection::vec((step(), 0_usize..100), 1..150),
    ) {
        let mut table = Table::new();
        for (step, number) in steps {
            table.step(step, number);
        }
        prop_assert_eq!(table.left_over(), BTreeSet::new());
    }
}
