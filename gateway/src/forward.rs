//! Hands a command to its service and turns what comes back into the socket's answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use chassis::client::{CallError, ServiceClient};
use chassis::problem::Problem;
use chassis::service::HANDLE;
use chassis::trace::Trace;
use contract::socket::ClientMessage;
use futures_util::FutureExt;
use serde::Serialize;
use serde_json::value::RawValue;
use tracing::Instrument;

use crate::answer::{self, Echo, GATEWAY};
use crate::lanes::Work;
use crate::routing::Target;

/// After as many seconds a service that is away may be there again.
const RETRY_AFTER_S: u32 = 2;

/// The services behind the gateway; `None` for one that this installation does not have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Services {
    pub(crate) lobby: Option<ServiceClient>,
    pub(crate) measurement: Option<ServiceClient>,
    pub(crate) simulation: Option<ServiceClient>,
}

impl Services {
    pub(crate) fn get(&self, target: Target) -> Option<&ServiceClient> {
        match target {
            Target::Lobby => self.lobby.as_ref(),
            Target::Measurement => self.measurement.as_ref(),
            Target::Simulation => self.simulation.as_ref(),
        }
    }
}

/// [`contract::envelope::Envelope`], with a client that is written once for a socket.
#[derive(Serialize)]
struct Envelope<'a> {
    client: &'a RawValue,
    message: &'a ClientMessage,
}

/// The work of carrying out `message` for the client whose [`contract::envelope::ClientInfo`] is given as JSON.
pub(crate) fn command(
    services: &Services,
    target: Target,
    client: Arc<RawValue>,
    message: ClientMessage,
) -> Work {
    let service = services.get(target).cloned();
    let trace = Trace::fresh();
    let span = tracing::info_span!(
        "command",
        event = message.event,
        trace_id = trace.trace_id()
    );
    let work = async move {
        let outcome = match &service {
            Some(service) => {
                AssertUnwindSafe(call(service, &client, &message))
                    .catch_unwind()
                    .await
            }
            None => Ok(Err(absent(target, &message.event))),
        };
        let outcome = outcome.unwrap_or_else(|_| Err(Problem::internal("forwarding panicked")));
        answered(target, message, outcome)
    };
    Box::pin(trace.scope(work).instrument(span))
}

async fn call(
    service: &ServiceClient,
    client: &RawValue,
    message: &ClientMessage,
) -> Result<Box<RawValue>, Problem> {
    let envelope = Envelope { client, message };
    let answer = service.post_json(HANDLE, &envelope).await;
    answer.map_err(|error| refused(error, &message.event))
}

fn answered(
    target: Target,
    message: ClientMessage,
    outcome: Result<Box<RawValue>, Problem>,
) -> Utf8Bytes {
    let echo = Echo {
        event: Some(message.event),
        request_id: message.request_id,
    };
    match outcome {
        Ok(data) => answer::response(&echo, &data),
        Err(problem) => {
            tracing::info!(service = target.name(), code = problem.code(), "refused");
            let broken = problem.status().is_server_error() && problem.body().trace_id.is_none();
            let problem = if broken {
                problem.trace_id(Trace::current_id())
            } else {
                problem
            };
            answer::refusal(&echo, target.name(), &problem)
        }
    }
}

/// What the client is told of a call that failed. Reasons from inside are logged and stay here.
fn refused(error: CallError, event: &str) -> Problem {
    if !matches!(error, CallError::Answered(_)) {
        tracing::warn!(%error, "a command was not answered by its service");
    }
    match error {
        CallError::Answered(problem) => problem,
        CallError::Unreachable { service, .. } => unavailable(format!(
            "'{event}' cannot be answered: the service {service} cannot be reached"
        )),
        CallError::TimedOut { service, after } => {
            let ms = after.as_millis();
            Problem::timeout(format!(
                "'{event}' was not answered: the service {service} took longer than {ms} ms"
            ))
            .remedy("It may still be carried out; ask for the state before sending it again.")
        }
        CallError::Unreadable { service, .. } => unavailable(format!(
            "'{event}' was not answered: what the service {service} said cannot be read"
        )),
    }
}

fn unavailable(detail: String) -> Problem {
    Problem::unavailable(detail, RETRY_AFTER_S)
        .remedy("Try again; if it stays so, tell the operator.")
}

fn absent(target: Target, event: &str) -> Problem {
    let name = target.name();
    Problem::of(
        http::StatusCode::SERVICE_UNAVAILABLE,
        format!("'{event}' cannot be answered: this installation has no service {name}"),
    )
    .remedy("Use an installation that has it, or ask the operator for it.")
}

/// The refusal of an event that no service has.
pub(crate) fn unknown(message: ClientMessage) -> Utf8Bytes {
    let problem = Problem::new(
        http::StatusCode::NOT_FOUND,
        "UNKNOWN_EVENT",
        format!("Unknown event '{}'", message.event),
    )
    .remedy("Events begin with lobby., role., measurement., analysis. or simulation.");
    let echo = Echo {
        event: Some(message.event),
        request_id: message.request_id,
    };
    answer::refusal(&echo, GATEWAY, &problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::post;
    use chassis::client::{Disturbance, Faults, Manner};
    use contract::envelope::{ClientInfo, Envelope as Read};
    use contract::socket::ServerMessage;
    use http::StatusCode;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn client() -> Arc<RawValue> {
        let info = ClientInfo {
            device_id: "d".to_owned(),
            connection_id: "c".to_owned(),
            ip: Some("127.0.0.1".to_owned()),
            base_url: Some("http://host".to_owned()),
        };
        Arc::from(serde_json::value::to_raw_value(&info).unwrap())
    }

    fn message(event: &str) -> ClientMessage {
        serde_json::from_value(json!({"event": event, "request_id": "7", "data": {"n": 1}}))
            .unwrap()
    }

    fn services(faults: &Faults) -> Services {
        let echo = post(async |body: String| {
            let envelope: Read = serde_json::from_str(&body).unwrap();
            serde_json::to_string(
                &json!({"client": envelope.client, "data": envelope.message.data}),
            )
            .unwrap()
        });
        let manner = Manner {
            timeout: Duration::from_millis(50),
            ..Manner::default()
        };
        let router = Router::new().route(HANDLE, echo);
        let lobby = ServiceClient::faulty("lobby", router, faults, &manner);
        Services {
            lobby: Some(lobby),
            ..Services::default()
        }
    }

    async fn answer(services: &Services, target: Target, event: &str) -> ServerMessage {
        let text = command(services, target, client(), message(event)).await;
        serde_json::from_str(&text).unwrap()
    }

    #[tokio::test]
    async fn the_service_sees_the_client_and_the_data_as_they_are() {
        let answer = answer(&services(&Faults::none()), Target::Lobby, "lobby.get").await;
        let data: Value = serde_json::from_str(answer.data.unwrap().get()).unwrap();
        assert_eq!(data["data"], json!({"n": 1}));
        assert_eq!(data["client"]["base_url"], "http://host");
        assert_eq!(
            (answer.event.as_str(), answer.request_id.as_deref()),
            ("lobby.get", Some("7"))
        );
    }

    #[tokio::test]
    async fn every_failure_has_its_code_and_names_the_event() {
        let faults = Faults::none();
        let services = services(&faults);
        for (disturbance, code) in [
            (Disturbance::Refuse, "unavailable"),
            (Disturbance::Delay(Duration::from_mins(1)), "timeout"),
            (Disturbance::LoseAnswer, "unavailable"),
        ] {
            faults.next([disturbance]);
            let error = answer(&services, Target::Lobby, "lobby.get")
                .await
                .error
                .unwrap();
            assert_eq!(error.code, code);
            assert!(error.message.contains("'lobby.get'"), "{}", error.message);
            assert_eq!(error.details.as_ref().unwrap()["service"], "lobby");
            assert_eq!(
                error.details.unwrap()["trace_id"].as_str().unwrap().len(),
                32
            );
        }
        let error = answer(&services, Target::Simulation, "simulation.run")
            .await
            .error
            .unwrap();
        assert_eq!(error.code, "unavailable");
        assert!(
            error.message.contains("'simulation.run'"),
            "{}",
            error.message
        );
    }

    #[tokio::test]
    async fn a_service_that_panics_is_an_error_of_its_command() {
        async fn broken() {
            panic!("made to");
        }
        let router = Router::new().route(HANDLE, post(broken));
        let services = Services {
            lobby: Some(ServiceClient::in_memory(
                "lobby",
                router,
                &Manner::default(),
            )),
            ..Services::default()
        };
        let answer = answer(&services, Target::Lobby, "lobby.get").await;
        assert_eq!(answer.request_id.as_deref(), Some("7"));
        let error = answer.error.unwrap();
        assert_eq!(error.code, "unavailable");
        let trace_id = &error.details.unwrap()["trace_id"];
        assert_eq!(trace_id.as_str().unwrap().len(), 32);
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_status() {
        let faults = Faults::none();
        faults.next([Disturbance::Answer(StatusCode::CONFLICT)]);
        let error = answer(&services(&faults), Target::Lobby, "lobby.join")
            .await
            .error
            .unwrap();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("conflict", "Disturbed")
        );
        assert_eq!(
            error.details.unwrap(),
            json!({"status": 409, "service": "lobby"})
        );
    }

    #[test]
    fn an_unknown_event_is_named() {
        let answer: ServerMessage = serde_json::from_str(&unknown(message("no.such"))).unwrap();
        let error = answer.error.unwrap();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("unknown_event", "Unknown event 'no.such'")
        );
    }
}
