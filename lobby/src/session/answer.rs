//! What the sender of a command is told. Serialised it is the `data` of the response.

use serde::Serialize;
use uuid::Uuid;

/// The answer to one command; counters are text such as `1/2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `create_session`.
    Created {
        /// The session.
        session_id: Uuid,
        /// Its job.
        job_id: Uuid,
        /// Its lobby.
        lobby_id: Uuid,
        /// Loudspeakers in it.
        total_speakers: usize,
        /// Microphones in it.
        total_microphones: usize,
    },
    /// To `start_speaker`, when a cycle began.
    Started {
        /// The session.
        session_id: Uuid,
        /// `notifying_clients`.
        status: &'static str,
        /// Who will play.
        current_speaker: SpeakerRef,
        /// Who will record.
        microphones: Vec<MicrophoneRef>,
    },
    /// To `start_speaker`, when every loudspeaker is done.
    NothingLeft {
        /// The session.
        session_id: Uuid,
        /// `completed`.
        status: &'static str,
        /// Their slots.
        completed_speakers: Vec<String>,
    },
    /// To `ready`, while some are not.
    Waiting {
        /// The session.
        session_id: Uuid,
        /// `waiting`.
        status: &'static str,
        /// Whether the current loudspeaker is.
        speaker_ready: bool,
        /// How many microphones are, of how many.
        microphones_ready: String,
    },
    /// To a command that let the server act on devices.
    Commanded {
        /// The session.
        session_id: Uuid,
        /// `all_ready`, `all_recording` or `playback_complete`.
        status: &'static str,
        /// What the server does.
        action: &'static str,
    },
    /// To `speaker_audio_ready`.
    RecordingCommanded {
        /// The session.
        session_id: Uuid,
        /// `commanding_recording_start`.
        status: &'static str,
        /// The hash as first named.
        audio_hash: Option<String>,
    },
    /// To `recording_started`, while some do not record.
    WaitingRecordings {
        /// The session.
        session_id: Uuid,
        /// `waiting_recordings`.
        status: &'static str,
        /// How many do, of how many.
        recordings_started: String,
    },
    /// To `recording_uploaded`, while some are missing.
    WaitingUploads {
        /// The session.
        session_id: Uuid,
        /// `waiting_uploads`.
        status: &'static str,
        /// How many are there, of how many.
        uploads_received: String,
    },
    /// To the last `recording_uploaded` of a loudspeaker, when others follow.
    SpeakerDone {
        /// The session.
        session_id: Uuid,
        /// `speaker_measurement_complete`.
        status: &'static str,
        /// Its slot.
        completed_speaker: String,
        /// True.
        next_speaker_available: bool,
        /// How many follow.
        remaining_speakers: usize,
    },
    /// To the last `recording_uploaded` of the session.
    SessionDone {
        /// The session.
        session_id: Uuid,
        /// `session_complete`.
        status: &'static str,
        /// Slots of all loudspeakers.
        completed_speakers: Vec<String>,
        /// What the last loudspeaker played.
        audio_hash: Option<String>,
    },
    /// To `error`.
    Reported {
        /// The session.
        session_id: Uuid,
        /// `error`.
        status: &'static str,
        /// Who reported.
        error_device_id: String,
        /// What it said.
        error_message: String,
    },
    /// To `cancel_session`.
    Cancelled {
        /// The session.
        session_id: Uuid,
        /// `cancelled`.
        status: &'static str,
        /// As first given.
        reason: String,
    },
    /// To `broadcast_results`.
    ResultsBroadcast {
        /// The session.
        session_id: Uuid,
        /// `results_broadcast`.
        status: &'static str,
        /// Devices that the results were sent to, each once.
        devices_notified: usize,
    },
}

impl Answer {
    pub(super) const fn commanded(
        session_id: Uuid,
        status: &'static str,
        action: &'static str,
    ) -> Self {
        Self::Commanded {
            session_id,
            status,
            action,
        }
    }
}

/// A loudspeaker in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpeakerRef {
    /// Its device.
    pub device_id: String,
    /// Its place.
    pub slot_id: String,
    /// Its place in words.
    pub slot_label: Option<String>,
}

/// A microphone in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MicrophoneRef {
    /// Its device.
    pub device_id: String,
    /// Its place.
    pub slot_id: String,
}
