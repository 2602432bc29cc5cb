//! A measurement session: phases, pushes and the facts that it leaves.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Where the cycle of one loudspeaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Every device was told; loudspeaker and microphones say that they are ready.
    NotifyingClients,
    /// The loudspeaker fetches the signal.
    SpeakerDownloading,
    /// The loudspeaker has the signal.
    SpeakerReady,
    /// Microphones begin to record.
    StartingRecording,
    /// The loudspeaker plays.
    Playing,
    /// The signal has been played.
    PlaybackComplete,
    /// Microphones upload.
    Uploading,
    /// Every recording is there.
    Processing,
    /// That was the last loudspeaker.
    Completed,
    /// A device reported an error.
    Failed,
}

impl Phase {
    /// The fixed sentence that accompanies it.
    pub const fn description(self) -> &'static str {
        match self {
            Self::NotifyingClients => "Notifying all devices",
            Self::SpeakerDownloading => "Speaker downloading audio",
            Self::SpeakerReady => "Speaker ready to play",
            Self::StartingRecording => "Starting recording on microphones",
            Self::Playing => "Playing measurement signal",
            Self::PlaybackComplete => "Playback complete",
            Self::Uploading => "Uploading recordings",
            Self::Processing => "Processing recordings",
            Self::Completed => "Measurement complete",
            Self::Failed => "Measurement failed",
        }
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// No loudspeaker has been started.
    Created,
    /// A cycle runs, failed, or waits for the next loudspeaker.
    Running,
    /// Every loudspeaker was measured.
    Completed,
    /// Its admin ended it.
    Cancelled,
}

/// A device in a session, as the admin lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its device.
    pub device_id: String,
    /// Its place, unique in its list.
    pub slot_id: String,
    /// Its place in words.
    #[serde(default)]
    pub slot_label: Option<String>,
}

/// The excitation that a session tells its loudspeakers to play.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// Sampling frequency in hertz.
    pub sample_rate: u32,
    /// Lowest frequency of the sweep in hertz.
    pub sweep_f_start: f64,
    /// Highest frequency of the sweep in hertz.
    pub sweep_f_end: f64,
}

/// Whose recording it is: the key of a stored report.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PairKey {
    /// The session.
    pub session_id: Uuid,
    /// Which try at this loudspeaker, from 1.
    pub attempt: u32,
    /// The loudspeaker's place.
    pub speaker_slot: String,
    /// The microphone's place.
    pub mic_slot: String,
}

/// A fact from the lobby: this upload is the recording of that pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordingUploaded {
    /// The same in every delivery.
    pub event_id: Uuid,
    /// Whose recording it is.
    #[serde(flatten)]
    pub pair: PairKey,
    /// The job that holds the upload.
    pub job: Uuid,
    /// The upload's name.
    pub upload: String,
    /// SHA-256 of what lay under that name when the microphone said so, in hexadecimal: the name may be used again.
    pub sha256: String,
    /// What the loudspeaker said that it played; null if it said nothing.
    pub audio_hash: Option<String>,
    /// What it was told to play.
    pub announced: Announced,
}

/// `measurement.start_measurement`, to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartMeasurement {
    /// The session.
    pub session_id: Uuid,
    /// Its job.
    pub job_id: String,
    /// The loudspeaker's place.
    pub current_speaker_slot_id: String,
    /// The loudspeaker's place in words.
    pub current_speaker_slot_label: Option<String>,
    /// The loudspeaker.
    pub speaker_device_id: String,
    /// Microphones in the session.
    pub total_microphones: usize,
}

/// `measurement.phase_update`, to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseUpdate {
    /// The session.
    pub session_id: Uuid,
    /// Its job.
    pub job_id: String,
    /// Where the cycle stands.
    pub phase: Phase,
    /// The same in words.
    pub phase_description: String,
    /// From 0.
    pub current_speaker_index: usize,
    /// Loudspeakers in the session.
    pub total_speakers: usize,
    /// Loudspeakers that are done.
    pub completed_speakers: usize,
    /// Microphones that record, while not all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recordings_started: Option<usize>,
    /// Microphones in the session, beside the count before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_microphones: Option<usize>,
}

/// `measurement.request_audio`, to the loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAudio {
    /// The session.
    pub session_id: Uuid,
    /// Where the signal is, by the address that the loudspeaker itself uses.
    pub audio_url: String,
}

/// `measurement.start_recording`, to each microphone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartRecording {
    /// The session.
    pub session_id: Uuid,
    /// The loudspeaker's place.
    pub speaker_slot_id: String,
    /// Duration of the signal in seconds.
    pub expected_duration_seconds: f64,
}

/// `measurement.start_playback`, to the loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPlayback {
    /// The session.
    pub session_id: Uuid,
}

/// `measurement.stop_recording`, to each microphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRecording {
    /// The session.
    pub session_id: Uuid,
    /// Its job.
    pub job_id: String,
    /// The loudspeaker's place.
    pub speaker_slot_id: String,
    /// Where to upload, by the address that the microphone itself uses; it appends a name.
    pub upload_endpoint: String,
}

/// `measurement.speaker_complete`, to all, when another loudspeaker follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerComplete {
    /// The session.
    pub session_id: Uuid,
    /// The place of the loudspeaker that is done.
    pub completed_speaker_slot_id: String,
    /// How many follow.
    pub remaining_speakers: usize,
}

/// `measurement.session_complete`, to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionComplete {
    /// The session.
    pub session_id: Uuid,
    /// Its job.
    pub job_id: String,
    /// Places of the loudspeakers, in order.
    pub completed_speakers: Vec<String>,
    /// What the last loudspeaker played.
    pub audio_hash: Option<String>,
}

/// `measurement.analysis_results`, to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisResults {
    /// The session.
    pub session_id: Uuid,
    /// The job whose results these are.
    pub job_id: String,
    /// As the admin sent them.
    pub results: Value,
}

/// `measurement.session_cancelled`, to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCancelled {
    /// The session.
    pub session_id: Uuid,
    /// Why, as the admin said.
    pub reason: String,
}

/// `measurement.error`, to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceError {
    /// The session.
    pub session_id: Uuid,
    /// The device that reported it.
    pub error_device_id: String,
    /// What it said.
    pub error_message: String,
    /// Its code, if it gave one.
    pub error_code: Option<String>,
}
