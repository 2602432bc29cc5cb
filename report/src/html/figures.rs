//! The plots of a document, each in a figure with a sentence on how to read it.

use contract::analysis::AnalysisDocument;

use crate::markup::{Markup, attributes};
use crate::plot::{self, card::Card};

/// Writes every plot that the document has data for.
pub(super) fn write(main: &mut Markup, document: &AnalysisDocument) {
    let figures = figures(document);
    if figures.is_empty() {
        return;
    }
    main.element("h2", &[], "Plots");
    main.nest("div", &attributes! {"class" => "plots"}, |plots| {
        for (card, caption) in &figures {
            figure(plots, card, caption);
        }
    });
}

/// A plot with its caption.
pub(super) fn figure(main: &mut Markup, card: &Card, caption: &str) {
    main.nest("figure", &[], |figure| {
        figure.append(&card.svg());
        figure.element("figcaption", &[], caption);
    });
}

fn figures(document: &AnalysisDocument) -> Vec<(Card, &'static str)> {
    [
        (
            plot::reverberation::draw(document.into()),
            "How long sound takes to fade by 60 dB. EDT much shorter than T₃₀ means a dry first impression.",
        ),
        (
            plot::decay::draw(document.into()),
            "How the energy fades in each band. Straight lines mean that one reverberation time says it all.",
        ),
        (
            plot::energy_time::draw(document.into()),
            "Direct sound, reflections and tail. What arrives before 50 ms helps speech.",
        ),
        (
            plot::frequency_response::draw(document),
            "Which frequencies are strong or weak at this position.",
        ),
        (
            plot::speech::draw(document.into()),
            "How well speech can be understood, and which octaves carry it.",
        ),
    ]
    .into_iter()
    .filter_map(|(card, caption)| card.map(|card| (card, caption)))
    .collect()
}
