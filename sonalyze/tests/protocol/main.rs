//! docs/PROTOCOL.md is true: its transcript is replayed against `serve`, every message of every socket in its order.
//!
//! Each device must receive exactly the messages that stand in the transcript; one too many, one too few or another
//! order fails with the line of the page.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod transcript;

use std::collections::{BTreeMap, VecDeque};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use audio_file::{Limits, WavFormat};
use futures_util::{SinkExt as _, StreamExt as _};
use room_dsp::synthetic::{Phone, RoomRecipe, room_response};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use transcript::{Line, Variables};

const PAGE: &str = include_str!("../../../docs/PROTOCOL.md");
const PATIENCE: Duration = Duration::from_secs(20);
const QUIET: Duration = Duration::from_millis(300);

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

#[tokio::test]
async fn the_transcript_of_the_page_happens() {
    let server = Server::start();
    let mut stage = Stage::new(&server.address);
    for (number, line) in transcript::read(PAGE) {
        stage.play(line, number).await;
    }
    stage.nothing_is_left().await;
}

/// `serve` in its own process; ended with the test.
struct Server {
    process: Child,
    address: String,
    _data: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let ready = data.path().join("ready.json");
        let process = Command::new(env!("CARGO_BIN_EXE_sonalyze"))
            .args(["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir"])
            .arg(data.path().join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let address = (0..400)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(50));
                let read: Value =
                    serde_json::from_str(&std::fs::read_to_string(&ready).ok()?).ok()?;
                Some(read["gateway"].as_str()?.to_owned())
            })
            .expect("serve becomes ready");
        Self {
            process,
            address,
            _data: data,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The devices, what they know, and the last answer over HTTP.
struct Stage {
    address: String,
    sockets: BTreeMap<String, Socket>,
    asked: BTreeMap<String, VecDeque<(String, String)>>,
    variables: Variables,
    signal: Vec<u8>,
    reply: Option<(u16, reqwest::header::HeaderMap, Vec<u8>)>,
    requests: usize,
}

impl Stage {
    fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            sockets: BTreeMap::new(),
            asked: BTreeMap::new(),
            variables: Variables::default(),
            signal: Vec::new(),
            reply: None,
            requests: 0,
        }
    }

    async fn play(&mut self, line: Line, number: usize) {
        match line {
            Line::Connects { who, path } => self.connect(who, &path).await,
            Line::Sends { who, event, data } => self.send(&who, &event, &data).await,
            Line::Answered { who, data } => self.answered(&who, &data, number).await,
            Line::Pushed { to, event, data } => {
                for who in to {
                    self.pushed(&who, &event, &data, number).await;
                }
            }
            Line::Gets { url } => self.get(&url).await,
            Line::Posts { url, name } => self.post(&url, &name).await,
            Line::Header {
                status,
                name,
                value,
            } => self.header(status, &name, &value, number),
            Line::Body { status, body } => self.body(status, &body, number),
        }
    }

    async fn connect(&mut self, who: String, path: &str) {
        let url = self.address.replace("http://", "ws://") + path;
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        self.sockets.insert(who, socket);
    }

    async fn send(&mut self, who: &str, event: &str, data: &Value) {
        self.requests += 1;
        let request_id = format!("r{}", self.requests);
        let message = json!({ "event": event, "request_id": request_id, "data": self.variables.filled(data) });
        let socket = self.sockets.get_mut(who).unwrap();
        socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
        self.asked
            .entry(who.to_owned())
            .or_default()
            .push_back((event.to_owned(), request_id));
    }

    async fn answered(&mut self, who: &str, data: &Value, number: usize) {
        let (event, request_id) = self
            .asked
            .get_mut(who)
            .and_then(VecDeque::pop_front)
            .unwrap();
        let expected = json!({
            "type": "response", "event": event, "request_id": request_id, "data": data, "error": null
        });
        let found = self.next(who, number).await;
        self.variables.hold(&expected, &found, number);
    }

    async fn pushed(&mut self, who: &str, event: &str, data: &Value, number: usize) {
        let expected = json!({ "type": "event", "event": event, "request_id": null, "data": data, "error": null });
        let found = self.next(who, number).await;
        self.variables.hold(&expected, &found, number);
    }

    async fn next(&mut self, who: &str, number: usize) -> Value {
        let socket = self.sockets.get_mut(who).unwrap();
        loop {
            let message = tokio::time::timeout(PATIENCE, socket.next()).await;
            let message = message.unwrap_or_else(|_| panic!("line {number}: {who} got nothing"));
            if let Message::Text(text) = message.unwrap().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    async fn get(&mut self, url: &str) {
        let reply = reqwest::get(self.variables.text(url)).await.unwrap();
        self.keep(reply).await;
        self.signal.clone_from(&self.reply.as_ref().unwrap().2);
    }

    async fn post(&mut self, url: &str, name: &str) {
        let part = reqwest::multipart::Part::bytes(heard(&self.signal)).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let url = self.variables.text(url) + name;
        let reply = reqwest::Client::new()
            .post(url)
            .multipart(form)
            .send()
            .await
            .unwrap();
        self.keep(reply).await;
    }

    async fn keep(&mut self, reply: reqwest::Response) {
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        self.reply = Some((status, headers, reply.bytes().await.unwrap().to_vec()));
    }

    fn header(&mut self, status: u16, name: &str, value: &str, number: usize) {
        let (found, headers, _) = self.reply.take().unwrap();
        assert_eq!(found, status, "line {number}");
        let header = headers[name].to_str().unwrap().to_owned();
        self.variables.hold(&json!(value), &json!(header), number);
    }

    fn body(&mut self, status: u16, body: &Value, number: usize) {
        let (found, _, bytes) = self.reply.take().unwrap();
        assert_eq!(
            found,
            status,
            "line {number}: {}",
            String::from_utf8_lossy(&bytes)
        );
        self.variables
            .hold(body, &serde_json::from_slice(&bytes).unwrap(), number);
    }

    async fn nothing_is_left(&mut self) {
        for (who, socket) in &mut self.sockets {
            if let Ok(Some(Ok(Message::Text(text)))) =
                tokio::time::timeout(QUIET, socket.next()).await
            {
                panic!("{who} got a message that is not in the transcript: {text}");
            }
        }
    }
}

/// What a phone a few metres away stores of the signal.
fn heard(signal: &[u8]) -> Vec<u8> {
    let played = audio_file::read(signal, &Limits::default()).unwrap().signal;
    let room = room_response(played.rate(), &RoomRecipe::uniform(0.5, 1)).unwrap();
    let recording = Phone::new(played.rate(), 2)
        .delay_s(0.4)
        .after_s(1.0)
        .record(&played, &room)
        .unwrap();
    audio_file::write_wav(&recording, WavFormat::Pcm16).unwrap()
}
