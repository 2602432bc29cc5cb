//! The arithmetic of an analysis, from bytes to what is stored and answered. Runs where arithmetic may run.

use audio_file::{Limits, WavFormat, write_wav};
use bytes::Bytes;
use chassis::problem::Problem;
use contract::analysis::{AnalysisDocument, Failure, Outcome, Warning};
use contract::code::FailureCode;
use room_dsp::{ImpulseResponse, Signal};
use serde_json::{Map, Value};

use super::subject::Reference;
use crate::analysis::{Analysis, Analyst, Played, Sound};
use crate::results;

/// After as many seconds a caller may ask again.
const RETRY_AFTER_S: u32 = 1;

/// What an analysis gave, ready to be stored.
#[derive(Debug)]
pub(super) struct Computed {
    /// Whether there are results.
    pub(super) outcome: Outcome,
    /// Why there are none.
    pub(super) failure: Option<Failure>,
    /// The document as JSON.
    pub(super) document: String,
    /// The results as JSON.
    pub(super) results: Option<String>,
    /// Sounds for debugging, if they are wanted.
    pub(super) sounds: Vec<(&'static str, Vec<u8>)>,
}

/// What is to be analysed.
#[derive(Debug)]
pub(super) struct Task {
    /// Name of the upload.
    pub(super) upload: String,
    /// Its content.
    pub(super) bytes: Bytes,
    /// What was played.
    pub(super) reference: Reference,
    /// What the answer says beside what the analysis finds.
    pub(super) warnings: Vec<Warning>,
    /// Whether sounds for debugging are wanted.
    pub(super) with_sounds: bool,
}

/// Analyses the bytes of an upload. Before each long step it asks whether the caller is `gone`.
///
/// # Errors
/// 503, which nobody reads, when the caller is gone; 500 for what cannot be written as JSON.
pub(super) fn compute(
    analyst: &Analyst,
    limits: &Limits,
    task: Task,
    gone: impl Fn() -> bool,
) -> Result<Computed, Problem> {
    let wanted = || if gone() { Err(given_up()) } else { Ok(()) };
    let Task {
        upload,
        bytes,
        reference,
        warnings,
        with_sounds,
    } = task;
    wanted()?;
    let sound = Sound::decode(&upload, &bytes, limits);
    wanted()?;
    let peaks = peaks(&sound);
    let heard = sound.audio.as_ref().ok().filter(|_| with_sounds);
    let heard = heard.map(|audio| audio.signal.clone());
    let analysis = match reference {
        Reference::Response => analyst.analyze(sound, &Played::Response),
        Reference::Layout(excitation) => analyst.analyze(sound, &Played::Layout(*excitation)),
        Reference::Upload {
            name,
            bytes: signal,
        } => match played(&name, &signal, limits) {
            Ok(played) => {
                wanted()?;
                analyst.analyze(sound, &played)
            }
            Err(failure) => analyst.refuse(sound, failure),
        },
    };
    let Analysis {
        mut document,
        impulse_response,
    } = analysis;
    document.warnings.splice(0..0, warnings);
    let channel = channel(&document);
    let peak = peaks.get(channel).copied().unwrap_or(0.0);
    let results = impulse_response
        .as_ref()
        .and_then(|response| results::of(&document, response, peak))
        .map(|results| serde_json::to_string(&results))
        .transpose()
        .map_err(Problem::internal)?;
    let sounds = heard.map(|heard| sounds(&heard, channel, impulse_response.as_ref()));
    Ok(Computed {
        outcome: document.outcome,
        document: serde_json::to_string(&document).map_err(Problem::internal)?,
        failure: document.failure,
        results,
        sounds: sounds.unwrap_or_default(),
    })
}

fn given_up() -> Problem {
    Problem::unavailable("The analysis was given up: its caller left", RETRY_AFTER_S)
}

/// The highest magnitude of each channel.
fn peaks(sound: &Sound) -> Vec<f64> {
    let peak = |samples: &Vec<f32>| f64::from(samples.iter().fold(0.0_f32, |m, x| m.max(x.abs())));
    let channels = sound.audio.as_ref().map(|audio| audio.signal.channels());
    channels.unwrap_or_default().iter().map(peak).collect()
}

/// What another upload holds as the played signal.
fn played(name: &str, bytes: &Bytes, limits: &Limits) -> Result<Played, Failure> {
    let refuse = |why: String| Failure {
        code: FailureCode::ReferenceUnusable.as_str().to_owned(),
        message: format!("the reference '{name}' cannot be used: {why}"),
        remedy: "upload the signal that was played, as it was played".to_owned(),
        data: Value::Object(Map::new()),
    };
    let audio = audio_file::read(bytes, limits).map_err(|error| refuse(error.to_string()))?;
    Played::recognise(&audio.signal).map_err(|fault| refuse(fault.to_string()))
}

/// The channel that was used; the first where none was.
fn channel(document: &AnalysisDocument) -> usize {
    let used = document.input.channel_used.map(usize::try_from);
    used.and_then(Result::ok).unwrap_or(0)
}

/// The channel that was used and the response, as 32-bit float.
fn sounds(
    heard: &Signal,
    channel: usize,
    response: Option<&ImpulseResponse>,
) -> Vec<(&'static str, Vec<u8>)> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "32-bit floating point is the output format"
    )]
    let single = |found: &ImpulseResponse| {
        let samples = found.samples().iter().map(|x| *x as f32).collect();
        Signal::mono(found.rate(), samples)
    };
    let samples = heard.channels().get(channel);
    let recording = samples.map(|samples| Signal::mono(heard.rate(), samples.clone()));
    [
        ("recording", recording),
        ("impulse_response", response.map(single)),
    ]
    .into_iter()
    .filter_map(|(name, signal)| {
        let wav = write_wav(&signal?, WavFormat::Float32).ok()?;
        Some((name, wav))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use room_dsp::SampleRate;
    use room_metrics::EvaluationOptions;

    use super::*;

    /// The status after which the caller is gone at the question of this number, and how often it was asked.
    fn asked(gone_at: u32) -> (Option<u16>, u32) {
        let silence = Signal::mono(SampleRate::STANDARD, vec![0.0; 4800]);
        let bytes = Bytes::from(write_wav(&silence, WavFormat::Pcm16).unwrap());
        let task = Task {
            upload: "a".to_owned(),
            bytes,
            reference: Reference::Response,
            warnings: Vec::new(),
            with_sounds: false,
        };
        let analyst = Analyst::new(EvaluationOptions::default(), crate::engine());
        let count = Cell::new(0);
        let gone = || {
            count.set(count.get() + 1);
            count.get() == gone_at
        };
        let computed = compute(&analyst, &Limits::default(), task, gone);
        let status = computed.err().map(|problem| problem.status().as_u16());
        (status, count.get())
    }

    #[test]
    fn nothing_is_begun_and_nothing_gone_on_with_for_a_caller_that_left() {
        assert_eq!(asked(1), (Some(503), 1), "before decoding");
        assert_eq!(asked(2), (Some(503), 2), "before the analysis");
        assert_eq!(asked(0), (None, 2));
    }
}
