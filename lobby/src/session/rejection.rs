//! Every way in which a session says no, and what the sender is told.

use contract::problem::Fault;
use contract::session::Phase;
use serde_json::{Value, json};
use thiserror::Error;

use super::create::Unfit;
use super::state::Stage;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Rejection {
    /// No session has this name.
    #[error("Session not found: {session_id}")]
    SessionNotFound {
        /// As the client sent it.
        session_id: String,
    },
    /// No lobby has this name.
    #[error("Lobby not found: {lobby_id}")]
    LobbyNotFound {
        /// As the client sent it.
        lobby_id: String,
    },
    /// The request cannot be read, or lists a device or a place twice.
    #[error("{}", sentences(.0.iter().map(|fault| fault.msg.as_str())))]
    Malformed(Vec<Fault>),
    /// The request can be read, but job, lobby or devices do not fit it.
    #[error("{}", sentences(.0.iter()))]
    Unfit(Vec<Unfit>),
    /// Only the admin may.
    #[error("Only the lobby admin can perform this action")]
    NotAdmin {
        /// Who tried.
        device_id: String,
    },
    /// Only members may see it.
    #[error("Device '{device_id}' is not a member of this session's lobby")]
    NotAMember {
        /// Who tried.
        device_id: String,
    },
    /// Only listed devices take part.
    #[error("Device '{device_id}' is neither a speaker nor a microphone of this session")]
    NotListed {
        /// Who tried.
        device_id: String,
    },
    /// No loudspeaker was started.
    #[error("No active measurement")]
    NoActiveMeasurement,
    /// A step of the current loudspeaker came from another listed device.
    #[error("Only the current speaker can signal {signal}")]
    NotCurrentSpeaker {
        /// `audio ready` or `playback complete`.
        signal: &'static str,
        /// Who tried.
        device_id: String,
        /// Place of the current loudspeaker.
        current_slot_id: String,
    },
    /// A step of a microphone came from a listed device that is none.
    #[error("Only a microphone can signal {signal}")]
    NotAMicrophone {
        /// `recording started` or `recording uploaded`.
        signal: &'static str,
        /// Who tried.
        device_id: String,
    },
    /// The session stands elsewhere.
    #[error("'{event}' is not possible in '{}'; it is possible in {}", seen.as_str(), words(allowed))]
    WrongPhase {
        /// What was tried.
        event: &'static str,
        /// Where it stands.
        seen: Stage,
        /// Where it would have to stand.
        allowed: &'static [Stage],
    },
    /// The loudspeaker named another signal before.
    #[error(
        "The speaker signalled audio ready with audio_hash {}; now it names {}",
        quoted(stored.as_ref()),
        quoted(named.as_ref())
    )]
    OtherAudio {
        /// The hash of the cycle.
        stored: Option<String>,
        /// The hash of this command.
        named: Option<String>,
    },
    /// The measurement service has no such file.
    #[error("Upload '{upload_name}' not found in job {job_id}")]
    UploadNotFound {
        /// The name.
        upload_name: String,
        /// The job.
        job_id: String,
    },
    /// Another microphone's recording has this name.
    #[error(
        "Upload '{upload_name}' is already the recording of microphone '{mic_slot}' for speaker '{speaker_slot}'"
    )]
    NameTaken {
        /// The name.
        upload_name: String,
        /// Place of the other microphone.
        mic_slot: String,
        /// Place of the loudspeaker it recorded.
        speaker_slot: String,
    },
    /// It was recorded in an attempt that was given up, or gave way to another recording.
    #[error(
        "Upload '{upload_name}' is a recording of microphone '{mic_slot}' from attempt {attempt} at speaker \
         '{speaker_slot}' that no longer counts"
    )]
    AbandonedRecording {
        /// The name.
        upload_name: String,
        /// Place of the microphone that recorded it.
        mic_slot: String,
        /// Place of the loudspeaker it recorded.
        speaker_slot: String,
        /// Which try at that loudspeaker, from 1.
        attempt: u32,
    },
}

/// A rejection as it leaves the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status: 400, 403, 404 or 409.
    pub status: u16,
    /// A word for programs.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Every fault, where the request has several fields.
    pub errors: Vec<Fault>,
    /// Names and numbers inside; null where the message has them all.
    pub data: Value,
}

impl Rejection {
    /// As it leaves the service.
    pub fn refusal(&self) -> Refusal {
        let (status, code) = self.kind();
        Refusal {
            status,
            code,
            message: self.to_string(),
            remedy: self.remedy(),
            errors: self.errors(),
            data: self.data(),
        }
    }

    fn kind(&self) -> (u16, &'static str) {
        match self {
            Self::Malformed(_)
            | Self::NoActiveMeasurement
            | Self::NotCurrentSpeaker { .. }
            | Self::NotAMicrophone { .. } => (400, "BAD_REQUEST"),
            Self::NotAdmin { .. } | Self::NotAMember { .. } | Self::NotListed { .. } => {
                (403, "FORBIDDEN")
            }
            Self::SessionNotFound { .. }
            | Self::LobbyNotFound { .. }
            | Self::UploadNotFound { .. } => (404, "NOT_FOUND"),
            Self::Unfit(faults) if faults.iter().any(Unfit::is_missing) => (404, "NOT_FOUND"),
            Self::Unfit(_) | Self::OtherAudio { .. } | Self::NameTaken { .. } => (409, "CONFLICT"),
            Self::WrongPhase { .. } => (409, "WRONG_PHASE"),
            Self::AbandonedRecording { .. } => (409, "ABANDONED_RECORDING"),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::SessionNotFound { .. } => "Take the session_id from the answer to measurement.create_session.",
            Self::LobbyNotFound { .. } => "Take the lobby_id from the answer to lobby.create or lobby.join.",
            Self::Malformed(_) => "Correct every field in 'errors' and send the request again.",
            Self::Unfit(_) => "Correct every point in 'errors' and send the request again.",
            Self::NotAdmin { .. } => "Send it from the device that made the lobby.",
            Self::NotAMember { .. } => "Join the lobby first with lobby.join.",
            Self::NotListed { .. } => "Make a session that lists this device.",
            Self::NoActiveMeasurement => "The admin starts the first speaker with measurement.start_speaker.",
            Self::NotCurrentSpeaker { .. } => "Leave this step to the device at the current speaker's place.",
            Self::NotAMicrophone { .. } => "Leave this step to the microphones of the session.",
            Self::WrongPhase { event, seen, .. } => return way_out(event, *seen),
            Self::OtherAudio { .. } => {
                "Play what was signalled first, or let the admin send measurement.start_speaker again."
            }
            Self::UploadNotFound { .. } => "Upload the file to upload_endpoint first, then signal it.",
            Self::AbandonedRecording { .. } => "Upload the recording of this attempt, then signal it.",
            Self::NameTaken { .. } => "Upload the recording under a name of its own, then signal that name.",
        }
        .to_owned()
    }

    fn errors(&self) -> Vec<Fault> {
        if let Self::Malformed(faults) = self {
            faults.clone()
        } else if let Self::Unfit(faults) = self {
            faults.iter().map(Unfit::fault).collect()
        } else {
            Vec::new()
        }
    }

    fn data(&self) -> Value {
        match self {
            Self::WrongPhase {
                event,
                seen,
                allowed,
            } => {
                let allowed: Vec<&str> = allowed.iter().map(|stage| stage.as_str()).collect();
                json!({ "event": event, "phase": seen.as_str(), "allowed": allowed })
            }
            Self::NotCurrentSpeaker {
                device_id,
                current_slot_id,
                ..
            } => {
                json!({ "device_id": device_id, "current_speaker_slot_id": current_slot_id })
            }
            Self::OtherAudio { stored, named } => json!({ "audio_hash": stored, "named": named }),
            Self::NameTaken {
                upload_name,
                mic_slot,
                speaker_slot,
            } => {
                json!({ "upload_name": upload_name, "mic_slot": mic_slot, "speaker_slot": speaker_slot })
            }
            Self::AbandonedRecording {
                upload_name,
                mic_slot,
                speaker_slot,
                attempt,
            } => {
                json!({ "upload_name": upload_name, "mic_slot": mic_slot, "speaker_slot": speaker_slot,
                    "attempt": attempt })
            }
            Self::UploadNotFound {
                upload_name,
                job_id,
            } => json!({ "upload_name": upload_name, "job_id": job_id }),
            Self::NotAdmin { device_id }
            | Self::NotAMember { device_id }
            | Self::NotListed { device_id }
            | Self::NotAMicrophone { device_id, .. } => json!({ "device_id": device_id }),
            Self::SessionNotFound { .. }
            | Self::LobbyNotFound { .. }
            | Self::Malformed(_)
            | Self::Unfit(_)
            | Self::NoActiveMeasurement => Value::Null,
        }
    }
}

/// What to do about a step that does not fit the stage.
fn way_out(event: &str, seen: Stage) -> String {
    match seen {
        Stage::Cancelled => "Make a new session with measurement.create_session.".to_owned(),
        Stage::Cycle(Phase::Failed) => {
            "The admin starts this speaker again with measurement.start_speaker.".to_owned()
        }
        Stage::Cycle(Phase::Completed) => {
            "Nothing is left to do: every speaker was measured.".to_owned()
        }
        Stage::Created | Stage::Cycle(_) => match awaited_push(event) {
            Some(push) => format!("Send it after the push {push} of the current speaker."),
            None => "Ask measurement.session_status where the session stands.".to_owned(),
        },
    }
}

/// The push that a step follows.
fn awaited_push(event: &str) -> Option<&'static str> {
    match event {
        "measurement.ready" => Some("measurement.start_measurement"),
        "measurement.speaker_audio_ready" => Some("measurement.request_audio"),
        "measurement.recording_started" => Some("measurement.start_recording"),
        "measurement.playback_complete" => Some("measurement.start_playback"),
        "measurement.recording_uploaded" => Some("measurement.stop_recording"),
        _ => None,
    }
}

fn sentences<T: std::fmt::Display>(items: impl Iterator<Item = T>) -> String {
    let sentences: Vec<String> = items.map(|item| item.to_string()).collect();
    sentences.join("; ")
}

fn words(stages: &[Stage]) -> String {
    let words: Vec<String> = stages
        .iter()
        .map(|stage| format!("'{}'", stage.as_str()))
        .collect();
    words.join(", ")
}

fn quoted(hash: Option<&String>) -> String {
    hash.map_or_else(|| "none".to_owned(), |hash| format!("'{hash}'"))
}
