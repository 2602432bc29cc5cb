//! The two lanes of a socket: commands that keep their order, and commands that run beside each other.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use chassis::shutdown::Shutdown;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::limits::{FREE_LANE_RUNNING, LANE_WAITING};
use crate::routing::Lane;

/// A command on its way to its answer.
pub(crate) type Work = BoxFuture<'static, Utf8Bytes>;

/// The command of the ordered lane whose turn it is.
enum Turn {
    /// It waits for something, in a task of its own.
    Runs(JoinHandle<Utf8Bytes>),
    /// It had to wait for nothing; its answer is not yet taken.
    Ended(Utf8Bytes),
}

/// The commands of one socket.
///
/// The commands of the ordered lane are carried through even if their client leaves; the process's end waits for the
/// one that has begun. Those of the free lane end with their socket, because they only compute.
pub(crate) struct Lanes {
    shutdown: Shutdown,
    ordered: VecDeque<Work>,
    running: Option<Turn>,
    free: VecDeque<Work>,
    beside: JoinSet<Utf8Bytes>,
}

impl Lanes {
    /// Lanes of a socket of the process that ends with `shutdown`.
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown,
            ordered: VecDeque::new(),
            running: None,
            free: VecDeque::new(),
            beside: JoinSet::new(),
        }
    }

    /// Whether as many commands wait in a lane as may.
    pub(crate) fn is_full(&self, lane: Lane) -> bool {
        let waiting = match lane {
            Lane::Ordered => &self.ordered,
            Lane::Free => &self.free,
        };
        waiting.len() >= LANE_WAITING
    }

    /// Takes a command and begins it when its turn comes. The caller has seen that the lane is not full.
    pub(crate) fn push(&mut self, lane: Lane, work: Work) {
        match lane {
            Lane::Ordered => self.ordered.push_back(work),
            Lane::Free => self.free.push_back(work),
        }
        self.begin();
    }

    /// The next answer. Waits for ever where nothing runs. Dropped before it is ready, it loses nothing.
    pub(crate) async fn next(&mut self) -> Utf8Bytes {
        loop {
            let ended = tokio::select! {
                ended = ordered(&mut self.running) => ended,
                Some(ended) = self.beside.join_next() => ended,
            };
            self.begin();
            match ended {
                Ok(answer) => return answer,
                Err(cause) => tracing::error!(%cause, "a command ended without an answer"),
            }
        }
    }

    /// The client has left, and nobody hears answers any more: what it sent in the ordered lane is still carried out,
    /// one after the other, until the process ends or `patience` is over. What has begun then is not broken off.
    pub(crate) fn carry_out(&mut self, patience: Duration) -> JoinHandle<()> {
        let waiting = std::mem::take(&mut self.ordered);
        let running = self.running.take();
        let shutdown = self.shutdown.clone();
        let count = waiting.len();
        let work = timeout(patience, rest(shutdown, running, waiting));
        self.shutdown.spawn(async move {
            if work.await.is_err() {
                tracing::warn!(
                    count,
                    "not all commands of a client that left were carried out in time"
                );
            }
        })
    }

    /// Gives up the commands that have not begun.
    pub(crate) fn forget_waiting(&mut self) {
        self.ordered.clear();
        self.free.clear();
    }

    /// Whether a command runs.
    pub(crate) fn is_busy(&self) -> bool {
        self.running.is_some() || !self.beside.is_empty()
    }

    fn begin(&mut self) {
        while self.running.is_none()
            && let Some(work) = self.ordered.pop_front()
        {
            self.running = self.turn(work);
        }
        while self.beside.len() < FREE_LANE_RUNNING
            && let Some(work) = self.free.pop_front()
        {
            self.beside.spawn(work);
        }
    }

    /// Begins a command here: where it need not wait, no task is made for it, which would cost more than many commands
    /// do. Nothing if it panics.
    fn turn(&self, mut work: Work) -> Option<Turn> {
        match catch_unwind(AssertUnwindSafe(|| (&mut work).now_or_never())) {
            Ok(Some(answer)) => Some(Turn::Ended(answer)),
            Ok(None) => Some(Turn::Runs(self.shutdown.spawn(work))),
            Err(_) => {
                tracing::error!("a command panicked and ended without an answer");
                None
            }
        }
    }
}

/// Carries out commands whose answers nobody hears.
async fn rest(shutdown: Shutdown, running: Option<Turn>, waiting: VecDeque<Work>) {
    if let Some(Turn::Runs(task)) = running {
        end(task).await;
    }
    for work in waiting {
        if shutdown.has_begun() {
            return;
        }
        // In a task of its own: one that panics takes none with it that wait behind it.
        end(shutdown.spawn(work)).await;
    }
}

async fn end(task: JoinHandle<Utf8Bytes>) {
    if let Err(cause) = task.await {
        tracing::error!(%cause, "a command ended without an answer");
    }
}

async fn ordered(running: &mut Option<Turn>) -> Result<Utf8Bytes, JoinError> {
    let ended = match running {
        Some(Turn::Runs(task)) => task.await,
        Some(Turn::Ended(answer)) => Ok(std::mem::take(answer)),
        None => std::future::pending().await,
    };
    *running = None;
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::CARRY_OUT;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use tokio::sync::Semaphore;

    fn work(gate: &Arc<Semaphore>, answer: &'static str) -> Work {
        let gate = Arc::clone(gate);
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            answer.into()
        })
    }

    fn counted(begun: &Arc<AtomicUsize>, work: Work) -> Work {
        let begun = Arc::clone(begun);
        Box::pin(async move {
            begun.fetch_add(1, Ordering::SeqCst);
            work.await
        })
    }

    fn done(answer: &'static str) -> Work {
        Box::pin(async move { answer.into() })
    }

    #[tokio::test]
    async fn the_ordered_lane_keeps_its_order_and_the_free_one_passes_it() {
        let gate = Arc::new(Semaphore::new(0));
        let mut lanes = Lanes::new(Shutdown::default());
        lanes.push(Lane::Ordered, work(&gate, "first"));
        lanes.push(Lane::Ordered, done("second"));
        lanes.push(Lane::Free, done("free"));
        assert_eq!(lanes.next().await, "free");
        gate.add_permits(1);
        assert_eq!(lanes.next().await, "first");
        assert_eq!(lanes.next().await, "second");
        assert!(!lanes.is_busy());
    }

    #[tokio::test]
    async fn a_command_that_waits_for_nothing_is_carried_out_at_its_turn_and_needs_no_task() {
        let (begun, shutdown) = (Arc::new(AtomicUsize::new(0)), Shutdown::default());
        let mut lanes = Lanes::new(shutdown.clone());
        for answer in ["first", "second"] {
            lanes.push(Lane::Ordered, counted(&begun, done(answer)));
        }
        assert_eq!(
            begun.load(Ordering::SeqCst),
            1,
            "the second waits until the first answer is taken"
        );
        assert!(lanes.is_busy());
        let tasks = tokio::runtime::Handle::current().metrics();
        assert_eq!(tasks.num_alive_tasks(), 0);
        assert_eq!(lanes.next().await, "first");
        assert_eq!(lanes.next().await, "second");
        assert!(!lanes.is_busy());
    }

    #[tokio::test]
    async fn a_command_that_panics_holds_nobody_up() {
        let mut lanes = Lanes::new(Shutdown::default());
        lanes.push(Lane::Ordered, Box::pin(async { panic!("at once") }));
        lanes.push(
            Lane::Ordered,
            Box::pin(async {
                tokio::task::yield_now().await;
                panic!("later")
            }),
        );
        lanes.push(Lane::Ordered, done("third"));
        assert_eq!(lanes.next().await, "third");
    }

    #[tokio::test]
    async fn a_held_free_command_blocks_no_ordered_one() {
        let gate = Arc::new(Semaphore::new(0));
        let mut lanes = Lanes::new(Shutdown::default());
        lanes.push(Lane::Free, work(&gate, "analysis"));
        lanes.push(Lane::Ordered, done("lobby"));
        assert_eq!(lanes.next().await, "lobby");
        gate.add_permits(1);
        assert_eq!(lanes.next().await, "analysis");
    }

    #[tokio::test]
    async fn four_free_commands_run_at_once_and_no_more() {
        let (gate, started) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut lanes = Lanes::new(Shutdown::default());
        for _ in 0..6 {
            lanes.push(Lane::Free, counted(&started, work(&gate, "x")));
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert_eq!(started.load(Ordering::SeqCst), FREE_LANE_RUNNING);
        gate.add_permits(6);
        for _ in 0..6 {
            lanes.next().await;
        }
        assert_eq!(started.load(Ordering::SeqCst), 6);
    }

    #[tokio::test]
    async fn a_lane_has_an_end() {
        let gate = Arc::new(Semaphore::new(0));
        let mut lanes = Lanes::new(Shutdown::default());
        for _ in 0..=LANE_WAITING {
            lanes.push(Lane::Ordered, work(&gate, "x"));
        }
        assert!(lanes.is_full(Lane::Ordered));
        for _ in 0..LANE_WAITING + FREE_LANE_RUNNING {
            assert!(
                !lanes.is_full(Lane::Free),
                "each lane has a bound of its own"
            );
            lanes.push(Lane::Free, work(&gate, "y"));
        }
        assert!(lanes.is_full(Lane::Free));
    }

    #[expect(clippy::unused_async, reason = "as a command is")]
    async fn panics() -> Utf8Bytes {
        panic!("made to");
    }

    /// Writes its number down when it ends.
    fn noted(ended: &Arc<Mutex<Vec<usize>>>, number: usize, work: Work) -> Work {
        let ended = Arc::clone(ended);
        Box::pin(async move {
            let answer = work.await;
            ended.lock().unwrap().push(number);
            answer
        })
    }

    #[tokio::test]
    async fn ordered_commands_outlive_their_socket_in_their_order() {
        let (gate, shutdown) = (Arc::new(Semaphore::new(0)), Shutdown::default());
        let ended = Arc::new(Mutex::new(Vec::new()));
        let mut lanes = Lanes::new(shutdown.clone());
        for number in 0..5 {
            lanes.push(Lane::Ordered, noted(&ended, number, work(&gate, "x")));
        }
        let last = Arc::new(Semaphore::new(0));
        let signal = Arc::clone(&last);
        let closing = async move {
            signal.add_permits(1);
            Utf8Bytes::default()
        };
        lanes.push(Lane::Ordered, Box::pin(closing));
        drop(lanes.carry_out(CARRY_OUT));
        drop(lanes);
        gate.add_permits(5);
        drop(last.acquire().await.unwrap());
        assert_eq!(*ended.lock().unwrap(), [0, 1, 2, 3, 4]);
        assert!(shutdown.finish().await);
    }

    #[tokio::test]
    async fn a_command_that_panics_takes_none_with_it() {
        let (gate, shutdown) = (Arc::new(Semaphore::new(0)), Shutdown::default());
        let ended = Arc::new(Mutex::new(Vec::new()));
        let mut lanes = Lanes::new(shutdown.clone());
        lanes.push(Lane::Ordered, Box::pin(panics()));
        lanes.push(Lane::Ordered, noted(&ended, 1, work(&gate, "x")));
        lanes.push(Lane::Ordered, Box::pin(panics()));
        lanes.push(Lane::Ordered, noted(&ended, 3, done("x")));
        gate.add_permits(1);
        lanes.carry_out(CARRY_OUT).await.unwrap();
        assert_eq!(*ended.lock().unwrap(), [1, 3]);
        assert!(shutdown.finish().await);
    }

    #[tokio::test]
    async fn a_command_that_panics_leaves_the_lane_of_its_socket_going() {
        let mut lanes = Lanes::new(Shutdown::default());
        for lane in [Lane::Ordered, Lane::Free] {
            lanes.push(lane, Box::pin(panics()));
            lanes.push(lane, done("behind it"));
            assert_eq!(lanes.next().await, "behind it");
        }
        lanes.push(Lane::Ordered, done("later"));
        assert_eq!(lanes.next().await, "later");
    }

    #[tokio::test]
    async fn what_is_left_behind_is_carried_out_for_a_bounded_time() {
        let (gate, shutdown) = (Arc::new(Semaphore::new(0)), Shutdown::default());
        let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let mut lanes = Lanes::new(shutdown.clone());
        for number in 0..3 {
            let work = noted(&ended, number, work(&gate, "x"));
            lanes.push(Lane::Ordered, counted(&begun, work));
        }
        lanes.carry_out(Duration::from_millis(1)).await.unwrap();
        drop(lanes);
        gate.add_permits(3);
        assert!(shutdown.finish().await);
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        assert_eq!(
            *ended.lock().unwrap(),
            [0],
            "what has begun is not broken off"
        );
    }

    #[tokio::test]
    async fn at_the_end_of_the_process_only_what_has_begun_is_carried_through() {
        let (gate, shutdown) = (Arc::new(Semaphore::new(0)), Shutdown::default());
        let ended = Arc::new(Mutex::new(Vec::new()));
        let mut lanes = Lanes::new(shutdown.clone());
        for number in 0..3 {
            lanes.push(Lane::Ordered, noted(&ended, number, work(&gate, "x")));
        }
        drop(lanes.carry_out(CARRY_OUT));
        drop(lanes);
        shutdown.begin();
        gate.add_permits(3);
        assert!(shutdown.finish().await);
        assert_eq!(*ended.lock().unwrap(), [0]);
    }
}
