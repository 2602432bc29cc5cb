//! Why a call to another service brought no answer that can be used.

use std::time::Duration;

use http::StatusCode;

use crate::problem::Problem;

/// After as many seconds a service that is away may be there again.
const RETRY_AFTER_S: u32 = 2;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No connection, or it broke before the head of an answer.
    #[error("{service} cannot be reached: {reason}")]
    Unreachable {
        /// Which service.
        service: &'static str,
        /// What the connection said; not for clients.
        reason: String,
    },
    /// No answer in time.
    #[error("{service} did not answer within {} ms", after.as_millis())]
    TimedOut {
        /// Which service.
        service: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// It refused, in its own words.
    #[error("refused: {0}")]
    Answered(Problem),
    /// It answered what is not understood, or too much.
    #[error("the answer of {service} cannot be read: {reason}")]
    Unreadable {
        /// Which service.
        service: &'static str,
        /// What is wrong with it; not for clients.
        reason: String,
    },
}

/// A base URL that no service can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{url}' is no base URL of a service ({reason}). It looks like http://lobby:8000.")]
pub struct BadBase {
    /// The text seen.
    pub url: String,
    /// What is wrong with it.
    pub reason: String,
}

impl CallError {
    /// The status of the answer, if there was one.
    pub fn answered_status(&self) -> Option<StatusCode> {
        match self {
            Self::Answered(problem) => Some(problem.status()),
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Unreadable { .. } => None,
        }
    }
}

/// What a client is told. The inner reason is logged here and stays here.
impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        if !matches!(error, CallError::Answered(_)) {
            tracing::warn!(%error, "a call to another service failed");
        }
        match error {
            CallError::Answered(problem) => problem,
            CallError::Unreachable { service, .. } => Self::unavailable(
                format!("The service {service} cannot be reached"),
                RETRY_AFTER_S,
            )
            .remedy("Try again; if it stays so, tell the operator."),
            CallError::TimedOut { service, after } => Self::timeout(format!(
                "The service {service} did not answer within {} ms",
                after.as_millis()
            )),
            CallError::Unreadable { service, .. } => Self::bad_gateway(format!(
                "The answer of the service {service} cannot be read"
            )),
        }
    }
}
