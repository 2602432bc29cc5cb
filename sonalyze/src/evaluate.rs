//! From a file's sound to its document: measure, evaluate, or say why not.
//!
//! Designing filters costs as much as several evaluations, so an evaluator serves all files of its rate.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use contract::analysis::{self, ANALYSIS_SCHEMA, AnalysisDocument, Outcome, Warning};
use room_dsp::{
    Analyzer, Excitation, Finding, ImpulseResponse, Measured, NoOnset, ReferenceAnalyzer,
    SampleRate, Signal,
};
use room_metrics::{EvaluationOptions, Evaluator, RoomParameters};

use crate::cli::{AnalyzeArguments, LayoutName};
use crate::exit::Failure;
use crate::input::{Loaded, not_audio};
use crate::played_signal::{self, Played};
use crate::stored_reference::{self, all};
use crate::{analyze, findings, speech_options};

/// Evaluators by sampling frequency, each made when the first response of its rate comes.
#[derive(Debug)]
pub(crate) struct Evaluators {
    options: EvaluationOptions,
    made: Mutex<BTreeMap<u32, Arc<Evaluator>>>,
}

impl Evaluators {
    fn new(options: EvaluationOptions) -> Self {
        let made = Mutex::default();
        Self { options, made }
    }

    /// Waits while another file of any rate has its evaluator made, so that none is made twice.
    fn of(&self, rate: SampleRate) -> Arc<Evaluator> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let evaluator = made
            .entry(rate.hz())
            .or_insert_with(|| Arc::new(Evaluator::new(rate, self.options)));
        Arc::clone(evaluator)
    }
}

/// What the files are.
#[derive(Debug)]
pub(crate) enum Subject {
    /// Recordings of a known signal: their responses all have its rate, so filters are made once.
    Recording(Box<Analyzer>, Box<Evaluator>),
    /// Recordings of any other signal.
    Reference(Box<ReferenceAnalyzer>, Evaluators),
    /// Impulse responses of any rate.
    Response(Evaluators),
}

impl Subject {
    /// Reads the command line; recordings of the reference layout when it names nothing else.
    ///
    /// # Errors
    /// A signal that is not there, or is none of those that can be analysed.
    pub(crate) fn new(arguments: &AnalyzeArguments) -> Result<Self, Failure> {
        let options = options(arguments);
        if arguments.ir {
            return Ok(Self::Response(Evaluators::new(options)));
        }
        let excitation = match (&arguments.reference, &arguments.hash, &arguments.data_dir) {
            (Some(signal), _, _) => match played_signal::read(signal)? {
                Played::Layout(excitation) => excitation,
                Played::Signal(analyzer) => {
                    return Ok(Self::Reference(analyzer, Evaluators::new(options)));
                }
            },
            (None, Some(hash), Some(data_dir)) => stored_reference::find(data_dir, hash)?,
            (None, _, _) => of_layout(arguments.layout.unwrap_or(LayoutName::Reference))?,
        };
        let evaluator = Evaluator::new(excitation.rate(), options);
        Ok(Self::Recording(
            Box::new(Analyzer::new(excitation)),
            Box::new(evaluator),
        ))
    }
}

/// The document of a file, and its impulse response if there is one.
pub(crate) fn evaluate(
    loaded: Loaded,
    subject: &Subject,
) -> (AnalysisDocument, Option<ImpulseResponse>) {
    let document = empty(loaded.input);
    let audio = match loaded.audio {
        Ok(audio) => audio,
        Err(error) => return (failed(document, not_audio(&error)), None),
    };
    let document = AnalysisDocument {
        warnings: findings::of_file(&audio),
        ..document
    };
    match subject {
        Subject::Recording(analyzer, evaluator) => match analyzer.measure(&audio.signal) {
            Ok(measured) => of_recording(document, measured, evaluator),
            Err(refusal) => (failed(document, findings::failure(&refusal)), None),
        },
        Subject::Reference(analyzer, evaluators) => match analyzer.measure(&audio.signal) {
            Ok(measured) => {
                let evaluator = evaluators.of(measured.impulse_response.rate());
                of_recording(document, measured, &evaluator)
            }
            Err(refusal) => (failed(document, findings::failure(&refusal)), None),
        },
        Subject::Response(evaluators) => match response(&audio.signal) {
            Ok((response, channel)) => {
                let evaluator = evaluators.of(response.rate());
                of_response(document, response, channel, &audio.signal, &evaluator)
            }
            Err(error) => (failed(document, findings::no_response(error)), None),
        },
    }
}

/// Noise and masking count where the command line gives levels: those of an uncalibrated microphone are unknown.
fn options(arguments: &AnalyzeArguments) -> EvaluationOptions {
    EvaluationOptions {
        bands: arguments.bands.evaluated(),
        speech: speech_options::conditions(arguments.speech),
        smoothing: arguments.smoothing,
        curves: !arguments.no_curves,
    }
}

fn of_layout(name: LayoutName) -> Result<Excitation, Failure> {
    Excitation::new(name.parameters()).map_err(|faults| Failure::failed(all(&faults)))
}

fn of_recording(
    mut document: AnalysisDocument,
    measured: Measured,
    evaluator: &Evaluator,
) -> (AnalysisDocument, Option<ImpulseResponse>) {
    document
        .warnings
        .extend(measured.findings.iter().map(findings::warning));
    document.input.channel_used = u32::try_from(measured.channel).ok();
    document.alignment = Some(findings::alignment(&measured.alignment, &measured.findings));
    document.noise = Some(findings::noise(measured.background.as_ref()));
    let response = &measured.impulse_response;
    fill(&mut document, response, &evaluator.evaluate(response));
    (document, Some(measured.impulse_response))
}

fn of_response(
    mut document: AnalysisDocument,
    response: ImpulseResponse,
    channel: usize,
    signal: &Signal,
    evaluator: &Evaluator,
) -> (AnalysisDocument, Option<ImpulseResponse>) {
    document.warnings.extend(selected(signal, channel));
    document.input.channel_used = u32::try_from(channel).ok();
    document.noise = Some(findings::noise_of_response());
    fill(&mut document, &response, &evaluator.evaluate(&response));
    (document, Some(response))
}

fn fill(document: &mut AnalysisDocument, response: &ImpulseResponse, room: &RoomParameters) {
    document.impulse_response = Some(analysis::ImpulseResponse {
        sample_rate_hz: response.rate().hz(),
        onset_sample: response.onset() as u64,
        length_samples: response.samples().len() as u64,
    });
    report::document::fill(document, room);
}

/// The channel with the highest peak, as an impulse response that carries all frequencies of its rate.
fn response(signal: &Signal) -> Result<(ImpulseResponse, usize), NoOnset> {
    let peak = |samples: &[f32]| samples.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let (channel, samples) = signal
        .channels()
        .iter()
        .enumerate()
        .rev()
        .max_by(|(_, a), (_, b)| peak(a).total_cmp(&peak(b)))
        .ok_or(NoOnset)?;
    let samples = samples.iter().map(|x| f64::from(*x)).collect();
    let range_hz = (0.0, signal.rate().as_f64() / 2.0);
    Ok((
        ImpulseResponse::new(signal.rate(), samples, range_hz)?,
        channel,
    ))
}

/// Channels that differ are worth a word; equal ones are not.
fn selected(signal: &Signal, channel: usize) -> Option<Warning> {
    let channels = signal.channels();
    let differ = channels.iter().any(|c| *c != channels[channel]);
    let finding = Finding::ChannelSelected {
        channel,
        channels: channels.len(),
    };
    differ.then(|| findings::warning(&finding))
}

fn empty(input: analysis::Input) -> AnalysisDocument {
    AnalysisDocument {
        schema: ANALYSIS_SCHEMA.to_owned(),
        outcome: Outcome::Ok,
        failure: None,
        warnings: Vec::new(),
        input,
        alignment: None,
        impulse_response: None,
        broadband: None,
        octaves: Vec::new(),
        thirds: Vec::new(),
        mid: None,
        sti: None,
        frequency_response: None,
        curves: None,
        noise: None,
        engine: analyze::engine(),
    }
}

fn failed(document: AnalysisDocument, failure: analysis::Failure) -> AnalysisDocument {
    AnalysisDocument {
        outcome: Outcome::Failed,
        failure: Some(failure),
        ..document
    }
}
