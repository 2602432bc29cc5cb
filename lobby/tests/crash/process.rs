//! The binary on a file of `SQLite`, which can be killed and started again.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chassis::client::{Manner, ServiceClient};
use ledger::{DatabaseUrl, Pool, on};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::surroundings::Surroundings;

/// Looks for the service: at most half a minute.
const LOOKS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// A running lobby.
pub(crate) struct Process {
    child: Child,
    port: u16,
    folder: TempDir,
    client: ServiceClient,
}

impl Process {
    pub(crate) async fn start(surroundings: &Surroundings) -> Self {
        let folder = TempDir::with_prefix("lobby-").unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let client = ServiceClient::http(
            "lobby",
            &format!("http://127.0.0.1:{port}"),
            &Manner::default(),
        )
        .unwrap();
        let child = spawn(surroundings, &folder, port);
        let process = Self {
            child,
            port,
            folder,
            client,
        };
        process.until_it_answers().await;
        process
    }

    /// SIGKILL: nothing is finished, nothing is closed.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) async fn start_again(&mut self, surroundings: &Surroundings) {
        self.child = spawn(surroundings, &self.folder, self.port);
        self.until_it_answers().await;
    }

    /// An event that must be taken.
    pub(crate) async fn ok(&self, device_id: &str, event: &str, data: &Value) -> Value {
        let client = json!({"device_id": device_id, "connection_id": "c", "ip": null});
        let message = json!({"event": event, "request_id": null, "data": data});
        let body = json!({"client": client, "message": message});
        let answer = self.client.post_json("/gateway/handle", &body).await;
        answer.unwrap_or_else(|error| panic!("{event} of {device_id}: {error}\n{}", self.log()))
    }

    /// Rows of the outbox by destination, delivered or not.
    pub(crate) async fn outbox(&self) -> BTreeMap<String, i64> {
        let pool = Pool::open(&DatabaseUrl::file(self.folder.path().join("lobby.db")), 1)
            .await
            .unwrap();
        let text = "SELECT destination, count(*) FROM outbox GROUP BY destination";
        let rows: Vec<(String, i64)> =
            on!(pool, db => sqlx::query_as(text).fetch_all(db).await).unwrap();
        rows.into_iter().collect()
    }

    async fn until_it_answers(&self) {
        for _ in 0..LOOKS {
            if self.client.get_json::<Value>("/health").await.is_ok() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the lobby does not answer\n{}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(surroundings: &Surroundings, folder: &TempDir, port: u16) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_lobby"))
        .current_dir(folder.path())
        .env_clear()
        .env("DATABASE_URL", "sqlite:lobby.db")
        .env("GATEWAY_URL", surroundings.url())
        .env("MEASUREMENT_URL", surroundings.url())
        .env("HOST", "127.0.0.1")
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
