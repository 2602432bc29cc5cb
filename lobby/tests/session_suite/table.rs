//! Every state against every command, printed: whoever changes a rule sees it here.

use std::fmt::Write as _;

use contract::session::Phase;
use lobby::session::{Action, Command, Outcome, PushData, Rejection, Session};

use super::cast::{
    ADMIN, Cast, STRANGER, after, at, audio_ready, by, cancel, error, missing, name_of, results,
    uploaded,
};
use super::history::correct;

#[test]
fn every_state_against_every_command() {
    let mut table =
        String::from("2 loudspeakers (spk1, spk2), 2 microphones (mic1, mic2), admin adm\n");
    for (name, session) in states() {
        let _ = write!(table, "\n== {name}\n");
        for (label, command) in commands() {
            let result = session.apply(&command, at(2));
            let told = line(&session, &result);
            let _ = writeln!(table, "{label:<34} {told}");
        }
    }
    insta::assert_snapshot!("every_state_against_every_command", table);
}

/// A session in each state, the interesting ones half-way through.
fn states() -> Vec<(&'static str, Session)> {
    let cast = Cast::sized(2, 2);
    let (new, way) = (cast.session(), correct(&cast));
    let upto = |count: usize| after(&new, &way[..count]);
    let mut again = upto(9);
    again = after(&again, &way[..8]);
    let failed = after(&upto(6), &[by("mic1", error("no permission"))]);
    vec![
        ("created", new.clone()),
        ("notifying_clients, spk1 ready", upto(2)),
        ("speaker_downloading", upto(4)),
        ("starting_recording, mic1 records", upto(6)),
        ("playing", upto(7)),
        ("uploading, mic1 done", upto(9)),
        ("processing, spk1 done", upto(10)),
        ("uploading of spk2, mic1 done", upto(19)),
        ("completed", upto(20)),
        ("failed after mic1's report", failed),
        ("uploading again, mic1 was done in the first attempt", again),
        (
            "cancelled before the first start",
            after(&new, &[by(ADMIN, cancel("door bell"))]),
        ),
        (
            "cancelled while playing",
            after(&upto(7), &[by(ADMIN, cancel("door bell"))]),
        ),
    ]
}

fn commands() -> Vec<(String, Command)> {
    let first = name_of("speaker_1", "microphone_1");
    let second = name_of("speaker_1", "microphone_2");
    let rows: Vec<(&str, &str, Action)> = vec![
        (ADMIN, "start_speaker", Action::StartSpeaker),
        ("spk1", "start_speaker", Action::StartSpeaker),
        ("spk1", "ready", Action::Ready),
        ("spk2", "ready", Action::Ready),
        ("mic1", "ready", Action::Ready),
        ("mic2", "ready", Action::Ready),
        (STRANGER, "ready", Action::Ready),
        ("spk1", "speaker_audio_ready h1", audio_ready(Some("h1"))),
        ("spk1", "speaker_audio_ready h2", audio_ready(Some("h2"))),
        ("spk1", "speaker_audio_ready", audio_ready(None)),
        ("spk2", "speaker_audio_ready", audio_ready(None)),
        ("mic1", "speaker_audio_ready", audio_ready(None)),
        (ADMIN, "speaker_audio_ready", audio_ready(None)),
        ("mic1", "recording_started", Action::RecordingStarted),
        ("mic2", "recording_started", Action::RecordingStarted),
        ("spk1", "recording_started", Action::RecordingStarted),
        (STRANGER, "recording_started", Action::RecordingStarted),
        ("spk1", "playback_complete", Action::PlaybackComplete),
        ("spk2", "playback_complete", Action::PlaybackComplete),
        ("mic1", "playback_complete", Action::PlaybackComplete),
        ("mic1", "recording_uploaded its first", uploaded(&first)),
        ("mic1", "recording_uploaded another", uploaded("other.wav")),
        ("mic2", "recording_uploaded its first", uploaded(&second)),
        ("mic2", "recording_uploaded mic1's", uploaded(&first)),
        ("mic2", "recording_uploaded no file", missing("absent.wav")),
        ("spk1", "recording_uploaded", uploaded("other.wav")),
        (STRANGER, "recording_uploaded", uploaded("other.wav")),
        ("mic1", "error", error("no permission")),
        ("mic2", "error", error("battery low")),
        (ADMIN, "error", error("not listed")),
        (ADMIN, "cancel_session", cancel("no time")),
        ("mic1", "cancel_session", cancel("no time")),
        (ADMIN, "broadcast_results", results()),
        ("mic1", "broadcast_results", results()),
    ];
    rows.into_iter()
        .map(|(who, what, action)| (format!("{who}: {what}"), by(who, action)))
        .collect()
}

/// Refusal, repeat, or where the session goes and what is pushed.
fn line(before: &Session, result: &Result<Outcome, Rejection>) -> String {
    match result {
        Err(no) => {
            let refusal = no.refusal();
            format!("{} {}: {}", refusal.status, refusal.code, short(no))
        }
        Ok(outcome) if outcome.is_repeat() => {
            assert_eq!(outcome.next, *before);
            format!("same again: {}", answer(outcome))
        }
        Ok(outcome) => {
            let pushes: Vec<String> = outcome
                .pushes
                .iter()
                .map(|push| pushed(&push.data, &push.to))
                .collect();
            let next = outcome.next.stage();
            let arrow = if pushes.is_empty() {
                String::new()
            } else {
                format!(" « {}", pushes.join(" "))
            };
            format!(
                "-> {} #{}: {}{arrow}",
                next.as_str(),
                outcome.next.attempt(),
                answer(outcome)
            )
        }
    }
}

/// Refusals without the list of what would be allowed.
fn short(no: &Rejection) -> String {
    let text = no.to_string();
    text.split(';').next().unwrap_or_default().to_owned()
}

/// The answer without the session and the lists of devices.
fn answer(outcome: &Outcome) -> String {
    let whole = serde_json::to_value(&outcome.answer).unwrap();
    let fields = whole.as_object().unwrap();
    let told = fields
        .iter()
        .filter(|(name, value)| *name != "session_id" && !value.is_object());
    let told = told.filter(|(name, _)| *name != "microphones");
    told.map(|(name, value)| format!("{name}={value}").replace('"', ""))
        .collect::<Vec<_>>()
        .join(" ")
}

fn pushed(data: &PushData, to: &[String]) -> String {
    let word = match data {
        PushData::PhaseUpdate(update) => return phase(update.phase),
        PushData::StartMeasurement(_) => "START_MEASUREMENT",
        PushData::RequestAudio(_) => "REQUEST_AUDIO",
        PushData::StartRecording(_) => "START_RECORDING",
        PushData::StartPlayback(_) => "START_PLAYBACK",
        PushData::StopRecording(_) => "STOP_RECORDING",
        PushData::SpeakerComplete(_) => "SPEAKER_COMPLETE",
        PushData::SessionComplete(_) => "SESSION_COMPLETE",
        PushData::AnalysisResults(_) => "ANALYSIS_RESULTS",
        PushData::SessionCancelled(_) => "SESSION_CANCELLED",
        PushData::Error(_) => "ERROR",
    };
    let all = to.iter().any(|device| device == ADMIN);
    if all {
        word.to_owned()
    } else {
        format!("{word}({})", to.join(","))
    }
}

fn phase(phase: Phase) -> String {
    lobby::session::Stage::Cycle(phase).as_str().to_owned()
}
