//! What devices are told: each push with its name, its data and the devices it goes to.

use contract::session::{
    AnalysisResults, DeviceError, Phase, PhaseUpdate, RequestAudio, SessionCancelled,
    SessionComplete, SpeakerComplete, StartMeasurement, StartPlayback, StartRecording,
    StopRecording,
};
use serde::Serialize;

use super::state::{Client, Session};

/// A message to some devices.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// What it says.
    pub data: PushData,
    /// Each device once: loudspeakers, microphones, the admin.
    pub to: Vec<String>,
}

/// What a push says. Serialised it is the `data` of the message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PushData {
    /// `measurement.start_measurement`.
    StartMeasurement(StartMeasurement),
    /// `measurement.phase_update`.
    PhaseUpdate(PhaseUpdate),
    /// `measurement.request_audio`.
    RequestAudio(RequestAudio),
    /// `measurement.start_recording`.
    StartRecording(StartRecording),
    /// `measurement.start_playback`.
    StartPlayback(StartPlayback),
    /// `measurement.stop_recording`.
    StopRecording(StopRecording),
    /// `measurement.speaker_complete`.
    SpeakerComplete(SpeakerComplete),
    /// `measurement.session_complete`.
    SessionComplete(SessionComplete),
    /// `measurement.analysis_results`.
    AnalysisResults(AnalysisResults),
    /// `measurement.session_cancelled`.
    SessionCancelled(SessionCancelled),
    /// `measurement.error`.
    Error(DeviceError),
}

impl Push {
    /// Its name on the socket.
    pub const fn event(&self) -> &'static str {
        match self.data {
            PushData::StartMeasurement(_) => "measurement.start_measurement",
            PushData::PhaseUpdate(_) => "measurement.phase_update",
            PushData::RequestAudio(_) => "measurement.request_audio",
            PushData::StartRecording(_) => "measurement.start_recording",
            PushData::StartPlayback(_) => "measurement.start_playback",
            PushData::StopRecording(_) => "measurement.stop_recording",
            PushData::SpeakerComplete(_) => "measurement.speaker_complete",
            PushData::SessionComplete(_) => "measurement.session_complete",
            PushData::AnalysisResults(_) => "measurement.analysis_results",
            PushData::SessionCancelled(_) => "measurement.session_cancelled",
            PushData::Error(_) => "measurement.error",
        }
    }
}

impl Session {
    /// A message to all: loudspeakers, microphones, the admin.
    pub(super) fn to_all(&self, data: PushData) -> Push {
        Push {
            data,
            to: self.everybody(),
        }
    }

    /// A message to every microphone.
    pub(super) fn to_microphones(&self, data: PushData) -> Push {
        let to = self
            .microphones
            .iter()
            .map(|client| client.device_id.clone());
        Push {
            data,
            to: to.collect(),
        }
    }

    /// The phase, to all, with the counters as they are in this session.
    pub(super) fn phase_push(&self, phase: Phase) -> Push {
        self.to_all(PushData::PhaseUpdate(self.phase_update(phase)))
    }

    /// The phase `starting_recording` while not all microphones record.
    pub(super) fn partial_recording_push(&self) -> Option<Push> {
        let started = self.cycle.as_ref()?.recording_microphones();
        Some(self.to_all(PushData::PhaseUpdate(PhaseUpdate {
            recordings_started: Some(started),
            total_microphones: Some(self.microphones.len()),
            ..self.phase_update(Phase::StartingRecording)
        })))
    }

    /// Where to fetch the signal, to the loudspeaker.
    pub(super) fn request_audio(&self, speaker: &Client) -> Push {
        let data = RequestAudio {
            session_id: self.id,
            audio_url: self.audio_url(speaker),
        };
        Push {
            data: PushData::RequestAudio(data),
            to: vec![speaker.device_id.clone()],
        }
    }

    /// Where to upload, to the microphones: one push for those that have one address.
    pub(super) fn stop_recording(&self, speaker: &Client) -> Vec<Push> {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for microphone in &self.microphones {
            let endpoint = self.upload_endpoint(microphone);
            let device = microphone.device_id.clone();
            match groups.iter_mut().find(|(other, _)| *other == endpoint) {
                Some((_, devices)) => devices.push(device),
                None => groups.push((endpoint, vec![device])),
            }
        }
        let push = |(upload_endpoint, to)| {
            let data = StopRecording {
                session_id: self.id,
                job_id: self.job_id.to_string(),
                speaker_slot_id: speaker.slot_id.clone(),
                upload_endpoint,
            };
            Push {
                data: PushData::StopRecording(data),
                to,
            }
        };
        groups.into_iter().map(push).collect()
    }

    fn phase_update(&self, phase: Phase) -> PhaseUpdate {
        PhaseUpdate {
            session_id: self.id,
            job_id: self.job_id.to_string(),
            phase,
            phase_description: phase.description().to_owned(),
            current_speaker_index: self.index,
            total_speakers: self.speakers.len(),
            completed_speakers: self.finished.len(),
            recordings_started: None,
            total_microphones: None,
        }
    }
}
