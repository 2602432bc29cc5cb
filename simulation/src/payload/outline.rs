//! The plan of a room: its walls chained into a closed outline, or a rectangle (rules 4 and 5).
//!
//! A chain that does not close was cut silently before; now it is refused, with the gap.

use room_simulation::CORNERS_MAX;
use serde_json::{Value, json};

use super::position::in_plan;
use super::{Collected, Model, dimensions, too_long};
use crate::request::Refusal;

/// Ends of walls meet within this distance along each axis, in metres.
const MEETS_M: f64 = 1e-3;

/// A closed plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outline {
    /// Its corners in metres.
    pub(super) corners: Vec<[f64; 2]>,
    /// The wall over the side that begins at each corner, by its place in the list of walls.
    pub(super) walls: Vec<Option<usize>>,
}

/// A wall with both ends.
#[derive(Debug, Clone, Copy)]
struct Wall {
    index: usize,
    ends: [[f64; 2]; 2],
}

pub(super) fn of(model: &Model<'_>, out: &mut Collected) -> Result<Outline, Refusal> {
    let listed = model.room.get("walls").and_then(Value::as_array);
    let listed = listed.map_or(&[][..], Vec::as_slice);
    let at = |rest: &[Value]| model.in_room(&[&[json!("walls")], rest].concat());
    if listed.len() > CORNERS_MAX {
        return Err(too_long(at(&[]), "walls", listed.len(), CORNERS_MAX));
    }
    let wall = |(index, wall): (usize, &Value)| {
        let end = |name| in_plan(wall.get(name), model.axes);
        let ends = [end("start")?, end("end")?];
        Some(Wall { index, ends })
    };
    let walls: Vec<Wall> = listed.iter().enumerate().filter_map(wall).collect();
    if walls.len() < listed.len() {
        let count = listed.len() - walls.len();
        out.warn(
            "WALLS_WITHOUT_ENDS",
            format!(
                "{count} of {} walls have no start or no end and are left out",
                listed.len()
            ),
            "give each wall start and end with x and z",
            json!({ "left_out": count }),
        );
    }
    let drawn = match walls.len() {
        0 | 1 => None,
        _ => {
            let (outline, left) = chained(&walls).map_err(|gap| gap.refusal(&at))?;
            if !left.is_empty() {
                let message =
                    format!("the walls {left:?} are no part of the outline and are left out");
                let remedy = "draw one closed outline; what stands inside is furniture";
                out.warn("WALLS_LEFT_OUT", message, remedy, json!({ "walls": left }));
            }
            Some(outline).filter(|outline| outline.corners.len() >= 3)
        }
    };
    let from = if drawn.is_some() {
        "walls"
    } else {
        "dimensions"
    };
    let outline = drawn.unwrap_or_else(|| assumed(model, !listed.is_empty(), out));
    out.origins.note(vec![json!("room")], model.in_room(&[]));
    let corners = vec![json!("room"), json!("corners_m")];
    out.origins.note(corners, model.in_room(&[json!(from)]));
    Ok(outline)
}

/// A rectangle around the origin; that it stands for walls is said.
fn assumed(model: &Model<'_>, has_walls: bool, out: &mut Collected) -> Outline {
    let [width_m, depth_m] = dimensions::sides_m(model, out);
    if has_walls {
        out.warn(
            "OUTLINE_ASSUMED",
            format!("the walls enclose nothing; a rectangle of {width_m} m x {depth_m} m is taken"),
            "draw walls that meet, at least three of them",
            json!({ "width_m": width_m, "depth_m": depth_m }),
        );
    }
    let (x, y) = (0.5 * width_m, 0.5 * depth_m);
    Outline {
        corners: vec![[-x, -y], [x, -y], [x, y], [-x, y]],
        walls: vec![None; 4],
    }
}

/// The corner where a side begins, and its wall.
type Side = ([f64; 2], usize);

/// Where a chain of walls ends before it comes back to its start.
#[derive(Debug, Clone, PartialEq)]
struct Gap {
    /// The wall after which none follows.
    wall: usize,
    /// Its open end.
    end: [f64; 2],
    /// The nearest open end of another wall, its distance in metres, and that wall.
    nearest: Option<([f64; 2], f64, usize)>,
}

/// Chains walls from the first one on, turning them round as needed; also tells which are left over.
fn chained(walls: &[Wall]) -> Result<(Outline, Vec<usize>), Gap> {
    let mut left: Vec<Wall> = walls.to_vec();
    let first = left.remove(0);
    let start = first.ends[0];
    let mut sides: Vec<Side> = vec![(start, first.index)];
    let mut end = first.ends[1];
    while let Some((place, side)) = next(&left, end) {
        let wall = left.remove(place);
        sides.push((end, wall.index));
        end = wall.ends[1 - side];
    }
    if !meets(end, start) {
        let wall = sides.last().map_or(first.index, |(_, index)| *index);
        return Err(gap(wall, end, start, first.index, &left));
    }
    let is_long = |place: usize| !meets(sides[place].0, sides[(place + 1) % sides.len()].0);
    let kept = || {
        (0..sides.len())
            .filter(|place| is_long(*place))
            .map(|place| sides[place])
    };
    let outline = Outline {
        corners: kept().map(|(corner, _)| corner).collect(),
        walls: kept().map(|(_, index)| Some(index)).collect(),
    };
    Ok((outline, left.iter().map(|wall| wall.index).collect()))
}

/// The first wall left with an end here, and which end.
fn next(left: &[Wall], here: [f64; 2]) -> Option<(usize, usize)> {
    let end = |wall: &Wall| wall.ends.iter().position(|end| meets(*end, here));
    left.iter()
        .enumerate()
        .find_map(|(place, wall)| Some((place, end(wall)?)))
}

fn meets(a: [f64; 2], b: [f64; 2]) -> bool {
    (a[0] - b[0]).abs() <= MEETS_M && (a[1] - b[1]).abs() <= MEETS_M
}

fn gap(wall: usize, end: [f64; 2], start: [f64; 2], first: usize, left: &[Wall]) -> Gap {
    let away = |other: [f64; 2]| (other[0] - end[0]).hypot(other[1] - end[1]);
    let others = left
        .iter()
        .flat_map(|w| w.ends.map(|other| (other, w.index)));
    let nearest = others
        .chain([(start, first)])
        .map(|(other, index)| (other, away(other), index))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    Gap { wall, end, nearest }
}

impl Gap {
    fn refusal(&self, at: &impl Fn(&[Value]) -> Vec<Value>) -> Refusal {
        let [x, y] = self.end;
        let nearest = self.nearest.map_or(String::new(), |([a, b], away, wall)| {
            format!("; the nearest open end is that of wall {wall} at [{a:.3}, {b:.3}], {away:.3} m away")
        });
        let msg = format!(
            "the walls do not close: no wall goes on at [{x:.3}, {y:.3}], where wall {} ends{nearest}. Close the gap",
            self.wall
        );
        Refusal::one(at(&[json!(self.wall)]), "open_walls", msg, json!([x, y]))
    }
}

impl Outline {
    /// The sides, each from its corner to the next.
    pub(super) fn sides(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> + '_ {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().copied().zip(next.copied())
    }

    /// Whether a point of the plan lies inside (crossings to the right).
    pub(super) fn contains(&self, [x, y]: [f64; 2]) -> bool {
        let crosses = |(a, b): &([f64; 2], [f64; 2])| {
            (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        };
        self.sides().filter(crosses).count() % 2 == 1
    }

    /// The lowest and highest coordinates.
    pub(super) fn bounds(&self) -> [[f64; 2]; 2] {
        let fold = |from: f64, pick: fn(f64, f64) -> f64| {
            self.corners
                .iter()
                .fold([from; 2], |m, c| [pick(m[0], c[0]), pick(m[1], c[1])])
        };
        [
            fold(f64::INFINITY, f64::min),
            fold(f64::NEG_INFINITY, f64::max),
        ]
    }
}
