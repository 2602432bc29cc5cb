//! From a file's sound to its document: measure, evaluate, or say why not.
//!
//! The only way from bytes to an [`AnalysisDocument`], for the service and the command line alike. Pure: no files, no
//! clock, no database; filters and plans are made once and shared.

mod findings;
mod kept;
mod played;
mod response;
mod sound;

use std::convert::Infallible;
use std::sync::Arc;

use contract::analysis::{self, ANALYSIS_SCHEMA, AnalysisDocument, Engine, Outcome};
use room_dsp::{
    Analyzer, Ended, Excitation, ImpulseResponse, Measured, Refusal, SampleRate, Signal,
};
use room_metrics::{EvaluationOptions, Evaluator, RoomParameters};

pub use played::Played;
pub(crate) use sound::hex;
pub use sound::{Sound, not_audio};

use kept::Kept;

/// Evaluators are kept for so many hertz of sampling frequency together: eight rates of 48 kHz.
const EVALUATORS_HZ: u32 = 400_000;

/// Analyzers are kept for so many hertz of sampling frequency together: six signals of 48 kHz, about 100 MB.
const ANALYZERS_HZ: u32 = 300_000;

/// What a file gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// What it says, or why it says nothing.
    pub document: AnalysisDocument,
    /// The response that the document's parameters come from; none where the outcome is failed.
    pub impulse_response: Option<ImpulseResponse>,
}

/// Turns sounds into documents. Designing filters costs as much as several evaluations, so evaluators are kept by
/// rate and analyzers by excitation, both within bounds.
#[derive(Debug)]
pub struct Analyst {
    options: EvaluationOptions,
    engine: Engine,
    evaluators: Kept<SampleRate, Evaluator>,
    analyzers: Kept<played::Key, Analyzer>,
}

impl Analyst {
    /// Evaluates with `options`; documents name `engine` as the program that made them.
    pub fn new(options: EvaluationOptions, engine: Engine) -> Self {
        Self {
            options,
            engine,
            evaluators: Kept::new(EVALUATORS_HZ),
            analyzers: Kept::new(ANALYZERS_HZ),
        }
    }

    /// The document of a sound, and its impulse response if there is one.
    pub fn analyze(&self, sound: Sound, played: &Played) -> Analysis {
        let Ok(analysis) = self.analyze_while(sound, played, &|| Ok::<(), Infallible>(()));
        analysis
    }

    /// As [`Self::analyze`], and stopped by the first error of `go_on`, which is asked before each long step.
    ///
    /// # Errors
    /// That of `go_on`.
    pub fn analyze_while<E>(
        &self,
        sound: Sound,
        played: &Played,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Analysis, E> {
        go_on()?;
        let document = self.empty(sound.input);
        let audio = match sound.audio {
            Ok(audio) => audio,
            Err(error) => return Ok(failed(document, not_audio(&error))),
        };
        let document = AnalysisDocument {
            warnings: findings::of_file(&audio),
            ..document
        };
        let signal = &audio.signal;
        let measured = match played {
            Played::Layout(excitation) => self.by_markers(excitation, signal, go_on),
            Played::Sweep(excitation, alone) => match self.by_markers(excitation, signal, go_on) {
                Err(Ended::Refused(Refusal::NoSync { .. })) => alone.measure_while(signal, go_on),
                by_markers => by_markers,
            },
            Played::Signal(analyzer) => analyzer.measure_while(signal, go_on),
            Played::Response => return self.of_response(document, signal, go_on),
        };
        match measured {
            Ok(measured) => self.of_recording(document, measured, go_on),
            Err(Ended::Refused(refusal)) => Ok(failed(document, findings::failure(&refusal))),
            Err(Ended::Stopped(stopped)) => Err(stopped),
        }
    }

    fn by_markers<E>(
        &self,
        excitation: &Excitation,
        signal: &Signal,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Measured, Ended<E>> {
        let key = played::Key::of(excitation);
        let made = || Analyzer::new(*excitation);
        let analyzer = self.analyzers.get(key, excitation.rate().hz(), made);
        analyzer.measure_while(signal, &mut |_| go_on())
    }

    /// The document of a sound that cannot be analysed for a reason of the caller's.
    pub fn refuse(&self, sound: Sound, failure: analysis::Failure) -> Analysis {
        failed(self.empty(sound.input), failure)
    }

    fn of_recording<E>(
        &self,
        mut document: AnalysisDocument,
        measured: Measured,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Analysis, E> {
        document
            .warnings
            .extend(measured.findings.iter().map(findings::warning));
        document.input.channel_used = u32::try_from(measured.channel).ok();
        document.alignment = Some(findings::alignment(&measured.alignment, &measured.findings));
        document.noise = Some(findings::noise(measured.background.as_ref()));
        self.evaluated(document, measured.impulse_response, go_on)
    }

    fn of_response<E>(
        &self,
        mut document: AnalysisDocument,
        signal: &Signal,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Analysis, E> {
        let (response, channel) = match response::of(signal) {
            Ok(found) => found,
            Err(error) => return Ok(failed(document, findings::no_response(error))),
        };
        document
            .warnings
            .extend(response::selected(signal, channel));
        document.input.channel_used = u32::try_from(channel).ok();
        document.noise = Some(findings::noise_of_response());
        self.evaluated(document, response, go_on)
    }

    fn evaluated<E>(
        &self,
        mut document: AnalysisDocument,
        response: ImpulseResponse,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Analysis, E> {
        let room = self
            .evaluator(response.rate())
            .evaluate_while(&response, go_on)?;
        go_on()?;
        fill(&mut document, &response, &room);
        Ok(Analysis {
            document,
            impulse_response: Some(response),
        })
    }

    fn evaluator(&self, rate: SampleRate) -> Arc<Evaluator> {
        self.evaluators
            .get(rate, rate.hz(), || Evaluator::new(rate, self.options))
    }

    fn empty(&self, input: analysis::Input) -> AnalysisDocument {
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
            engine: self.engine.clone(),
        }
    }
}

fn fill(document: &mut AnalysisDocument, response: &ImpulseResponse, room: &RoomParameters) {
    document.impulse_response = Some(analysis::ImpulseResponse {
        sample_rate_hz: response.rate().hz(),
        onset_sample: response.onset() as u64,
        length_samples: response.samples().len() as u64,
    });
    report::document::fill(document, room);
}

fn failed(document: AnalysisDocument, failure: analysis::Failure) -> Analysis {
    let document = AnalysisDocument {
        outcome: Outcome::Failed,
        failure: Some(failure),
        ..document
    };
    Analysis {
        document,
        impulse_response: None,
    }
}
