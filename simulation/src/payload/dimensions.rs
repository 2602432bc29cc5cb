//! Width, depth and height of the room (rule 3), read where they are needed: what is assumed is said.

use serde_json::{Map, Value, json};

use super::{Collected, Model, is_truthy, length};

/// Width and depth where none are given, in metres.
const SIDE_M: f64 = 4.0;
/// Height where none is given, in metres.
const HEIGHT_M: f64 = 2.8;

/// Width and depth in metres.
pub(super) fn sides_m(model: &Model<'_>, out: &mut Collected) -> [f64; 2] {
    let given = given(model);
    ["width", "depth"].map(|name| assumed(given, name, SIDE_M, out))
}

/// Height in metres: of the dimensions if there are any, else of the room, else of the model.
pub(super) fn height_m(model: &Model<'_>, out: &mut Collected) -> f64 {
    let own = || {
        let is_given = model.room.get("height").is_some_and(|h| !h.is_null());
        if is_given { model.room } else { model.inner }
    };
    let holder = given(model).unwrap_or_else(own);
    assumed(Some(holder), "height", HEIGHT_M, out)
}

fn given<'a>(model: &Model<'a>) -> Option<&'a Map<String, Value>> {
    let dimensions = model.room.get("dimensions").filter(|d| is_truthy(d));
    dimensions.and_then(Value::as_object)
}

/// The length that is given, or the default with a warning.
fn assumed(
    object: Option<&Map<String, Value>>,
    name: &str,
    default: f64,
    out: &mut Collected,
) -> f64 {
    let seen = object.and_then(|object| object.get(name));
    if let Some(found) = length(seen) {
        return found;
    }
    let seen = seen.unwrap_or(&Value::Null);
    let why = if seen.is_null() {
        "is not given"
    } else {
        "is no positive number"
    };
    out.warn(
        "DIMENSION_ASSUMED",
        format!("the {name} of the room {why}; {default} m are taken"),
        "give width, depth and height in metres",
        json!({ "field": name, "seen": crate::request::reader::shown(seen), "assumed_m": default }),
    );
    default
}
