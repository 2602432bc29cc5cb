//! Whether a process can do its work, named part by part.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::client::{CallError, ServiceClient};

/// An answer about readiness: 200 if every part that is wanted is up, 503 otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Who answers.
    pub service: &'static str,
    /// Whether it can do its work.
    pub ready: bool,
    /// What it leans on.
    pub upstreams: Vec<Upstream>,
}

/// Something that a service leans on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upstream {
    /// Its name, such as `lobby` or `database`.
    pub name: &'static str,
    /// How it is.
    pub state: State,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It answers.
    Up,
    /// It cannot be reached, or answers with an error.
    Down,
    /// It does not answer in time.
    Late,
    /// This installation has none; that is no fault.
    Absent,
}

impl Readiness {
    /// Ready if nothing that is wanted is down or late.
    pub fn new(service: &'static str, upstreams: Vec<Upstream>) -> Self {
        let ready = upstreams
            .iter()
            .all(|upstream| matches!(upstream.state, State::Up | State::Absent));
        Self {
            service,
            ready,
            upstreams,
        }
    }
}

impl IntoResponse for Readiness {
    fn into_response(self) -> Response {
        let status = if self.ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        (status, Json(self)).into_response()
    }
}

/// Asks a service for its health at `path`.
pub async fn probe(service: &ServiceClient, path: &str) -> Upstream {
    let state = match service.get_json::<IgnoredAny>(path).await {
        Ok(IgnoredAny) => State::Up,
        Err(CallError::TimedOut { .. }) => State::Late,
        Err(
            CallError::Unreachable { .. } | CallError::Answered(_) | CallError::Unreadable { .. },
        ) => State::Down,
    };
    Upstream {
        name: service.name(),
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(state: State) -> Upstream {
        Upstream {
            name: "lobby",
            state,
        }
    }

    #[test]
    fn what_is_absent_is_not_missed() {
        for (state, ready) in [
            (State::Up, true),
            (State::Absent, true),
            (State::Down, false),
            (State::Late, false),
        ] {
            let answer = Readiness::new("gateway", vec![part(State::Up), part(state)]);
            assert_eq!(answer.ready, ready, "{state:?}");
            assert_eq!(answer.into_response().status().is_success(), ready);
        }
    }
}
