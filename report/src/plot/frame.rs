//! The area inside the axes, the axes themselves, lines and legends.

use super::axis::Axis;
use super::card::{MARGIN, Pen, WIDTH};
use super::clip::clip;
use super::palette::{AXIS, GRID, INK, MUTED};
use crate::markup::{Attribute, Markup, attributes};
use crate::text;

/// Size of the texts at ticks and in legends.
pub(super) const SMALL: f64 = 11.0;

/// Usual room between the entries of a legend.
const LEGEND_GAP: f64 = 20.0;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    /// Right edge.
    pub(super) fn right(self) -> f64 {
        self.left + self.width
    }

    /// Lower edge.
    pub(super) fn bottom(self) -> f64 {
        self.top + self.height
    }

    /// Left to right, for a horizontal axis.
    pub(super) fn across(self) -> (f64, f64) {
        (self.left, self.right())
    }

    /// Bottom to top, for a vertical axis.
    pub(super) fn up(self) -> (f64, f64) {
        (self.bottom(), self.top)
    }
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub colour: &'static str,
    pub width: f64,
    /// Dash pattern of SVG; empty for a whole line.
    pub dash: &'static str,
}

impl Stroke {
    /// A whole line.
    pub(super) const fn solid(colour: &'static str, width: f64) -> Self {
        Self {
            colour,
            width,
            dash: "",
        }
    }

    /// A broken line.
    pub(super) const fn dashed(colour: &'static str, width: f64, dash: &'static str) -> Self {
        Self {
            colour,
            width,
            dash,
        }
    }

    fn attributes(self) -> Vec<Attribute> {
        let mut attributes = attributes! {
            "fill" => "none", "stroke" => self.colour, "stroke-width" => self.width,
        }
        .to_vec();
        if !self.dash.is_empty() {
            attributes.push(("stroke-dasharray", self.dash.into()));
        }
        attributes
    }

    /// A straight line.
    pub(super) fn line(self, markup: &mut Markup, from: (f64, f64), to: (f64, f64)) {
        let mut attributes =
            attributes! {"x1" => from.0, "y1" => from.1, "x2" => to.0, "y2" => to.1}.to_vec();
        attributes.extend(self.attributes());
        markup.leaf("line", &attributes);
    }

    /// A curve through pixels, cut at the edges of `area`.
    pub(super) fn curve(
        self,
        markup: &mut Markup,
        area: Area,
        points: impl Iterator<Item = (f64, f64)>,
    ) {
        for part in clip(points, area) {
            let mut attributes = vec![("points", polyline(&part).into())];
            attributes.extend(self.attributes());
            attributes.push(("stroke-linejoin", "round".into()));
            markup.leaf("polyline", &attributes);
        }
    }
}

/// Grid lines, tick texts and labels of both axes around `area`.
pub(super) fn axes(markup: &mut Markup, area: Area, x: &Axis, y: &Axis) {
    grid(markup, area, x, y);
    bottom_ticks(markup, area, x);
    left_ticks(markup, area, y);
    bottom_label(markup, area, &x.label);
    left_label(markup, area, &y.label);
}

/// Grid lines at the ticks of both axes, and the two axes.
pub(super) fn grid(markup: &mut Markup, area: Area, x: &Axis, y: &Axis) {
    let thin = Stroke::solid(GRID, 1.0);
    for tick in &x.ticks {
        let at = x.px(tick.value);
        thin.line(markup, (at, area.top), (at, area.bottom()));
    }
    for tick in &y.ticks {
        let at = y.px(tick.value);
        thin.line(markup, (area.left, at), (area.right(), at));
    }
    let axis = Stroke::solid(AXIS, 1.0);
    axis.line(markup, (area.left, area.top), (area.left, area.bottom()));
    axis.line(
        markup,
        (area.left, area.bottom()),
        (area.right(), area.bottom()),
    );
}

/// What is written at the ticks of the horizontal axis.
pub(super) fn bottom_ticks(markup: &mut Markup, area: Area, x: &Axis) {
    let pen = Pen::new(SMALL, MUTED).middle();
    for tick in &x.ticks {
        pen.write(markup, (x.px(tick.value), area.bottom() + 16.0), &tick.text);
    }
}

/// What is written at the ticks of the vertical axis.
pub(super) fn left_ticks(markup: &mut Markup, area: Area, y: &Axis) {
    let pen = Pen::new(SMALL, MUTED).end();
    for tick in &y.ticks {
        pen.write(
            markup,
            (area.left - 7.0, y.px(tick.value) + 4.0),
            &tick.text,
        );
    }
}

/// Quantity and unit under the horizontal axis.
pub(super) fn bottom_label(markup: &mut Markup, area: Area, label: &str) {
    let middle = area.left + area.width / 2.0;
    Pen::new(SMALL + 1.0, MUTED)
        .middle()
        .write(markup, (middle, area.bottom() + 36.0), label);
}

/// Quantity and unit beside the vertical axis, read from below.
pub(super) fn left_label(markup: &mut Markup, area: Area, label: &str) {
    let (x, y) = (area.left - 44.0, area.top + area.height / 2.0);
    markup.element(
        "text",
        &attributes! {
            "transform" => format!("translate({x:.1} {y:.1}) rotate(-90)"),
            "font-size" => SMALL + 1.0, "text-anchor" => "middle", "fill" => MUTED,
        },
        label,
    );
}

/// Entries side by side from `(x, y)` on: a key drawn by each entry in a box of 26 by 10 pixels whose
/// lower left corner it is given, then its name. They move together where the card has no room for the usual gap.
pub(super) fn legend(markup: &mut Markup, (x, y): (f64, f64), entries: &[Entry<'_>]) {
    let mut at = x;
    let taken: f64 = entries
        .iter()
        .map(|entry| 32.0 + text::width(entry.name, SMALL))
        .sum();
    let gaps = entries.len().saturating_sub(1).max(1) as f64;
    let gap = ((WIDTH - MARGIN - x - taken) / gaps).min(LEGEND_GAP);
    for entry in entries {
        (entry.key)(markup, (at, y));
        Pen::new(SMALL, INK).write(markup, (at + 32.0, y), entry.name);
        at += 32.0 + text::width(entry.name, SMALL) + gap;
    }
}

/// One entry of a legend.
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub key: &'a dyn Fn(&mut Markup, (f64, f64)),
}

/// The key of a line.
pub(super) fn line_key(stroke: Stroke) -> impl Fn(&mut Markup, (f64, f64)) {
    move |markup, (x, y)| stroke.line(markup, (x, y - 4.0), (x + 26.0, y - 4.0))
}

fn polyline(points: &[(f64, f64)]) -> String {
    let pair = |(x, y): &(f64, f64)| format!("{x:.1},{y:.1}");
    let pairs: Vec<String> = points.iter().map(pair).collect();
    pairs.join(" ")
}
