//! The arithmetic of an analysis, from bytes to what is stored and answered. Runs where arithmetic may run.

use audio_file::{Limits, WavFormat, write_wav};
use bytes::Bytes;
use chassis::problem::Problem;
use contract::analysis::{AnalysisDocument, Failure, Outcome};
use contract::code::FailureCode;
use room_dsp::{ImpulseResponse, Signal};
use serde_json::{Map, Value};

use super::subject::Reference;
use crate::analysis::{Analysis, Analyst, Played, Sound};
use crate::results;

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

/// Analyses the bytes of an upload.
///
/// # Errors
/// 500 for what cannot be written as JSON.
pub(super) fn compute(
    analyst: &Analyst,
    upload: &str,
    bytes: &Bytes,
    reference: Reference,
    limits: &Limits,
    with_sounds: bool,
) -> Result<Computed, Problem> {
    let sound = Sound::decode(upload, bytes, limits);
    let peaks = peaks(&sound);
    let heard = sound.audio.as_ref().ok().filter(|_| with_sounds);
    let heard = heard.map(|audio| audio.signal.clone());
    let (analysis, warning) = match reference {
        Reference::Response => (analyst.analyze(sound, &Played::Response), None),
        Reference::Layout(excitation, warning) => (
            analyst.analyze(sound, &Played::Layout(*excitation)),
            warning,
        ),
        Reference::Upload {
            name,
            bytes: signal,
        } => match played(&name, &signal, limits) {
            Ok(played) => (analyst.analyze(sound, &played), None),
            Err(failure) => (analyst.refuse(sound, failure), None),
        },
    };
    let Analysis {
        mut document,
        impulse_response,
    } = analysis;
    document.warnings.splice(0..0, warning);
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
