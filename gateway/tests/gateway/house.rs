//! A gateway with small services behind it, which hold a command as long as a test wants.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use chassis::carrier::{Carrier, Push};
use chassis::client::{Manner, ServiceClient};
use chassis::problem::Problem;
use chassis::service::Identity;
use chassis::shutdown::{Shutdown, serve};
use chassis::token::Token;
use contract::broadcast::Audience;
use contract::envelope::Envelope;
use gateway::{Gateway, Limits, Origins, router};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::phone::Phone;

pub(crate) const TOKEN: &str = "test-token";

/// How the gateway reaches its services.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    InMemory,
    Http,
}

pub(crate) const FORMS: [Form; 2] = [Form::InMemory, Form::Http];

/// What the services have seen, and what they wait for.
#[derive(Clone)]
pub(crate) struct Back {
    /// A command whose event ends in `.hold` takes a permit before it answers.
    pub(crate) gate: Arc<Semaphore>,
    /// The events of the commands that have begun, in order.
    pub(crate) begun: Arc<Mutex<Vec<String>>>,
    /// Paths of requests that came through the proxy.
    pub(crate) paths: Arc<Mutex<Vec<String>>>,
    carrier: Carrier,
}

/// Everything of one test.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) back: Back,
    pub(crate) carrier: Carrier,
    pub(crate) shutdown: Shutdown,
}

/// What differs between tests.
pub(crate) struct Plan {
    pub(crate) form: Form,
    pub(crate) limits: Limits,
    pub(crate) origins: Origins,
    pub(crate) token: Option<&'static str>,
    pub(crate) simulation: bool,
    /// Whether measurement reaches its database.
    pub(crate) storage: bool,
    /// Routes of measurement and simulation.
    pub(crate) proxied: Router,
}

impl Default for Plan {
    fn default() -> Self {
        let limits = Limits {
            messages_per_s: 1e6,
            burst: 1_000_000,
            ..Limits::default()
        };
        Self {
            form: Form::InMemory,
            limits,
            origins: Origins::Any,
            token: Some(TOKEN),
            simulation: true,
            storage: true,
            proxied: Router::new(),
        }
    }
}

impl Plan {
    pub(crate) fn form(form: Form) -> Self {
        Self {
            form,
            ..Self::default()
        }
    }

    pub(crate) async fn build(self) -> House {
        let (carrier, pushes) = Carrier::in_process(16);
        let back = Back {
            gate: Arc::new(Semaphore::new(0)),
            begun: Arc::default(),
            paths: Arc::default(),
            carrier: carrier.clone(),
        };
        let shutdown = Shutdown::default();
        let services = services(self.proxied, back.clone(), self.storage);
        let client = |name| client(name, self.form, services.clone(), &shutdown);
        let gateway = Gateway {
            identity: Identity::new("gateway", "127.0.0.1", self.token.and_then(Token::new)),
            lobby: Some(client("lobby").await),
            measurement: Some(client("measurement").await),
            simulation: if self.simulation {
                Some(client("simulation").await)
            } else {
                None
            },
            pushes: Some(pushes),
            limits: self.limits,
            origins: self.origins,
            public_url: None,
            shutdown: shutdown.clone(),
        };
        let address = listen(router(gateway), &shutdown).await;
        House {
            address,
            back,
            carrier,
            shutdown,
        }
    }
}

impl House {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A socket of a device.
    pub(crate) async fn phone(&self, device: &str) -> Phone {
        Phone::connect(self.address, &format!("?device_id={device}"), None).await
    }

    /// Delivers a push with `data` and says how many sockets took it.
    pub(crate) async fn push(&self, devices: &[&str], data: &Value) -> usize {
        self.carrier.deliver(push(devices, data)).await.unwrap()
    }

    /// Waits until as many commands have begun.
    pub(crate) async fn begun(&self, count: usize) -> Vec<String> {
        for _ in 0..1000 {
            let begun = self.back.begun.lock().unwrap().clone();
            if begun.len() >= count {
                return begun;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("only {:?} have begun", self.back.begun.lock().unwrap());
    }
}

pub(crate) fn push(devices: &[&str], data: &Value) -> Push {
    Push {
        event: "t.push".to_owned(),
        data: Arc::from(to_raw_value(data).unwrap()),
        device_ids: devices.iter().map(|&device| device.to_owned()).collect(),
        meta: None,
        audience: Audience::All,
    }
}

/// Serves a router on a free port.
pub(crate) async fn listen(router: Router, shutdown: &Shutdown) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(tokio::spawn(serve(listener, router, shutdown.clone())));
    address
}

impl Back {
    async fn push(&self, device: &str, data: &Value) {
        self.carrier.deliver(push(&[device], data)).await.unwrap();
    }
}

async fn client(
    name: &'static str,
    form: Form,
    services: Router,
    shutdown: &Shutdown,
) -> ServiceClient {
    let manner = Manner {
        token: Token::new(TOKEN),
        ..Manner::default()
    };
    match form {
        Form::InMemory => ServiceClient::in_memory(name, services, &manner),
        Form::Http => {
            let address = listen(services, shutdown).await;
            ServiceClient::http(name, &format!("http://{address}"), &manner).unwrap()
        }
    }
}

fn services(proxied: Router, back: Back, storage: bool) -> Router {
    let ok = any(async || Json(json!({"status": "ok"})));
    let ready = async move || {
        let answer = Json(json!({"status": "ready"}));
        let away = || Problem::unavailable("The database does not answer", 1);
        storage.then_some(answer).ok_or_else(away)
    };
    let paths = Arc::clone(&back.paths);
    let seen = move |State(()): State<()>, request: Request| {
        paths.lock().unwrap().push(request.uri().path().to_owned());
        async { Problem::not_found("Seen by the service") }
    };
    Router::new()
        .route("/health", ok.clone())
        .route("/v1/health", ok)
        .route("/v1/ready", any(ready))
        .route("/gateway/handle", post(handle))
        .with_state(back)
        .merge(proxied)
        .fallback_service(any(seen).with_state(()))
}

async fn handle(State(back): State<Back>, body: String) -> Response {
    let Envelope { client, message } = serde_json::from_str(&body).unwrap();
    back.begun.lock().unwrap().push(message.event.clone());
    let event = message.event.as_str();
    match event.rsplit_once('.').map_or(event, |(_, verb)| verb) {
        "zzz" => return Problem::bad_request(format!("Unknown event: {event}")).into_response(),
        "hold" => back.gate.acquire().await.unwrap().forget(),
        "large" => {
            return Json(json!({"pad": pad(&message.data)})).into_response();
        }
        "faulty" => {
            let fault =
                json!({"type": "x", "loc": ["body"], "msg": pad(&message.data), "input": null});
            let told = Json(json!({"detail": [fault]}));
            return (http::StatusCode::UNPROCESSABLE_ENTITY, told).into_response();
        }
        "push" => {
            back.push(&client.device_id, &json!({"before": message.request_id}))
                .await;
        }
        _ => {}
    }
    answer(&client, &message.data)
}

/// A text of as many bytes as the data of a command ask for.
fn pad(data: &RawValue) -> String {
    let data: Value = serde_json::from_str(data.get()).unwrap();
    "x".repeat(usize::try_from(data["bytes"].as_u64().unwrap()).unwrap())
}

fn answer(client: &contract::envelope::ClientInfo, data: &RawValue) -> Response {
    Json(json!({"client": client, "data": data})).into_response()
}
