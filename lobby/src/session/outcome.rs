//! What follows from a command.

use contract::session::{Announced, PairKey, RecordingUploaded};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::command::Actor;
use super::push::Push;
use super::state::Session;

/// What follows from a command that was accepted. Save `next`, `events`, `pushes` and `facts` in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The session from now on.
    pub next: Session,
    /// To the sender.
    pub answer: Answer,
    /// Lines for the lobby's log.
    pub events: Vec<LogEvent>,
    /// Messages to devices, in this order.
    pub pushes: Vec<Push>,
    /// Facts for the measurement service.
    pub facts: Vec<Fact>,
}

/// A line for the lobby's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEvent {
    /// `session_` and what happened, such as `session_speaker_started`.
    pub kind: &'static str,
    /// With `session_id` always.
    pub payload: Value,
}

/// This upload is the recording of that pair. The caller gives it an identifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Whose recording it is.
    pub pair: PairKey,
    /// The job that holds the upload.
    pub job: Uuid,
    /// The upload's name.
    pub upload: String,
    /// SHA-256 of its bytes in hexadecimal; nothing if the measurement service did not tell it.
    pub sha256: Option<String>,
    /// What the loudspeaker said that it played.
    pub audio_hash: Option<String>,
    /// What it was told to play.
    pub announced: Announced,
}

impl Outcome {
    /// An outcome that changes nothing else: a repeat, to which effects are added.
    pub(super) const fn quiet(next: Session, answer: Answer) -> Self {
        Self {
            next,
            answer,
            events: Vec::new(),
            pushes: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Adds a line to the log.
    pub(super) fn log(mut self, kind: &'static str, payload: Value) -> Self {
        self.events.push(LogEvent { kind, payload });
        self
    }

    /// Adds pushes, in this order.
    pub(super) fn push(mut self, pushes: impl IntoIterator<Item = Push>) -> Self {
        self.pushes.extend(pushes);
        self
    }

    /// Whether the command had happened already: there is nothing to log, push or tell.
    pub const fn is_repeat(&self) -> bool {
        self.events.is_empty() && self.pushes.is_empty() && self.facts.is_empty()
    }
}

impl Session {
    /// What every log line of a cycle has: the device that acted, the loudspeaker, the attempt.
    pub(super) fn line(&self, actor: &Actor) -> Value {
        let speaker = self
            .speakers
            .get(self.index)
            .map(|client| client.slot_id.as_str());
        json!({
            "session_id": self.id,
            "device_id": actor.device_id,
            "speaker_slot_id": speaker,
            "attempt": self.attempt,
        })
    }
}

impl Fact {
    /// As it crosses the wire; nothing without the hash of its bytes.
    pub fn identified(self, event_id: Uuid) -> Option<RecordingUploaded> {
        Some(RecordingUploaded {
            event_id,
            pair: self.pair,
            job: self.job,
            upload: self.upload,
            sha256: self.sha256?,
            audio_hash: self.audio_hash,
            announced: self.announced,
        })
    }
}
