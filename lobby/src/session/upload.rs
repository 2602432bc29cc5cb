//! `recording_uploaded`: a microphone names its recording; after the last one the loudspeaker is done.

use contract::session::{PairKey, Phase, SessionComplete, SessionStatus, SpeakerComplete};
use jiff::Timestamp;
use serde_json::json;

use super::answer::Answer;
use super::apply::{Step, Timing, Who};
use super::command::{Actor, UploadedFile};
use super::outcome::{Fact, Outcome};
use super::push::{Push, PushData};
use super::rejection::Rejection;
use super::state::{Cycle, Finished, Session, Stage, Upload};

pub(super) const RECORDING_UPLOADED: Step = Step {
    event: "measurement.recording_uploaded",
    who: Who::Microphone {
        signal: "recording uploaded",
    },
    due: &[Stage::Cycle(Phase::Uploading)],
};

impl Session {
    /// Takes the recording of one microphone. What it named for a finished loudspeaker is answered as the first time,
    /// wherever the session stands now; another name in `uploading` replaces the first, which is not taken again:
    /// networks deliver late, and twice.
    pub(super) fn recording_uploaded(
        self,
        actor: &Actor,
        name: &str,
        file: &UploadedFile,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        if let Some(answer) = self.answered_before(actor, name, file) {
            return Ok(Outcome::quiet(self, answer));
        }
        self.takes_recording(actor, name)?;
        let sha256 = self.found(name, file)?;
        self.is_of_this_attempt(name, file)?;
        let (before, _) = self.active()?;
        let mut cycle = before.clone();
        let own = self.microphone_index(&actor.device_id);
        if let Some(index) = own {
            let name = name.to_owned();
            let upload = Upload {
                name,
                sha256,
                received: 0,
            };
            cycle.name(index, upload);
        }
        let received = cycle.uploaded_microphones();
        let mine = own.and_then(|index| cycle.microphones.get_mut(index));
        if let Some(upload) = mine.and_then(|microphone| microphone.upload.as_mut()) {
            upload.received = received;
        }
        self.taken(actor, name, cycle, now)
    }

    /// Refuses `recording_uploaded` where what lies under the name cannot matter, so that nobody need be asked for it.
    ///
    /// # Errors
    /// A [`Rejection`], as [`Session::apply`] would give it.
    pub fn may_upload(&self, actor: &Actor, name: &str) -> Result<(), Rejection> {
        self.admit_listed(actor)?;
        let own = self.microphone_index(&actor.device_id);
        let named = |finished: &Finished| {
            let upload = own.and_then(|own| finished.uploads.get(own));
            upload.is_some_and(|upload| upload.name == name)
        };
        let mut replaced = own.into_iter().flat_map(|own| self.replaced_by(own));
        if self.finished.iter().any(named) || replaced.any(|upload| upload.name == name) {
            return Ok(());
        }
        self.takes_recording(actor, name)
    }

    /// Whether the cycle waits for recordings, and this name is nobody else's.
    fn takes_recording(&self, actor: &Actor, name: &str) -> Result<(), Rejection> {
        if self.timing(actor, &RECORDING_UPLOADED)? == Timing::Due {
            return self.name_is_free(actor, name);
        }
        Err(Rejection::WrongPhase {
            event: RECORDING_UPLOADED.event,
            seen: self.stage(),
            allowed: RECORDING_UPLOADED.due,
        })
    }

    /// The answer to what this microphone named before, in this cycle or in a finished one.
    fn answered_before(&self, actor: &Actor, name: &str, file: &UploadedFile) -> Option<Answer> {
        let own = self.microphone_index(&actor.device_id)?;
        for (speaker, finished) in self.finished.iter().enumerate().rev() {
            let upload = finished
                .uploads
                .get(own)
                .filter(|upload| upload.is(name, file));
            if let Some(upload) = upload {
                return Some(self.answer_for(speaker, upload, finished));
            }
        }
        let cycle = self.cycle.as_ref()?;
        let uploading = self.stage() == Stage::Cycle(Phase::Uploading);
        let named = cycle.microphones.get(own)?.upload.as_ref();
        let mut counted = named
            .filter(|_| uploading)
            .into_iter()
            .chain(self.replaced_by(own));
        counted
            .find(|upload| upload.is(name, file))
            .map(|upload| self.waiting_uploads(upload.received))
    }

    /// Two microphones cannot have one recording, whichever loudspeaker played.
    fn name_is_free(&self, actor: &Actor, name: &str) -> Result<(), Rejection> {
        let (cycle, speaker) = self.active()?;
        let now = cycle
            .microphones
            .iter()
            .map(|microphone| microphone.upload.as_ref());
        let now = now
            .enumerate()
            .map(|(index, upload)| (index, upload, &speaker.slot_id));
        let before = self.finished.iter().flat_map(|finished| {
            let uploads = finished.uploads.iter().enumerate();
            uploads.map(|(index, upload)| (index, Some(upload), &finished.speaker_slot))
        });
        let holder = now.chain(before).find_map(|(index, upload, speaker_slot)| {
            let microphone = self.microphones.get(index)?;
            let other = upload?.name == name && microphone.device_id != actor.device_id;
            other.then(|| (microphone.slot_id.clone(), speaker_slot.clone()))
        });
        holder.map_or(Ok(()), |(mic_slot, speaker_slot)| {
            Err(Rejection::NameTaken {
                upload_name: name.to_owned(),
                mic_slot,
                speaker_slot,
            })
        })
    }

    fn found(&self, name: &str, file: &UploadedFile) -> Result<Option<String>, Rejection> {
        match file {
            UploadedFile::Present { sha256 } => Ok(sha256.clone()),
            UploadedFile::Absent => Err(Rejection::UploadNotFound {
                upload_name: name.to_owned(),
                job_id: self.job_id.to_string(),
            }),
        }
    }

    /// The recording is taken; the last one ends the cycle.
    fn taken(
        &self,
        actor: &Actor,
        name: &str,
        cycle: Cycle,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        let own = self.microphone_index(&actor.device_id);
        let upload = own.and_then(|index| cycle.microphones.get(index)?.upload.as_ref());
        let sha256 = upload.and_then(|upload| upload.sha256.clone());
        let fact = self.fact(actor, name, sha256)?;
        let mut line = self.line(actor);
        line["mic_slot_id"] = fact.pair.mic_slot.as_str().into();
        line["upload_name"] = name.into();
        let received = cycle.uploaded_microphones();
        let mut outcome = if received < cycle.microphones.len() {
            let answer = self.waiting_uploads(received);
            Outcome::quiet(self.with(cycle), answer).log("session_recording_uploaded", line)
        } else {
            self.speaker_done(cycle, line, now)?
        };
        outcome.facts.push(fact);
        Ok(outcome)
    }

    /// The loudspeaker is done: `processing` with the counters as they were, then what follows.
    fn speaker_done(
        &self,
        mut cycle: Cycle,
        line: serde_json::Value,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        let (_, speaker) = self.active()?;
        let finished = Finished {
            speaker_slot: speaker.slot_id.clone(),
            attempt: self.attempt,
            audio: cycle.audio.clone(),
            uploads: cycle
                .microphones
                .iter()
                .filter_map(|one| one.upload.clone())
                .collect(),
            finished_at: now,
        };
        let processing = self.phase_push(Phase::Processing);
        let last = self.index.saturating_add(1) >= self.speakers.len();
        cycle.enter(
            if last {
                Phase::Completed
            } else {
                Phase::Processing
            },
            now,
        );
        let mut next = self.with(cycle);
        let answer = next.done_answer(self.index, &finished);
        let done = json!({
            "session_id": self.id, "speaker_slot_id": speaker.slot_id, "attempt": self.attempt,
        });
        next.finished.push(finished);
        if last {
            next.status = SessionStatus::Completed;
        }
        let pushes = if last {
            next.session_done_pushes()
        } else {
            next.speaker_done_pushes(&speaker.slot_id)
        };
        let outcome = Outcome::quiet(next, answer)
            .log("session_recording_uploaded", line)
            .log("session_speaker_completed", done)
            .push([processing])
            .push(pushes);
        let whole = json!({ "session_id": self.id, "job_id": self.job_id });
        Ok(if last {
            outcome.log("session_completed", whole)
        } else {
            outcome
        })
    }

    fn speaker_done_pushes(&self, slot: &str) -> Vec<Push> {
        vec![self.to_all(PushData::SpeakerComplete(SpeakerComplete {
            session_id: self.id,
            completed_speaker_slot_id: slot.to_owned(),
            remaining_speakers: self.speakers.len().saturating_sub(self.finished.len()),
        }))]
    }

    fn session_done_pushes(&self) -> Vec<Push> {
        let last = self.finished.last();
        let complete = PushData::SessionComplete(SessionComplete {
            session_id: self.id,
            job_id: self.job_id.to_string(),
            completed_speakers: self.completed_slots(),
            audio_hash: last.and_then(Finished::audio_hash),
        });
        vec![self.phase_push(Phase::Completed), self.to_all(complete)]
    }

    /// What a microphone is told about a recording of a finished cycle: the same at every repeat.
    fn answer_for(&self, speaker: usize, upload: &Upload, finished: &Finished) -> Answer {
        if upload.received < finished.uploads.len() {
            self.waiting_uploads(upload.received)
        } else {
            self.done_answer(speaker, finished)
        }
    }

    /// To the last recording of the loudspeaker with this index.
    fn done_answer(&self, speaker: usize, finished: &Finished) -> Answer {
        let done = speaker.saturating_add(1);
        let remaining_speakers = self.speakers.len().saturating_sub(done);
        if remaining_speakers > 0 {
            return Answer::SpeakerDone {
                session_id: self.id,
                status: "speaker_measurement_complete",
                completed_speaker: finished.speaker_slot.clone(),
                next_speaker_available: true,
                remaining_speakers,
            };
        }
        Answer::SessionDone {
            session_id: self.id,
            status: "session_complete",
            completed_speakers: self
                .speakers
                .iter()
                .map(|client| client.slot_id.clone())
                .collect(),
            audio_hash: finished.audio_hash(),
        }
    }

    fn waiting_uploads(&self, received: usize) -> Answer {
        Answer::WaitingUploads {
            session_id: self.id,
            status: "waiting_uploads",
            uploads_received: format!("{received}/{}", self.microphones.len()),
        }
    }

    fn fact(&self, actor: &Actor, name: &str, sha256: Option<String>) -> Result<Fact, Rejection> {
        let (cycle, speaker) = self.active()?;
        let own = self
            .microphone_index(&actor.device_id)
            .and_then(|index| self.microphones.get(index));
        let microphone = own.ok_or_else(|| Rejection::NotAMicrophone {
            signal: "recording uploaded",
            device_id: actor.device_id.clone(),
        })?;
        let pair = PairKey {
            session_id: self.id,
            attempt: self.attempt,
            speaker_slot: speaker.slot_id.clone(),
            mic_slot: microphone.slot_id.clone(),
        };
        Ok(Fact {
            pair,
            job: self.job_id,
            upload: name.to_owned(),
            sha256,
            audio_hash: cycle.audio.as_ref().and_then(|audio| audio.hash.clone()),
            announced: self.announced,
        })
    }
}

impl Upload {
    /// Whether a microphone that names this means this: the same name and, where both are known, the same bytes.
    pub(super) fn is(&self, name: &str, file: &UploadedFile) -> bool {
        let other = match (&self.sha256, file) {
            (Some(stored), UploadedFile::Present { sha256: Some(seen) }) => stored != seen,
            (None, _) | (_, UploadedFile::Absent | UploadedFile::Present { sha256: None }) => false,
        };
        self.name == name && !other
    }
}

impl Finished {
    fn audio_hash(&self) -> Option<String> {
        self.audio.as_ref().and_then(|audio| audio.hash.clone())
    }
}
