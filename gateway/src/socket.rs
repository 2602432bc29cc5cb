//! The life of a socket in one task: it reads, answers, pushes and pings until one side has enough.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use chassis::problem::Problem;
use contract::envelope::ClientInfo;
use contract::socket::ClientMessage;
use futures_util::SinkExt;
use http::StatusCode;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout, timeout_at};

use crate::answer::{self, Echo, GATEWAY};
use crate::connection_id;
use crate::gate::Gate;
use crate::hub::{Line, Seat};
use crate::identify::{self, HINT, IDENTIFY, REQUIRED};
use crate::lanes::Lanes;
use crate::limits::{
    CARRY_OUT, CLOSE_PATIENCE, DRAIN, LANE_WAITING, LINGER, PINGS_MISSED, WRITE_BATCH,
    WRITE_PATIENCE,
};
use crate::rate::Bucket;
use crate::routing::{self, Lane};
use crate::{codec, ending, forward};

/// What the handshake said of a client.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) device_id: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) base_url: Option<String>,
}

/// Whether the socket goes on, or how it ends.
type Step = ControlFlow<ending::End>;

struct Socket {
    gate: Arc<Gate>,
    stream: WebSocket,
    line: Arc<Line>,
    pushes: mpsc::Receiver<Utf8Bytes>,
    lanes: Lanes,
    bucket: Bucket,
    handshake: Box<Handshake>,
    known: Option<Known>,
    pings_unanswered: u8,
    /// Answers that are written and not yet on their way.
    unflushed: usize,
}

/// What a socket waits for.
enum Event {
    End,
    Overflow,
    Push(Utf8Bytes),
    Answer(Utf8Bytes),
    Received(Option<Result<Message, axum::Error>>),
    PingDue,
    /// Nothing of that has come.
    Rest,
}

/// Who the client is, once it has said so.
struct Known {
    seat: Seat,
    client: Arc<RawValue>,
}

/// Lives until the client leaves, misbehaves, or the process ends.
pub(crate) async fn run(gate: Arc<Gate>, stream: WebSocket, handshake: Handshake, versioned: bool) {
    let (line, pushes) = Line::new(versioned);
    let mut socket = Socket {
        lanes: Lanes::new(gate.shutdown.clone()),
        bucket: Bucket::new(&gate.limits),
        gate,
        stream,
        line,
        pushes,
        handshake: Box::new(handshake),
        known: None,
        pings_unanswered: 0,
        unflushed: 0,
    };
    let end = socket.live().await;
    socket.known = None;
    if end != ending::RESTART {
        drop(socket.lanes.carry_out(CARRY_OUT));
    }
    socket.part(end).await;
}

impl Socket {
    async fn live(&mut self) -> ending::End {
        if let ControlFlow::Break(end) = self.greet().await {
            return end;
        }
        let shutdown = self.gate.shutdown.clone();
        let mut begun = pin!(shutdown.begun());
        let mut pings = pings(self.gate.limits.ping_every);
        loop {
            let event = tokio::select! {
                biased;
                event = self.event(&mut begun, &mut pings) => event,
                () = std::future::ready(()), if self.unflushed > 0 => Event::Rest,
            };
            let step = match event {
                Event::End => return self.drain().await,
                Event::Overflow => ControlFlow::Break(ending::SLOW),
                Event::Push(push) => self.push(push).await,
                Event::Answer(answer) => self.answer(answer).await,
                Event::Received(received) => self.receive(received).await,
                Event::PingDue => self.ping().await,
                Event::Rest => self.flush().await,
            };
            if let ControlFlow::Break(end) = step {
                return end;
            }
        }
    }

    /// What comes first. Dropped before it is ready, it loses nothing.
    async fn event(
        &mut self,
        begun: &mut Pin<&mut impl Future<Output = ()>>,
        pings: &mut Interval,
    ) -> Event {
        tokio::select! {
            () = begun => Event::End,
            () = self.line.overflowed() => Event::Overflow,
            Some(push) = self.pushes.recv() => Event::Push(push),
            answer = self.lanes.next() => Event::Answer(answer),
            received = self.stream.recv() => Event::Received(received),
            _ = pings.tick() => Event::PingDue,
        }
    }

    /// Takes the device id of the address, or asks for one.
    async fn greet(&mut self) -> Step {
        match self.handshake.device_id.take() {
            Some(id) if identify::is_device_id(&id) => match self.welcome(&id) {
                Ok(()) => ControlFlow::Continue(()),
                Err(problem) => self.refuse(&Echo::default(), &problem).await,
            },
            _ => match RawValue::from_string(HINT.to_owned()) {
                Ok(hint) => self.write(answer::push(REQUIRED, &hint, None)).await,
                Err(cause) => {
                    self.refuse(&Echo::default(), &Problem::internal(cause))
                        .await
                }
            },
        }
    }

    fn welcome(&mut self, device: &str) -> Result<(), Problem> {
        let info = ClientInfo {
            device_id: device.to_owned(),
            connection_id: connection_id::next(),
            ip: self.handshake.ip.take(),
            base_url: self.handshake.base_url.take(),
        };
        let client = Arc::from(to_raw_value(&info).map_err(Problem::internal)?);
        let seat = self.gate.hub.join(Arc::from(device), &self.line);
        self.known = Some(Known { seat, client });
        Ok(())
    }

    async fn receive(&mut self, received: Option<Result<Message, axum::Error>>) -> Step {
        self.pings_unanswered = 0;
        match received {
            None => ControlFlow::Break(ending::GONE),
            Some(Err(cause)) => ControlFlow::Break(ending::of_error(cause)),
            Some(Ok(Message::Text(text))) => self.text(&text).await,
            Some(Ok(Message::Binary(bytes))) => {
                let problem = codec::binary(bytes.len(), &self.gate.limits, &self.bucket);
                self.refuse(&Echo::default(), &problem).await
            }
            // The codec answers these itself; after a close frame the stream ends.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => {
                ControlFlow::Continue(())
            }
        }
    }

    async fn text(&mut self, text: &str) -> Step {
        match codec::read(text, &self.gate.limits, &self.bucket) {
            Ok(message) => match self.dispatch(message) {
                Some(answer) => self.answer(answer).await,
                None => ControlFlow::Continue(()),
            },
            Err(codec::Refused { echo, problem }) => self.refuse(&echo, &problem).await,
        }
    }

    /// Begins what a message asks for, or answers at once.
    fn dispatch(&mut self, message: ClientMessage) -> Option<Utf8Bytes> {
        if message.event == IDENTIFY {
            return Some(self.identify(message));
        }
        let Some(known) = &self.known else {
            return Some(refusal(&echo_of(message), &identify::stranger()));
        };
        let Some((target, lane)) = routing::route(&message.event) else {
            return Some(forward::unknown(message));
        };
        if self.lanes.is_full(lane) {
            return Some(refusal(&echo_of(message), &crowded(lane)));
        }
        let client = Arc::clone(&known.client);
        self.lanes.push(
            lane,
            forward::command(&self.gate.services, target, client, message),
        );
        None
    }

    fn identify(&mut self, message: ClientMessage) -> Utf8Bytes {
        let known = self.known.as_ref().map(|known| known.seat.device());
        let is_new = known.is_none();
        let claimed = identify::claimed(&message.data, known);
        let settled = claimed.and_then(|id| {
            if is_new {
                self.welcome(&id)?;
            }
            to_raw_value(&json!({"device_id": id})).map_err(Problem::internal)
        });
        let echo = echo_of(message);
        match settled {
            Ok(data) => answer::response(&echo, &data),
            Err(problem) => refusal(&echo, &problem),
        }
    }

    async fn refuse(&mut self, echo: &Echo, problem: &Problem) -> Step {
        self.answer(answer::refusal(echo, GATEWAY, problem)).await
    }

    async fn ping(&mut self) -> Step {
        if self.pings_unanswered >= PINGS_MISSED {
            return ControlFlow::Break(ending::SILENT);
        }
        self.pings_unanswered += 1;
        let stream = &mut self.stream;
        patiently(
            &self.gate,
            &self.line,
            stream.send(Message::Ping(bytes::Bytes::new())),
        )
        .await
    }

    /// Writes a push, and with it others that wait already.
    async fn push(&mut self, first: Utf8Bytes) -> Step {
        self.batch(Some(first), WRITE_BATCH, None, true).await
    }

    /// Writes an answer. Pushes that were there before it go first: a service pushes before it answers. An answer
    /// without them waits for others that are ready too, so that they go out at once.
    async fn answer(&mut self, answer: Utf8Bytes) -> Step {
        let waiting = self.pushes.len();
        let flushes = waiting > 0 || self.unflushed >= WRITE_BATCH;
        self.batch(None, waiting, Some(answer), flushes).await
    }

    async fn write(&mut self, text: Utf8Bytes) -> Step {
        self.batch(None, 0, Some(text), true).await
    }

    async fn flush(&mut self) -> Step {
        self.batch(None, 0, None, true).await
    }

    async fn batch(
        &mut self,
        first: Option<Utf8Bytes>,
        most: usize,
        last: Option<Utf8Bytes>,
        flushes: bool,
    ) -> Step {
        self.unflushed = if flushes { 0 } else { self.unflushed + 1 };
        let (stream, pushes, line) = (&mut self.stream, &mut self.pushes, &self.line);
        let written = async {
            let mut next = first.or_else(|| (most > 0).then(|| pushes.try_recv().ok()).flatten());
            let mut room = most;
            while let Some(push) = next {
                line.taken(&push);
                stream.feed(Message::Text(push)).await?;
                room = room.saturating_sub(1);
                next = (room > 0).then(|| pushes.try_recv().ok()).flatten();
            }
            if let Some(last) = last {
                stream.feed(Message::Text(last)).await?;
            }
            if flushes {
                stream.flush().await?;
            }
            Ok(())
        };
        patiently(&self.gate, line, written).await
    }

    /// At the end of the process: commands that run may answer for a short while, others are not begun.
    async fn drain(&mut self) -> ending::End {
        self.lanes.forget_waiting();
        if self.flush().await.is_break() {
            return ending::RESTART;
        }
        let until = Instant::now() + DRAIN;
        while self.lanes.is_busy() {
            let Ok(answer) = timeout_at(until, self.lanes.next()).await else {
                break;
            };
            if self.answer(answer).await.is_break() || self.flush().await.is_break() {
                break;
            }
        }
        ending::RESTART
    }

    /// Says good-bye, if there is somebody to say it to, and waits for the answer.
    async fn part(mut self, end: ending::End) {
        let ending::End::Close {
            code,
            reason,
            lingers,
        } = end
        else {
            return;
        };
        tracing::debug!(code, reason, "a socket is closed");
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        let farewell = async {
            if self.stream.send(Message::Close(Some(frame))).await.is_err() {
                return;
            }
            if lingers {
                tokio::time::sleep(LINGER).await;
            }
            while let Some(Ok(_)) = self.stream.recv().await {}
        };
        if timeout(CLOSE_PATIENCE, farewell).await.is_err() {
            tracing::debug!(code, "a socket did not answer its close frame");
        }
    }
}

/// Writes as long as the client reads: not after the queue has overflowed, nor longer than a write may take.
async fn patiently(
    gate: &Gate,
    line: &Line,
    write: impl Future<Output = Result<(), axum::Error>>,
) -> Step {
    tokio::select! {
        biased;
        written = timeout(WRITE_PATIENCE, write) => match written {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) => ControlFlow::Break(ending::GONE),
            Err(_) => ControlFlow::Break(ending::SLOW),
        },
        () = line.overflowed() => ControlFlow::Break(ending::SLOW),
        () = gate.shutdown.begun() => ControlFlow::Break(ending::RESTART),
    }
}

fn pings(every: Duration) -> Interval {
    let mut pings = interval_at(Instant::now() + every, every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings
}

fn echo_of(message: ClientMessage) -> Echo {
    Echo {
        event: Some(message.event),
        request_id: message.request_id,
    }
}

fn refusal(echo: &Echo, problem: &Problem) -> Utf8Bytes {
    answer::refusal(echo, GATEWAY, problem)
}

fn crowded(lane: Lane) -> Problem {
    let kind = match lane {
        Lane::Ordered => "lobby, role and measurement",
        Lane::Free => "analysis and simulation",
    };
    Problem::of(
        StatusCode::TOO_MANY_REQUESTS,
        format!("Too many messages: {LANE_WAITING} {kind} commands of this socket wait already"),
    )
    .remedy("Wait for answers, then send it again; it was not carried out.")
    .data(json!({"waiting_limit": LANE_WAITING}))
}
