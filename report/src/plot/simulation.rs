//! One picture of a simulation: headline, warnings, the room, the formulas, and every plot of its pairs.

use contract::simulation::{SimulatedPair, SimulationDocument};

use super::card::Card;
use super::overview::{HEADLINE, Lines, compose, table, warning_lines};
use super::palette::INK;
use super::sketch::RoomSketch;
use super::{decay, energy_time, predictions, reverberation, sketch, speech};
use crate::simulation_words;

/// Pairs that a picture shows; the report shows all.
const PAIRS_MAX: usize = 4;

/// The picture.
pub(super) fn draw(document: &SimulationDocument, name: &str, room: Option<&RoomSketch>) -> Card {
    let mut lines = Lines::default();
    let headline = simulation_words::headline(document);
    lines.add(&headline, HEADLINE, INK);
    lines.add(&simulation_words::method(document), 14.0, INK);
    let left_out = document.pairs.len().saturating_sub(PAIRS_MAX);
    if left_out > 0 {
        let words =
            format!("The first {PAIRS_MAX} pairs are shown, {left_out} more in the report.");
        lines.add(&words, 14.0, INK);
    }
    lines.end_paragraph();
    warning_lines(&mut lines, &document.warnings);
    let title = format!("Simulated room: {name}");
    compose(
        title,
        headline,
        &lines,
        &cards(document, room),
        &document.engine,
    )
}

fn cards(document: &SimulationDocument, room: Option<&RoomSketch>) -> Vec<Card> {
    let of_room = [room.and_then(sketch::draw), predictions::draw(document)];
    let of_room = of_room.into_iter().flatten();
    if let [pair] = document.pairs.as_slice() {
        return of_room.chain(all(pair)).collect();
    }
    let shown = document.pairs.iter().take(PAIRS_MAX);
    of_room.chain(shown.flat_map(chosen)).collect()
}

/// Every card of the only pair.
fn all(pair: &SimulatedPair) -> impl Iterator<Item = Card> {
    [
        reverberation::draw(pair.into()),
        decay::draw(pair.into()),
        energy_time::draw(pair.into()),
        speech::draw(pair.into()),
        table(pair.into()),
    ]
    .into_iter()
    .flatten()
}

/// The two cards of one of several pairs.
fn chosen(pair: &SimulatedPair) -> impl Iterator<Item = Card> {
    let whose = simulation_words::pair(pair);
    [reverberation::draw(pair.into()), decay::draw(pair.into())]
        .into_iter()
        .flatten()
        .map(move |card| card.of(&whose))
}
