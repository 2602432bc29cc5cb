//! A thousand random histories, and a thousand correct ones with commands doubled and delayed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use lobby::session::{Action, Command, Outcome, Rejection, Session};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::cast::{Cast, at, take};
use super::history::{Move, alphabet, casts, correct, moves, twisted, twists, useful};
use super::watch::{Reducer, Watch};

/// How every verdict of the watch begins.
pub(crate) const JUDGED: &str = "the watch: ";

pub(crate) fn config() -> Config {
    Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    }
}

/// The reducer as it is.
pub(crate) fn real(session: &Session, command: &Command) -> Result<Outcome, Rejection> {
    session.apply(command, at(7))
}

/// Plays a random history.
pub(crate) fn play(
    reducer: Reducer<'_>,
    mut watch: Watch<'_>,
    cast: &Cast,
    moves: &[Move],
    mut seen: impl FnMut(&Session),
) -> Result<(), String> {
    let alphabet = alphabet(cast);
    let mut session = cast.session();
    let mut said: Vec<Command> = Vec::new();
    for one in moves {
        let useful = useful(cast, &session);
        let command = match one {
            Move::Useful(which) if !useful.is_empty() => &useful[which % useful.len()],
            Move::Repeat(which) if !said.is_empty() => &said[which % said.len()],
            Move::Useful(which) | Move::Repeat(which) | Move::Any(which) => {
                &alphabet[which % alphabet.len()]
            }
        };
        session = watch.take(reducer, &session, command).map_err(|broken| {
            format!(
                "{JUDGED}{broken}: {command:?} in {}",
                session.stage().as_str()
            )
        })?;
        said.push(command.clone());
        seen(&session);
    }
    Ok(())
}

#[test]
fn a_thousand_random_histories() {
    let visits: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    let count = |session: &Session| {
        *visits
            .borrow_mut()
            .entry(session.stage().as_str())
            .or_default() += 1;
    };
    TestRunner::new(config())
        .run(&(casts(), moves()), |(cast, moves)| {
            play(&real, Watch::new(&cast), &cast, &moves, count).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|broken| panic!("{broken}"));
    // The histories are worth something only if they get everywhere.
    let visits = visits.into_inner();
    let stages = [
        "created",
        "notifying_clients",
        "speaker_downloading",
        "starting_recording",
        "playing",
        "uploading",
        "processing",
        "completed",
        "failed",
        "cancelled",
    ];
    for stage in stages {
        let times = visits.get(stage).copied().unwrap_or(0);
        assert!(
            times >= 100,
            "'{stage}' was visited only {times} times: {visits:?}"
        );
    }
}

#[test]
fn doubled_and_delayed_commands_never_lose_a_loudspeaker_or_a_microphone() {
    TestRunner::new(config())
        .run(&(casts(), twists()), |(cast, twists)| {
            finishes(&cast, &twisted(&cast, &twists)).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn the_correct_history_needs_no_help() {
    for (speakers, microphones) in [(1, 1), (1, 3), (2, 2), (3, 3)] {
        let plain = Cast::sized(speakers, microphones);
        for cast in [
            plain.clone(),
            plain.clone().with_loopback(),
            plain.with_one_loudspeaker(),
        ] {
            let mut watch = Watch::new(&cast);
            let mut session = cast.session();
            for command in correct(&cast) {
                assert!(session.apply(&command, at(7)).is_ok(), "{command:?}");
                session = watch.take(&real, &session, &command).unwrap();
            }
            assert!(watch.is_complete());
        }
    }
}

/// After a twisted history the devices do what the session still waits for, and it comes to its end.
fn finishes(cast: &Cast, history: &[Command]) -> Result<(), String> {
    let (mut watch, mut session) = (Watch::new(cast), cast.session());
    for command in history {
        session = watch.take(&real, &session, command)?;
    }
    let steps = correct(cast).len();
    for _ in 0..steps {
        for command in useful(cast, &session) {
            session = watch.take(&real, &session, &made_just_now(command))?;
        }
    }
    let recordings: Vec<usize> = session
        .finished()
        .iter()
        .map(|cycle| cycle.uploads.len())
        .collect();
    let whole = vec![cast.microphones.len(); cast.speakers.len()];
    if recordings == whole {
        Ok(())
    } else {
        Err(format!("recordings per loudspeaker: {recordings:?}"))
    }
}

/// The same name, but a recording that nobody named before.
fn made_just_now(mut command: Command) -> Command {
    if let Action::RecordingUploaded { upload_name, .. } = &command.action {
        command.action = take(upload_name, Some("the last take"));
    }
    command
}
