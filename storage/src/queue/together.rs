//! Callers of one queue who ask at the same time are answered by one statement: while one is under way the others
//! gather, and the next is for all of them.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::DbError;
use tokio::sync::{Mutex as Turn, oneshot};
use tracing::Instrument;

struct Asked<R, A> {
    request: R,
    answer: oneshot::Sender<Result<A, DbError>>,
}

/// Requests that wait for their turn.
pub(super) struct Together<R, A> {
    waiting: Mutex<VecDeque<Asked<R, A>>>,
    turn: Arc<Turn<()>>,
}

impl<R, A> Default for Together<R, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Arc::default(),
        }
    }
}

impl<R, A> fmt::Debug for Together<R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").finish_non_exhaustive()
    }
}

impl<R: Send + 'static, A: Send + 'static> Together<R, A> {
    /// Answers a request: with those that wait beside it and fit with the ones before them, in the order in which
    /// they were asked. `act` answers each of its requests; its work goes on where its callers leave.
    ///
    /// # Errors
    ///
    /// That of the statement, for all of its callers.
    pub(super) async fn ask<W>(
        &self,
        request: R,
        fits: impl Fn(&[R], &R) -> bool,
        act: impl Fn(Vec<R>) -> W,
    ) -> Result<A, DbError>
    where
        W: Future<Output = Result<Vec<A>, DbError>> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        self.lock().push_back(Asked { request, answer });
        loop {
            let turn = tokio::select! {
                biased;
                told = &mut answered => {
                    // Not told: the process ends.
                    return told.unwrap_or_else(|_| Err(sqlx::Error::PoolClosed.into()));
                }
                turn = Arc::clone(&self.turn).lock_owned() => turn,
            };
            let (requests, answers) = self.gathered(&fits);
            if requests.is_empty() {
                continue;
            }
            let work = act(requests);
            let answering = async move {
                tell(answers, work.await);
                drop(turn);
            };
            drop(tokio::spawn(answering.in_current_span()));
        }
    }

    /// The first of those who still wait, and all that fit with it.
    fn gathered(&self, fits: &impl Fn(&[R], &R) -> bool) -> (Vec<R>, Vec<Answer<A>>) {
        let (mut requests, mut answers) = (Vec::new(), Vec::new());
        let mut waiting = self.lock();
        while let Some(next) = waiting.pop_front() {
            if next.answer.is_closed() {
                continue;
            }
            if !requests.is_empty() && !fits(&requests, &next.request) {
                waiting.push_front(next);
                break;
            }
            requests.push(next.request);
            answers.push(next.answer);
        }
        (requests, answers)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Asked<R, A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Answer<A> = oneshot::Sender<Result<A, DbError>>;

/// Who has left is not told.
fn tell<A>(answers: Vec<Answer<A>>, outcome: Result<Vec<A>, DbError>) {
    match outcome {
        Ok(all) => {
            for (answer, one) in answers.into_iter().zip(all) {
                answer.send(Ok(one)).ok();
            }
        }
        Err(error) => {
            for answer in answers {
                answer.send(Err(error.clone())).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    type Groups = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Asks for the double of a number; at most three are answered at once.
    async fn double(
        all: Arc<Together<u32, u32>>,
        groups: Groups,
        number: u32,
    ) -> Result<u32, DbError> {
        let act = |numbers: Vec<u32>| {
            groups.lock().unwrap().push(numbers.clone());
            doubled(numbers)
        };
        all.ask(number, |before, _| before.len() < 3, act).await
    }

    async fn doubled(numbers: Vec<u32>) -> Result<Vec<u32>, DbError> {
        sleep(Duration::from_millis(10)).await;
        if numbers.contains(&13) {
            return Err(DbError::NotFound);
        }
        Ok(numbers.iter().map(|number| 2 * number).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_meanwhile_are_answered_together_each_with_its_own() {
        let (all, groups) = (Arc::default(), Groups::default());
        let asking = (0..6).map(|number| double(Arc::clone(&all), Arc::clone(&groups), number));
        let answers = futures_util::future::join_all(asking).await;
        let answers: Vec<u32> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [0, 2, 4, 6, 8, 10]);
        assert_eq!(
            *groups.lock().unwrap(),
            [vec![0], vec![1, 2, 3], vec![4, 5]]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_to_all_of_its_group_and_to_no_other() {
        let (all, groups) = (Arc::default(), Groups::default());
        let asking =
            [1, 13, 2, 3, 4].map(|number| double(Arc::clone(&all), Arc::clone(&groups), number));
        let answers = futures_util::future::join_all(asking).await;
        let is_good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(is_good, [true, false, false, false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_before_its_turn_is_left_out_and_who_leaves_later_stops_nobody() {
        let (all, groups) = (Arc::default(), Groups::default());
        let ask = |number| tokio::spawn(double(Arc::clone(&all), Arc::clone(&groups), number));
        let (first, second, third) = (ask(1), ask(2), ask(3));
        sleep(Duration::from_millis(1)).await;
        first.abort();
        second.abort();
        assert_eq!(third.await.unwrap().unwrap(), 6);
        assert_eq!(*groups.lock().unwrap(), [vec![1], vec![3]]);
    }
}
