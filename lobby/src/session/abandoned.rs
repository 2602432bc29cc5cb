//! What a cycle leaves behind that is nobody's recording: the next one must not take it for its own.

use contract::session::Phase;

use super::command::UploadedFile;
use super::rejection::Rejection;
use super::state::{Abandoned, Cycle, Replaced, Session, Stage, Upload};

/// Recordings remembered as given up, of a session and of a cycle; beyond it the oldest are forgotten.
pub(super) const MOST_REMEMBERED: usize = 512;

impl Session {
    /// Remembers the recordings that the cycle leaves behind: of one that is not done all, of a finished one those that
    /// were replaced.
    pub(super) fn leave_behind(&mut self) {
        let (Some(cycle), Some(speaker)) = (&self.cycle, self.speakers.get(self.index)) else {
            return;
        };
        let done = self.stage() == Stage::Cycle(Phase::Processing);
        let replaced = cycle
            .replaced
            .iter()
            .map(|one| (one.microphone, &one.upload));
        let named = cycle.microphones.iter().enumerate();
        let named = named.filter_map(|(index, one)| Some((index, one.upload.as_ref()?)));
        let left = replaced.chain(named.filter(|_| !done));
        let left = left.filter_map(|(index, upload)| {
            Some(Abandoned {
                speaker_slot: speaker.slot_id.clone(),
                attempt: self.attempt,
                mic_slot: self.microphones.get(index)?.slot_id.clone(),
                upload: upload.clone(),
            })
        });
        let left: Vec<Abandoned> = left.collect();
        self.abandoned.extend(left);
        forget_the_oldest(&mut self.abandoned);
    }

    /// What this microphone named in the cycle that waits for recordings, or was the last to be done, and replaced with
    /// another one; the last one first.
    pub(super) fn replaced_by(&self, own: usize) -> impl Iterator<Item = &Upload> {
        let taken = matches!(
            self.stage(),
            Stage::Cycle(Phase::Uploading | Phase::Processing | Phase::Completed)
        );
        let cycle = self.cycle.as_ref().filter(|_| taken);
        let replaced = cycle
            .into_iter()
            .flat_map(|cycle| cycle.replaced.iter().rev());
        replaced
            .filter(move |one| one.microphone == own)
            .map(|one| &one.upload)
    }

    /// Refuses what was recorded in an attempt that was given up, whoever names it.
    pub(super) fn is_of_this_attempt(
        &self,
        name: &str,
        file: &UploadedFile,
    ) -> Result<(), Rejection> {
        let given_up = |one: &&Abandoned| one.upload.is(name, file);
        self.abandoned
            .iter()
            .rev()
            .find(given_up)
            .map_or(Ok(()), |one| {
                Err(Rejection::AbandonedRecording {
                    upload_name: name.to_owned(),
                    mic_slot: one.mic_slot.clone(),
                    speaker_slot: one.speaker_slot.clone(),
                    attempt: one.attempt,
                })
            })
    }
}

impl Cycle {
    /// The microphone names a recording; the one that it named before is remembered.
    pub(super) fn name(&mut self, index: usize, upload: Upload) {
        let Some(microphone) = self.microphones.get_mut(index) else {
            return;
        };
        if let Some(before) = microphone.upload.replace(upload) {
            self.replaced.push(Replaced {
                microphone: index,
                upload: before,
            });
            forget_the_oldest(&mut self.replaced);
        }
    }
}

fn forget_the_oldest<T>(remembered: &mut Vec<T>) {
    let excess = remembered.len().saturating_sub(MOST_REMEMBERED);
    remembered.drain(..excess);
}
