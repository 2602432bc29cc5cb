//! Decay curves per octave as small multiples on common axes, with the regression lines that gave
//! EDT, T20 and T30 over the ranges that they were taken from (ISO 3382-1:2009, 5.3.3 and A.2.2).
//!
//! Without octaves the thirds at octave centres stand in for them, and the title says so. After the
//! truncation the curve is grey: there it is noise or its extrapolation.

use contract::curves::{Curves, DecayCurve, Fit, Fraction};
use contract::parameters::Parameters;

use super::axis::Axis;
use super::card::{Card, HEIGHT, Pen, WIDTH};
use super::frame::{self, Area, Entry, Stroke};
use super::palette::{BLUE, FADED, GREEN, INK, MUTED, VERMILION};
use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::Markup;
use crate::quantity;

/// Where all cells lie together.
const FIELD: Area = Area {
    left: 64.0,
    top: 48.0,
    width: WIDTH - 64.0 - 20.0,
    height: HEIGHT - 48.0 - 76.0,
};

/// Room between cells.
const GAP: f64 = 12.0;

/// Lowest level shown, in decibels.
const FLOOR_DB: f64 = -65.0;

/// End of the range of T30, in decibels: a straight decay reaches the floor in less than twice the time to it.
const FALL_DB: f64 = -35.0;

/// Times the median length above which a band does not stretch the axis of all.
const LONG: f64 = 3.0;

const CURVE: Stroke = Stroke::solid(INK, 1.3);
const NOISE: Stroke = Stroke::solid(FADED, 1.3);
const EDT: Stroke = Stroke::dashed(VERMILION, 2.6, "1.5 3");
const T20: Stroke = Stroke::dashed(BLUE, 2.6, "8 4");
const T30: Stroke = Stroke::solid(GREEN, 5.0);

/// The plot; none if the document has no decay curve.
pub(crate) fn draw(found: Evaluation<'_>) -> Option<Card> {
    let curves = found.curves?;
    let (kind, shown) = choose(curves)?;
    let cells: Vec<Cell<'_>> = shown
        .into_iter()
        .map(|curve| Cell::new(found, curve))
        .collect();
    let end_s = end_s(&cells);
    let title = format!("Decay curves, {kind}");
    Some(Card::new(title, describe(&cells), (WIDTH, HEIGHT), |svg| {
        let grid = Grid::new(cells.len());
        for (index, cell) in cells.iter().enumerate() {
            cell.draw(svg, &grid, index, end_s);
        }
        frame::bottom_label(svg, FIELD, "Time after the onset / s");
        frame::left_label(svg, FIELD, "Level / dB re total energy");
        legend(svg);
    }))
}

/// Octaves, else the thirds at octave centres, else the unfiltered curve.
fn choose(curves: &Curves) -> Option<(&'static str, Vec<&DecayCurve>)> {
    let of = |fraction: Fraction| -> Vec<&DecayCurve> {
        let bands = curves.bands.iter();
        bands.filter(|curve| curve.fraction == fraction).collect()
    };
    let mut thirds = of(Fraction::Third);
    thirds.retain(|curve| curve.center_hz.is_some_and(is_octave_centre));
    [
        ("octaves", of(Fraction::Octave)),
        ("thirds of an octave (every third one)", thirds),
        ("unfiltered", of(Fraction::Broadband)),
    ]
    .into_iter()
    .find(|(_, shown)| !shown.is_empty())
}

/// Nominal octave centres are 1 kHz times a power of two within 2 %.
fn is_octave_centre(center_hz: f64) -> bool {
    let octaves = (center_hz / 1000.0).log2();
    (octaves - octaves.round()).abs() < 0.03
}

/// The end of the common axis: the longest band, unless it dwarfs the others.
fn end_s(cells: &[Cell<'_>]) -> f64 {
    let mut ends: Vec<f64> = cells.iter().map(Cell::end_s).collect();
    ends.sort_by(f64::total_cmp);
    let median = ends.get(ends.len() / 2).copied().unwrap_or(0.0);
    let longest = ends.last().copied().unwrap_or(0.0);
    longest.min(LONG * median)
}

/// One band with its curve.
struct Cell<'a> {
    curve: &'a DecayCurve,
    band: Option<&'a Parameters>,
}

impl<'a> Cell<'a> {
    fn new(found: Evaluation<'a>, curve: &'a DecayCurve) -> Self {
        let rows: &[Parameters] = match curve.fraction {
            Fraction::Octave => found.octaves,
            Fraction::Third => found.thirds,
            Fraction::Broadband => found.broadband.map_or(&[], core::slice::from_ref),
        };
        let band = rows.iter().find(|band| band.center_hz == curve.center_hz);
        Self { curve, band }
    }

    fn name(&self) -> String {
        let centre = self.curve.center_hz.map(format::frequency_hz);
        centre.unwrap_or_else(|| "Broadband".to_owned())
    }

    fn truncation_s(&self) -> Option<f64> {
        self.band.and_then(|band| quantity::TRUNCATION.of(band))
    }

    /// How far the axis has to reach: twice the time that the range of T30 takes, else a little beyond the
    /// truncation, at most to the end of the curve.
    fn end_s(&self) -> f64 {
        let last = self.curve.time_s.iter().copied().fold(0.0, f64::max);
        let mut points = self.curve.time_s.iter().zip(&self.curve.edc_db);
        let fallen = points.find(|(_, level)| **level <= FALL_DB);
        let wanted = match (fallen, self.truncation_s()) {
            (Some((time, _)), _) => 2.0 * time,
            (None, Some(time)) => 1.15 * time,
            (None, None) => last,
        };
        wanted.min(last)
    }

    fn result(&self) -> String {
        let value = |quantity: quantity::Quantity| self.band.and_then(|band| quantity.of(band));
        match (value(quantity::T30), value(quantity::T20)) {
            (Some(time), _) => format!("T₃₀ {} s", format::time_s(time)),
            (None, Some(time)) => format!("T₂₀ {} s", format::time_s(time)),
            (None, None) => "T not evaluable".to_owned(),
        }
    }

    fn draw(&self, svg: &mut Markup, grid: &Grid, index: usize, end_s: f64) {
        let area = grid.area(index);
        let high = if end_s > 0.0 { end_s } else { 1.0 };
        let x = Axis::linear((0.0, high), area.across(), (area.width / 48.0).max(2.0), "");
        let y = Axis::linear((FLOOR_DB, 0.0), area.up(), 4.0, "");
        frame::grid(svg, area, &x, &y);
        if grid.is_lowest(index) {
            frame::bottom_ticks(svg, area, &x);
        }
        if grid.is_first(index) {
            frame::left_ticks(svg, area, &y);
        }
        self.lines(svg, area, &x, &y);
        let right = area.right() - 6.0;
        Pen::new(12.0, INK)
            .end()
            .write_over(svg, (right, area.top + 16.0), &self.name());
        Pen::new(11.0, MUTED)
            .end()
            .write_over(svg, (right, area.top + 31.0), &self.result());
    }

    fn lines(&self, svg: &mut Markup, area: Area, x: &Axis, y: &Axis) {
        let fits = &self.curve.fits;
        fit(
            svg,
            area,
            (x, y),
            fits.t30.map(|fit| (fit, -5.0, -35.0)),
            T30,
        );
        let cut = self.truncation_s().unwrap_or(f64::INFINITY);
        let points = || self.curve.time_s.iter().zip(&self.curve.edc_db);
        let px = |(time, level): (&f64, &f64)| (x.px(*time), y.px(*level));
        NOISE.curve(
            svg,
            area,
            points().filter(|(time, _)| **time >= cut).map(px),
        );
        CURVE.curve(
            svg,
            area,
            points().filter(|(time, _)| **time <= cut).map(px),
        );
        fit(
            svg,
            area,
            (x, y),
            fits.t20.map(|fit| (fit, -5.0, -25.0)),
            T20,
        );
        fit(
            svg,
            area,
            (x, y),
            fits.edt.map(|fit| (fit, 0.0, -10.0)),
            EDT,
        );
    }
}

/// Draws a regression line between two levels.
fn fit(
    svg: &mut Markup,
    area: Area,
    (x, y): (&Axis, &Axis),
    line: Option<(Fit, f64, f64)>,
    stroke: Stroke,
) {
    let Some((fit, from_db, to_db)) = line else {
        return;
    };
    let at = |level: f64| {
        let time = (level - fit.intercept_db) / fit.slope_db_per_s;
        (x.px(time), y.px(level))
    };
    stroke.curve(svg, area, [at(from_db), at(to_db)].into_iter());
}

/// Cells in rows and columns.
struct Grid {
    count: usize,
    columns: usize,
    rows: usize,
}

impl Grid {
    fn new(count: usize) -> Self {
        let rows = match count {
            0..=2 => 1,
            3..=8 => 2,
            _ => 3,
        };
        Self {
            count,
            columns: count.div_ceil(rows).max(1),
            rows,
        }
    }

    fn area(&self, index: usize) -> Area {
        let width = (FIELD.width + GAP) / self.columns as f64;
        let height = (FIELD.height + GAP) / self.rows as f64;
        Area {
            left: FIELD.left + width * (index % self.columns) as f64,
            top: FIELD.top + height * (index / self.columns) as f64,
            width: width - GAP,
            height: height - GAP,
        }
    }

    fn is_first(&self, index: usize) -> bool {
        index.is_multiple_of(self.columns)
    }

    /// Whether there is no cell below.
    fn is_lowest(&self, index: usize) -> bool {
        index + self.columns >= self.count
    }
}

fn legend(svg: &mut Markup) {
    let lines = [
        ("decay", CURVE),
        ("after truncation", NOISE),
        ("EDT", EDT),
        ("T₂₀", T20),
        ("T₃₀", T30),
    ];
    let keys = lines.map(|(name, stroke)| (name, frame::line_key(stroke)));
    let entries: Vec<Entry<'_>> = keys.iter().map(|(name, key)| Entry { name, key }).collect();
    frame::legend(svg, (FIELD.left, HEIGHT - 16.0), &entries);
}

fn describe(cells: &[Cell<'_>]) -> String {
    let each = |cell: &Cell<'_>| format!("{}: {}", cell.name(), cell.result());
    let parts: Vec<String> = cells.iter().map(each).collect();
    format!(
        "Level of the backward-integrated response over time. {}.",
        parts.join("; ")
    )
}
