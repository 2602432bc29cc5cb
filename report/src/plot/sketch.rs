//! The plan and a section of a room with its sources and receivers: what was simulated, at a glance.
//!
//! Both views have one scale. Faces are drawn as outlines, seen through; a name that would lie on another is left out.

use super::axis::Axis;
use super::card::{Card, HEIGHT, Pen, WIDTH};
use super::frame::{self, Area, Entry, SMALL, Stroke};
use super::palette::{BLUE, FADED, INK, PAPER, VERMILION};
use crate::format;
use crate::markup::{Markup, attributes};
use crate::text;

/// A room as it is drawn; metres, z upwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoomSketch {
    /// Outlines of the room's faces.
    pub walls: Vec<Vec<[f64; 3]>>,
    /// Outlines of the furniture's faces.
    pub furniture: Vec<Vec<[f64; 3]>>,
    /// Names and places of the sources.
    pub sources: Vec<(String, [f64; 3])>,
    /// Names and places of the receivers.
    pub receivers: Vec<(String, [f64; 3])>,
}

/// Most outlines that are drawn of either kind; a mesh of more is black anyhow.
const OUTLINES_MAX: usize = 3_000;

/// Where both views lie, and the room between them.
const FIELD: Area = Area {
    left: 64.0,
    top: 64.0,
    width: WIDTH - 64.0 - 24.0,
    height: HEIGHT - 64.0 - 84.0,
};
const BETWEEN: f64 = 78.0;

/// Titles of both views.
const PLAN: &str = "Plan";
const SECTION: &str = "Section, seen from the south";

/// Room of a name.
const NAME_MAX: f64 = 110.0;

const WALL: Stroke = Stroke::solid(INK, 1.3);
const PIECE: Stroke = Stroke::solid(FADED, 1.3);

/// The card; none if there is nothing with a size.
pub(crate) fn draw(sketch: &RoomSketch) -> Option<Card> {
    let corners = || sketch.walls.iter().flatten();
    let bound = |pick: fn(f64, f64) -> f64, from: f64| -> [f64; 3] {
        core::array::from_fn(|axis| corners().map(|c| c[axis]).fold(from, pick))
    };
    let (low, high) = (
        bound(f64::min, f64::INFINITY),
        bound(f64::max, f64::NEG_INFINITY),
    );
    let spans: [f64; 3] = core::array::from_fn(|axis| high[axis] - low[axis]);
    if !spans.iter().all(|span| span.is_finite() && *span > 0.0) {
        return None;
    }
    let scale = scale(spans);
    let plan = View::new([0, 1], low, spans, FIELD.left, scale);
    let beside = plan.area.right() + BETWEEN;
    let section = View::new([0, 2], low, spans, beside, scale);
    let title = "Plan and section".to_owned();
    Some(Card::new(
        title,
        describe(sketch, spans),
        (WIDTH, HEIGHT),
        |svg| {
            let mut names = Names::beside(&plan, &section);
            plan.draw(svg, sketch, PLAN, &mut names);
            section.draw(svg, sketch, SECTION, &mut names);
            legend(svg, sketch);
        },
    ))
}

/// Pixels a metre: both views side by side, the higher one within the field.
fn scale(spans: [f64; 3]) -> f64 {
    let across = (FIELD.width - BETWEEN) / (2.0 * spans[0]);
    across.min(FIELD.height / spans[1].max(spans[2]))
}

/// A view along one axis.
struct View {
    axes: [usize; 2],
    area: Area,
    x: Axis,
    y: Axis,
}

impl View {
    fn new(axes: [usize; 2], low: [f64; 3], spans: [f64; 3], left: f64, scale: f64) -> Self {
        let [across, up] = axes;
        let (width, height) = (spans[across] * scale, spans[up] * scale);
        let area = Area {
            left,
            top: FIELD.top + FIELD.height - height,
            width,
            height,
        };
        let range = |axis: usize| (low[axis], low[axis] + spans[axis]);
        let ticks = |length: f64| (length / 60.0).max(1.0);
        let label = |axis: usize| ["x / m", "y / m", "z / m"][axis];
        Self {
            axes,
            area,
            x: Axis::linear(range(across), area.across(), ticks(width), label(across)),
            y: Axis::linear(range(up), area.up(), ticks(height), label(up)),
        }
    }

    fn px(&self, point: [f64; 3]) -> (f64, f64) {
        let [across, up] = self.axes;
        (self.x.px(point[across]), self.y.px(point[up]))
    }

    fn draw(&self, svg: &mut Markup, sketch: &RoomSketch, name: &str, names: &mut Names) {
        frame::axes(svg, self.area, &self.x, &self.y);
        for (rings, stroke) in [(&sketch.furniture, PIECE), (&sketch.walls, WALL)] {
            for ring in rings.iter().take(OUTLINES_MAX) {
                let closed = ring.iter().chain(ring.first());
                stroke.curve(svg, self.slack(), closed.map(|corner| self.px(*corner)));
            }
        }
        Pen::new(12.0, INK).write(svg, (self.area.left, self.area.top - 8.0), name);
        for (id, place) in &sketch.receivers {
            let at = self.px(*place);
            receiver(svg, at);
            names.write(svg, at, id);
        }
        for (id, place) in &sketch.sources {
            let at = self.px(*place);
            source(svg, at);
            names.write(svg, at, id);
        }
    }

    /// The area with room for lines on its edge.
    const fn slack(&self) -> Area {
        Area {
            left: self.area.left - 1.0,
            top: self.area.top - 1.0,
            width: self.area.width + 2.0,
            height: self.area.height + 2.0,
        }
    }
}

/// What is written around a view: its title, and both axes with their ticks.
fn around(area: Area, name: &str) -> [Area; 3] {
    let title = Area {
        left: area.left,
        top: area.top - 22.0,
        width: text::width(name, 12.0),
        height: 16.0,
    };
    let beside = Area {
        left: area.left - 58.0,
        top: area.top - 6.0,
        width: 56.0,
        height: area.height + 12.0,
    };
    let below = Area {
        left: area.left - 12.0,
        top: area.bottom() + 3.0,
        width: area.width + 24.0,
        height: 40.0,
    };
    [title, beside, below]
}

/// Where something is written, so that no name lies on it.
struct Names {
    taken: Vec<Area>,
}

impl Names {
    /// Names of both views, beside what is written around them.
    fn beside(plan: &View, section: &View) -> Self {
        let both = [around(plan.area, PLAN), around(section.area, SECTION)];
        Self {
            taken: both.concat(),
        }
    }

    fn write(&mut self, svg: &mut Markup, (x, y): (f64, f64), id: &str) {
        let id = text::shorten(id, SMALL, NAME_MAX);
        let width = text::width(&id, SMALL);
        let places = [
            (x + 8.0, y + 4.0),
            (x - 8.0 - width, y + 4.0),
            (x - 0.5 * width, y - 10.0),
            (x - 0.5 * width, y + 18.0),
        ];
        let free = places.into_iter().find_map(|(left, baseline)| {
            let own = Area {
                left,
                top: baseline - 10.0,
                width,
                height: 13.0,
            };
            let inside = left >= 4.0 && left + width <= WIDTH - 4.0;
            (inside && !self.taken.iter().any(|other| meet(own, *other))).then_some((own, baseline))
        });
        if let Some((own, baseline)) = free {
            Pen::new(SMALL, INK).write_over(svg, (own.left, baseline), &id);
            self.taken.push(own);
        }
    }
}

fn meet(a: Area, b: Area) -> bool {
    a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom()
}

fn source(svg: &mut Markup, (x, y): (f64, f64)) {
    let points = format!(
        "{:.1},{:.1} {:.1},{:.1} {x:.1},{:.1}",
        x - 6.0,
        y + 4.5,
        x + 6.0,
        y + 4.5,
        y - 6.5
    );
    svg.leaf(
        "polygon",
        &attributes! {"points" => points, "fill" => VERMILION, "stroke" => PAPER},
    );
}

fn receiver(svg: &mut Markup, (x, y): (f64, f64)) {
    svg.leaf(
        "circle",
        &attributes! {"cx" => x, "cy" => y, "r" => 5.0, "fill" => BLUE, "stroke" => PAPER},
    );
}

fn legend(svg: &mut Markup, sketch: &RoomSketch) {
    let (wall, piece) = (frame::line_key(WALL), frame::line_key(PIECE));
    let triangle = |legend: &mut Markup, (x, y): (f64, f64)| source(legend, (x + 13.0, y - 4.0));
    let circle = |legend: &mut Markup, (x, y): (f64, f64)| receiver(legend, (x + 13.0, y - 4.0));
    let mut entries = vec![
        Entry {
            name: "source",
            key: &triangle,
        },
        Entry {
            name: "receiver",
            key: &circle,
        },
        Entry {
            name: "room",
            key: &wall,
        },
    ];
    if !sketch.furniture.is_empty() {
        entries.push(Entry {
            name: "furniture",
            key: &piece,
        });
    }
    frame::legend(svg, (FIELD.left, HEIGHT - 16.0), &entries);
}

fn describe(sketch: &RoomSketch, spans: [f64; 3]) -> String {
    let named = |(id, place): &(String, [f64; 3])| {
        let [x, y, z] = place.map(format::plain);
        format!("{id} at ({x}, {y}, {z})")
    };
    let list =
        |points: &[(String, [f64; 3])]| points.iter().map(named).collect::<Vec<_>>().join(", ");
    let [x, y, z] = spans.map(format::plain);
    format!(
        "A room of {x} by {y} by {z} metres. Sources: {}. Receivers: {}.",
        list(&sketch.sources),
        list(&sketch.receivers)
    )
}
