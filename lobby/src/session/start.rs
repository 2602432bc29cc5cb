//! `start_speaker`: the first loudspeaker, the same one again, or the next.

use contract::session::{Phase, SessionStatus, StartMeasurement};
use jiff::Timestamp;
use serde_json::json;

use super::answer::{Answer, MicrophoneRef, SpeakerRef};
use super::outcome::Outcome;
use super::push::PushData;
use super::rejection::Rejection;
use super::state::{Client, Cycle, Microphone, Session, Stage};

/// Everywhere but in a cancelled session.
const STARTABLE: &[Stage] = &[
    Stage::Created,
    Stage::Cycle(Phase::NotifyingClients),
    Stage::Cycle(Phase::SpeakerDownloading),
    Stage::Cycle(Phase::StartingRecording),
    Stage::Cycle(Phase::Playing),
    Stage::Cycle(Phase::Uploading),
    Stage::Cycle(Phase::Processing),
    Stage::Cycle(Phase::Completed),
    Stage::Cycle(Phase::Failed),
];

impl Session {
    /// Starts a cycle: nothing of an earlier attempt counts, and its recordings are remembered as given up.
    /// After the last loudspeaker nothing is left to start.
    pub(super) fn start_speaker(mut self, now: Timestamp) -> Result<Outcome, Rejection> {
        let seen = self.stage();
        let (index, attempt) = match seen {
            Stage::Cancelled => {
                let event = "measurement.start_speaker";
                return Err(Rejection::WrongPhase {
                    event,
                    seen,
                    allowed: STARTABLE,
                });
            }
            Stage::Cycle(Phase::Completed) => return Ok(self.nothing_left()),
            Stage::Cycle(Phase::Processing) => (self.index.saturating_add(1), 1),
            Stage::Created | Stage::Cycle(_) => (self.index, self.attempt.saturating_add(1)),
        };
        self.leave_behind();
        let cycle = Cycle {
            phase: Phase::NotifyingClients,
            started_at: now,
            phase_since: now,
            speaker_ready: false,
            audio: None,
            microphones: vec![Microphone::default(); self.microphones.len()],
            replaced: Vec::new(),
            reports: Vec::new(),
        };
        let status = SessionStatus::Running;
        Self {
            index,
            attempt,
            status,
            cycle: Some(cycle),
            ..self
        }
        .started()
    }

    fn started(self) -> Result<Outcome, Rejection> {
        let (_, speaker) = self.active()?;
        let start = PushData::StartMeasurement(StartMeasurement {
            session_id: self.id,
            job_id: self.job_id.to_string(),
            current_speaker_slot_id: speaker.slot_id.clone(),
            current_speaker_slot_label: speaker.slot_label.clone(),
            speaker_device_id: speaker.device_id.clone(),
            total_microphones: self.microphones.len(),
        });
        let pushes = [self.to_all(start), self.phase_push(Phase::NotifyingClients)];
        let answer = Answer::Started {
            session_id: self.id,
            status: "notifying_clients",
            current_speaker: speaker.into(),
            microphones: self.microphones.iter().map(MicrophoneRef::from).collect(),
        };
        let line = json!({
            "session_id": self.id,
            "speaker_device_id": speaker.device_id,
            "speaker_slot_id": speaker.slot_id,
            "attempt": self.attempt,
        });
        Ok(Outcome::quiet(self, answer)
            .log("session_speaker_started", line)
            .push(pushes))
    }

    fn nothing_left(self) -> Outcome {
        let answer = Answer::NothingLeft {
            session_id: self.id,
            status: "completed",
            completed_speakers: self.completed_slots(),
        };
        Outcome::quiet(self, answer)
    }
}

impl From<&Client> for SpeakerRef {
    fn from(client: &Client) -> Self {
        Self {
            device_id: client.device_id.clone(),
            slot_id: client.slot_id.clone(),
            slot_label: client.slot_label.clone(),
        }
    }
}

impl From<&Client> for MicrophoneRef {
    fn from(client: &Client) -> Self {
        Self {
            device_id: client.device_id.clone(),
            slot_id: client.slot_id.clone(),
        }
    }
}
