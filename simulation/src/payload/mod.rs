//! The formats of the room editor: a room model with walls, furniture and devices, turned into the plain form.
//!
//! The rules are those of earlier services, numbered in the comments as in the contract (section 3). Where they mended
//! a room silently, a request is refused or the answer warns. The convention of axes stands in the folder's README.

mod clip;
mod collected;
mod defaults;
mod dimensions;
mod emitters;
mod furniture;
mod materials;
mod options;
mod origins;
mod outline;
mod patches;
mod position;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use contract::analysis::Warning;
use serde_json::{Map, Value, json};

use self::collected::{Collected, short, too_long};
use self::origins::Origins;
use self::position::Axes;
use crate::request::Refusal;
use crate::request::limits::ROOMS_MAX;

/// A request in the plain form, and what became of it on the way.
#[derive(Debug)]
pub(crate) struct Adapted<'a> {
    /// The plain form.
    pub(crate) plain: Cow<'a, Map<String, Value>>,
    /// Where its parts stood in the body.
    pub(crate) origins: Origins,
    /// The wall over each side of the outline, by its place in the body's list of walls.
    pub(crate) walls: Vec<Option<usize>>,
    /// What the caller has to know.
    pub(crate) warnings: Vec<Warning>,
}

/// The room model with what belongs to it.
struct Model<'a> {
    payload: &'a Map<String, Value>,
    inner: &'a Map<String, Value>,
    /// Way to the model.
    way: Vec<Value>,
    rooms: &'a [Value],
    room: &'a Map<String, Value>,
    axes: Axes,
}

/// Turns the app's formats into the plain form; a body whose `room` is an object has it already (rule 0).
///
/// # Errors
/// What keeps the room model from being understood.
pub(crate) fn adapt(body: &Map<String, Value>) -> Result<Adapted<'_>, Refusal> {
    if body.get("room").is_some_and(Value::is_object) {
        return Ok(Adapted {
            plain: Cow::Borrowed(body),
            origins: Origins::default(),
            walls: Vec::new(),
            warnings: Vec::new(),
        });
    }
    let (model, way) = room_model(body)?;
    let found = model_of(body, &model, way)?;
    let mut collected = convert(&found)?;
    Ok(Adapted {
        warnings: collected.take_warnings(),
        plain: Cow::Owned(collected.plain),
        origins: collected.origins,
        walls: collected.walls,
    })
}

/// An object and the way to it.
type Located<'a> = (Cow<'a, Map<String, Value>>, Vec<Value>);

/// The room model and the way to it (rule 1).
fn room_model(body: &Map<String, Value>) -> Result<Located<'_>, Refusal> {
    let named = ["room_model", "roomModel"]
        .into_iter()
        .find_map(|name| Some((name, body.get(name).filter(|v| is_truthy(v))?)));
    let Some((name, value)) = named else {
        if body.get("rooms").is_some_and(Value::is_array) {
            return Ok((Cow::Borrowed(body), Vec::new()));
        }
        let missing = "Missing 'room' or 'room_model' data in payload";
        return Err(Refusal::one(Vec::new(), "missing", missing, Value::Null));
    };
    let way = vec![json!(name)];
    if let Value::Object(model) = value {
        return Ok((Cow::Borrowed(model), way));
    }
    let Value::String(text) = value else {
        return Err(no_object(way, value));
    };
    let parsed: Value = serde_json::from_str(text).map_err(|cause| {
        let msg = format!("Unable to parse room_model JSON: {cause}");
        Refusal::one(way.clone(), "json_invalid", msg, Value::Null)
    })?;
    if let Value::Object(model) = parsed {
        return Ok((Cow::Owned(model), way));
    }
    Err(no_object(way, &parsed))
}

fn no_object(way: Vec<Value>, seen: &Value) -> Refusal {
    let seen = crate::request::reader::shown(seen);
    Refusal::one(way, "dict_type", "room_model must be a JSON object", seen)
}

fn model_of<'a>(
    payload: &'a Map<String, Value>,
    model: &'a Map<String, Value>,
    way: Vec<Value>,
) -> Result<Model<'a>, Refusal> {
    let at = |rest: &[Value]| [way.as_slice(), rest].concat();
    let rooms = model.get("rooms").and_then(Value::as_array);
    let count = rooms.map_or(0, Vec::len);
    if count > ROOMS_MAX {
        return Err(too_long(at(&[json!("rooms")]), "rooms", count, ROOMS_MAX));
    }
    let Some(first) = rooms.and_then(|rooms| rooms.first()) else {
        let none = "room_model.rooms must contain at least one room";
        return Err(Refusal::one(
            at(&[json!("rooms")]),
            "too_short",
            none,
            Value::Null,
        ));
    };
    let Some(room) = first.as_object() else {
        let seen = crate::request::reader::shown(first);
        let msg = "room_model.rooms[0] must be an object";
        return Err(Refusal::one(
            at(&[json!("rooms"), json!(0)]),
            "dict_type",
            msg,
            seen,
        ));
    };
    Ok(Model {
        payload,
        inner: model,
        rooms: rooms.map_or(&[], Vec::as_slice),
        room,
        axes: Axes::named(room)
            .or_else(|| Axes::named(model))
            .or_else(|| Axes::named(payload))
            .unwrap_or_default(),
        way,
    })
}

fn convert(model: &Model<'_>) -> Result<Collected, Refusal> {
    let mut out = Collected::default();
    let count = model.rooms.len();
    if count > 1 {
        out.warn(
            "ONLY_FIRST_ROOM",
            format!("there are {count} rooms; only the first is simulated, with what stands in it"),
            "send one room at a time",
            json!({ "rooms": count }),
        );
    }
    let height_m = dimensions::height_m(model, &mut out);
    let outline = outline::of(model, &mut out)?;
    materials::room(model, &outline, height_m, &mut out);
    furniture::all(model, &outline, height_m, &mut out)?;
    emitters::all(model, &outline, height_m, &mut out)?;
    options::all(model, &mut out);
    out.walls = outline.walls;
    Ok(out)
}

impl Model<'_> {
    /// A way that begins at the model.
    fn at(&self, rest: &[Value]) -> Vec<Value> {
        [self.way.as_slice(), rest].concat()
    }

    /// A way that begins at the room.
    fn in_room(&self, rest: &[Value]) -> Vec<Value> {
        [self.way.as_slice(), &[json!("rooms"), json!(0)], rest].concat()
    }
}

/// Whether a value counts as given: neither nothing, zero nor empty.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

/// The first of these fields that is there and not null.
fn first<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    let given = |name: &&str| object.get(*name).filter(|value| !value.is_null());
    names.iter().find_map(given)
}

/// A finite number; text is none here.
fn number(value: Option<&Value>) -> Option<f64> {
    value?.as_f64().filter(|number| number.is_finite())
}

/// A length that can be one.
fn length(value: Option<&Value>) -> Option<f64> {
    number(value).filter(|length| *length > 0.0)
}

/// An id as text; numbers are taken by their digits, what is empty is none.
fn id(object: &Map<String, Value>) -> Option<String> {
    match object.get("id")? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        value @ (Value::Number(_) | Value::Bool(true)) if is_truthy(value) => {
            Some(value.to_string())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}
