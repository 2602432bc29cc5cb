//! The arithmetic of an analysis, from bytes to what is stored and answered. Runs where arithmetic may run.

use audio_file::{Limits, WavFormat, write_wav};
use bytes::Bytes;
use chassis::problem::Problem;
use contract::analysis::{AnalysisDocument, Failure, Outcome, Warning};
use contract::code::FailureCode;
use room_dsp::{ImpulseResponse, Signal};
use serde_json::{Map, Value};

use super::bounds;
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
    pub(super) reference: Reference<Bytes>,
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
    gone: &dyn Fn() -> bool,
) -> Result<Computed, Problem> {
    let go_on = || if gone() { Err(given_up()) } else { Ok(()) };
    let Task {
        upload,
        bytes,
        reference,
        warnings,
        with_sounds,
    } = task;
    go_on()?;
    let sound = Sound::decode(&upload, &bytes, limits);
    drop(bytes);
    go_on()?;
    let peaks = peaks(&sound);
    let heard = sound.audio.as_ref().ok().filter(|_| with_sounds);
    let heard = heard.map(|audio| audio.signal.clone());
    let analysis = match played(reference, &sound, limits) {
        Ok(played) => analyst.analyze_while(sound, &played, &go_on)?,
        Err(failure) => analyst.refuse(sound, failure),
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

/// What was played, unless the sound is too long to be analysed with it.
fn played(reference: Reference<Bytes>, sound: &Sound, limits: &Limits) -> Result<Played, Failure> {
    let signal = sound.audio.as_ref().ok().map(|audio| &audio.signal);
    match reference {
        Reference::Response => {
            signal.map_or(Ok(()), bounds::response)?;
            Ok(Played::Response)
        }
        Reference::Layout(excitation) => Ok(Played::Layout(*excitation)),
        Reference::Upload { name, content } => {
            let audio =
                audio_file::read(&content, limits).map_err(|e| unusable(&name, &e.to_string()))?;
            if let Some(signal) = signal {
                bounds::division(signal, &name, &audio.signal)?;
            }
            Played::recognise(&audio.signal).map_err(|e| unusable(&name, &e.to_string()))
        }
    }
}

fn unusable(name: &str, why: &str) -> Failure {
    Failure {
        code: FailureCode::ReferenceUnusable.as_str().to_owned(),
        message: format!("the reference '{name}' cannot be used: {why}"),
        remedy: "upload the signal that was played, as it was played".to_owned(),
        data: Value::Object(Map::new()),
    }
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

    use room_dsp::{Excitation, SampleRate};
    use room_metrics::EvaluationOptions;

    use super::*;

    /// The status after which the caller is gone at the question of this number, and how often it was asked.
    fn asked(bytes: &Bytes, reference: Reference<Bytes>, gone_at: u32) -> (Option<u16>, u32) {
        let task = Task {
            upload: "a".to_owned(),
            bytes: bytes.clone(),
            reference,
            warnings: Vec::new(),
            with_sounds: false,
        };
        let analyst = Analyst::new(EvaluationOptions::default(), crate::engine());
        let count = Cell::new(0);
        let gone = || {
            count.set(count.get() + 1);
            count.get() == gone_at
        };
        let computed = compute(&analyst, &Limits::default(), task, &gone);
        let status = computed.err().map(|problem| problem.status().as_u16());
        (status, count.get())
    }

    fn wav(signal: &Signal) -> Bytes {
        Bytes::from(write_wav(signal, WavFormat::Pcm16).unwrap())
    }

    #[test]
    fn nothing_is_begun_and_nothing_gone_on_with_for_a_caller_that_left() {
        let silence = wav(&Signal::mono(SampleRate::STANDARD, vec![0.0; 4800]));
        let asked = |gone_at| asked(&silence, Reference::Response, gone_at);
        assert_eq!(asked(1), (Some(503), 1), "before decoding");
        assert_eq!(asked(2), (Some(503), 2), "before the analysis");
        assert_eq!(asked(0), (None, 3));
    }

    #[test]
    fn a_caller_that_leaves_at_any_step_has_no_other_step_taken() {
        let decay =
            |i: u16| (-f32::from(i) / 1500.0).exp() * if i.is_multiple_of(3) { 0.5 } else { -0.3 };
        let response = wav(&Signal::mono(
            SampleRate::STANDARD,
            (0..24_000).map(decay).collect(),
        ));
        let excitation = Excitation::reference();
        let recording = wav(&excitation.signal());
        let layout = || Reference::Layout(Box::new(excitation));
        for (bytes, reference, steps) in [
            (
                &response,
                &(|| Reference::Response) as &dyn Fn() -> Reference<Bytes>,
                30,
            ),
            (&recording, &layout, 35),
        ] {
            let (status, all) = asked(bytes, reference(), 0);
            assert_eq!(status, None);
            assert!(all >= steps, "decoding, stages, every band, speech: {all}");
            for gone_at in [3, all / 2, all] {
                assert_eq!(asked(bytes, reference(), gone_at), (Some(503), gone_at));
            }
        }
    }
}
