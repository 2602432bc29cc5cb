//! Histories of commands: the correct one, everything that could be said, and what would help next.

use contract::session::Phase;
use lobby::session::{Action, Command, Session, Stage};
use proptest::prelude::*;

use super::cast::{
    ADMIN, Cast, STRANGER, audio_ready, by, cancel, error, missing, name_of, results, take,
    uploaded,
};

/// One move of a random history.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// Something that helps.
    Useful(usize),
    /// Something that was said before.
    Repeat(usize),
    /// Anything by anybody.
    Any(usize),
}

/// One change to a correct history.
#[derive(Debug, Clone)]
pub(crate) enum Twist {
    /// A command comes again, so many places later.
    Again(usize, usize),
    /// A command comes so many places later than it should.
    Late(usize, usize),
}

pub(crate) fn casts() -> impl Strategy<Value = Cast> {
    (1..=3_usize, 1..=3_usize, 0..4_u8).prop_map(|(speakers, microphones, kind)| {
        let cast = Cast::sized(speakers, microphones);
        match kind {
            0 => cast.with_loopback(),
            1 => cast.with_one_loudspeaker(),
            2 => cast.with_one_loudspeaker().with_loopback(),
            _ => cast,
        }
    })
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        12 => any::<usize>().prop_map(Move::Useful),
        3 => any::<usize>().prop_map(Move::Repeat),
        3 => any::<usize>().prop_map(Move::Any),
    ];
    prop::collection::vec(one, 1..100)
}

pub(crate) fn twists() -> impl Strategy<Value = Vec<Twist>> {
    let one = (any::<bool>(), any::<usize>(), 0..12_usize).prop_map(|(again, which, later)| {
        if again {
            Twist::Again(which, later)
        } else {
            Twist::Late(which, later)
        }
    });
    prop::collection::vec(one, 0..24)
}

/// The history of a measurement without any trouble.
pub(crate) fn correct(cast: &Cast) -> Vec<Command> {
    let mut history = Vec::new();
    for place in 0..cast.speakers.len() {
        for phase in [
            Phase::Processing,
            Phase::NotifyingClients,
            Phase::SpeakerDownloading,
            Phase::StartingRecording,
            Phase::Playing,
            Phase::Uploading,
        ] {
            history.extend(due(cast, place, phase));
        }
    }
    history
}

/// A correct history, twisted.
pub(crate) fn twisted(cast: &Cast, twists: &[Twist]) -> Vec<Command> {
    let mut history = correct(cast);
    for twist in twists {
        let (Twist::Again(which, later) | Twist::Late(which, later)) = *twist;
        let which = which % history.len();
        let command = if matches!(twist, Twist::Late(..)) {
            history.remove(which)
        } else {
            history[which].clone()
        };
        history.insert((which + later).min(history.len()), command);
    }
    history
}

/// What would help now; empty when the session is over.
pub(crate) fn useful(cast: &Cast, session: &Session) -> Vec<Command> {
    let place = session.finished().len();
    match session.stage() {
        Stage::Created => due(cast, 0, Phase::Failed),
        Stage::Cycle(phase) => {
            let due = due(cast, place, phase).into_iter();
            due.map(|command| retaken(command, session.attempt()))
                .collect()
        }
        Stage::Cancelled => Vec::new(),
    }
}

/// The same name, but the recording that was made in this attempt.
pub(crate) fn retaken(mut command: Command, attempt: u32) -> Command {
    if let Action::RecordingUploaded { upload_name, .. } = &command.action {
        command.action = take(upload_name, Some(&format!("take {attempt}")));
    }
    command
}

/// The commands that lead on from a phase of the loudspeaker at this place.
fn due(cast: &Cast, place: usize, phase: Phase) -> Vec<Command> {
    let Some((speaker, speaker_slot)) = cast.speakers.get(place) else {
        return Vec::new();
    };
    let microphones = cast.microphones.iter();
    match phase {
        Phase::Failed | Phase::Processing => vec![by(ADMIN, Action::StartSpeaker)],
        Phase::NotifyingClients => {
            let waits = |device: &&String| {
                *device == speaker
                    || cast
                        .microphones
                        .iter()
                        .any(|(microphone, _)| microphone == *device)
            };
            let devices = cast.devices();
            devices
                .iter()
                .filter(waits)
                .map(|device| by(device, Action::Ready))
                .collect()
        }
        Phase::SpeakerDownloading => vec![by(speaker, audio_ready(Some("h1")))],
        Phase::StartingRecording => microphones
            .map(|(device, _)| by(device, Action::RecordingStarted))
            .collect(),
        Phase::Playing => vec![by(speaker, Action::PlaybackComplete)],
        Phase::Uploading => microphones
            .map(|(device, slot)| by(device, uploaded(&name_of(speaker_slot, slot))))
            .collect(),
        Phase::SpeakerReady | Phase::PlaybackComplete | Phase::Completed => Vec::new(),
    }
}

/// Everything by everybody.
pub(crate) fn alphabet(cast: &Cast) -> Vec<Command> {
    let mut actions = vec![
        Action::StartSpeaker,
        Action::Ready,
        Action::RecordingStarted,
        Action::PlaybackComplete,
        audio_ready(None),
        audio_ready(Some("h1")),
        audio_ready(Some("h2")),
        error("no permission"),
        results(),
        uploaded("other.wav"),
        missing("absent.wav"),
    ];
    for (_, speaker_slot) in &cast.speakers {
        for (_, mic_slot) in &cast.microphones {
            actions.push(uploaded(&name_of(speaker_slot, mic_slot)));
        }
    }
    let mut devices = cast.devices();
    devices.extend([ADMIN.to_owned(), STRANGER.to_owned()]);
    let all = actions
        .iter()
        .flat_map(|action| devices.iter().map(|device| by(device, action.clone())));
    let mut alphabet: Vec<Command> = all.collect();
    // Nothing happens after it, so it comes rarely.
    alphabet.push(by(ADMIN, cancel("door bell")));
    alphabet.push(by(STRANGER, cancel("mischief")));
    alphabet
}
