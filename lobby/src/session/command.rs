//! What is asked of a session, by whom, and the facts that the caller looked up for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A command with who gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
}

/// Who acts, as the caller knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The device of the socket.
    pub device_id: String,
    /// It is the admin of the session's lobby.
    pub is_admin: bool,
    /// It is joined to the session's lobby.
    pub is_member: bool,
    /// Scheme and host by which it reached the gateway.
    pub base_url: Option<String>,
}

/// What is asked. Each variant is one event of the socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `measurement.start_speaker`: the first, the same again, or the next loudspeaker.
    StartSpeaker,
    /// `measurement.ready` or `measurement.client_ready`.
    Ready,
    /// `measurement.speaker_audio_ready`.
    SpeakerAudioReady {
        /// The hash that the loudspeaker names.
        audio_hash: Option<String>,
        /// Whether the measurement service knows it.
        reference: Reference,
    },
    /// `measurement.recording_started`.
    RecordingStarted,
    /// `measurement.playback_complete` or `measurement.speaker_finished`.
    PlaybackComplete,
    /// `measurement.recording_uploaded`.
    RecordingUploaded {
        /// Name in the job, not empty.
        upload_name: String,
        /// What the measurement service has under this name.
        file: UploadedFile,
    },
    /// `measurement.error`: the device cannot go on.
    Error {
        /// What it says.
        message: String,
        /// Its code.
        code: Option<String>,
    },
    /// `measurement.cancel_session`.
    Cancel {
        /// Why.
        reason: String,
    },
    /// `measurement.broadcast_results`.
    BroadcastResults {
        /// The job whose results these are.
        job_id: String,
        /// Anything.
        results: Value,
    },
}

/// Whether a signal with the hash that a loudspeaker named was made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// It was.
    Known,
    /// It was not: flagged `REFERENCE_UNKNOWN`, never refused.
    Unknown,
    /// No hash was named, or the measurement service could not be asked.
    NotAsked,
}

/// What the measurement service has under the name of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadedFile {
    /// Nothing.
    Absent,
    /// A file.
    Present {
        /// SHA-256 of its bytes in hexadecimal, if the service told it. With it a microphone that uses one name for
        /// every loudspeaker is told from one that repeats itself.
        sha256: Option<String>,
    },
}

impl Action {
    /// Name of its event on the socket.
    pub const fn event(&self) -> &'static str {
        match self {
            Self::StartSpeaker => "measurement.start_speaker",
            Self::Ready => "measurement.ready",
            Self::SpeakerAudioReady { .. } => "measurement.speaker_audio_ready",
            Self::RecordingStarted => "measurement.recording_started",
            Self::PlaybackComplete => "measurement.playback_complete",
            Self::RecordingUploaded { .. } => "measurement.recording_uploaded",
            Self::Error { .. } => "measurement.error",
            Self::Cancel { .. } => "measurement.cancel_session",
            Self::BroadcastResults { .. } => "measurement.broadcast_results",
        }
    }
}
