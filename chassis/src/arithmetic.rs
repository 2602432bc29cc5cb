//! A bounded place for long computations, so that they neither stop the tasks that wait for sockets nor pile up
//! without end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::problem::Problem;
use crate::service::panic_text;

/// After as many seconds a place in the queue may be free again.
const RETRY_AFTER_S: u32 = 2;

/// Runs computations on threads of their own: so many at once, so many waiting. Clones share the places.
#[derive(Debug, Clone)]
pub struct Arithmetic {
    /// Places to run and to wait.
    admitted: Arc<Semaphore>,
    /// Places to run.
    running: Arc<Semaphore>,
}

/// Why a computation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// Every place to wait is taken.
    #[error("the server is busy with other evaluations")]
    Busy,
    /// The computation broke a promise of ours; it has been logged.
    #[error("a computation failed")]
    Broken,
}

impl Arithmetic {
    /// `threads` computations at once (at least 1), `waiting` more in the queue.
    pub fn new(threads: usize, waiting: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS / 2);
        let places = threads.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            admitted: Arc::new(Semaphore::new(places)),
            running: Arc::new(Semaphore::new(threads)),
        }
    }

    /// One computation for each core, and four waiting for each.
    pub fn sized_to_the_cores() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(cores, 4 * cores)
    }

    /// Computes. A call that is dropped while it waits leaves the queue; one that runs already is computed to its
    /// end and keeps its place so long.
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Busy`] at once if the queue is full, [`ArithmeticError::Broken`] after a panic.
    pub async fn run<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ArithmeticError> {
        self.run_with_token(|_| compute()).await
    }

    /// Computes something that looks at a token now and then, and ends early once it is cancelled. It is cancelled
    /// when the call is dropped.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub async fn run_with_token<T: Send + 'static>(
        &self,
        compute: impl FnOnce(&CancellationToken) -> T + Send + 'static,
    ) -> Result<T, ArithmeticError> {
        let turn = self.admit()?.turn().await?;
        turn.run_with_token(compute).await
    }

    /// A place in the queue, for a caller that has something large to fetch and does so only when it is its turn.
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Busy`] if the queue is full.
    pub fn admit(&self) -> Result<Admitted, ArithmeticError> {
        let place = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| ArithmeticError::Busy)?;
        Ok(Admitted {
            place,
            running: Arc::clone(&self.running),
        })
    }
}

/// A place in the queue; dropped, it is free again.
#[derive(Debug)]
pub struct Admitted {
    place: OwnedSemaphorePermit,
    running: Arc<Semaphore>,
}

impl Admitted {
    /// Waits until a computation may run.
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Broken`] when the process is ending.
    pub async fn turn(self) -> Result<Turn, ArithmeticError> {
        let running = self.running.acquire_owned().await;
        let running = running.map_err(|_| broken("the queue is closed"))?;
        Ok(Turn([self.place, running]))
    }
}

/// The right to compute now; dropped, it is another's.
#[derive(Debug)]
pub struct Turn([OwnedSemaphorePermit; 2]);

impl Turn {
    /// As [`Arithmetic::run_with_token`], at once.
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Broken`] after a panic.
    pub async fn run_with_token<T: Send + 'static>(
        self,
        compute: impl FnOnce(&CancellationToken) -> T + Send + 'static,
    ) -> Result<T, ArithmeticError> {
        let token = CancellationToken::new();
        let _cancel_on_drop: DropGuard = token.clone().drop_guard();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let _places = self.0;
            let _entered = span.enter();
            std::panic::catch_unwind(AssertUnwindSafe(|| compute(&token)))
        });
        match task.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(panic)) => Err(broken(panic_text(panic.as_ref()))),
            Err(_) => Err(broken("the process is ending")),
        }
    }
}

impl From<ArithmeticError> for Problem {
    fn from(error: ArithmeticError) -> Self {
        match error {
            ArithmeticError::Busy => {
                Self::unavailable("The server is busy with other evaluations", RETRY_AFTER_S)
                    .remedy("Try again in a few seconds.")
            }
            ArithmeticError::Broken => Self::broken(crate::trace::Trace::current_id()),
        }
    }
}

fn broken(cause: &str) -> ArithmeticError {
    tracing::error!(
        trace_id = crate::trace::Trace::current_id(),
        cause,
        "a computation failed"
    );
    ArithmeticError::Broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::task::JoinHandle;

    /// A computation that runs until it is told to end.
    fn held() -> (mpsc::Sender<()>, impl FnOnce() + Send + 'static) {
        let (release, wait) = mpsc::channel::<()>();
        (release, move || wait.recv().unwrap())
    }

    fn call<T: Send + 'static>(
        pool: &Arithmetic,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<Result<T, ArithmeticError>> {
        let pool = pool.clone();
        tokio::spawn(async move { pool.run(work).await })
    }

    async fn until(condition: impl Fn() -> bool) {
        for _ in 0..1000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("it did not come about");
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_dropped_call_leaves_it() {
        let pool = Arithmetic::new(1, 1);
        let (release, work) = held();
        let first = call(&pool, work);
        until(|| pool.running.available_permits() == 0).await;
        let second = call(&pool, || 2);
        until(|| pool.admitted.available_permits() == 0).await;
        assert_eq!(pool.run(|| 3).await, Err(ArithmeticError::Busy));

        second.abort();
        assert!(second.await.unwrap_err().is_cancelled());
        assert_eq!(pool.admitted.available_permits(), 1);

        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(pool.run(|| 4).await, Ok(4));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_frees_its_place() {
        let pool = Arithmetic::new(1, 0);
        assert_eq!(
            pool.run(|| -> u8 { panic!("no") }).await,
            Err(ArithmeticError::Broken)
        );
        until(|| pool.admitted.available_permits() == 1).await;
        assert_eq!(pool.run(|| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_dropped_call_cancels_what_runs() {
        let pool = Arithmetic::new(1, 0);
        let (started, start) = tokio::sync::oneshot::channel();
        let wait = |token: &CancellationToken| {
            started.send(()).unwrap();
            std::iter::repeat_with(|| token.is_cancelled()).find(|is| *is)
        };
        let own = pool.clone();
        let call = tokio::spawn(async move { own.run_with_token(wait).await });
        start.await.unwrap();
        call.abort();
        until(|| pool.admitted.available_permits() == 1).await;
    }

    #[tokio::test]
    async fn who_is_admitted_waits_for_its_turn_and_gives_both_places_back() {
        let pool = Arithmetic::new(1, 1);
        let turn = pool.admit().unwrap().turn().await.unwrap();
        let admitted = pool.admit().unwrap();
        assert!(matches!(pool.admit(), Err(ArithmeticError::Busy)));
        let mut next = Box::pin(admitted.turn());
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(turn);
        let mine = next.await.unwrap();
        assert_eq!(mine.run_with_token(|_| 5).await, Ok(5));
        until(|| pool.admitted.available_permits() == 2).await;
        assert_eq!(pool.running.available_permits(), 1);
    }

    #[test]
    fn busy_says_when_to_come_back() {
        let problem = Problem::from(ArithmeticError::Busy);
        assert_eq!(
            (problem.status().as_u16(), problem.retry_after_s()),
            (503, Some(RETRY_AFTER_S))
        );
    }
}
