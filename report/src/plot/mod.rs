//! Plots of a document as SVG, drawn by hand: no plotting crate, no script, no style sheet.
//!
//! Every plot is a white card with its own title, axes with units, and a `<title>` and `<desc>` for
//! screen readers. Colours are Okabe and Ito's; dashes, hatching, marks or words say the same, so
//! that no meaning hangs on colour. No element has an `id`: plots can share a page.

mod axis;
pub(crate) mod card;
mod clip;
pub(crate) mod decay;
pub(crate) mod energy_time;
mod frame;
pub(crate) mod frequency_response;
mod overview;
mod palette;
pub(crate) mod predictions;
pub(crate) mod reverberation;
mod simulation;
pub(crate) mod sketch;
pub(crate) mod speech;
pub(crate) mod spread;

use contract::analysis::AnalysisDocument;
use contract::simulation::SimulationDocument;
use contract::summary::SummaryDocument;

pub use sketch::RoomSketch;

/// Decay curves per octave with their regression lines; none if the document has no curves.
pub fn decay(document: &AnalysisDocument) -> Option<String> {
    decay::draw(document.into()).map(|card| card.svg().into_string())
}

/// Energy-time curve of the unfiltered response; none if the document has no curves.
pub fn energy_time(document: &AnalysisDocument) -> Option<String> {
    energy_time::draw(document.into()).map(|card| card.svg().into_string())
}

/// EDT, T20 and T30 per band; none if no band has any of them.
pub fn reverberation(document: &AnalysisDocument) -> Option<String> {
    reverberation::draw(document.into()).map(|card| card.svg().into_string())
}

/// Level over frequency; none if the document has no frequency response.
pub fn frequency_response(document: &AnalysisDocument) -> Option<String> {
    frequency_response::draw(document).map(|card| card.svg().into_string())
}

/// Speech transmission index with its parts; none if it was not evaluated.
pub fn speech(document: &AnalysisDocument) -> Option<String> {
    speech::draw(document.into()).map(|card| card.svg().into_string())
}

/// Reverberation time per octave at every position with mean and spread; none if no position has one.
pub fn spread(summary: &SummaryDocument, documents: &[AnalysisDocument]) -> Option<String> {
    spread::draw(summary, documents).map(|card| card.svg().into_string())
}

/// Headline, warnings, all plots and a table in one picture; for a failed document the failure and
/// its remedy.
pub fn overview(document: &AnalysisDocument) -> String {
    overview::draw(document).svg().into_string()
}

/// Headline, warnings, the room and its plots in one picture; `name` is that of the room's file.
pub fn simulation(document: &SimulationDocument, name: &str, room: Option<&RoomSketch>) -> String {
    let card = simulation::draw(document, name, room);
    card.svg().into_string()
}

/// Plan and section of a room; none if it has no size.
pub fn sketch(room: &RoomSketch) -> Option<String> {
    sketch::draw(room).map(|card| card.svg().into_string())
}
