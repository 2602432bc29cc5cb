//! What the session waits for: the event that each device has to send next. A device that lost its socket, and with it
//! a push, goes on from here.

use contract::session::Phase;

use super::state::{Session, Stage};
use super::steps::{AUDIO_READY, PLAYBACK_COMPLETE, READY, RECORDING_STARTED};
use super::upload::RECORDING_UPLOADED;

impl Session {
    /// What the loudspeaker with this index has to send; nothing unless it is the current one.
    pub(super) fn speaker_owes(&self, index: usize) -> Option<&'static str> {
        let cycle = self.cycle.as_ref().filter(|_| index == self.index)?;
        match self.stage() {
            Stage::Cycle(Phase::NotifyingClients) if !cycle.speaker_ready => Some(READY.event),
            Stage::Cycle(Phase::SpeakerDownloading) => Some(AUDIO_READY.event),
            Stage::Cycle(Phase::Playing) => Some(PLAYBACK_COMPLETE.event),
            Stage::Cycle(_) | Stage::Created | Stage::Cancelled => None,
        }
    }

    /// What the microphone with this index has to send.
    pub(super) fn microphone_owes(&self, index: usize) -> Option<&'static str> {
        let microphone = self.cycle.as_ref()?.microphones.get(index)?;
        match self.stage() {
            Stage::Cycle(Phase::NotifyingClients) if !microphone.ready => Some(READY.event),
            Stage::Cycle(Phase::StartingRecording) if !microphone.recording => {
                Some(RECORDING_STARTED.event)
            }
            Stage::Cycle(Phase::Uploading) if microphone.upload.is_none() => {
                Some(RECORDING_UPLOADED.event)
            }
            Stage::Cycle(_) | Stage::Created | Stage::Cancelled => None,
        }
    }
}
