//! Reverberation time of several positions: a dot each, their mean and standard deviation per octave.
//!
//! T30, or T20 if no position has a T30 in any octave.

use contract::analysis::AnalysisDocument;
use contract::summary::{OctaveSummary, Spread, SummaryDocument};

use super::axis::{Axis, Tick, round_up};
use super::card::{Card, HEIGHT, WIDTH};
use super::frame::{self, Area, Entry, Stroke};
use super::palette::{BLUE, INK};
use super::reverberation::{draw_whisker, whisker_key};
use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity::{self, Quantity};

const AREA: Area = Area {
    left: 64.0,
    top: 48.0,
    width: WIDTH - 64.0 - 20.0,
    height: HEIGHT - 48.0 - 76.0,
};

const MEAN: Stroke = Stroke::solid(INK, 2.4);

/// What is spread.
struct Choice {
    symbol: &'static str,
    quantity: Quantity,
    spread: fn(&OctaveSummary) -> Spread,
}

const T30: Choice = Choice {
    symbol: "T₃₀",
    quantity: quantity::T30,
    spread: |octave| octave.t30_s,
};

const T20: Choice = Choice {
    symbol: "T₂₀",
    quantity: quantity::T20,
    spread: |octave| octave.t20_s,
};

/// The plot; none if no position has a reverberation time.
pub(crate) fn draw(summary: &SummaryDocument, documents: &[AnalysisDocument]) -> Option<Card> {
    let octaves = &summary.octaves;
    let has_any = |choice: &Choice| octaves.iter().any(|octave| (choice.spread)(octave).n > 0);
    let choice = [T30, T20].into_iter().find(has_any)?;
    let dots: Vec<Vec<f64>> = octaves
        .iter()
        .map(|octave| values(documents, octave.center_hz, &choice))
        .collect();
    let tops = octaves
        .iter()
        .map(|octave| (choice.spread)(octave))
        .map(top);
    let top = tops
        .chain(dots.iter().flatten().copied())
        .fold(0.0, f64::max);
    let x = axis(octaves);
    let label = format!("{} / s", choice.symbol);
    let y = Axis::linear((0.0, round_up(top * 1.05, 5.0)), AREA.up(), 5.0, &label);
    let title = format!("{} at every position, octaves", choice.symbol);
    let description = describe(octaves, &choice);
    Some(Card::new(title, description, (WIDTH, HEIGHT), |svg| {
        frame::axes(svg, AREA, &x, &y);
        for (index, (octave, positions)) in octaves.iter().zip(&dots).enumerate() {
            let at = x.px(index as f64 + 0.5);
            column(svg, at, (choice.spread)(octave), positions, &y);
        }
        legend(svg);
    }))
}

fn values(documents: &[AnalysisDocument], center_hz: f64, choice: &Choice) -> Vec<f64> {
    let bands = documents.iter().flat_map(|document| &document.octaves);
    bands
        .filter(|band| band.center_hz == Some(center_hz))
        .filter_map(|band| choice.quantity.of(band))
        .collect()
}

fn top(spread: Spread) -> f64 {
    spread.mean.unwrap_or(0.0) + spread.standard_deviation.unwrap_or(0.0)
}

fn axis(octaves: &[OctaveSummary]) -> Axis {
    let range = (0.0, octaves.len() as f64);
    let mut axis = Axis::linear(range, AREA.across(), 1.0, "Mid frequency of the band / Hz");
    let tick = |(index, octave): (usize, &OctaveSummary)| Tick {
        value: index as f64 + 0.5,
        text: format::frequency_tick(octave.center_hz),
    };
    axis.ticks = octaves.iter().enumerate().map(tick).collect();
    axis
}

fn column(svg: &mut Markup, at: f64, spread: Spread, dots: &[f64], y: &Axis) {
    if let Some(mean) = spread.mean.filter(|mean| mean.is_finite()) {
        MEAN.line(svg, (at - 2.0, y.px(mean)), (at + 22.0, y.px(mean)));
        if let Some(deviation) = spread.standard_deviation {
            draw_whisker(svg, at + 10.0, (mean - deviation, mean + deviation), y);
        }
    }
    for value in dots {
        dot(svg, (at - 12.0, y.px_within(*value)));
    }
}

fn dot(svg: &mut Markup, (x, y): (f64, f64)) {
    svg.leaf(
        "circle",
        &attributes! {
            "cx" => x, "cy" => y, "r" => 4.0, "fill" => "none", "stroke" => BLUE,
            "stroke-width" => 1.6,
        },
    );
}

fn legend(svg: &mut Markup) {
    let position = |legend: &mut Markup, (x, y): (f64, f64)| dot(legend, (x + 13.0, y - 4.0));
    let mean = frame::line_key(MEAN);
    let entry = |name, key| Entry { name, key };
    let entries = [
        entry("position", &position),
        entry("mean", &mean),
        entry("± standard deviation", &whisker_key),
    ];
    frame::legend(svg, (AREA.left, HEIGHT - 16.0), &entries);
}

fn describe(octaves: &[OctaveSummary], choice: &Choice) -> String {
    let each = |octave: &OctaveSummary| {
        let spread = (choice.spread)(octave);
        format!(
            "{}: {} ± {} (n = {})",
            format::frequency_hz(octave.center_hz),
            format::or_missing(spread.mean, format::time_s),
            format::or_missing(spread.standard_deviation, format::time_s),
            spread.n
        )
    };
    let parts: Vec<String> = octaves.iter().map(each).collect();
    format!(
        "{} in seconds, mean and standard deviation. {}.",
        choice.symbol,
        parts.join("; ")
    )
}
