//! What a session remembers: its devices, where its cycle stands, and the cycles that are done.

use contract::session::{Announced, Phase, SessionStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::Reference;

/// A measurement session. Made by [`Session::create`], changed only by [`Session::apply`], stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub(super) id: Uuid,
    pub(super) lobby_id: Uuid,
    pub(super) job_id: Uuid,
    /// The device that conducts; it gets every push that goes to all.
    pub(super) admin_device_id: String,
    pub(super) speakers: Vec<Client>,
    pub(super) microphones: Vec<Client>,
    pub(super) announced: Announced,
    pub(super) expected_duration_s: f64,
    pub(super) base: Base,
    pub(super) status: SessionStatus,
    /// The current loudspeaker, from 0. It stays on a loudspeaker until the next one is started.
    pub(super) index: usize,
    /// Which try at the current loudspeaker, from 1; 0 before the first start.
    pub(super) attempt: u32,
    pub(super) cycle: Option<Cycle>,
    pub(super) finished: Vec<Finished>,
    /// Recordings that no later cycle may take for its own, the oldest first.
    #[serde(default)]
    pub(super) abandoned: Vec<Abandoned>,
    pub(super) cancel_reason: Option<String>,
}

/// A listed device in one of its roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its device.
    pub device_id: String,
    /// Its place, unique in its list.
    pub slot_id: String,
    /// Its place in words.
    pub slot_label: Option<String>,
    /// Scheme and host under which it was last seen, without a trailing slash.
    pub base_url: Option<String>,
}

/// Scheme and host that addresses for devices begin with; neither ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "url", rename_all = "snake_case")]
pub enum Base {
    /// The operator said so (`PUBLIC_URL`): it holds for everybody.
    Public(String),
    /// For devices of which no address is known; all others get their own.
    Default(String),
}

/// One try at one loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// Where it stands. `speaker_ready` and `playback_complete` are passed through and never stay.
    pub phase: Phase,
    /// When it was started.
    pub started_at: Timestamp,
    /// Since when it is in this phase.
    pub phase_since: Timestamp,
    /// The loudspeaker said that it is ready.
    pub speaker_ready: bool,
    /// What the loudspeaker fetched; nothing before it said so.
    pub audio: Option<Audio>,
    /// One for each microphone of the session, in its order.
    pub microphones: Vec<Microphone>,
    /// Recordings that a microphone named and then replaced with another, the oldest first.
    #[serde(default)]
    pub replaced: Vec<Replaced>,
    /// Errors that devices reported, the last one of each device, in the order of reporting.
    pub reports: Vec<Report>,
}

/// What a loudspeaker fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audio {
    /// The hash that it named.
    pub hash: Option<String>,
    /// Whether we made a signal with this hash.
    pub reference: Reference,
}

/// How far a microphone is in a cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Microphone {
    /// It said that it is ready.
    pub ready: bool,
    /// It said that it records.
    pub recording: bool,
    /// The recording that it named.
    pub upload: Option<Upload>,
}

/// A recording that a microphone named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Name in the job.
    pub name: String,
    /// SHA-256 of its bytes, where the measurement service told it.
    pub sha256: Option<String>,
    /// Microphones with a recording when this one was named, itself included: a repeat is answered with it.
    pub received: usize,
}

/// A recording that gave way to another one of its microphone in the same cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The microphone, counted from 0 in the session's order.
    pub microphone: usize,
    /// What it had named.
    pub upload: Upload,
}

/// A recording that counts for nothing: its attempt was given up, or its microphone replaced it. Networks deliver late,
/// so it may be named once more while another cycle waits for a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abandoned {
    /// The loudspeaker's place.
    pub speaker_slot: String,
    /// Which try it was.
    pub attempt: u32,
    /// The microphone's place.
    pub mic_slot: String,
    /// What it had named.
    pub upload: Upload,
}

/// An error that a device reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The device.
    pub device_id: String,
    /// What it said.
    pub message: String,
    /// Its code.
    pub code: Option<String>,
}

/// A cycle that is done: every microphone's recording is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// The loudspeaker's place.
    pub speaker_slot: String,
    /// Which try it was.
    pub attempt: u32,
    /// What was played.
    pub audio: Option<Audio>,
    /// One for each microphone of the session, in its order.
    pub uploads: Vec<Upload>,
    /// When the last recording was named.
    pub finished_at: Timestamp,
}

/// Where a session stands, as refusals name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// No loudspeaker was started.
    Created,
    /// The phase of the cycle.
    Cycle(Phase),
    /// The admin ended it.
    Cancelled,
}

impl Session {
    /// Its name.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// The lobby it belongs to.
    pub const fn lobby_id(&self) -> Uuid {
        self.lobby_id
    }

    /// The job that takes its recordings.
    pub const fn job_id(&self) -> Uuid {
        self.job_id
    }

    /// Created, running, completed or cancelled.
    pub const fn state(&self) -> SessionStatus {
        self.status
    }

    /// What its loudspeakers are told to play.
    pub const fn announced(&self) -> Announced {
        self.announced
    }

    /// Which try at the current loudspeaker, from 1; 0 before the first start.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The cycle that runs, failed, or was the last; none before the first start.
    pub const fn cycle(&self) -> Option<&Cycle> {
        self.cycle.as_ref()
    }

    /// The cycles that are done, in the order of the loudspeakers.
    pub fn finished(&self) -> &[Finished] {
        &self.finished
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        match (self.status, &self.cycle) {
            (SessionStatus::Cancelled, _) => Stage::Cancelled,
            (_, None) => Stage::Created,
            (_, Some(cycle)) => Stage::Cycle(cycle.phase),
        }
    }

    /// Loudspeakers, microphones and the admin, each device once, in this order.
    pub fn everybody(&self) -> Vec<String> {
        let listed = self.speakers.iter().chain(&self.microphones);
        let devices = listed.map(|client| &client.device_id);
        let mut distinct: Vec<String> = Vec::new();
        for device in devices.chain([&self.admin_device_id]) {
            if !distinct.contains(device) {
                distinct.push(device.clone());
            }
        }
        distinct
    }

    /// Whether the device is in one of the lists.
    pub fn lists(&self, device_id: &str) -> bool {
        let mut listed = self.speakers.iter().chain(&self.microphones);
        listed.any(|client| client.device_id == device_id)
    }

    /// The microphone's place in the list.
    pub(super) fn microphone_index(&self, device_id: &str) -> Option<usize> {
        self.microphones
            .iter()
            .position(|client| client.device_id == device_id)
    }

    /// Slots of the loudspeakers that are done.
    pub(super) fn completed_slots(&self) -> Vec<String> {
        self.finished
            .iter()
            .map(|cycle| cycle.speaker_slot.clone())
            .collect()
    }
}

impl Cycle {
    /// Microphones that are ready.
    pub fn ready_microphones(&self) -> usize {
        self.microphones
            .iter()
            .filter(|microphone| microphone.ready)
            .count()
    }

    /// Microphones that record.
    pub fn recording_microphones(&self) -> usize {
        self.microphones
            .iter()
            .filter(|microphone| microphone.recording)
            .count()
    }

    /// Microphones that named their recording.
    pub fn uploaded_microphones(&self) -> usize {
        self.microphones
            .iter()
            .filter(|microphone| microphone.upload.is_some())
            .count()
    }
}

impl Stage {
    /// Its word: `created`, a phase, or `cancelled`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Cancelled => "cancelled",
            Self::Cycle(phase) => match phase {
                Phase::NotifyingClients => "notifying_clients",
                Phase::SpeakerDownloading => "speaker_downloading",
                Phase::SpeakerReady => "speaker_ready",
                Phase::StartingRecording => "starting_recording",
                Phase::Playing => "playing",
                Phase::PlaybackComplete => "playback_complete",
                Phase::Uploading => "uploading",
                Phase::Processing => "processing",
                Phase::Completed => "completed",
                Phase::Failed => "failed",
            },
        }
    }
}
