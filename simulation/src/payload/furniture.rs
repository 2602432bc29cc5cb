//! Furniture as upright prisms, doors and windows as patches (rule 8 and the types of section 5.3).
//!
//! Prisms stand on the height of their position and are turned by -rotation.y about the vertical, as three.js turns
//! them. What reaches through a wall is cut off, and a warning says so. Loudspeakers and microphones are no furniture.

use room_simulation::FURNITURE_MAX;
use serde_json::{Map, Value, json};

use super::outline::Outline;
use super::position::{Axes, of_furniture};
use super::{Collected, Model, clip, id, length, number, patches, short, too_long};
use crate::request::Refusal;

/// Absorption and scattering by type.
const TYPES: [(&str, f64, f64); 14] = [
    ("table", 0.10, 0.10),
    ("desk", 0.10, 0.10),
    ("chair", 0.15, 0.15),
    ("shelf", 0.12, 0.20),
    ("wardrobe", 0.10, 0.08),
    ("sofa", 0.40, 0.25),
    ("bed", 0.50, 0.30),
    ("bathtub", 0.03, 0.05),
    ("toilet", 0.03, 0.05),
    ("sink", 0.03, 0.05),
    ("shower", 0.05, 0.10),
    ("stove", 0.02, 0.05),
    ("fridge", 0.02, 0.03),
    ("default", 0.15, 0.10),
];

/// A piece with its place and sizes in metres.
pub(super) struct Piece {
    /// By which messages name it.
    pub(super) name: String,
    /// Where its middle stands in the plan.
    pub(super) middle: [f64; 2],
    /// Heights of its underside and its top.
    pub(super) heights: [f64; 2],
    /// Height that is cut off at floor and ceiling.
    pub(super) cut_m: f64,
    /// Width and depth.
    pub(super) sides: [f64; 2],
    /// Angle about the vertical, counter-clockwise seen from above.
    pub(super) angle: f64,
}

/// Height or width that may be cut off without being said, in metres.
pub(super) const UNNOTICED_M: f64 = 1e-3;

pub(super) fn all(
    model: &Model<'_>,
    outline: &Outline,
    height_m: f64,
    out: &mut Collected,
) -> Result<(), Refusal> {
    let listed = model.room.get("furniture").and_then(Value::as_array);
    let count = listed.map_or(0, Vec::len);
    if count > FURNITURE_MAX {
        let way = model.in_room(&[json!("furniture")]);
        return Err(too_long(way, "pieces of furniture", count, FURNITURE_MAX));
    }
    let mut prisms = Vec::new();
    let mut laid = patches::Laid::default();
    for (index, entry) in listed.into_iter().flatten().enumerate() {
        let kind = kind(entry);
        if matches!(kind.as_str(), "speaker" | "microphone") {
            continue;
        }
        let piece = match piece(entry, &kind, index, height_m, model.axes) {
            Ok(piece) => piece,
            Err(why) => {
                skipped(index, &kind, &why, out);
                continue;
            }
        };
        let way = model.in_room(&[json!("furniture"), json!(index)]);
        if matches!(kind.as_str(), "door" | "window") {
            laid.lay(&kind, &piece, outline, &way, out);
            continue;
        }
        let place = vec![json!("furniture"), json!(prisms.len())];
        out.origins.note(place, way);
        let plan = cut(&piece, outline, out);
        prisms.push(prism(&piece, &plan, &kind));
    }
    if !prisms.is_empty() {
        out.put("furniture", prisms.into());
    }
    laid.finish(out);
    Ok(())
}

fn kind(entry: &Value) -> String {
    let kind = entry.get("type").and_then(Value::as_str);
    kind.unwrap_or("default").trim().to_ascii_lowercase()
}

/// What is left out is said.
fn skipped(index: usize, kind: &str, why: &str, out: &mut Collected) {
    out.warn(
        "FURNITURE_LEFT_OUT",
        format!("furniture {index} ({}) {why} and is left out", short(kind)),
        "give it a position in the room and its dimensions in metres",
        json!({ "furniture": index }),
    );
}

/// A piece, or why there is none.
fn piece(
    entry: &Value,
    kind: &str,
    index: usize,
    height_m: f64,
    axes: Axes,
) -> Result<Piece, String> {
    let sized = |object: &Map<String, Value>| {
        let sizes = object.get("dimensions")?;
        let size = |name| length(sizes.get(name));
        let place = of_furniture(object.get("position"), axes)?;
        Some((place, [size("width")?, size("depth")?], size("height")?))
    };
    let object = entry.as_object();
    let Some((object, ([x, y, underside], sides, height))) =
        object.and_then(|object| Some((object, sized(object)?)))
    else {
        return Err("has no position, or no positive width, height and depth,".to_owned());
    };
    let top = underside + height;
    let heights = [underside.max(0.0), top.min(height_m)];
    if underside >= height_m {
        return Err(format!(
            "begins {underside:.2} m above the floor, which is above the ceiling at {height_m:.2} m,"
        ));
    }
    if heights[1] <= heights[0] {
        return Err(format!("ends at {top:.2} m, which is below the floor,"));
    }
    Ok(Piece {
        name: id(object).unwrap_or_else(|| format!("{} {}", short(kind), index + 1)),
        middle: [x, y],
        heights,
        cut_m: height - (heights[1] - heights[0]),
        sides,
        angle: angle(object, axes),
    })
}

fn angle(object: &Map<String, Value>, axes: Axes) -> f64 {
    let rotation = object.get("rotation");
    let about = |axis| number(rotation.and_then(|r| r.get(axis)));
    match axes {
        Axes::YUp => -about("y").unwrap_or(0.0),
        Axes::ZUp => about("z").unwrap_or(0.0),
    }
}

/// Its plan inside the room; what is cut off there, or at floor and ceiling, is said. What lies outside altogether
/// stays as it is, and is refused.
fn cut(piece: &Piece, outline: &Outline, out: &mut Collected) -> Vec<[f64; 2]> {
    let corners = piece.corners();
    let cut_m = piece.cut_m;
    if cut_m > UNNOTICED_M {
        let name = short(&piece.name);
        out.warn(
            "FURNITURE_CUT",
            format!("the furniture \"{name}\" reaches through floor or ceiling; {cut_m:.2} m of it are cut off"),
            "lower it, or give the height of the room",
            json!({ "name": name, "outside_m": cut_m }),
        );
    }
    match clip::inside(&outline.corners, &corners) {
        Some((inside, outside_m2)) => {
            let name = short(&piece.name);
            out.warn(
                "FURNITURE_CUT",
                format!("the furniture \"{name}\" reaches through a wall; {outside_m2:.2} m2 of its plan are cut off"),
                "move it into the room",
                json!({ "name": name, "outside_m2": outside_m2 }),
            );
            inside
        }
        None => corners.to_vec(),
    }
}

fn prism(piece: &Piece, plan: &[[f64; 2]], kind: &str) -> Value {
    let fallback = (TYPES[13].1, TYPES[13].2);
    let of = TYPES.iter().find(|(name, _, _)| *name == kind);
    let (absorption, scattering) = of.map_or(fallback, |(_, a, s)| (*a, *s));
    json!({
        "type": "prism",
        "id": piece.name,
        "outline_m": plan,
        "bottom_m": piece.heights[0],
        "top_m": piece.heights[1],
        "material": { "absorption": absorption, "scattering": scattering },
    })
}

impl Piece {
    /// Corners of its plan, counter-clockwise.
    fn corners(&self) -> [[f64; 2]; 4] {
        let (sin, cos) = self.angle.sin_cos();
        let [x, y] = self.sides.map(|side| 0.5 * side);
        [[-x, -y], [x, -y], [x, y], [-x, y]].map(|[a, b]| {
            [
                self.middle[0] + a * cos - b * sin,
                self.middle[1] + a * sin + b * cos,
            ]
        })
    }

    /// Whether a point lies in it or nearer than a hand.
    pub(super) fn holds(outline: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
        const HAND_M: f64 = 0.1;
        let sides = outline.iter().zip(outline.iter().cycle().skip(1));
        let mut sides = sides.map(|(a, b)| {
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            (dx * (y - a[1]) - dy * (x - a[0])) / dx.hypot(dy)
        });
        sides.all(|inwards| inwards > -HAND_M)
    }
}
