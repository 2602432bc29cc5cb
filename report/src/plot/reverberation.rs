//! EDT, T20 and T30 per band as bars.
//!
//! A hatched bar carries a flag of its band; a whisker is the expanded uncertainty of T20 or T30
//! (twice the standard uncertainty); a cross stands where a quantity could not be evaluated. A bar that would dwarf
//! all others (a band whose decay has no single slope) is cut at the top, drawn broken, and has
//! its value written on it.

use contract::parameters::Parameters;

use super::axis::{Axis, Tick, round_up};
use super::card::{Card, HEIGHT, Pen, WIDTH};
use super::frame::{self, Area, Entry, Stroke};
use super::palette::{BLUE, INK, MUTED, ORANGE, PAPER, SKY};
use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity::{self, Quantity};
use crate::text;

const AREA: Area = Area {
    left: 64.0,
    top: 48.0,
    width: WIDTH - 64.0 - 20.0,
    height: HEIGHT - 48.0 - 76.0,
};

/// Coverage factor of the whiskers: about 95 %.
const COVERAGE: f64 = 2.0;

/// Times the median above which a bar is cut rather than the others made small.
const CUT: f64 = 4.0;

/// Smallest and largest size of the value on a cut bar.
const VALUE: (f64, f64) = (7.0, 12.0);

/// Height at the top of a cut bar that its gap takes.
const BROKEN: f64 = 24.0;

/// Distance of hatching lines.
const HATCH: f64 = 6.0;

/// Part of a band's width that its bars take.
const FILLED: f64 = 0.8;

const WHISKER: Stroke = Stroke::solid(INK, 1.3);
const CROSS: Stroke = Stroke::solid(MUTED, 1.5);
const BREAK: Stroke = Stroke::solid(PAPER, 6.0);
const EDGE: Stroke = Stroke::solid(INK, 1.0);

/// One of the three bars of a band.
struct Series {
    name: &'static str,
    colour: &'static str,
    value: Quantity,
    uncertainty: Option<Quantity>,
}

const SERIES: [Series; 3] = [
    Series {
        name: "EDT",
        colour: ORANGE,
        value: quantity::EDT,
        uncertainty: None,
    },
    Series {
        name: "T₂₀",
        colour: SKY,
        value: quantity::T20,
        uncertainty: Some(quantity::U20),
    },
    Series {
        name: "T₃₀",
        colour: BLUE,
        value: quantity::T30,
        uncertainty: Some(quantity::U30),
    },
];

/// The plot; none if no band has a reverberation time.
pub(crate) fn draw(found: Evaluation<'_>) -> Option<Card> {
    let (kind, bands) = if found.octaves.is_empty() {
        ("thirds of an octave", found.thirds)
    } else {
        ("octaves", found.octaves)
    };
    let top = top(bands);
    if top <= 0.0 {
        return None;
    }
    let x = band_axis(bands, AREA);
    let y = Axis::linear((0.0, round_up(top * 1.05, 5.0)), AREA.up(), 5.0, "Time / s");
    let title = format!("Reverberation time, {kind}");
    Some(Card::new(title, describe(bands), (WIDTH, HEIGHT), |svg| {
        frame::axes(svg, AREA, &x, &y);
        for (index, band) in bands.iter().enumerate() {
            band_bars(svg, index, bands.len(), band, &y);
        }
        legend(svg, bands, &y);
    }))
}

/// The highest value with its whisker among those that are not cut.
fn top(bands: &[Parameters]) -> f64 {
    let each = |of: fn(&Series, &Parameters) -> Option<f64>| -> Vec<f64> {
        let all = bands
            .iter()
            .flat_map(|band| SERIES.iter().map(move |series| of(series, band)));
        all.flatten().filter(|value| value.is_finite()).collect()
    };
    let mut values = each(|series, band| series.of(band).map(|(value, _)| value));
    values.sort_by(f64::total_cmp);
    let median = values.get(values.len() / 2).copied().unwrap_or(0.0);
    let limit = if median > 0.0 {
        CUT * median
    } else {
        f64::INFINITY
    };
    let tops = each(Series::top).into_iter();
    tops.filter(|value| *value <= limit).fold(0.0, f64::max)
}

/// A horizontal axis with one place a band.
pub(super) fn band_axis(bands: &[Parameters], area: Area) -> Axis {
    let count = bands.len() as f64;
    let mut axis = Axis::linear(
        (0.0, count),
        area.across(),
        1.0,
        "Mid frequency of the band / Hz",
    );
    let sparse = if bands.len() > 12 { 3 } else { 1 };
    axis.ticks = bands
        .iter()
        .enumerate()
        .filter(|(index, _)| index % sparse == sparse / 2)
        .map(|(index, band)| Tick {
            value: index as f64 + 0.5,
            text: band
                .center_hz
                .map(format::frequency_tick)
                .unwrap_or_default(),
        })
        .collect();
    axis
}

impl Series {
    /// Value and half the length of its whisker.
    fn of(&self, band: &Parameters) -> Option<(f64, Option<f64>)> {
        let value = self.value.of(band).filter(|value| *value >= 0.0)?;
        let uncertainty = self
            .uncertainty
            .as_ref()
            .and_then(|quantity| quantity.of(band));
        Some((value, uncertainty.map(|uncertainty| COVERAGE * uncertainty)))
    }

    fn top(&self, band: &Parameters) -> Option<f64> {
        self.of(band)
            .map(|(value, whisker)| value + whisker.unwrap_or(0.0))
    }
}

fn band_bars(svg: &mut Markup, index: usize, count: usize, band: &Parameters, y: &Axis) {
    let place = AREA.width / count as f64;
    let width = place * FILLED / SERIES.len() as f64;
    let first = AREA.left + place * (index as f64 + (1.0 - FILLED) / 2.0);
    for (number, series) in SERIES.iter().enumerate() {
        let left = first + width * number as f64;
        match series.of(band) {
            Some((value, whisker)) => {
                let top = y.px_within(value);
                let bar = Area {
                    left: left + 0.5,
                    top,
                    width: width - 1.0,
                    height: AREA.bottom() - top,
                };
                rectangle(svg, bar, series.colour, !band.flags.is_empty());
                if value > y.high() {
                    broken(svg, bar);
                    write_value(svg, bar, value);
                } else if let Some(half) = whisker {
                    draw_whisker(svg, left + width / 2.0, (value - half, value + half), y);
                }
            }
            None => cross(svg, (left + width / 2.0, AREA.bottom() - 9.0), width),
        }
    }
}

fn rectangle(svg: &mut Markup, bar: Area, colour: &'static str, hatched: bool) {
    svg.leaf(
        "rect",
        &attributes! {
            "x" => bar.left, "y" => bar.top, "width" => bar.width, "height" => bar.height,
            "fill" => colour,
        },
    );
    if hatched {
        hatch(svg, bar);
    }
}

/// Diagonal white lines over a bar.
fn hatch(svg: &mut Markup, bar: Area) {
    let stroke = Stroke::solid(PAPER, 2.0);
    let span = bar.width + bar.height;
    let mut offset = HATCH / 2.0;
    while offset < span {
        let ends = [
            (bar.left + offset - bar.height, bar.top),
            (bar.left + offset, bar.bottom()),
        ];
        stroke.curve(svg, bar, ends.into_iter());
        offset += HATCH * core::f64::consts::SQRT_2;
    }
}

/// A slanted gap near the top of a bar that goes on beyond the axis.
fn broken(svg: &mut Markup, bar: Area) {
    let (left, right) = (bar.left - 2.0, bar.left + bar.width + 2.0);
    let at = bar.top + 12.0;
    for (stroke, below) in [(BREAK, 0.0), (EDGE, -3.0), (EDGE, 3.0)] {
        stroke.line(svg, (left, at + below + 2.0), (right, at + below - 2.0));
    }
}

/// The value of a bar that the axis does not show, upwards along the bar, below its gap.
fn write_value(svg: &mut Markup, bar: Area, value: f64) {
    let text = format!("{} s", format::time_s(value));
    let size = (0.8 * bar.width).clamp(VALUE.0, VALUE.1);
    let start = bar.top + BROKEN + text::width(&text, size);
    let baseline = bar.left + 0.5 * bar.width + 0.36 * size;
    Pen::new(size, INK).write_up(svg, (baseline, start), &text);
}

/// A whisker between two values, cut at the axis.
pub(super) fn draw_whisker(svg: &mut Markup, at: f64, (low, high): (f64, f64), y: &Axis) {
    let (low, high) = (y.px_within(low), y.px_within(high));
    WHISKER.line(svg, (at, low), (at, high));
    for end in [low, high] {
        WHISKER.line(svg, (at - 4.0, end), (at + 4.0, end));
    }
}

fn cross(svg: &mut Markup, (x, y): (f64, f64), width: f64) {
    let arm = (width / 3.0).min(4.0);
    CROSS.line(svg, (x - arm, y - arm), (x + arm, y + arm));
    CROSS.line(svg, (x - arm, y + arm), (x + arm, y - arm));
}

fn legend(svg: &mut Markup, bands: &[Parameters], scale: &Axis) {
    let keys = SERIES.map(|series| {
        let colour = series.colour;
        let key = move |legend: &mut Markup, at| rectangle(legend, sample(at), colour, false);
        (series.name, key)
    });
    let flagged = |legend: &mut Markup, at| rectangle(legend, sample(at), MUTED, true);
    let missing =
        |legend: &mut Markup, (x, y): (f64, f64)| cross(legend, (x + 13.0, y - 4.0), 12.0);
    let cut = |legend: &mut Markup, (x, y): (f64, f64)| {
        let bar = Area {
            left: x + 8.0,
            top: y - 14.0,
            width: 10.0,
            height: 18.0,
        };
        rectangle(legend, bar, MUTED, false);
        broken(legend, bar);
    };
    let entry = |name, key| Entry { name, key };
    let mut entries: Vec<Entry<'_>> = keys.iter().map(|(name, key)| entry(name, key)).collect();
    if any_whisker(bands) {
        entries.push(entry("95 % uncertainty", &whisker_key));
    }
    if bands.iter().any(|band| !band.flags.is_empty()) {
        entries.push(entry("flagged", &flagged));
    }
    if any_above(bands, scale.high()) {
        entries.push(entry("cut", &cut));
    }
    if any_missing(bands) {
        entries.push(entry("not evaluable", &missing));
    }
    frame::legend(svg, (AREA.left, HEIGHT - 16.0), &entries);
}

/// The box of a legend's key.
fn sample((x, y): (f64, f64)) -> Area {
    Area {
        left: x,
        top: y - 9.0,
        width: 26.0,
        height: 10.0,
    }
}

/// The key of a whisker, lying.
pub(super) fn whisker_key(svg: &mut Markup, (x, y): (f64, f64)) {
    WHISKER.line(svg, (x + 4.0, y - 4.0), (x + 22.0, y - 4.0));
    for end in [x + 4.0, x + 22.0] {
        WHISKER.line(svg, (end, y - 8.0), (end, y));
    }
}

fn any_whisker(bands: &[Parameters]) -> bool {
    let values = bands
        .iter()
        .flat_map(|band| SERIES.iter().map(|series| series.of(band)));
    values.flatten().any(|(_, whisker)| whisker.is_some())
}

fn any_above(bands: &[Parameters], limit: f64) -> bool {
    let mut values = bands
        .iter()
        .flat_map(|band| SERIES.iter().map(|series| series.of(band)));
    values.any(|value| value.is_some_and(|(value, _)| value > limit))
}

fn any_missing(bands: &[Parameters]) -> bool {
    bands
        .iter()
        .any(|band| SERIES.iter().any(|series| series.of(band).is_none()))
}

fn describe(bands: &[Parameters]) -> String {
    let each = |band: &Parameters| {
        let centre = format::or_missing(band.center_hz, format::frequency_hz);
        let values = SERIES
            .iter()
            .map(|series| format!("{} {}", series.name, series.value.text(band)));
        let values: Vec<String> = values.collect();
        format!("{centre}: {}", values.join(", "))
    };
    let parts: Vec<String> = bands.iter().map(each).collect();
    format!(
        "Early decay and reverberation times in seconds. {}.",
        parts.join("; ")
    )
}
