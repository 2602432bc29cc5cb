//! From a file's sound to its document: measure, evaluate, or say why not.
//!
//! The only way from bytes to an [`AnalysisDocument`], for the service and the command line alike. Pure: no files, no
//! clock, no database; filters and plans are made once and shared.

mod findings;
mod kept;
mod played;
mod response;
mod sound;

use std::sync::Arc;

use contract::analysis::{self, ANALYSIS_SCHEMA, AnalysisDocument, Engine, Outcome};
use room_dsp::{Analyzer, ImpulseResponse, Measured, Refusal, SampleRate, Signal};
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
        let document = self.empty(sound.input);
        let audio = match sound.audio {
            Ok(audio) => audio,
            Err(error) => return failed(document, not_audio(&error)),
        };
        let document = AnalysisDocument {
            warnings: findings::of_file(&audio),
            ..document
        };
        match played {
            Played::Layout(excitation) => {
                let analyzer =
                    self.analyzers
                        .get(played::Key::of(excitation), excitation.rate().hz(), || {
                            Analyzer::new(*excitation)
                        });
                self.of_recording(document, analyzer.measure(&audio.signal))
            }
            Played::Signal(analyzer) => {
                self.of_recording(document, analyzer.measure(&audio.signal))
            }
            Played::Response => self.of_response(document, &audio.signal),
        }
    }

    /// The document of a sound that cannot be analysed for a reason of the caller's.
    pub fn refuse(&self, sound: Sound, failure: analysis::Failure) -> Analysis {
        failed(self.empty(sound.input), failure)
    }

    fn of_recording(
        &self,
        mut document: AnalysisDocument,
        measured: Result<Measured, Refusal>,
    ) -> Analysis {
        let measured = match measured {
            Ok(measured) => measured,
            Err(refusal) => return failed(document, findings::failure(&refusal)),
        };
        document
            .warnings
            .extend(measured.findings.iter().map(findings::warning));
        document.input.channel_used = u32::try_from(measured.channel).ok();
        document.alignment = Some(findings::alignment(&measured.alignment, &measured.findings));
        document.noise = Some(findings::noise(measured.background.as_ref()));
        self.evaluated(document, measured.impulse_response)
    }

    fn of_response(&self, mut document: AnalysisDocument, signal: &Signal) -> Analysis {
        let (response, channel) = match response::of(signal) {
            Ok(found) => found,
            Err(error) => return failed(document, findings::no_response(error)),
        };
        document
            .warnings
            .extend(response::selected(signal, channel));
        document.input.channel_used = u32::try_from(channel).ok();
        document.noise = Some(findings::noise_of_response());
        self.evaluated(document, response)
    }

    fn evaluated(&self, mut document: AnalysisDocument, response: ImpulseResponse) -> Analysis {
        let room = self.evaluator(response.rate()).evaluate(&response);
        fill(&mut document, &response, &room);
        Analysis {
            document,
            impulse_response: Some(response),
        }
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
