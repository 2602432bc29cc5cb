//! Proof that the watch sees: the reducer with one guard removed is caught every time.
//!
//! A guard is removed from outside: the mutant shows the reducer a session or a command in which the guard finds
//! nothing to object to, and everything behind the guard runs as it is.

use lobby::session::{Action, Command, Outcome, Rejection, Session, UploadedFile};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::{Value, json};

use super::cast::ADMIN;
use super::histories::{JUDGED, config, play, real};
use super::history::{casts, moves};
use super::watch::Watch;

/// A name that no history has.
const ALIAS: &str = "alias-of-a-recording";

type Mutant = fn(&Session, &Command) -> Result<Outcome, Rejection>;

/// Guards one by one: what is missing, and the reducer without it.
const MUTANTS: &[(&str, Mutant)] = &[
    (
        "a recording after the last one is not counted",
        |session, command| {
            let later = is_upload(command)
                && ["processing", "completed"].contains(&session.stage().as_str());
            if !later {
                return real(session, command);
            }
            under_an_alias(&in_phase(session, "uploading"), command)
        },
    ),
    (
        "a recording of a finished loudspeaker is not taken for this one",
        |session, command| {
            let finished = session.finished().iter().flat_map(|cycle| &cycle.uploads);
            let known = finished
                .map(|upload| &upload.name)
                .any(|name| names(command, name));
            let due = session.stage().as_str() == "uploading";
            if known && due {
                under_an_alias(session, command)
            } else {
                real(session, command)
            }
        },
    ),
    (
        "two microphones have two recordings",
        |session, command| match real(session, command) {
            Err(Rejection::NameTaken { .. }) => under_an_alias(session, command),
            other => other,
        },
    ),
    (
        "a recording of an attempt that was given up is not taken for a later one",
        |session, command| match real(session, command) {
            Err(Rejection::AbandonedRecording { .. }) => under_an_alias(session, command),
            other => other,
        },
    ),
    (
        "a recording that was replaced does not come back",
        |session, command| {
            let replaced = session
                .cycle()
                .into_iter()
                .flat_map(|cycle| &cycle.replaced);
            let own = |microphone: usize| {
                session.status().microphones[microphone].device_id == command.actor.device_id
            };
            let known = replaced
                .filter(|one| own(one.microphone))
                .any(|one| names(command, &one.upload.name));
            if known && session.stage().as_str() == "uploading" {
                under_an_alias(session, command)
            } else {
                real(session, command)
            }
        },
    ),
    ("a cancelled cycle has failed", |session, command| {
        let mut outcome = real(session, command)?;
        if let (Action::Cancel { .. }, Some(before)) = (&command.action, session.cycle()) {
            let phase = json!(before.phase);
            outcome.next = edited(&outcome.next, |state| state["cycle"]["phase"] = phase);
        }
        Ok(outcome)
    }),
    ("the file of a recording is there", |session, command| {
        let mut command = command.clone();
        if let Action::RecordingUploaded { file, .. } = &mut command.action {
            *file = UploadedFile::Present { sha256: None };
        }
        real(session, &command)
    }),
    (
        "ready counts only before the signal is asked for",
        |session, command| {
            elsewhere(
                session,
                command,
                command.action == Action::Ready,
                "notifying_clients",
            )
        },
    ),
    (
        "the signal is there only after it was asked for",
        |session, command| {
            let audio = matches!(command.action, Action::SpeakerAudioReady { .. });
            elsewhere(session, command, audio, "speaker_downloading")
        },
    ),
    (
        "recording starts only after its command",
        |session, command| {
            elsewhere(
                session,
                command,
                command.action == Action::RecordingStarted,
                "starting_recording",
            )
        },
    ),
    ("playback ends only if it runs", |session, command| {
        elsewhere(
            session,
            command,
            command.action == Action::PlaybackComplete,
            "playing",
        )
    }),
    ("recordings come only after playback", |session, command| {
        let early = ["playing", "starting_recording"].contains(&session.stage().as_str());
        elsewhere(session, command, is_upload(command) && early, "uploading")
    }),
    (
        "all are ready before the signal is asked for",
        |session, command| {
            shown(
                session,
                &edited(session, |state| {
                    every_microphone(state, "ready", &json!(true));
                }),
                command,
            )
        },
    ),
    ("all record before playback", |session, command| {
        if command.action != Action::RecordingStarted {
            return real(session, command);
        }
        let own = command.actor.device_id.clone();
        shown(
            session,
            &edited(session, |state| {
                others(state, &own, "recording", &json!(true));
            }),
            command,
        )
    }),
    (
        "all recordings are there before a loudspeaker is done",
        |session, command| {
            if !is_upload(command) {
                return real(session, command);
            }
            let own = command.actor.device_id.clone();
            let upload = json!({"name": "none.wav", "sha256": null, "received": 1});
            shown(
                session,
                &edited(session, |state| others(state, &own, "upload", &upload)),
                command,
            )
        },
    ),
    ("a recording starts once", |session, command| {
        if command.action != Action::RecordingStarted
            || session.stage().as_str() != "starting_recording"
        {
            return real(session, command);
        }
        shown(
            session,
            &edited(session, |state| {
                every_microphone(state, "recording", &json!(false));
            }),
            command,
        )
    }),
    (
        "only the current loudspeaker speaks for itself",
        |session, command| {
            let own = matches!(
                command.action,
                Action::SpeakerAudioReady { .. } | Action::PlaybackComplete
            );
            let view = session.status();
            let slot = view
                .current_measurement
                .map(|current| current.speaker_slot_id);
            let speaker = view
                .speakers
                .into_iter()
                .find(|one| Some(&one.speaker.slot_id) == slot.as_ref());
            let listed = session.lists(&command.actor.device_id);
            match speaker {
                Some(one) if own && listed => real(session, &from(command, &one.speaker.device_id)),
                _ => real(session, command),
            }
        },
    ),
    ("strangers take no part", |session, command| {
        if session.lists(&command.actor.device_id) {
            return real(session, command);
        }
        real(
            session,
            &from(command, &session.status().microphones[0].device_id),
        )
    }),
    ("only the admin conducts", |session, command| {
        let mut command = command.clone();
        command.actor.is_admin = true;
        real(session, &command)
    }),
    ("a cancelled session stays cancelled", |session, command| {
        let started = session.cycle().is_some();
        if session.stage().as_str() != "cancelled" || !started {
            return real(session, command);
        }
        shown(
            session,
            &edited(session, |state| state["status"] = json!("running")),
            command,
        )
    }),
    ("a failed cycle takes no steps", |session, command| {
        if session.stage().as_str() != "failed" || command.action != Action::Ready {
            return real(session, command);
        }
        shown(session, &in_phase(session, "notifying_clients"), command)
    }),
    (
        "a completed session is not cancelled",
        |session, command| {
            let cancel = matches!(command.action, Action::Cancel { .. });
            let completed = session.stage().as_str() == "completed";
            if cancel && completed {
                shown(session, &in_phase(session, "processing"), command)
            } else {
                real(session, command)
            }
        },
    ),
    ("an error undoes nothing", |session, command| {
        let error = matches!(command.action, Action::Error { .. });
        let over = ["processing", "completed"].contains(&session.stage().as_str());
        elsewhere(session, command, error && over, "uploading")
    }),
    (
        "a finished loudspeaker is not started again",
        |session, command| {
            let next =
                command.action == Action::StartSpeaker && session.stage().as_str() == "processing";
            if next {
                shown(session, &in_phase(session, "failed"), command)
            } else {
                real(session, command)
            }
        },
    ),
    (
        "a running loudspeaker is not skipped",
        |session, command| {
            let running =
                session.stage().as_str() == "playing" && session.status().total_speakers > 1;
            let start = command.action == Action::StartSpeaker;
            if start && running {
                shown(session, &in_phase(session, "processing"), command)
            } else {
                real(session, command)
            }
        },
    ),
    ("a new attempt forgets the old one", |session, command| {
        let mut outcome = real(session, command)?;
        if let (Action::StartSpeaker, Some(before)) = (&command.action, session.cycle()) {
            let kept = json!(before.microphones);
            outcome.next = edited(&outcome.next, |state| state["cycle"]["microphones"] = kept);
        }
        Ok(outcome)
    }),
    ("a device gets a push once", |session, command| {
        let mut outcome = real(session, command)?;
        for push in &mut outcome.pushes {
            push.to.extend(push.to.first().cloned());
        }
        Ok(outcome)
    }),
    ("the admin is told", |session, command| {
        let mut outcome = real(session, command)?;
        for push in &mut outcome.pushes {
            push.to.retain(|device| device != ADMIN);
        }
        Ok(outcome)
    }),
];

#[test]
fn every_mutant_is_caught() {
    let mut survivors = Vec::new();
    for (guard, mutant) in MUTANTS {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(
            Config {
                max_shrink_iters: 0,
                ..config()
            },
            rng,
        );
        let run = runner.run(&(casts(), moves()), |(cast, moves)| {
            let watch = Watch::new(&cast).without_trying_again();
            play(mutant, watch, &cast, &moves, |_| {}).map_err(TestCaseError::fail)
        });
        match run {
            Err(TestError::Fail(reason, _)) => {
                // A mutant that breaks down by itself proves nothing.
                assert!(reason.message().starts_with(JUDGED), "{guard}: {reason}");
                println!("without '{guard}': {reason}");
            }
            Err(TestError::Abort(reason)) => panic!("{guard}: {reason}"),
            Ok(()) => survivors.push(guard),
        }
    }
    assert!(survivors.is_empty(), "not caught without: {survivors:?}");
}

/// The reducer sees another session than the one that is. A repeat gives back the one that is.
fn shown(session: &Session, other: &Session, command: &Command) -> Result<Outcome, Rejection> {
    let mut outcome = real(other, command)?;
    if outcome.is_repeat() {
        outcome.next = session.clone();
    }
    Ok(outcome)
}

/// If it applies, the command meets the session in another phase.
fn elsewhere(
    session: &Session,
    command: &Command,
    applies: bool,
    phase: &str,
) -> Result<Outcome, Rejection> {
    let cycle = !["created", "cancelled"].contains(&session.stage().as_str());
    if applies && cycle {
        shown(session, &in_phase(session, phase), command)
    } else {
        real(session, command)
    }
}

fn in_phase(session: &Session, phase: &str) -> Session {
    edited(session, |state| {
        state["cycle"]["phase"] = json!(phase);
        state["status"] = json!("running");
    })
}

fn edited(session: &Session, edit: impl FnOnce(&mut Value)) -> Session {
    let mut state = serde_json::to_value(session).unwrap();
    edit(&mut state);
    serde_json::from_value(state).unwrap()
}

fn every_microphone(state: &mut Value, field: &str, value: &Value) {
    others(state, "", field, value);
}

/// Sets a field of every microphone but one in the cycle, if there is one.
fn others(state: &mut Value, own: &str, field: &str, value: &Value) {
    let clients = state["microphones"].clone();
    let cycle = state
        .pointer_mut("/cycle/microphones")
        .and_then(Value::as_array_mut);
    for (index, microphone) in cycle.into_iter().flatten().enumerate() {
        if clients[index]["device_id"] != own {
            microphone[field] = value.clone();
        }
    }
}

fn is_upload(command: &Command) -> bool {
    matches!(command.action, Action::RecordingUploaded { .. })
}

fn names(command: &Command, name: &str) -> bool {
    matches!(&command.action, Action::RecordingUploaded { upload_name, .. } if upload_name == name)
}

/// The reducer takes the recording under a name that it never heard; afterwards it has its own name again.
fn under_an_alias(session: &Session, command: &Command) -> Result<Outcome, Rejection> {
    let Action::RecordingUploaded { upload_name, file } = &command.action else {
        return real(session, command);
    };
    let action = Action::RecordingUploaded {
        upload_name: ALIAS.to_owned(),
        file: file.clone(),
    };
    let mut outcome = real(
        session,
        &Command {
            action,
            ..command.clone()
        },
    )?;
    let state = serde_json::to_string(&outcome.next)
        .unwrap()
        .replace(ALIAS, upload_name);
    outcome.next = serde_json::from_str(&state).unwrap();
    for fact in &mut outcome.facts {
        fact.upload.clone_from(upload_name);
    }
    Ok(outcome)
}

fn from(command: &Command, device: &str) -> Command {
    let mut command = command.clone();
    device.clone_into(&mut command.actor.device_id);
    command
}
