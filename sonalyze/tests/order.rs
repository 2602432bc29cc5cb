//! Phones hear what sounded while they recorded, nothing else: a conductor that starts the playback before the
//! recording gets a recording without the signal, and the server says so.
//!
//! The conductor is a fake gateway that pushes in whatever order a test wants; signal, upload and analysis are those of
//! a real server.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

use std::time::Duration;

use chassis::config::{Config, Layer};
use chassis::shutdown::Shutdown;
use contract::socket::ClientMessage;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Client;
use serde_json::{Value, json};
use sonalyze::demo::clock::SceneClock;
use sonalyze::demo::loudspeaker::Loudspeaker;
use sonalyze::demo::microphone::Microphone;
use sonalyze::demo::scene::Scene;
use sonalyze::demo::stage::Stage;
use sonalyze::demo::transcript::Transcript;
use sonalyze::serve::{Server, own};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(60);
const SESSION: &str = "018f2d6e-0000-7000-8000-000000000001";
const SPEED: f64 = 50.0;

/// A phone as the conductor sees it.
struct Line {
    pushes: mpsc::UnboundedSender<String>,
    said: mpsc::UnboundedReceiver<ClientMessage>,
}

impl Line {
    fn push(&self, event: &str, data: &Value) {
        let message = json!({ "type": "event", "event": event, "request_id": null, "data": data, "error": null });
        self.pushes.send(message.to_string()).unwrap();
    }

    /// Waits until the phone has said `event`; gives its data.
    async fn says(&mut self, event: &str) -> Value {
        let wait = async {
            loop {
                let message = self.said.recv().await.unwrap_or_else(|| panic!("the phone left before {event}"));
                if message.event == event {
                    return serde_json::from_str(message.data.get()).unwrap();
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("the phone did not say {event}"))
    }
}

/// Accepts a phone and answers whatever it asks.
async fn accept(listener: &TcpListener) -> Line {
    let (stream, _) = listener.accept().await.unwrap();
    let (pushes, to_push) = mpsc::unbounded_channel();
    let (tell, said) = mpsc::unbounded_channel();
    tokio::spawn(serve_phone(stream, to_push, tell));
    Line { pushes, said }
}

async fn serve_phone(
    stream: TcpStream,
    mut to_push: mpsc::UnboundedReceiver<String>,
    tell: mpsc::UnboundedSender<ClientMessage>,
) {
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let ask = json!({ "type": "event", "event": "gateway.identify_required", "request_id": null, "data": {}, "error": null });
    socket.send(Message::text(ask.to_string())).await.unwrap();
    loop {
        tokio::select! {
            Some(text) = to_push.recv() => socket.send(Message::text(text)).await.unwrap(),
            received = socket.next() => {
                let Some(Ok(Message::Text(text))) = received else { return };
                let message: ClientMessage = serde_json::from_str(&text).unwrap();
                socket.send(Message::text(answer(&message).to_string())).await.unwrap();
                if tell.send(message).is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

fn answer(message: &ClientMessage) -> Value {
    let data = match message.event.as_str() {
        "lobby.join" => json!({
            "lobby_id": SESSION, "code": "ABC234", "admin_device_id": "a", "state": "open", "participants": [],
        }),
        _ => json!({}),
    };
    json!({ "type": "response", "event": message.event, "request_id": message.request_id, "data": data, "error": null })
}

/// A loudspeaker, a microphone, and the server that holds signal and uploads.
struct Set {
    base_url: String,
    job: String,
    clock: SceneClock,
    speaker: Line,
    microphone: Line,
    http: Client,
}

impl Set {
    async fn new(base_url: String) -> Self {
        let conductor = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scene = Scene::demonstration(3).unwrap();
        let clock = SceneClock::start(SPEED);
        let (news, _) = mpsc::unbounded_channel();
        let http = Client::new();
        let stage = Stage {
            base_url: format!("http://{}", conductor.local_addr().unwrap()),
            air: scene.air,
            clock,
            transcript: Transcript::new(clock),
            news,
            http: http.clone(),
        };
        let (one, two) = (scene.loudspeakers[0].clone(), scene.microphones[0].clone());
        let of_speaker = stage.clone();
        tokio::spawn(async move { Loudspeaker::join(of_speaker, &one.device_id, "ABC234").await.unwrap().run().await });
        let speaker = accept(&conductor).await;
        tokio::spawn(async move {
            Microphone::join(stage, &two.device_id, &two.slot_id, "ABC234").await.unwrap().run().await
        });
        let microphone = accept(&conductor).await;
        let created = http.post(format!("{base_url}/v1/jobs")).json(&json!({ "map": {} })).send().await.unwrap();
        let job: Value = created.json().await.unwrap();
        let job = job["job_id"].as_str().unwrap().to_owned();
        Self { base_url, job, clock, speaker, microphone, http }
    }

    async fn fetch(&mut self) -> String {
        let audio_url = format!("{}/v1/measurement/audio", self.base_url);
        self.speaker.push("measurement.request_audio", &json!({ "session_id": SESSION, "audio_url": audio_url }));
        let said = self.speaker.says("measurement.speaker_audio_ready").await;
        said["audio_hash"].as_str().unwrap().to_owned()
    }

    async fn play(&mut self) {
        self.speaker.push("measurement.start_playback", &json!({ "session_id": SESSION }));
        self.speaker.says("measurement.playback_complete").await;
    }

    async fn start_recording(&mut self) {
        let data = json!({ "session_id": SESSION, "speaker_slot_id": "speaker_1", "expected_duration_seconds": 15.0 });
        self.microphone.push("measurement.start_recording", &data);
        self.microphone.says("measurement.recording_started").await;
    }

    async fn stop_recording(&mut self) -> String {
        let data = json!({
            "session_id": SESSION,
            "job_id": self.job,
            "speaker_slot_id": "speaker_1",
            "upload_endpoint": format!("{}/v1/jobs/{}/uploads/", self.base_url, self.job),
        });
        self.microphone.push("measurement.stop_recording", &data);
        let said = self.microphone.says("measurement.recording_uploaded").await;
        said["upload_name"].as_str().unwrap().to_owned()
    }

    async fn analyze(&self, upload: &str, audio_hash: &str) -> (u16, Value) {
        let url = format!("{}/v1/jobs/{}/analyze", self.base_url, self.job);
        let question = json!({
            "source": "sweep_deconvolution_generated", "recording_upload": upload, "audio_hash": audio_hash,
        });
        let answer = self.http.post(url).json(&question).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_playback_before_the_recording_is_not_heard() {
    let home = tempfile::tempdir().unwrap();
    let mut settings = own(home.path());
    settings.extend([("HOST", "127.0.0.1".to_owned()), ("PORT", "0".to_owned())]);
    let config = Config::from_layers(&[Layer::process(&settings)]).unwrap();
    let server = Server::start(&config, home.path(), Shutdown::default()).await.unwrap();
    let mut set = Set::new(server.base_url()).await;
    let hash = set.fetch().await;

    set.play().await;
    set.start_recording().await;
    set.clock.reach(set.clock.now_s() + 17.0).await;
    let upload = set.stop_recording().await;
    let (status, refusal) = set.analyze(&upload, &hash).await;
    assert_eq!((status, &refusal["code"]), (400, &"NO_SIGNAL".into()), "{refusal}");

    set.start_recording().await;
    set.play().await;
    let upload = set.stop_recording().await;
    let (status, answer) = set.analyze(&upload, &hash).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["results"]["rt"]["t20_s"].is_f64(), "{answer}");
    server.stop().await;
}
