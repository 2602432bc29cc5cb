//! What is counted of queues. Their names come from outside, so only so many have labels of their own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use chassis::metrics::{Counter, Gauge, Recorder};

use super::words::{QueueOperation, QueueResult};

/// Queues with labels of their own: the first that come. All others are one.
pub(super) const NAMES_MAX: usize = 1000;

/// The label of all others.
const OTHER: &str = "other";

/// Statuses that are told from the start, before there is any queue.
const STATUSES: [&str; 4] = ["pending", "scheduled", "processing", "dead"];

const SIZE: &str = "queue_size";
const SIZE_MEANING: &str = "Items in a queue, at most 5 s ago.";
const OPERATIONS: &str = "queue_operations_total";
const OPERATIONS_MEANING: &str = "What clients did with queues.";

/// One queue, or all that have no label of their own. What was never counted has no line.
#[derive(Debug)]
struct Queue {
    label: String,
    operations: [[OnceLock<Counter>; QueueResult::ALL.len()]; QueueOperation::ALL.len()],
    sizes: Mutex<BTreeMap<&'static str, Gauge>>,
}

/// All queues.
#[derive(Debug)]
pub(super) struct Queues {
    recorder: Recorder,
    named: RwLock<BTreeMap<String, Arc<Queue>>>,
    other: Arc<Queue>,
}

impl Queues {
    /// Without any queue; the lines of all others are there from the start, so that both names are always told.
    pub(super) fn new(recorder: Recorder) -> Self {
        let queues = Self {
            recorder,
            named: RwLock::default(),
            other: Arc::new(Queue::new(OTHER)),
        };
        for operation in QueueOperation::ALL {
            queues.counter(&queues.other, *operation, QueueResult::Ok);
        }
        for status in STATUSES {
            queues.set(&queues.other, status, 0);
        }
        queues
    }

    pub(super) fn count(&self, operation: QueueOperation, name: &str, result: QueueResult) {
        self.counter(&self.queue(name), operation, result)
            .increment(1);
    }

    /// Sizes as they are now; what is not among them is empty.
    pub(super) fn sizes(&self, sizes: &[(String, &'static str, u64)]) {
        let mut totals: BTreeMap<(String, &'static str), u64> = self.told();
        for (name, status, size) in sizes {
            let label = self.queue(name).label.clone();
            *totals.entry((label, status)).or_default() += size;
        }
        for ((label, status), size) in &totals {
            self.set(&self.queue(label), status, *size);
        }
    }

    /// Everything that has been told before, with nothing in it.
    fn told(&self) -> BTreeMap<(String, &'static str), u64> {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        let all = named.values().chain([&self.other]);
        let lines = all.flat_map(|queue| {
            queue
                .statuses()
                .into_iter()
                .map(|status| ((queue.label.clone(), status), 0))
        });
        lines.collect()
    }

    fn set(&self, queue: &Queue, status: &'static str, size: u64) {
        let mut sizes = queue.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let gauge = sizes.entry(status).or_insert_with(|| {
            let labels = [("queue", queue.label.as_str()), ("status", status)];
            self.recorder.gauge(SIZE, SIZE_MEANING, &labels)
        });
        gauge.set(size as f64);
    }

    /// The queue of a name; the one of all others where there are too many.
    fn queue(&self, name: &str) -> Arc<Queue> {
        let known = self.named.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = known.get(name) {
            return Arc::clone(queue);
        }
        let is_full = known.len() >= NAMES_MAX;
        drop(known);
        if is_full || name == OTHER {
            return Arc::clone(&self.other);
        }
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= NAMES_MAX && !named.contains_key(name) {
            return Arc::clone(&self.other);
        }
        let queue = named.entry(name.to_owned());
        Arc::clone(queue.or_insert_with(|| Arc::new(Queue::new(name))))
    }

    fn counter<'a>(
        &self,
        queue: &'a Queue,
        operation: QueueOperation,
        result: QueueResult,
    ) -> &'a Counter {
        let place = &queue.operations[operation.place()][result.place()];
        place.get_or_init(|| {
            let labels = [
                ("operation", operation.word()),
                ("queue", queue.label.as_str()),
                ("result", result.word()),
            ];
            self.recorder
                .counter(OPERATIONS, OPERATIONS_MEANING, &labels)
        })
    }
}

impl Queue {
    fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            operations: Default::default(),
            sizes: Mutex::default(),
        }
    }

    fn statuses(&self) -> Vec<&'static str> {
        let sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(recorder: &Recorder, name: &str) -> Vec<String> {
        let text = recorder.text();
        let lines = text
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")));
        lines.map(str::to_owned).collect()
    }

    fn has(recorder: &Recorder, line: &str) -> bool {
        recorder.text().lines().any(|found| found == line)
    }

    #[test]
    fn so_many_queues_have_names_of_their_own_and_the_rest_are_one() {
        let recorder = Recorder::new(&[]);
        let queues = Queues::new(recorder.clone());
        let before = lines(&recorder, OPERATIONS).len();
        for place in 0..NAMES_MAX + 7 {
            let name = format!("q{place}");
            queues.count(QueueOperation::Push, &name, QueueResult::Ok);
            queues.count(QueueOperation::Push, &name, QueueResult::Ok);
        }
        assert_eq!(lines(&recorder, OPERATIONS).len(), before + NAMES_MAX);
        let line = |queue: &str, count: u32| {
            format!("{OPERATIONS}{{operation=\"push\",queue=\"{queue}\",result=\"ok\"}} {count}")
        };
        assert!(has(&recorder, &line("q0", 2)));
        assert!(has(&recorder, &line(OTHER, 14)));
        let last = format!("q{}", NAMES_MAX + 1);
        queues.sizes(&[
            ("q1".to_owned(), "pending", 5),
            (last, "pending", 3),
            ("unheard".to_owned(), "pending", 4),
        ]);
        let of = |queue: &str, size: u32| {
            format!("{SIZE}{{queue=\"{queue}\",status=\"pending\"}} {size}")
        };
        assert!(has(&recorder, &of("q1", 5)), "{:?}", lines(&recorder, SIZE));
        assert!(
            has(&recorder, &of(OTHER, 7)),
            "{:?}",
            lines(&recorder, SIZE)
        );
    }

    #[test]
    fn what_vanished_is_empty() {
        let recorder = Recorder::new(&[]);
        let queues = Queues::new(recorder.clone());
        queues.sizes(&[
            ("a".to_owned(), "pending", 2),
            ("a".to_owned(), "dead", 1),
            ("b".to_owned(), "pending", 9),
        ]);
        queues.sizes(&[("a".to_owned(), "pending", 3)]);
        for line in [
            "queue_size{queue=\"a\",status=\"pending\"} 3",
            "queue_size{queue=\"a\",status=\"dead\"} 0",
            "queue_size{queue=\"b\",status=\"pending\"} 0",
        ] {
            assert!(has(&recorder, line), "{line}: {:?}", lines(&recorder, SIZE));
        }
    }

    #[test]
    fn results_are_told_apart() {
        let recorder = Recorder::new(&[]);
        let queues = Queues::new(recorder.clone());
        queues.count(QueueOperation::Pop, "a", QueueResult::Empty);
        queues.count(QueueOperation::Pop, OTHER, QueueResult::Failed);
        for (queue, result) in [("a", "empty"), (OTHER, "failed")] {
            let line = format!(
                "{OPERATIONS}{{operation=\"pop\",queue=\"{queue}\",result=\"{result}\"}} 1"
            );
            assert!(has(&recorder, &line), "{line}");
        }
    }
}
