//! One command against a session: who may, in which phase, and which step takes it.

use contract::session::Phase;
use jiff::Timestamp;

use super::command::{Action, Actor, Command};
use super::outcome::Outcome;
use super::rejection::Rejection;
use super::state::{Client, Cycle, Session, Stage};

/// Whether the step of a command is due or has been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timing {
    /// The cycle stands where this step belongs.
    Due,
    /// The cycle is beyond it: the command is a repeat.
    Over,
}

/// A step of a cycle: its event, whose it is, and the phase in which it is due.
pub(super) struct Step {
    pub(super) event: &'static str,
    pub(super) who: Who,
    pub(super) due: &'static [Stage; 1],
}

/// Whose step it is; the signal is its name in refusals.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Listed,
    CurrentSpeaker { signal: &'static str },
    Microphone { signal: &'static str },
}

impl Session {
    /// Takes one command. A rejection changes nothing.
    ///
    /// # Errors
    /// A [`Rejection`], checked in this order: may this device do it, is a cycle there, has the device the right role
    /// in it, does the phase fit, do the command's own values fit.
    pub fn apply(&self, command: &Command, now: Timestamp) -> Result<Outcome, Rejection> {
        let Command { actor, action } = command;
        self.admit(actor, action)?;
        let mut session = self.clone();
        session.see(actor);
        match action {
            Action::StartSpeaker => session.start_speaker(now),
            Action::Ready => session.ready(actor, now),
            Action::SpeakerAudioReady {
                audio_hash,
                reference,
            } => session.speaker_audio_ready(actor, audio_hash.as_deref(), *reference, now),
            Action::RecordingStarted => session.recording_started(actor, now),
            Action::PlaybackComplete => session.playback_complete(actor, now),
            Action::RecordingUploaded { upload_name, file } => {
                session.recording_uploaded(actor, upload_name, file, now)
            }
            Action::Error { message, code } => {
                session.device_error(actor, message, code.as_deref(), now)
            }
            Action::Cancel { reason } => session.cancel(reason, now),
            Action::BroadcastResults { job_id, results } => {
                session.broadcast_results(job_id, results)
            }
        }
    }

    /// The admin conducts, listed devices take part.
    fn admit(&self, actor: &Actor, action: &Action) -> Result<(), Rejection> {
        match action {
            Action::StartSpeaker | Action::Cancel { .. } | Action::BroadcastResults { .. } => actor
                .is_admin
                .then_some(())
                .ok_or_else(|| Rejection::NotAdmin {
                    device_id: actor.device_id.clone(),
                }),
            Action::Ready
            | Action::SpeakerAudioReady { .. }
            | Action::RecordingStarted
            | Action::PlaybackComplete
            | Action::RecordingUploaded { .. }
            | Action::Error { .. } => self.admit_listed(actor),
        }
    }

    /// Listed devices alone.
    pub(super) fn admit_listed(&self, actor: &Actor) -> Result<(), Rejection> {
        let device_id = actor.device_id.clone();
        let listed = self.lists(&device_id);
        listed
            .then_some(())
            .ok_or(Rejection::NotListed { device_id })
    }

    /// Whether a step is due or over; a cancelled session and a failed cycle take none.
    pub(super) fn timing(&self, actor: &Actor, step: &Step) -> Result<Timing, Rejection> {
        let seen = self.stage();
        let wrong = Rejection::WrongPhase {
            event: step.event,
            seen,
            allowed: step.due,
        };
        let (phase, [due]) = match seen {
            Stage::Created => return Err(Rejection::NoActiveMeasurement),
            Stage::Cancelled => return Err(wrong),
            Stage::Cycle(phase) => (phase, *step.due),
        };
        self.plays_its_part(actor, step.who)?;
        if seen == due {
            Ok(Timing::Due)
        } else if seen > due && phase != Phase::Failed {
            Ok(Timing::Over)
        } else {
            Err(wrong)
        }
    }

    /// The cycle with its loudspeaker.
    pub(super) fn active(&self) -> Result<(&Cycle, &Client), Rejection> {
        let cycle = self.cycle.as_ref().ok_or(Rejection::NoActiveMeasurement)?;
        let speaker = self
            .speakers
            .get(self.index)
            .ok_or(Rejection::NoActiveMeasurement)?;
        Ok((cycle, speaker))
    }

    /// Whether the actor has the role that a step belongs to.
    fn plays_its_part(&self, actor: &Actor, who: Who) -> Result<(), Rejection> {
        let (_, speaker) = self.active()?;
        let device_id = actor.device_id.clone();
        match who {
            Who::CurrentSpeaker { signal } if speaker.device_id != device_id => {
                let current_slot_id = speaker.slot_id.clone();
                Err(Rejection::NotCurrentSpeaker {
                    signal,
                    device_id,
                    current_slot_id,
                })
            }
            Who::Microphone { signal } if self.microphone_index(&device_id).is_none() => {
                Err(Rejection::NotAMicrophone { signal, device_id })
            }
            Who::Listed | Who::CurrentSpeaker { .. } | Who::Microphone { .. } => Ok(()),
        }
    }

    /// The same session with another cycle.
    pub(super) fn with(&self, cycle: Cycle) -> Self {
        Self {
            cycle: Some(cycle),
            ..self.clone()
        }
    }
}

impl Cycle {
    /// Goes to a phase.
    pub(super) fn enter(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.phase_since = now;
    }
}
