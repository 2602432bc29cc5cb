//! One picture of a whole document: headline, warnings, every plot, and a table of the octaves. For
//! a failed document it is the failure and its remedy.

use contract::analysis::{AnalysisDocument, Engine, Failure, Outcome, Warning};
use contract::parameters::Parameters;

use super::card::{Card, HEIGHT, MARGIN, Pen, WIDTH};
use super::frame::Stroke;
use super::palette::{AXIS, GRID, INK, MUTED, VERMILION};
use super::{decay, energy_time, frequency_response, reverberation, speech};
use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity::{self, Quantity};
use crate::{text, words};

/// Room between cards.
const GAP: f64 = 16.0;
/// Width of the picture: two cards.
const FULL: f64 = 2.0 * WIDTH + 3.0 * GAP;
/// Width of a line of text in the picture.
const LINE: f64 = FULL - 2.0 * MARGIN;
/// Distance of lines of text.
const LEADING: f64 = 22.0;
/// Room between paragraphs.
const PARAGRAPH: f64 = 8.0;
/// Size of texts.
const SIZE: f64 = 14.0;
/// Size of the headline.
pub(super) const HEADLINE: f64 = 22.0;
/// Where the text below the title begins.
const TOP: f64 = 62.0;
/// Most rows that the table has room for.
const ROWS_MAX: usize = 13;

/// The picture.
pub(super) fn draw(document: &AnalysisDocument) -> Card {
    let mut lines = Lines::default();
    if document.outcome == Outcome::Failed {
        failure_lines(&mut lines, document.failure.as_ref());
    } else {
        lines.add(&words::headline(document), HEADLINE, INK);
    }
    lines.end_paragraph();
    warning_lines(&mut lines, &document.warnings);
    let title = format!("Room-acoustic measurement: {}", document.input.file);
    let description = words::headline(document);
    compose(
        title,
        description,
        &lines,
        &cards(document),
        &document.engine,
    )
}

/// A picture of a title, lines, and cards in two columns.
pub(super) fn compose(
    title: String,
    description: String,
    lines: &Lines,
    cards: &[Card],
    engine: &Engine,
) -> Card {
    let rows = cards.len().div_ceil(2) as f64;
    let engine = format!("{} {}", engine.name, engine.version);
    let below = TOP + lines.height + GAP;
    let height = (below + rows * (HEIGHT + GAP) + 28.0).ceil();
    Card::new(title, description, (FULL, height), |svg| {
        lines.write(svg);
        for (index, card) in cards.iter().enumerate() {
            let column = (index % 2) as f64;
            let row = (index / 2) as f64;
            let at = (GAP + column * (WIDTH + GAP), below + row * (HEIGHT + GAP));
            card.place(svg, at);
        }
        let pen = Pen::new(11.0, MUTED).end();
        pen.write(svg, (FULL - MARGIN, height - 14.0), &engine);
    })
}

fn cards(document: &AnalysisDocument) -> Vec<Card> {
    [
        reverberation::draw(document.into()),
        decay::draw(document.into()),
        energy_time::draw(document.into()),
        frequency_response::draw(document),
        speech::draw(document.into()),
        table(document.into()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Lines of text that are broken before the height of the picture is known.
#[derive(Debug, Default)]
pub(super) struct Lines {
    entries: Vec<(f64, Pen, String)>,
    height: f64,
}

impl Lines {
    /// Adds a paragraph.
    pub(super) fn add(&mut self, words: &str, size: f64, colour: &'static str) {
        for line in text::wrap(words, size, LINE) {
            self.height += LEADING * (size / SIZE).max(1.0);
            self.entries
                .push((self.height, Pen::new(size, colour), line));
        }
    }

    /// Leaves room below what was added.
    pub(super) const fn end_paragraph(&mut self) {
        self.height += PARAGRAPH;
    }

    fn write(&self, svg: &mut Markup) {
        for (at, pen, line) in &self.entries {
            pen.write(svg, (MARGIN, TOP - LEADING + at), line);
        }
    }
}

fn failure_lines(lines: &mut Lines, failure: Option<&Failure>) {
    let Some(failure) = failure else {
        lines.add(
            "The recording could not be evaluated; no reason was given.",
            HEADLINE,
            VERMILION,
        );
        return;
    };
    lines.add("The recording could not be evaluated", HEADLINE, VERMILION);
    let what = words::sentence(&failure.message);
    lines.add(&format!("{}: {what}", failure.code), SIZE, INK);
    let remedy = words::sentence(&failure.remedy);
    lines.add(&format!("What to do: {remedy}"), SIZE, INK);
}

/// Every warning with its remedy.
pub(super) fn warning_lines(lines: &mut Lines, warnings: &[Warning]) {
    for warning in warnings {
        let what = words::sentence(&warning.message);
        let remedy = words::sentence(&warning.remedy);
        lines.add(&format!("▲ {}: {what} {remedy}", warning.code), SIZE, MUTED);
    }
}

/// The octaves (or thirds) in numbers; none if there is no band.
pub(super) fn table(found: Evaluation<'_>) -> Option<Card> {
    let bands = if found.octaves.is_empty() {
        found.thirds
    } else {
        found.octaves
    };
    if bands.is_empty() {
        return None;
    }
    let rows: Vec<&Parameters> = found.broadband.into_iter().chain(bands).collect();
    let shown = rows.len().min(ROWS_MAX);
    let left_out = rows.len() - shown;
    let description = "The values of the plots, and the energy ratios, per band.".to_owned();
    let title = "Parameters".to_owned();
    Some(Card::new(title, description, (WIDTH, HEIGHT), |svg| {
        header(svg);
        for (index, band) in rows.iter().take(shown).enumerate() {
            row(svg, index, band);
        }
        note(svg, left_out);
    }))
}

/// Columns of the table.
const COLUMNS: [Quantity; 8] = quantity::ROOM;
/// Where the first column of numbers ends, and how wide each is.
const FIRST: f64 = 180.0;
const STEP: f64 = 73.0;

fn header(svg: &mut Markup) {
    let pen = Pen::new(12.0, MUTED);
    pen.write(svg, (MARGIN, 66.0), "Band");
    for (index, quantity) in COLUMNS.iter().enumerate() {
        let at = FIRST + STEP * index as f64;
        pen.end().write(svg, (at, 66.0), &quantity.heading());
    }
    Stroke::solid(AXIS, 1.0).line(svg, (MARGIN, 74.0), (WIDTH - MARGIN, 74.0));
}

fn row(svg: &mut Markup, index: usize, band: &Parameters) {
    let baseline = 94.0 + LEADING * index as f64;
    if index % 2 == 1 {
        svg.leaf(
            "rect",
            &attributes! {
                "x" => MARGIN, "y" => baseline - 15.5, "width" => WIDTH - 2.0 * MARGIN,
                "height" => LEADING, "fill" => GRID, "opacity" => 0.5,
            },
        );
    }
    let mark = if band.flags.is_empty() { "" } else { " ▲" };
    let name = band.center_hz.map(format::frequency_hz);
    let name = name.unwrap_or_else(|| "Broadband".to_owned());
    let pen = Pen::new(12.0, INK);
    pen.write(svg, (MARGIN, baseline), &format!("{name}{mark}"));
    for (column, quantity) in COLUMNS.iter().enumerate() {
        let at = FIRST + STEP * column as f64;
        pen.end().write(svg, (at, baseline), &quantity.text(band));
    }
}

fn note(svg: &mut Markup, left_out: usize) {
    let mut words = "– not evaluable   ▲ flagged; the reasons stand in the report".to_owned();
    if left_out > 0 {
        words = format!("{words}; {left_out} more bands in the CSV table");
    }
    Pen::new(11.0, MUTED).write(svg, (MARGIN, HEIGHT - 14.0), &words);
}
