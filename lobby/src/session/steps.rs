//! The steps of one cycle that devices make up to the end of playback: ready, audio there, recording, played.

use contract::session::{Phase, StartPlayback, StartRecording};
use jiff::Timestamp;

use super::answer::Answer;
use super::apply::{Step, Timing, Who};
use super::command::{Actor, Reference};
use super::outcome::Outcome;
use super::push::{Push, PushData};
use super::rejection::Rejection;
use super::state::{Audio, Cycle, Session, Stage};

pub(super) const READY: Step = Step {
    event: "measurement.ready",
    who: Who::Listed,
    due: &[Stage::Cycle(Phase::NotifyingClients)],
};
pub(super) const AUDIO_READY: Step = Step {
    event: "measurement.speaker_audio_ready",
    who: Who::CurrentSpeaker {
        signal: "audio ready",
    },
    due: &[Stage::Cycle(Phase::SpeakerDownloading)],
};
pub(super) const RECORDING_STARTED: Step = Step {
    event: "measurement.recording_started",
    who: Who::Microphone {
        signal: "recording started",
    },
    due: &[Stage::Cycle(Phase::StartingRecording)],
};
pub(super) const PLAYBACK_COMPLETE: Step = Step {
    event: "measurement.playback_complete",
    who: Who::CurrentSpeaker {
        signal: "playback complete",
    },
    due: &[Stage::Cycle(Phase::Playing)],
};

impl Session {
    /// A device is ready, in all of its roles at once. A loudspeaker whose turn it is not changes nothing.
    pub(super) fn ready(self, actor: &Actor, now: Timestamp) -> Result<Outcome, Rejection> {
        if self.timing(actor, &READY)? == Timing::Over {
            let answer = self.all_ready();
            return Ok(Outcome::quiet(self, answer));
        }
        let (before, speaker) = self.active()?;
        let mut cycle = before.clone();
        cycle.speaker_ready |= speaker.device_id == actor.device_id;
        let own = self.microphone_index(&actor.device_id);
        if let Some(microphone) = own.and_then(|index| cycle.microphones.get_mut(index)) {
            microphone.ready = true;
        }
        if cycle == *before {
            let answer = self.waiting(before);
            return Ok(Outcome::quiet(self, answer));
        }
        let line = self.line(actor);
        if !(cycle.speaker_ready && cycle.ready_microphones() == cycle.microphones.len()) {
            let answer = self.waiting(&cycle);
            return Ok(Outcome::quiet(self.with(cycle), answer).log("session_device_ready", line));
        }
        cycle.enter(Phase::SpeakerDownloading, now);
        let next = self.with(cycle);
        let pushes = [
            next.phase_push(Phase::SpeakerDownloading),
            next.request_audio(speaker),
        ];
        let answer = next.all_ready();
        Ok(Outcome::quiet(next, answer)
            .log("session_device_ready", line)
            .push(pushes))
    }

    /// The loudspeaker has the signal: microphones are told to record.
    pub(super) fn speaker_audio_ready(
        self,
        actor: &Actor,
        audio_hash: Option<&str>,
        reference: Reference,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        if self.timing(actor, &AUDIO_READY)? == Timing::Over {
            return self.audio_ready_again(audio_hash);
        }
        let (before, speaker) = self.active()?;
        let mut cycle = before.clone();
        let hash = audio_hash.map(str::to_owned);
        cycle.audio = Some(Audio {
            hash: hash.clone(),
            reference,
        });
        cycle.enter(Phase::StartingRecording, now);
        let mut line = self.line(actor);
        line["audio_hash"] = audio_hash.into();
        line["warnings"] = cycle.warnings().into();
        let record = PushData::StartRecording(StartRecording {
            session_id: self.id,
            speaker_slot_id: speaker.slot_id.clone(),
            expected_duration_seconds: self.expected_duration_s,
        });
        let next = self.with(cycle);
        let phases = [
            next.phase_push(Phase::SpeakerReady),
            next.phase_push(Phase::StartingRecording),
        ];
        let record = next.to_microphones(record);
        let answer = next.recording_commanded(hash);
        Ok(Outcome::quiet(next, answer)
            .log("session_audio_ready", line)
            .push(phases)
            .push([record]))
    }

    /// Refuses `speaker_audio_ready` where it would be refused whatever is known of the hash; false for a repeat, which
    /// asks for nothing.
    ///
    /// # Errors
    /// A [`Rejection`], as [`Session::apply`] would give it.
    pub fn may_name_signal(&self, actor: &Actor) -> Result<bool, Rejection> {
        self.admit_listed(actor)?;
        Ok(self.timing(actor, &AUDIO_READY)? == Timing::Due)
    }

    /// A microphone records; after the last one the loudspeaker plays.
    pub(super) fn recording_started(
        self,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        if self.timing(actor, &RECORDING_STARTED)? == Timing::Over {
            let answer = self.all_recording();
            return Ok(Outcome::quiet(self, answer));
        }
        let (before, speaker) = self.active()?;
        let mut cycle = before.clone();
        let own = self.microphone_index(&actor.device_id);
        if let Some(microphone) = own.and_then(|index| cycle.microphones.get_mut(index)) {
            microphone.recording = true;
        }
        if cycle == *before {
            let answer = self.waiting_recordings(before);
            return Ok(Outcome::quiet(self, answer));
        }
        let line = self.line(actor);
        if cycle.recording_microphones() < cycle.microphones.len() {
            let answer = self.waiting_recordings(&cycle);
            let next = self.with(cycle);
            let push = next.partial_recording_push();
            return Ok(Outcome::quiet(next, answer)
                .log("session_recording_started", line)
                .push(push));
        }
        cycle.enter(Phase::Playing, now);
        let next = self.with(cycle);
        let play = PushData::StartPlayback(StartPlayback {
            session_id: next.id,
        });
        let play = Push {
            data: play,
            to: vec![speaker.device_id.clone()],
        };
        let pushes = [next.phase_push(Phase::Playing), play];
        let answer = next.all_recording();
        Ok(Outcome::quiet(next, answer)
            .log("session_recording_started", line)
            .push(pushes))
    }

    /// The signal has been played: microphones stop and upload.
    pub(super) fn playback_complete(
        self,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        let timing = self.timing(actor, &PLAYBACK_COMPLETE)?;
        let answer = Answer::commanded(self.id, "playback_complete", "commanding_upload");
        if timing == Timing::Over {
            return Ok(Outcome::quiet(self, answer));
        }
        let (before, speaker) = self.active()?;
        let mut cycle = before.clone();
        cycle.enter(Phase::Uploading, now);
        let line = self.line(actor);
        let next = self.with(cycle);
        let phases = [
            next.phase_push(Phase::PlaybackComplete),
            next.phase_push(Phase::Uploading),
        ];
        let stops = next.stop_recording(speaker);
        Ok(Outcome::quiet(next, answer)
            .log("session_playback_complete", line)
            .push(phases)
            .push(stops))
    }

    /// A repeat names the same signal or none.
    fn audio_ready_again(self, named: Option<&str>) -> Result<Outcome, Rejection> {
        let (cycle, _) = self.active()?;
        let stored = cycle.audio.as_ref().and_then(|audio| audio.hash.clone());
        if named.is_some() && named != stored.as_deref() {
            return Err(Rejection::OtherAudio {
                stored,
                named: named.map(str::to_owned),
            });
        }
        let answer = self.recording_commanded(stored);
        Ok(Outcome::quiet(self, answer))
    }

    fn all_ready(&self) -> Answer {
        Answer::commanded(self.id, "all_ready", "requesting_audio_from_speaker")
    }

    fn all_recording(&self) -> Answer {
        Answer::commanded(self.id, "all_recording", "playback_commanded")
    }

    fn waiting(&self, cycle: &Cycle) -> Answer {
        Answer::Waiting {
            session_id: self.id,
            status: "waiting",
            speaker_ready: cycle.speaker_ready,
            microphones_ready: format!("{}/{}", cycle.ready_microphones(), cycle.microphones.len()),
        }
    }

    fn waiting_recordings(&self, cycle: &Cycle) -> Answer {
        let (started, total) = (cycle.recording_microphones(), cycle.microphones.len());
        Answer::WaitingRecordings {
            session_id: self.id,
            status: "waiting_recordings",
            recordings_started: format!("{started}/{total}"),
        }
    }

    fn recording_commanded(&self, audio_hash: Option<String>) -> Answer {
        let status = "commanding_recording_start";
        Answer::RecordingCommanded {
            session_id: self.id,
            status,
            audio_hash,
        }
    }
}
