//! Width, depth and height of the room (rule 3).

use serde_json::{Map, Value, json};

use super::{Collected, Model, is_truthy, length};

/// Width and depth where none are given, in metres.
const SIDE_M: f64 = 4.0;
/// Height where none is given, in metres.
const HEIGHT_M: f64 = 2.8;

/// Lengths in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "units end a name")]
pub(super) struct Dimensions {
    pub(super) width_m: f64,
    pub(super) depth_m: f64,
    pub(super) height_m: f64,
}

pub(super) fn of(model: &Model<'_>, out: &mut Collected) -> Dimensions {
    let given = model.room.get("dimensions").filter(|d| is_truthy(d));
    let given = given.and_then(Value::as_object);
    let mut side = |name| given.map_or(SIDE_M, |given| assumed(given, name, SIDE_M, out));
    let [width_m, depth_m] = [side("width"), side("depth")];
    let height_m = if let Some(given) = given {
        assumed(given, "height", HEIGHT_M, out)
    } else if let Some(own) = model.room.get("height").filter(|h| !h.is_null()) {
        length(Some(own)).unwrap_or_else(|| assumed(model.room, "height", HEIGHT_M, out))
    } else {
        assumed(model.inner, "height", HEIGHT_M, out)
    };
    Dimensions {
        width_m,
        depth_m,
        height_m,
    }
}

/// The length that is given, or the default with a warning if what is given is no length.
fn assumed(object: &Map<String, Value>, name: &str, default: f64, out: &mut Collected) -> f64 {
    let given = object.get(name).filter(|value| !value.is_null());
    let found = length(given);
    if let (Some(seen), None) = (given, found) {
        out.warn(
            "DIMENSION_ASSUMED",
            format!("the {name} of the room is no positive number; {default} m are taken"),
            "give width, depth and height in metres",
            json!({ "field": name, "seen": crate::request::reader::shown(seen), "assumed_m": default }),
        );
    }
    found.unwrap_or(default)
}
