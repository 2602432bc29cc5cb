//! A service that misbehaves on command, so that tests meet every failure of the network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::IntoResponse;
use http::{Response, StatusCode};

use crate::problem::Problem;

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing: the service answers.
    Pass,
    /// The connection is refused; the service does not see the call.
    Refuse,
    /// The service sees the call only after this time.
    Delay(Duration),
    /// An answer with this status, such as 500; the service does not see the call.
    Answer(StatusCode),
    /// The service does its work, but the answer is lost.
    LoseAnswer,
}

/// The script of a faulty service, shared with the test that writes it.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    next: VecDeque<Disturbance>,
    always: Option<Disturbance>,
    calls: usize,
}

impl Faults {
    /// A service that is in order until told otherwise.
    pub fn none() -> Self {
        Self::default()
    }

    /// What happens to the calls that come next, one each; after them [`Self::always`] holds.
    pub fn next(&self, disturbances: impl IntoIterator<Item = Disturbance>) {
        self.script().next.extend(disturbances);
    }

    /// What happens to every call that has no disturbance of its own.
    pub fn always(&self, disturbance: Disturbance) {
        self.script().always = Some(disturbance);
    }

    /// The service is in order again.
    pub fn clear(&self) {
        let mut script = self.script();
        script.next.clear();
        script.always = None;
    }

    /// How often the service was called, whatever became of it.
    pub fn calls(&self) -> usize {
        self.script().calls
    }

    fn take(&self) -> Disturbance {
        let mut script = self.script();
        script.calls += 1;
        script
            .next
            .pop_front()
            .or(script.always)
            .unwrap_or(Disturbance::Pass)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `call` as the script wants it.
pub(super) async fn disturbed(
    faults: &Faults,
    call: impl Future<Output = Result<Response<Body>, String>>,
) -> Result<Response<Body>, String> {
    match faults.take() {
        Disturbance::Pass => call.await,
        Disturbance::Refuse => Err("connection refused".to_owned()),
        Disturbance::Delay(time) => {
            tokio::time::sleep(time).await;
            call.await
        }
        Disturbance::Answer(status) => Ok(Problem::of(status, "Disturbed").into_response()),
        Disturbance::LoseAnswer => match call.await {
            Ok(_) => Err("connection reset before the answer".to_owned()),
            Err(reason) => Err(reason),
        },
    }
}
