//! The energy-time curve: the squared response in decibels over time, with the limits of early
//! energy at 50 and 80 ms, the truncation and the noise after it.

use contract::curves::EnergyTimeCurve;

use super::axis::Axis;
use super::card::{Card, HEIGHT, Pen, WIDTH};
use super::frame::{self, Area, Entry, SMALL, Stroke};
use super::palette::{BLUE, FADED, GREEN, MUTED, VERMILION};
use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::Markup;
use crate::quantity;
use crate::text;

const AREA: Area = Area {
    left: 64.0,
    top: 48.0,
    width: WIDTH - 64.0 - 20.0,
    height: HEIGHT - 48.0 - 76.0,
};

/// Time shown before the onset, in seconds.
const BEFORE_S: f64 = 0.02;

/// How far beyond the truncation the axis reaches.
const BEYOND: f64 = 1.5;

/// Lowest level shown, in decibels.
const FLOOR_DB: f64 = -90.0;

/// Room between a line and its name.
const BESIDE: f64 = 5.0;

/// Fewest points after the truncation that make a noise level.
const NOISE_POINTS_MIN: usize = 8;

const CURVE: Stroke = Stroke::solid(BLUE, 0.9);
const TAIL: Stroke = Stroke::solid(FADED, 0.9);
const EARLY: Stroke = Stroke::dashed(MUTED, 1.2, "5 3");
const TRUNCATION: Stroke = Stroke::dashed(GREEN, 1.8, "10 3 2 3");
const NOISE: Stroke = Stroke::dashed(VERMILION, 1.8, "2 3");

/// The plot; none if the document has no energy-time curve.
pub(crate) fn draw(found: Evaluation<'_>) -> Option<Card> {
    let curve = &found.curves?.etc;
    let last = curve.time_s.iter().copied().fold(0.0, f64::max);
    if last <= 0.0 {
        return None;
    }
    let truncation_s = found
        .broadband
        .and_then(|band| quantity::TRUNCATION.of(band));
    let marks = Marks {
        truncation_s,
        noise_db: truncation_s.and_then(|time| noise_db(curve, time)),
    };
    let end = truncation_s.map_or(last, |time| (time * BEYOND).clamp(0.15, last.max(0.15)));
    let x = Axis::linear(
        (-BEFORE_S, end),
        AREA.across(),
        8.0,
        "Time after the onset / s",
    );
    let low = marks
        .noise_db
        .map_or(FLOOR_DB, |noise| (noise - 20.0).max(FLOOR_DB));
    let y = Axis::linear((low, 3.0), AREA.up(), 6.0, "Level / dB re maximum");
    Some(Card::new(
        "Energy-time curve, unfiltered".to_owned(),
        marks.describe(),
        (WIDTH, HEIGHT),
        |svg| {
            frame::axes(svg, AREA, &x, &y);
            lines(svg, curve, truncation_s, &x, &y);
            marks.draw(svg, &x, &y);
            marks.legend(svg);
        },
    ))
}

fn lines(svg: &mut Markup, curve: &EnergyTimeCurve, cut: Option<f64>, x: &Axis, y: &Axis) {
    let cut = cut.unwrap_or(f64::INFINITY);
    let points = || curve.time_s.iter().zip(&curve.level_db);
    let px = |(time, level): (&f64, &f64)| (x.px(*time), y.px(*level));
    TAIL.curve(
        svg,
        AREA,
        points().filter(|(time, _)| **time >= cut).map(px),
    );
    CURVE.curve(
        svg,
        AREA,
        points().filter(|(time, _)| **time <= cut).map(px),
    );
}

/// Median level after the truncation; none if too little of it is known.
fn noise_db(curve: &EnergyTimeCurve, truncation_s: f64) -> Option<f64> {
    let mut levels: Vec<f64> = curve
        .time_s
        .iter()
        .zip(&curve.level_db)
        .filter(|(time, level)| **time > truncation_s && level.is_finite())
        .map(|(_, level)| *level)
        .collect();
    levels.sort_by(f64::total_cmp);
    let enough = levels.len() >= NOISE_POINTS_MIN;
    enough
        .then(|| levels.get(levels.len() / 2).copied())
        .flatten()
}

/// Names of the limits of early energy, each beside its line; one for both where a name would reach the next line.
fn early_labels(x: &Axis) -> Vec<(f64, &'static str)> {
    let (fifty, eighty) = (x.px(0.05), x.px(0.08));
    let needed = text::width("50 ms", SMALL) + 2.0 * BESIDE;
    if eighty - fifty < needed {
        vec![(eighty, "50 and 80 ms")]
    } else {
        vec![(fifty, "50 ms"), (eighty, "80 ms")]
    }
}

/// What is marked on the curve.
struct Marks {
    truncation_s: Option<f64>,
    noise_db: Option<f64>,
}

impl Marks {
    fn draw(&self, svg: &mut Markup, x: &Axis, y: &Axis) {
        for time in [0.05, 0.08] {
            let at = x.px(time);
            EARLY.line(svg, (at, AREA.top), (at, AREA.bottom()));
        }
        for (at, name) in early_labels(x) {
            Pen::new(SMALL, MUTED).write_over(svg, (at + BESIDE, AREA.top + 14.0), name);
        }
        if let Some(time) = self.truncation_s.filter(|time| *time <= x.high()) {
            let at = x.px(time);
            TRUNCATION.line(svg, (at, AREA.top), (at, AREA.bottom()));
        }
        if let Some(level) = self.noise_db {
            let at = y.px_within(level);
            NOISE.line(svg, (AREA.left, at), (AREA.right(), at));
        }
    }

    fn legend(&self, svg: &mut Markup) {
        let mut lines = vec![
            ("squared response".to_owned(), CURVE),
            ("limits of early energy".to_owned(), EARLY),
        ];
        lines.extend(self.truncation_s.map(|time| {
            let name = format!("truncation {} s", format::time_s(time));
            (name, TRUNCATION)
        }));
        lines.extend(self.noise_db.map(|level| {
            let name = format!("noise {} dB", format::level_db(level));
            (name, NOISE)
        }));
        let keys: Vec<_> = lines
            .iter()
            .map(|(name, stroke)| (name, frame::line_key(*stroke)))
            .collect();
        let entries: Vec<Entry<'_>> = keys.iter().map(|(name, key)| Entry { name, key }).collect();
        frame::legend(svg, (AREA.left, HEIGHT - 16.0), &entries);
    }

    fn describe(&self) -> String {
        let cut = format::or_missing(self.truncation_s, format::time_s);
        let noise = format::or_missing(self.noise_db, format::level_db);
        format!(
            "Level of the squared response over time. Decay meets the noise after {cut} s; \
             level after that {noise} dB re the maximum."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_limit_never_reaches_the_next_line() {
        for end in [0.15, 0.3, 0.6, 1.0, 2.0, 5.0] {
            let x = Axis::linear((-BEFORE_S, end), AREA.across(), 8.0, "");
            let lines = [x.px(0.05), x.px(0.08)];
            for (at, name) in early_labels(&x) {
                let (from, to) = (at + BESIDE, at + BESIDE + text::width(name, SMALL));
                let crossed = lines.iter().any(|line| (from..to).contains(line));
                assert!(!crossed, "{name} on an axis to {end} s");
            }
        }
    }
}
