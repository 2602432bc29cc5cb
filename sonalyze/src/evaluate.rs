//! What the files are, by the command line, and their way through the analysis.

use measurement::analysis::{Analysis, Analyst, Played, Sound};
use room_dsp::Excitation;
use room_metrics::EvaluationOptions;

use crate::cli::{AnalyzeArguments, LayoutName};
use crate::exit::Failure;
use crate::stored_reference::{self, all};
use crate::{analyze, played_signal, speech_options};

/// What the files are, and who analyses them.
#[derive(Debug)]
pub(crate) struct Subject {
    played: Played,
    analyst: Analyst,
}

impl Subject {
    /// Reads the command line; recordings of the reference layout when it names nothing else.
    ///
    /// # Errors
    /// A signal that is not there, or is none of those that can be analysed.
    pub(crate) fn new(arguments: &AnalyzeArguments) -> Result<Self, Failure> {
        Ok(Self {
            played: played(arguments)?,
            analyst: Analyst::new(options(arguments), analyze::engine()),
        })
    }

    /// The document of a file, and its impulse response if there is one.
    pub(crate) fn analyze(&self, sound: Sound) -> Analysis {
        self.analyst.analyze(sound, &self.played)
    }
}

fn played(arguments: &AnalyzeArguments) -> Result<Played, Failure> {
    if arguments.ir {
        return Ok(Played::Response);
    }
    match (&arguments.reference, &arguments.hash, &arguments.data_dir) {
        (Some(signal), _, _) => played_signal::read(signal),
        (None, Some(hash), Some(data_dir)) => {
            stored_reference::find(data_dir, hash).map(Played::Layout)
        }
        (None, _, _) => of_layout(arguments.layout.unwrap_or(LayoutName::Reference)),
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

fn of_layout(name: LayoutName) -> Result<Played, Failure> {
    Excitation::new(name.parameters())
        .map(Played::Layout)
        .map_err(|faults| Failure::failed(all(&faults)))
}
