//! What must hold in every history, judged by commands, answers and pushes alone.
//!
//! The watch knows who is listed and keeps its own count of what happened. It never asks the session how it decided.

use std::collections::{BTreeMap, BTreeSet};

use contract::session::{Phase, PhaseUpdate, SessionStatus};
use lobby::session::{
    Action, Answer, Command, Outcome, Push, PushData, Rejection, Session, UploadedFile,
};

use super::cast::{ADMIN, Cast};

/// A reducer under test.
pub(crate) type Reducer<'a> = &'a dyn Fn(&Session, &Command) -> Result<Outcome, Rejection>;

/// What has happened in a session.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    cast: &'a Cast,
    /// Whether every accepted command is tried a second time at once.
    tries_again: bool,
    cancelled: bool,
    completed: Vec<String>,
    /// What microphones named for finished loudspeakers.
    finished_uploads: BTreeSet<(String, (String, String))>,
    /// Name and file of recordings that count for nothing any more.
    abandoned: BTreeSet<(String, String)>,
    /// Starts of the loudspeaker whose turn it is; 0 before the first.
    attempt: u32,
    place: usize,
    cycle: Cycle,
}

/// What has happened in one attempt.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that was seen"
)]
#[derive(Debug, Default)]
struct Cycle {
    phase: Option<Phase>,
    failed: bool,
    done: bool,
    ready: BTreeSet<String>,
    audio_asked: bool,
    record_told: bool,
    recording: BTreeSet<String>,
    play_told: bool,
    playing: bool,
    stopped: Vec<String>,
    uploads: BTreeMap<String, (String, String)>,
    /// Everything that was taken and from whom, also what was replaced.
    taken: BTreeSet<(String, (String, String))>,
}

/// Breaks off with a sentence.
fn demand(holds: bool, otherwise: &str) -> Result<(), String> {
    holds.then_some(()).ok_or_else(|| otherwise.to_owned())
}

impl<'a> Watch<'a> {
    pub(crate) fn new(cast: &'a Cast) -> Self {
        Self {
            cast,
            tries_again: true,
            cancelled: false,
            completed: Vec::new(),
            finished_uploads: BTreeSet::new(),
            abandoned: BTreeSet::new(),
            attempt: 0,
            place: 0,
            cycle: Cycle::default(),
        }
    }

    /// Does not try commands again: it sees repeats only where the history has them.
    pub(crate) fn without_trying_again(mut self) -> Self {
        self.tries_again = false;
        self
    }

    /// Lets the reducer take a command, and judges what came of it. Gives the next session.
    pub(crate) fn take(
        &mut self,
        reducer: Reducer<'_>,
        session: &Session,
        command: &Command,
    ) -> Result<Session, String> {
        let Ok(outcome) = reducer(session, command) else {
            return Ok(session.clone());
        };
        if outcome.is_repeat() {
            demand(outcome.next == *session, "a repeat changed the session")?;
        } else {
            demand(!outcome.events.is_empty(), "an effect is not in the log")?;
            demand(!self.cancelled, "a cancelled session moved")?;
            self.entitled(command)?;
            self.effect(command)?;
            if matches!(command.action, Action::Error { .. }) && self.cycle.done {
                demand(
                    outcome.next == *session && outcome.pushes.len() == 1,
                    "an error after the last recording did more than tell of itself",
                )?;
            }
            self.facts(command, &outcome)?;
        }
        for push in &outcome.pushes {
            self.push(push)?;
        }
        self.all_stopped(command, &outcome)?;
        self.status(&outcome.next)?;
        if self.tries_again {
            again(reducer, command, &outcome)?;
        }
        Ok(outcome.next)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.completed.len() == self.cast.speakers.len()
    }

    fn speaker(&self) -> (&str, &str) {
        let (device, slot) = &self.cast.speakers[self.place];
        (device, slot)
    }

    fn microphones(&self) -> BTreeSet<String> {
        self.cast
            .microphones
            .iter()
            .map(|(device, _)| device.clone())
            .collect()
    }

    fn entitled(&self, command: &Command) -> Result<(), String> {
        let device = &command.actor.device_id;
        let entitled = match command.action {
            Action::StartSpeaker | Action::Cancel { .. } | Action::BroadcastResults { .. } => {
                device == ADMIN
            }
            Action::SpeakerAudioReady { .. } | Action::PlaybackComplete => {
                device == self.speaker().0
            }
            Action::RecordingStarted | Action::RecordingUploaded { .. } => {
                self.microphones().contains(device)
            }
            Action::Ready | Action::Error { .. } => self.cast.devices().contains(device),
        };
        demand(entitled, "a device did what is not its own")
    }

    fn effect(&mut self, command: &Command) -> Result<(), String> {
        let device = command.actor.device_id.clone();
        let open = !self.cycle.failed && !self.cycle.done && self.attempt > 0;
        match &command.action {
            Action::StartSpeaker => return self.start(),
            Action::BroadcastResults { .. } => return Ok(()),
            Action::Cancel { .. } => {
                demand(!self.is_complete(), "a completed session was cancelled")?;
                self.cancelled = true;
                self.cycle.playing = false;
                return Ok(());
            }
            Action::Error { .. } => {
                demand(self.attempt > 0, "an error without a cycle")?;
                self.cycle.failed |= !self.cycle.done;
                self.cycle.playing = false;
                return Ok(());
            }
            Action::Ready => demand(
                self.cycle.ready.insert(device),
                "one device was ready twice",
            )?,
            Action::SpeakerAudioReady { .. } => {
                demand(self.cycle.audio_asked, "audio before it was asked for")?;
            }
            Action::RecordingStarted => {
                demand(self.cycle.record_told, "a recording before its command")?;
                demand(
                    self.cycle.recording.insert(device),
                    "one recording started twice",
                )?;
            }
            Action::PlaybackComplete => {
                demand(self.cycle.playing, "playback ended that did not run")?;
                self.cycle.playing = false;
            }
            Action::RecordingUploaded { upload_name, file } => {
                demand(*file != UploadedFile::Absent, "an upload without a file")?;
                self.upload(device, upload_name, &format!("{file:?}"))?;
            }
        }
        demand(open, "a step without a running cycle")
    }

    fn start(&mut self) -> Result<(), String> {
        let taken = std::mem::take(&mut self.cycle.taken);
        let mut left: BTreeSet<_> = taken.into_iter().map(|(_, upload)| upload).collect();
        if self.cycle.done {
            left.retain(|upload| !self.cycle.uploads.values().any(|kept| kept == upload));
        }
        self.abandoned.extend(left);
        if self.cycle.done {
            self.place += 1;
            self.attempt = 0;
        }
        demand(
            self.place < self.cast.speakers.len(),
            "a loudspeaker beyond the last was started",
        )?;
        self.attempt += 1;
        self.cycle = Cycle::default();
        Ok(())
    }

    fn upload(&mut self, device: String, name: &str, file: &str) -> Result<(), String> {
        demand(
            !self.cycle.stopped.is_empty(),
            "an upload before the recording was stopped",
        )?;
        let upload = (name.to_owned(), file.to_owned());
        let old = self
            .finished_uploads
            .contains(&(device.clone(), upload.clone()));
        demand(!old, "a recording of a finished loudspeaker counted again")?;
        demand(
            !self.abandoned.contains(&upload),
            "a recording that was given up counted for a later cycle",
        )?;
        demand(
            self.cycle.taken.insert((device.clone(), upload.clone())),
            "a recording counted twice, or came back after it was replaced",
        )?;
        let mut others = self
            .cycle
            .uploads
            .iter()
            .filter(|(other, _)| **other != device);
        demand(
            others.all(|(_, (taken, _))| taken != name),
            "two microphones share a recording",
        )?;
        let before = self.cycle.uploads.insert(device, upload.clone());
        demand(before != Some(upload), "one upload counted twice")
    }

    fn facts(&self, command: &Command, outcome: &Outcome) -> Result<(), String> {
        let Action::RecordingUploaded { upload_name, .. } = &command.action else {
            return demand(outcome.facts.is_empty(), "a fact without an upload");
        };
        let [fact] = outcome.facts.as_slice() else {
            return Err("an upload without its fact".to_owned());
        };
        let mut places = self.cast.microphones.iter();
        let mic = places.find(|(device, _)| *device == command.actor.device_id);
        let pair = (
            fact.pair.speaker_slot.as_str(),
            Some(fact.pair.mic_slot.as_str()),
            fact.pair.attempt,
        );
        let right = pair
            == (
                self.speaker().1,
                mic.map(|(_, slot)| slot.as_str()),
                self.attempt,
            );
        demand(
            right && fact.upload == *upload_name,
            "a fact about the wrong pair",
        )
    }

    fn push(&mut self, push: &Push) -> Result<(), String> {
        let to: BTreeSet<String> = push.to.iter().cloned().collect();
        demand(to.len() == push.to.len(), "a device got a push twice")?;
        if self.command_to_devices(push, &to)? {
            return Ok(());
        }
        let mut all: BTreeSet<String> = self.cast.devices().into_iter().collect();
        all.insert(ADMIN.to_owned());
        demand(to == all, "somebody was not told")?;
        self.news(&push.data)
    }

    /// What makes single devices act; false for everything else.
    fn command_to_devices(&mut self, push: &Push, to: &BTreeSet<String>) -> Result<bool, String> {
        let speaker = BTreeSet::from([self.speaker().0.to_owned()]);
        let microphones = self.microphones();
        let alive = !self.cycle.failed && !self.cycle.done;
        if let PushData::RequestAudio(_) = push.data {
            let all: BTreeSet<String> = microphones.union(&speaker).cloned().collect();
            demand(
                self.cycle.ready == all,
                "audio was asked for before all were ready",
            )?;
            let first = alive && !self.cycle.audio_asked;
            demand(first && *to == speaker, "audio was asked for wrongly")?;
            self.cycle.audio_asked = true;
        } else if let PushData::StartRecording(_) = push.data {
            let first = alive && self.cycle.audio_asked && !self.cycle.record_told;
            demand(
                first && *to == microphones,
                "recording was commanded wrongly",
            )?;
            self.cycle.record_told = true;
        } else if let PushData::StartPlayback(_) = push.data {
            let all = self.cycle.recording == microphones;
            demand(all, "playback before every microphone recorded")?;
            let first = alive && !self.cycle.play_told;
            demand(first && *to == speaker, "playback was commanded wrongly")?;
            (self.cycle.play_told, self.cycle.playing) = (true, true);
        } else if let PushData::StopRecording(_) = push.data {
            let played = self.cycle.play_told && !self.cycle.playing;
            demand(played, "recordings stopped without playback")?;
            self.cycle.stopped.extend(push.to.iter().cloned());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// What all are told.
    fn news(&mut self, data: &PushData) -> Result<(), String> {
        let uploaded: BTreeSet<String> = self.cycle.uploads.keys().cloned().collect();
        let whole = uploaded == self.microphones();
        if let PushData::SpeakerComplete(told) = data {
            demand(whole, "a microphone was lost")?;
            self.complete(&told.completed_speaker_slot_id)?;
            let remaining = self.cast.speakers.len() - self.completed.len();
            let right = told.remaining_speakers == remaining && remaining > 0;
            demand(right, "loudspeakers were miscounted")?;
        } else if let PushData::SessionComplete(told) = data {
            demand(whole, "a microphone was lost")?;
            let slot = self.speaker().1.to_owned();
            self.complete(&slot)?;
            demand(self.is_complete(), "the session ended early")?;
            demand(
                told.completed_speakers == self.completed,
                "completed loudspeakers differ",
            )?;
        } else if let PushData::StartMeasurement(told) = data {
            demand(self.cycle.phase.is_none(), "a cycle started in a cycle")?;
            let right = told.current_speaker_slot_id == self.speaker().1;
            demand(right, "the wrong loudspeaker started")?;
        } else if let PushData::PhaseUpdate(update) = data {
            self.phase(update, whole)?;
        }
        Ok(())
    }

    fn phase(&mut self, update: &PhaseUpdate, whole: bool) -> Result<(), String> {
        let late = usize::from(update.phase == Phase::Completed);
        let counted = update.current_speaker_index == self.place
            && update.total_speakers == self.cast.speakers.len()
            && update.completed_speakers == self.completed.len() + late;
        demand(counted, "a phase update with wrong counters")?;
        let over = matches!(update.phase, Phase::Processing | Phase::Completed);
        demand(
            whole || !over,
            "a phase beyond the uploads before all were there",
        )?;
        self.cycle.phase = Some(update.phase);
        Ok(())
    }

    fn complete(&mut self, slot: &str) -> Result<(), String> {
        demand(slot == self.speaker().1, "another loudspeaker completed")?;
        demand(
            !self.completed.iter().any(|done| done == slot),
            "a loudspeaker completed twice",
        )?;
        self.completed.push(slot.to_owned());
        self.finished_uploads.extend(self.cycle.uploads.clone());
        self.cycle.done = true;
        Ok(())
    }

    fn all_stopped(&self, command: &Command, outcome: &Outcome) -> Result<(), String> {
        if command.action != Action::PlaybackComplete || outcome.is_repeat() {
            return Ok(());
        }
        let stopped: BTreeSet<String> = self.cycle.stopped.iter().cloned().collect();
        let once = stopped.len() == self.cycle.stopped.len();
        demand(
            once && stopped == self.microphones(),
            "not every microphone was stopped once",
        )
    }

    fn status(&self, session: &Session) -> Result<(), String> {
        let view = session.status();
        let wanted = match (self.cancelled, self.attempt, self.is_complete()) {
            (true, ..) => SessionStatus::Cancelled,
            (false, 0, _) => SessionStatus::Created,
            (false, _, true) => SessionStatus::Completed,
            (false, _, false) => SessionStatus::Running,
        };
        demand(view.status == wanted, "the status contradicts the history")?;
        let done: Vec<String> = view
            .speakers
            .iter()
            .filter(|one| one.completed)
            .map(|one| one.speaker.slot_id.clone())
            .collect();
        let prefix = self
            .cast
            .speakers
            .iter()
            .take(done.len())
            .map(|(_, slot)| slot.clone());
        demand(
            done == self.completed && done.iter().cloned().eq(prefix),
            "completed is no prefix",
        )?;
        demand(
            view.completed_speakers == done.len(),
            "completed is miscounted",
        )?;
        let Some(current) = view.current_measurement else {
            return demand(self.attempt == 0, "the cycle is not in the status");
        };
        let mics = self.microphones();
        let seen = (
            current.microphones_ready,
            current.recordings_started,
            current.recordings_uploaded,
        );
        let ready = self.cycle.ready.intersection(&mics).count();
        demand(
            seen == (ready, self.cycle.recording.len(), self.cycle.uploads.len()),
            "devices are miscounted",
        )?;
        let phase = (self.cancelled && current.phase == Phase::Failed)
            || (!self.cancelled && Some(current.phase) == self.cycle.phase)
            || (!self.cancelled
                && current.phase == Phase::Processing
                && self.cycle.done
                && !self.is_complete());
        demand(phase, "the phase in the status was not pushed")?;
        let place = current.speaker_slot_id == self.speaker().1 && current.attempt == self.attempt;
        demand(place, "loudspeaker or attempt in the status are wrong")
    }
}

fn told_again(first: &Outcome, second: &Outcome) -> Result<(), String> {
    demand(second.pushes == first.pushes, "what is sent again differs")
}

/// Whether every recording of the cycle is there.
fn is_done(session: &Session) -> bool {
    ["processing", "completed"].contains(&session.stage().as_str())
}

/// What was accepted, comes again: the same answer, the same session, nothing else.
fn again(reducer: Reducer<'_>, command: &Command, first: &Outcome) -> Result<(), String> {
    let Ok(second) = reducer(&first.next, command) else {
        return Err("a repeat was refused".to_owned());
    };
    match (&command.action, &first.answer) {
        (Action::StartSpeaker, Answer::Started { .. }) => return Ok(()),
        (Action::BroadcastResults { .. }, _) => told_again(first, &second)?,
        (Action::Error { .. }, _) if is_done(&first.next) => told_again(first, &second)?,
        _ => demand(second.is_repeat(), "a repeat had an effect")?,
    }
    demand(second.next == first.next, "a repeat changed the session")?;
    demand(
        second.answer == first.answer,
        "a repeat was answered otherwise",
    )
}
