//! A lobby on a fresh database, and everything that it talks to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use chassis::carrier::{Carrier, Delivery, Push};
use chassis::client::{Manner, ServiceClient};
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use contract::broadcast::Audience;
use http::{Method, Request, StatusCode};
use ledger::testing::{Database, databases};
use lobby::{Lobby, Settings};
use serde_json::{Value, json};

use crate::measurement::Measurement;

/// Looks until something has happened: at most half a minute.
const LOOKS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// A refusal as the gateway sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Refused {
    pub(crate) fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }
}

/// What the gateway would have pushed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gateway {
    pushes: Arc<Mutex<Vec<Push>>>,
    away: Arc<AtomicBool>,
    /// Sockets that are there.
    sockets: Arc<Mutex<Sockets>>,
}

/// Which sockets the gateway has, of every device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sockets {
    /// One that takes every push.
    #[default]
    Newer,
    /// One that does not take newer events.
    Earlier,
    /// None.
    None,
}

/// The service with its surroundings.
pub(crate) struct Bench {
    pub(crate) lobby: Lobby,
    pub(crate) gateway: Gateway,
    pub(crate) measurement: Measurement,
    pub(crate) database: Database,
    pub(crate) shutdown: Shutdown,
    client: ServiceClient,
}

impl Bench {
    /// One for each database.
    pub(crate) async fn both() -> Vec<Self> {
        let mut benches = Vec::new();
        for database in databases().await {
            benches.push(Self::on(database, None).await);
        }
        benches
    }

    pub(crate) async fn on(database: Database, public_url: Option<&str>) -> Self {
        let (gateway, measurement) = (Gateway::default(), Measurement::default());
        let shutdown = Shutdown::new(Duration::from_secs(5));
        let settings = Settings {
            database: database.url.clone(),
            max_connections: 6,
            run_migrations: true,
            gateway: gateway.carrier(),
            measurement: measurement.client(),
            public_url: public_url.map(str::to_owned),
            fallback_base_url: "http://gateway:8000/".to_owned(),
            service_name: "lobby".to_owned(),
            identity: Identity::new("lobby", "127.0.0.1", None),
            shutdown: shutdown.clone(),
        };
        let lobby = Lobby::open(settings).await.unwrap();
        let client = ServiceClient::in_memory("lobby", lobby.router(), &Manner::default());
        Self {
            lobby,
            gateway,
            measurement,
            database,
            shutdown,
            client,
        }
    }

    /// An HTTP request with its answer.
    pub(crate) async fn http(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let sent = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(sent))
            .unwrap();
        let answer = self.client.send(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.http(Method::GET, path, None).await;
        (status.as_u16(), body)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let (status, body) = self.http(Method::POST, path, Some(body)).await;
        (status.as_u16(), body)
    }

    /// An event of a device.
    pub(crate) async fn event(
        &self,
        device_id: &str,
        event: &str,
        data: Value,
    ) -> Result<Value, Refused> {
        let base_url = format!("http://{}.local:8000", device_id.replace('\0', ""));
        let client =
            json!({"device_id": device_id, "connection_id": "c", "ip": null, "base_url": base_url});
        let message = json!({"event": event, "request_id": "r", "data": data});
        let (status, body) = self
            .post(
                "/gateway/handle",
                json!({"client": client, "message": message}),
            )
            .await;
        if status == 200 {
            Ok(body)
        } else {
            Err(Refused { status, body })
        }
    }

    /// An event that must be taken.
    pub(crate) async fn ok(&self, device_id: &str, event: &str, data: Value) -> Value {
        self.event(device_id, event, data)
            .await
            .unwrap_or_else(|refused| panic!("{event}: {refused:?}"))
    }

    /// An event that must be refused: its status and its sentence.
    pub(crate) async fn refused(&self, device_id: &str, event: &str, data: Value) -> (u16, String) {
        match self.event(device_id, event, data.clone()).await {
            Ok(answer) => panic!("{event} {data} was taken: {answer}"),
            Err(refused) => (refused.status, refused.detail().to_owned()),
        }
    }

    /// Types of the lobby's log, in order.
    pub(crate) async fn log(&self, lobby_id: &str) -> Vec<(String, Value)> {
        let (_, page) = self.get(&format!("/lobbies/{lobby_id}/events")).await;
        let line = |event: &Value| {
            (
                event["type"].as_str().unwrap().to_owned(),
                event["payload"].clone(),
            )
        };
        page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }
}

impl Gateway {
    fn carrier(&self) -> Carrier {
        let (carrier, mut deliveries) = Carrier::in_process(64);
        let gateway = self.clone();
        drop(tokio::spawn(async move {
            while let Some(delivery) = deliveries.recv().await {
                gateway.take_in(delivery);
            }
        }));
        carrier
    }

    fn take_in(&self, delivery: Delivery) {
        if self.away.load(Ordering::SeqCst) {
            return;
        }
        let sockets = *self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let reached = match (sockets, delivery.push.audience) {
            (Sockets::Newer, _) | (Sockets::Earlier, Audience::All) => {
                delivery.push.device_ids.len()
            }
            (Sockets::None, _) | (Sockets::Earlier, Audience::Versioned) => 0,
        };
        let mut pushes = self.pushes.lock().unwrap_or_else(PoisonError::into_inner);
        pushes.push(delivery.push);
        // Who asked may have stopped waiting.
        let _ = delivery.reached.send(reached);
    }

    /// From now on every delivery is lost, or none is.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// From now on every device has these.
    pub(crate) fn set_sockets(&self, sockets: Sockets) {
        *self.sockets.lock().unwrap_or_else(PoisonError::into_inner) = sockets;
    }

    /// Everything that arrived so far.
    pub(crate) fn all(&self) -> Vec<Push> {
        self.pushes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What arrived since the last call: name, data, devices.
    pub(crate) fn take(&self) -> Vec<(String, Value, Vec<String>)> {
        let taken =
            std::mem::take(&mut *self.pushes.lock().unwrap_or_else(PoisonError::into_inner));
        let told = |push: Push| {
            (
                push.event,
                serde_json::from_str(push.data.get()).unwrap(),
                push.device_ids,
            )
        };
        taken.into_iter().map(told).collect()
    }

    /// Waits until as many pushes have arrived.
    pub(crate) async fn until(&self, count: usize) -> Vec<Push> {
        for _ in 0..LOOKS {
            let all = self.all();
            if all.len() >= count {
                return all;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{count} pushes were expected, {:?} arrived", self.all());
    }
}
