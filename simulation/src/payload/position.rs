//! Where something is (rules 4, 8 and 11). A room editor has y upwards; the plain form has z upwards.

use serde_json::{Map, Value};

use super::{first, number};

/// Height of a listed point of the plan, in metres.
const LISTED_HEIGHT_M: f64 = 1.2;
/// Height of a point of the plan without one, in metres.
const HEIGHT_M: f64 = 1.0;

/// Which axis of an object's coordinates points upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Axes {
    /// y, as in three.js: x and z lie in the floor.
    #[default]
    YUp,
    /// z, as in the plain form.
    ZUp,
}

impl Axes {
    /// What an object says of itself, by `coordinate_system` or `coordinateSystem`.
    pub(super) fn named(object: &Map<String, Value>) -> Option<Self> {
        let name = first(object, &["coordinate_system", "coordinateSystem"])?.as_str()?;
        match name.to_ascii_lowercase().as_str() {
            "xyz" | "pyroom" | "cartesian" => Some(Self::ZUp),
            "threejs" | "three.js" | "xzy" => Some(Self::YUp),
            _ => None,
        }
    }
}

/// x, y and z of an entry, z upwards; nothing if it has no position that can be read.
pub(super) fn of_entry(value: &Value, axes: Axes) -> Option<[f64; 3]> {
    match value {
        Value::Array(list) => of_list(list),
        Value::Object(object) => {
            let axes = Axes::named(object).unwrap_or(axes);
            match first(object, &["position_m", "position"]) {
                Some(inner) => of_entry(inner, axes),
                None => of_object(object, axes),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn of_list(list: &[Value]) -> Option<[f64; 3]> {
    let at = |index: usize| number(list.get(index));
    match list.len() {
        0 | 1 => None,
        2 => Some([at(0)?, at(1)?, LISTED_HEIGHT_M]),
        _ => Some([at(0)?, at(1)?, at(2)?]),
    }
}

fn of_object(object: &Map<String, Value>, axes: Axes) -> Option<[f64; 3]> {
    let of = |name| number(object.get(name));
    let x = of("x")?;
    if axes == Axes::ZUp {
        return Some([x, of("y")?, of("z")?]);
    }
    let named = of("height").unwrap_or(HEIGHT_M);
    match (of("z"), of("y")) {
        (Some(z), y) => Some([x, z, y.unwrap_or(named)]),
        (None, Some(y)) => Some([x, y, named]),
        (None, None) => None,
    }
}

/// A point of the plan (rule 4).
pub(super) fn in_plan(value: Option<&Value>, axes: Axes) -> Option<[f64; 2]> {
    match value? {
        Value::Array(list) => Some([number(list.first())?, number(list.get(1))?]),
        Value::Object(object) => {
            let of = |name| number(object.get(name));
            let across = if axes == Axes::ZUp {
                of("y")
            } else {
                of("z").or_else(|| of("y"))
            };
            Some([of("x")?, across?])
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Where a piece of furniture stands: x, y, and the height of its underside (rule 8).
pub(super) fn of_furniture(value: Option<&Value>, axes: Axes) -> Option<[f64; 3]> {
    match value? {
        Value::Array(list) => Some([
            number(list.first())?,
            number(list.get(1))?,
            number(list.get(2))?,
        ]),
        Value::Object(object) => {
            let axes = Axes::named(object).unwrap_or(axes);
            let of = |name| number(object.get(name));
            let x = of("x")?;
            match (axes, of("y"), of("z")) {
                (Axes::ZUp, Some(y), z) => Some([x, y, z.unwrap_or(0.0)]),
                (Axes::YUp, y, Some(z)) => Some([x, z, y.unwrap_or(0.0)]),
                (Axes::YUp, Some(y), None) => Some([x, y, 0.0]),
                (Axes::YUp, None, None) | (Axes::ZUp, None, _) => None,
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
