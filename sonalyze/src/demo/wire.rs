//! A phone's line to the gateway: one WebSocket, requests with answers, and pushes that come when they come.
//!
//! A task reads the socket all the time, so that the server's pings are answered while a phone plays. Everything that
//! was sent or received is noted in the transcript.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use contract::socket::{ClientMessage, MessageKind, ServerMessage, VERSIONED};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message, http::Uri};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::transcript::{Direction, Transcript};
use super::trouble::Trouble;

/// Longest time on the wall that a phone waits for an answer: an analysis of a long recording on a slow machine.
const ANSWER: Duration = Duration::from_mins(1);

/// Messages that may wait between the reader and the phone.
const INBOX: usize = 256;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a socket asks for when it connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Nothing: the five keys of the first clients.
    Plain,
    /// The sub-protocol `sonalyze.v1`: pushes tell their place in the lobby's stream.
    Versioned,
}

/// A push.
#[derive(Debug, Clone)]
pub struct Push {
    /// Its name.
    pub event: String,
    /// Its data.
    pub data: Box<RawValue>,
}

/// A phone's connection.
#[derive(Debug)]
pub struct Wire {
    device: String,
    sink: SplitSink<Socket, Message>,
    inbox: mpsc::Receiver<Result<ServerMessage, String>>,
    pushes: VecDeque<Push>,
    requests: u64,
    transcript: Transcript,
    reader: JoinHandle<()>,
}

impl Wire {
    /// Connects to the gateway at `base_url` (`http://host:port`) and says who it is.
    ///
    /// # Errors
    /// When nobody answers there, or the device is refused.
    pub async fn connect(
        base_url: &str,
        device: &str,
        dialect: Dialect,
        transcript: Transcript,
    ) -> Result<Self, Trouble> {
        let address = format!("{}/ws", base_url.replacen("http", "ws", 1));
        let unreachable = |cause: String| Trouble::Unreachable {
            who: device.to_owned(),
            address: address.clone(),
            cause,
        };
        let uri: Uri = address
            .parse()
            .map_err(|error| unreachable(format!("{error}")))?;
        let request = match dialect {
            Dialect::Plain => ClientRequestBuilder::new(uri),
            Dialect::Versioned => ClientRequestBuilder::new(uri).with_sub_protocol(VERSIONED),
        };
        let (socket, _) = connect_async(request)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        let mut wire = Self::over(socket, device, transcript);
        wire.identify().await?;
        Ok(wire)
    }

    /// The device that speaks here.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Asks and waits for the answer; pushes that come before it wait for [`Wire::push`].
    ///
    /// # Errors
    /// A refusal, a lost connection, no answer within a minute, an answer of another shape.
    pub async fn request<T: DeserializeOwned>(
        &mut self,
        event: &str,
        data: &impl Serialize,
    ) -> Result<T, Trouble> {
        let answer = self.ask(event, data).await?;
        serde_json::from_str(answer.get())
            .map_err(|error| self.unreadable(&format!("the answer to {event}"), &error))
    }

    /// Asks several times at once and waits for all answers, which come in any order; they are given in the order of
    /// the questions.
    ///
    /// # Errors
    /// As [`Wire::request`]; the first refusal ends the waiting.
    pub async fn request_all<T: DeserializeOwned>(
        &mut self,
        event: &str,
        questions: &[impl Serialize],
    ) -> Result<Vec<T>, Trouble> {
        let mut ids = Vec::with_capacity(questions.len());
        for question in questions {
            ids.push(self.send(event, question).await?);
        }
        let answers = self.answers(event, &ids).await?;
        let what = format!("an answer to {event}");
        answers
            .iter()
            .map(|answer| self.read(&what, answer))
            .collect()
    }

    /// The next push.
    ///
    /// # Errors
    /// A lost connection, or nothing within `patience`; `what` says what was waited for.
    pub async fn push(&mut self, what: &str, patience: Duration) -> Result<Push, Trouble> {
        loop {
            if let Some(push) = self.pushes.pop_front() {
                return Ok(push);
            }
            let message = self.message(what, patience).await?;
            self.keep(message)?;
        }
    }

    /// Reads the data of a push or of an answer.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn read<T: DeserializeOwned>(&self, what: &str, data: &RawValue) -> Result<T, Trouble> {
        serde_json::from_str(data.get()).map_err(|error| self.unreadable(what, &error))
    }

    fn over(socket: Socket, device: &str, transcript: Transcript) -> Self {
        let (sink, stream) = socket.split();
        let (tell, inbox) = mpsc::channel(INBOX);
        let reader = tokio::spawn(listen(stream, device.to_owned(), transcript.clone(), tell));
        Self {
            device: device.to_owned(),
            sink,
            inbox,
            pushes: VecDeque::new(),
            requests: 0,
            transcript,
            reader,
        }
    }

    /// The server asks first; nothing else may be said before.
    async fn identify(&mut self) -> Result<(), Trouble> {
        let asked = self.push("gateway.identify_required", ANSWER).await?;
        if asked.event != "gateway.identify_required" {
            let cause = format!("the first message is {}", asked.event);
            return Err(self.unreadable("gateway.identify_required", &cause));
        }
        let device = json!({ "device_id": self.device });
        self.ask("identify", &device).await.map(drop)
    }

    async fn ask(&mut self, event: &str, data: &impl Serialize) -> Result<Box<RawValue>, Trouble> {
        let id = self.send(event, data).await?;
        let answers = self.answers(event, &[id]).await?;
        let missing = || self.unreadable(&format!("the answer to {event}"), &"there is none");
        answers.into_iter().next().ok_or_else(missing)
    }

    /// Answers by the ids of their requests, in that order.
    async fn answers(
        &mut self,
        event: &str,
        ids: &[String],
    ) -> Result<Vec<Box<RawValue>>, Trouble> {
        let mut answers: BTreeMap<String, Box<RawValue>> = BTreeMap::new();
        while answers.len() < ids.len() {
            let missing = ids.len() - answers.len();
            let what = format!("the answer to {event} ({missing} of {} missing)", ids.len());
            let message = self.message(&what, ANSWER).await?;
            match message.request_id.clone().filter(|id| ids.contains(id)) {
                Some(id) => {
                    let answer = self.answer(event, message)?;
                    answers.insert(id, answer);
                }
                None => self.keep(message)?,
            }
        }
        Ok(ids.iter().filter_map(|id| answers.remove(id)).collect())
    }

    async fn send(&mut self, event: &str, data: &impl Serialize) -> Result<String, Trouble> {
        self.requests += 1;
        let id = format!("{}-{}", self.device, self.requests);
        let data = to_raw_value(data).map_err(|error| self.unreadable(event, &error))?;
        let message = ClientMessage {
            event: event.to_owned(),
            request_id: Some(id.clone()),
            data,
        };
        let text =
            serde_json::to_string(&message).map_err(|error| self.unreadable(event, &error))?;
        self.transcript.note(&self.device, Direction::Sent, &text);
        let sent = self.sink.send(Message::text(text)).await;
        sent.map_err(|error| Trouble::Lost {
            who: self.device.clone(),
            what: format!("the sending of {event}"),
            cause: error.to_string(),
        })?;
        Ok(id)
    }

    async fn message(&mut self, what: &str, patience: Duration) -> Result<ServerMessage, Trouble> {
        let lost = |cause: String| Trouble::Lost {
            who: self.device.clone(),
            what: what.to_owned(),
            cause,
        };
        match timeout(patience, self.inbox.recv()).await {
            Ok(Some(Ok(message))) => Ok(message),
            Ok(Some(Err(cause))) => Err(lost(cause)),
            Ok(None) => Err(lost("the server closed it".to_owned())),
            Err(_) => Err(Trouble::Silent {
                who: self.device.clone(),
                what: what.to_owned(),
                patience,
            }),
        }
    }

    /// Keeps a push for later. An answer that nobody waits for is one that came too late: it is in the transcript.
    fn keep(&mut self, message: ServerMessage) -> Result<(), Trouble> {
        match (message.kind, message.data) {
            (MessageKind::Event, Some(data)) => {
                self.pushes.push_back(Push {
                    event: message.event,
                    data,
                });
                Ok(())
            }
            (MessageKind::Response, _) => Ok(()),
            (MessageKind::Event, None) => {
                Err(self.unreadable(&message.event, &"a push without data"))
            }
            (MessageKind::Error, _) => Err(self.refused(&message.event, message.error)),
        }
    }

    fn answer(&self, event: &str, message: ServerMessage) -> Result<Box<RawValue>, Trouble> {
        match (message.kind, message.data) {
            (MessageKind::Response, Some(data)) => Ok(data),
            (MessageKind::Response | MessageKind::Event, _) => {
                Err(self.unreadable(&format!("the answer to {event}"), &"it has no data"))
            }
            (MessageKind::Error, _) => Err(self.refused(event, message.error)),
        }
    }

    fn refused(&self, what: &str, error: Option<contract::socket::SocketError>) -> Trouble {
        let (code, message) = error.map_or_else(
            || ("no code".to_owned(), "no reason was given".to_owned()),
            |error| (error.code, error.message),
        );
        Trouble::Refused {
            who: self.device.clone(),
            what: what.to_owned(),
            code,
            message,
        }
    }

    fn unreadable(&self, what: &str, cause: &impl ToString) -> Trouble {
        Trouble::Unreadable {
            who: self.device.clone(),
            what: what.to_owned(),
            cause: cause.to_string(),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Hands on what comes until the connection ends or the phone is gone.
async fn listen(
    mut stream: SplitStream<Socket>,
    device: String,
    transcript: Transcript,
    tell: mpsc::Sender<Result<ServerMessage, String>>,
) {
    while let Some(received) = stream.next().await {
        let message = match received {
            Ok(Message::Text(text)) => {
                transcript.note(&device, Direction::Received, &text);
                serde_json::from_str(&text).map_err(|error| format!("no server message: {error}"))
            }
            Ok(Message::Close(frame)) => {
                let why = frame.map(|frame| format!(" with {} {}", frame.code, frame.reason));
                Err(format!("the server closed it{}", why.unwrap_or_default()))
            }
            Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {
                continue;
            }
            Err(error) => Err(error.to_string()),
        };
        let is_over = message.is_err();
        if tell.send(message).await.is_err() || is_over {
            return;
        }
    }
}
