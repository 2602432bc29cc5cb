//! What `measurement.session_status` shows.

use contract::session::{Phase, SessionStatus};
use serde::Serialize;
use uuid::Uuid;

use super::answer::SpeakerRef;
use super::command::{Actor, Reference};
use super::rejection::Rejection;
use super::state::{Client, Cycle, Session};

/// The flag of a cycle whose loudspeaker named a hash that nobody here made.
pub(super) const REFERENCE_UNKNOWN: &str = "REFERENCE_UNKNOWN";

/// A session for people. Counters are numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// The session.
    pub session_id: Uuid,
    /// Its job.
    pub job_id: Uuid,
    /// Its lobby.
    pub lobby_id: Uuid,
    /// Created, running, completed or cancelled.
    pub status: SessionStatus,
    /// Loudspeakers in it.
    pub total_speakers: usize,
    /// Loudspeakers that are done.
    pub completed_speakers: usize,
    /// Loudspeakers in order.
    pub speakers: Vec<SpeakerStatus>,
    /// Microphones in order.
    pub microphones: Vec<MicrophoneStatus>,
    /// The cycle that runs, failed, or was the last; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_measurement: Option<CurrentMeasurement>,
}

/// A loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpeakerStatus {
    /// Who it is.
    #[serde(flatten)]
    pub speaker: SpeakerRef,
    /// Every recording of it is there.
    pub completed: bool,
    /// The event that it has to send next, if the session waits for it.
    pub owes: Option<&'static str>,
}

/// A microphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MicrophoneStatus {
    /// Its device.
    pub device_id: String,
    /// Its place.
    pub slot_id: String,
    /// Its place in words.
    pub slot_label: Option<String>,
    /// The event that it has to send next, if the session waits for it.
    pub owes: Option<&'static str>,
}

/// A cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrentMeasurement {
    /// The loudspeaker's place.
    pub speaker_slot_id: String,
    /// Where it stands.
    pub phase: Phase,
    /// The loudspeaker said that it is ready.
    pub speaker_ready: bool,
    /// The loudspeaker has the signal.
    pub speaker_audio_received: bool,
    /// Microphones that are ready.
    pub microphones_ready: usize,
    /// Microphones that record.
    pub recordings_started: usize,
    /// Microphones whose recording is there.
    pub recordings_uploaded: usize,
    /// What the loudspeaker named.
    pub audio_hash: Option<String>,
    /// Which try at this loudspeaker, from 1.
    pub attempt: u32,
    /// `REFERENCE_UNKNOWN`: the signal named by the loudspeaker was not made here.
    pub warnings: Vec<&'static str>,
    /// As the push `request_audio` had it: for the current loudspeaker, if it is the one who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_url: Option<String>,
    /// As the push `stop_recording` had it: for a microphone, if it is the one who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_endpoint: Option<String>,
}

impl Session {
    /// The session for people.
    pub fn status(&self) -> SessionView {
        SessionView {
            session_id: self.id,
            job_id: self.job_id,
            lobby_id: self.lobby_id,
            status: self.status,
            total_speakers: self.speakers.len(),
            completed_speakers: self.finished.len(),
            speakers: self.speaker_statuses(),
            microphones: self.microphone_statuses(),
            current_measurement: self.cycle.as_ref().map(|cycle| self.current(cycle)),
        }
    }

    /// The session for this actor.
    ///
    /// # Errors
    /// [`Rejection::NotAMember`] for a device that is neither in the lobby nor in the session.
    pub fn status_for(&self, actor: &Actor) -> Result<SessionView, Rejection> {
        let may = actor.is_member || actor.is_admin || self.lists(&actor.device_id);
        if !may {
            return Err(Rejection::NotAMember {
                device_id: actor.device_id.clone(),
            });
        }
        let mut session = self.clone();
        session.see(actor);
        let mut view = session.status();
        if let Some(current) = &mut view.current_measurement {
            let own = |client: &&Client| client.device_id == actor.device_id;
            let speaker = session.speakers.get(session.index).filter(own);
            let microphone = session.microphones.iter().find(own);
            current.audio_url = speaker.map(|client| session.audio_url(client));
            current.upload_endpoint = microphone.map(|client| session.upload_endpoint(client));
        }
        Ok(view)
    }

    fn speaker_statuses(&self) -> Vec<SpeakerStatus> {
        let numbered = self.speakers.iter().enumerate();
        numbered
            .map(|(index, client)| SpeakerStatus {
                speaker: client.into(),
                completed: index < self.finished.len(),
                owes: self.speaker_owes(index),
            })
            .collect()
    }

    fn microphone_statuses(&self) -> Vec<MicrophoneStatus> {
        let status = |(index, client): (usize, &Client)| MicrophoneStatus {
            device_id: client.device_id.clone(),
            slot_id: client.slot_id.clone(),
            slot_label: client.slot_label.clone(),
            owes: self.microphone_owes(index),
        };
        self.microphones.iter().enumerate().map(status).collect()
    }

    fn current(&self, cycle: &Cycle) -> CurrentMeasurement {
        let speaker = self.speakers.get(self.index);
        CurrentMeasurement {
            speaker_slot_id: speaker
                .map(|client| client.slot_id.clone())
                .unwrap_or_default(),
            phase: cycle.phase,
            speaker_ready: cycle.speaker_ready,
            speaker_audio_received: cycle.audio.is_some(),
            microphones_ready: cycle.ready_microphones(),
            recordings_started: cycle.recording_microphones(),
            recordings_uploaded: cycle.uploaded_microphones(),
            audio_hash: cycle.audio.as_ref().and_then(|audio| audio.hash.clone()),
            attempt: self.attempt,
            warnings: cycle.warnings(),
            audio_url: None,
            upload_endpoint: None,
        }
    }
}

impl Cycle {
    /// What is wrong with it without stopping it.
    pub(super) fn warnings(&self) -> Vec<&'static str> {
        let unknown = self
            .audio
            .as_ref()
            .is_some_and(|audio| audio.reference == Reference::Unknown);
        if unknown {
            vec![REFERENCE_UNKNOWN]
        } else {
            Vec::new()
        }
    }
}
