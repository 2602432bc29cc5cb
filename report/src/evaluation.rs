//! What an evaluation gave, whoever was evaluated: a recording, a response, a simulated pair.
//!
//! Plots and tables take this view, so that measured and simulated rooms are drawn by the same hands.

use contract::analysis::AnalysisDocument;
use contract::curves::Curves;
use contract::parameters::{Mid, Parameters};
use contract::simulation::SimulatedPair;
use contract::speech::Sti;

/// The evaluated part of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluation<'a> {
    /// All octaves together, or the unfiltered response.
    pub broadband: Option<&'a Parameters>,
    /// Per octave.
    pub octaves: &'a [Parameters],
    /// Per third of an octave.
    pub thirds: &'a [Parameters],
    /// Single-number values.
    pub mid: Option<&'a Mid>,
    /// Speech transmission.
    pub sti: Option<&'a Sti>,
    /// What is drawn.
    pub curves: Option<&'a Curves>,
}

impl<'a> From<&'a AnalysisDocument> for Evaluation<'a> {
    fn from(document: &'a AnalysisDocument) -> Self {
        Self {
            broadband: document.broadband.as_ref(),
            octaves: &document.octaves,
            thirds: &document.thirds,
            mid: document.mid.as_ref(),
            sti: document.sti.as_ref(),
            curves: document.curves.as_ref(),
        }
    }
}

impl<'a> From<&'a SimulatedPair> for Evaluation<'a> {
    fn from(pair: &'a SimulatedPair) -> Self {
        let found = &pair.parameters;
        Self {
            broadband: Some(&found.broadband),
            octaves: &found.octaves,
            thirds: &[],
            mid: Some(&found.mid),
            sti: Some(&found.sti),
            curves: pair.curves.as_ref(),
        }
    }
}
