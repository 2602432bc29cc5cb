//! Reverberation time of a simulated room per octave beside what formulas predict from its surfaces.
//!
//! Points are the pairs of sources and receivers, with the 95 % interval of their rays. Lines are the formulas that
//! mostly come near; all six stand in the tables. A formula that lies far above the points is cut by the axis.

use contract::simulation::{Predictions, SimulatedPair, SimulationDocument};

use super::axis::{Axis, Tick, round_up};
use super::card::{Card, HEIGHT, WIDTH};
use super::frame::{self, Area, Entry, Stroke};
use super::palette::{BLUE, GREEN, INK, ORANGE, PAPER, SKY};
use super::reverberation::draw_whisker;
use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity;

const AREA: Area = Area {
    left: 64.0,
    top: 48.0,
    width: WIDTH - 64.0 - 20.0,
    height: HEIGHT - 48.0 - 76.0,
};

/// Half of a 95 % interval in standard errors: Student's t of the seven degrees of freedom that eight batches leave.
const HALF_WIDTH: f64 = 2.365;

/// Times the highest point above which a formula is cut.
const CUT: f64 = 1.6;

/// Part of an octave's width over which the pairs stand side by side.
const SPREAD: f64 = 0.5;

/// A formula's name, line and value.
type Formula = (&'static str, Stroke, fn(&Predictions) -> Option<f64>);

const FORMULAS: [Formula; 4] = [
    ("Sabine", Stroke::dashed(ORANGE, 2.0, "8 4"), |p| p.sabine_s),
    ("Eyring", Stroke::solid(SKY, 2.0), |p| p.eyring_s),
    ("Arau-Puchades", Stroke::dashed(GREEN, 2.0, "2 3"), |p| {
        p.arau_puchades_s
    }),
    ("Kuttruff", Stroke::dashed(INK, 1.4, "10 3 2 3"), |p| {
        p.kuttruff_s
    }),
];

/// The plot; none if neither a pair nor a formula has a time.
pub(crate) fn draw(document: &SimulationDocument) -> Option<Card> {
    let octaves = &document.statistics.octaves;
    let top = top(document);
    if top <= 0.0 {
        return None;
    }
    let x = octave_axis(octaves);
    let y = Axis::linear((0.0, round_up(top * 1.05, 5.0)), AREA.up(), 5.0, "Time / s");
    let title = "Reverberation time and formulas, octaves".to_owned();
    let size = (WIDTH, HEIGHT);
    Some(Card::new(title, describe(document), size, |svg| {
        frame::axes(svg, AREA, &x, &y);
        for (_, stroke, value) in FORMULAS {
            let line = octaves.iter().enumerate().map(|(place, octave)| {
                let value = value(octave).unwrap_or(f64::NAN);
                (x.px(place as f64 + 0.5), y.px(value))
            });
            stroke.curve(svg, AREA, line);
        }
        for (index, pair) in document.pairs.iter().enumerate() {
            points(svg, document, (index, pair), &x, &y);
        }
        legend(svg, document);
    }))
}

/// T30 of a pair in an octave with half of its 95 % interval.
fn simulated(pair: &SimulatedPair, center_hz: f64) -> Option<(f64, Option<f64>)> {
    let mut bands = pair.parameters.octaves.iter();
    let band = bands.find(|b| b.center_hz == Some(center_hz))?;
    let errors = pair.convergence.as_ref().map(|c| &c.octaves);
    let error = errors.and_then(|octaves| {
        let own = octaves
            .iter()
            .find(|o| o.center_hz.total_cmp(&center_hz).is_eq());
        own.and_then(|o| o.t30_s).filter(|error| error.is_finite())
    });
    let value = quantity::T30.of(band)?;
    Some((value, error.map(|error| HALF_WIDTH * error)))
}

/// How high the axis reaches: the points, and formulas that are not far above them.
fn top(document: &SimulationDocument) -> f64 {
    let octaves = document.statistics.octaves.iter();
    let each = document
        .pairs
        .iter()
        .flat_map(|pair| octaves.clone().filter_map(|o| simulated(pair, o.center_hz)));
    let highest = each
        .map(|(value, half)| value + half.unwrap_or(0.0))
        .reduce(f64::max);
    let limit = highest.map_or(f64::INFINITY, |highest| CUT * highest);
    let predicted = octaves
        .flat_map(|octave| FORMULAS.iter().filter_map(|(_, _, value)| value(octave)))
        .filter(|value| value.is_finite());
    let predicted = predicted.fold(0.0, |most: f64, value| most.max(value.min(limit)));
    highest.unwrap_or(0.0).max(predicted)
}

fn octave_axis(octaves: &[Predictions]) -> Axis {
    let count = octaves.len() as f64;
    let label = "Mid frequency of the octave / Hz";
    let mut axis = Axis::linear((0.0, count), AREA.across(), 1.0, label);
    let tick = |(place, octave): (usize, &Predictions)| Tick {
        value: place as f64 + 0.5,
        text: format::frequency_tick(octave.center_hz),
    };
    axis.ticks = octaves.iter().enumerate().map(tick).collect();
    axis
}

fn points(
    svg: &mut Markup,
    document: &SimulationDocument,
    (index, pair): (usize, &SimulatedPair),
    x: &Axis,
    y: &Axis,
) {
    let count = document.pairs.len();
    let aside = SPREAD * ((index as f64 + 0.5) / count as f64 - 0.5);
    for (place, octave) in document.statistics.octaves.iter().enumerate() {
        let Some((value, half)) = simulated(pair, octave.center_hz) else {
            continue;
        };
        let at = x.px(place as f64 + 0.5 + aside);
        if let Some(half) = half {
            draw_whisker(svg, at, (value - half, value + half), y);
        }
        point(svg, (at, y.px_within(value)), radius(count));
    }
}

/// Many points are small ones.
fn radius(pairs: usize) -> f64 {
    if pairs > 8 { 2.5 } else { 4.5 }
}

fn point(svg: &mut Markup, (x, y): (f64, f64), radius: f64) {
    svg.leaf(
        "circle",
        &attributes! {"cx" => x, "cy" => y, "r" => radius, "fill" => BLUE, "stroke" => PAPER},
    );
}

fn legend(svg: &mut Markup, document: &SimulationDocument) {
    let own = |legend: &mut Markup, (x, y): (f64, f64)| point(legend, (x + 13.0, y - 4.0), 4.5);
    let keys = FORMULAS.map(|(name, stroke, _)| (name, frame::line_key(stroke)));
    let mut entries = vec![Entry {
        name: "simulated T₃₀",
        key: &own,
    }];
    let has_rays = document.pairs.iter().any(|pair| pair.convergence.is_some());
    if has_rays {
        entries.push(Entry {
            name: "95 %",
            key: &super::reverberation::whisker_key,
        });
    }
    entries.extend(keys.iter().map(|(name, key)| Entry { name, key }));
    frame::legend(svg, (AREA.left, HEIGHT - 16.0), &entries);
}

fn describe(document: &SimulationDocument) -> String {
    let each = |octave: &Predictions| {
        let values = FORMULAS.iter().map(|(name, _, value)| {
            format!(
                "{name} {}",
                format::or_missing(value(octave), format::time_s)
            )
        });
        let values: Vec<String> = values.collect();
        format!(
            "{}: {}",
            format::frequency_hz(octave.center_hz),
            values.join(", ")
        )
    };
    let parts: Vec<String> = document.statistics.octaves.iter().map(each).collect();
    format!(
        "Predicted reverberation times in seconds. {}.",
        parts.join("; ")
    )
}
