//! Sources and microphones (rules 10 to 12); where none can be read, one of each at a default place.

use room_simulation::{RECEIVERS_MAX, SOURCES_MAX};
use serde_json::{Map, Value, json};

use super::outline::Outline;
use super::position::of_entry;
use super::{Collected, Model, defaults, id, too_long};
use crate::request::Refusal;

/// What is looked for: the name in the plain form, the keys it may have, how entries without an id are called.
struct Kind {
    plain: &'static str,
    keys: &'static [&'static str],
    prefix: &'static str,
    /// As many may be listed.
    most: usize,
}

const KINDS: [Kind; 2] = [
    Kind {
        plain: "sources",
        keys: &["sources", "loudspeakers", "speakers"],
        prefix: "src",
        most: SOURCES_MAX,
    },
    Kind {
        plain: "microphones",
        keys: &["microphones", "mics", "receivers", "microphone"],
        prefix: "mic",
        most: RECEIVERS_MAX,
    },
];

/// Fields of the plain form that an entry may carry.
const CARRIED: [&str; 2] = ["directivity", "orientation"];

/// An entry and the way to it.
type Found<'a> = (Vec<Value>, &'a Value);

pub(super) fn all(
    model: &Model<'_>,
    outline: &Outline,
    height_m: f64,
    out: &mut Collected,
) -> Result<(), Refusal> {
    for kind in &KINDS {
        let mut made = Vec::new();
        for (index, (way, entry)) in entries(model, kind)?.into_iter().enumerate() {
            let Some(position) = of_entry(entry, model.axes) else {
                skipped(kind, &way, out);
                continue;
            };
            let object = entry.as_object();
            let name = object.and_then(id);
            let name = name.unwrap_or_else(|| format!("{}-{}", kind.prefix, index + 1));
            let mut plain = json!({ "id": name, "position_m": position });
            let carried = CARRIED
                .into_iter()
                .filter_map(|f| Some((f, object?.get(f)?)));
            for (field, value) in carried {
                plain[field] = value.clone();
            }
            let place = vec![json!(kind.plain), json!(made.len())];
            out.origins.note(place, way);
            made.push(plain);
        }
        if made.is_empty() {
            let default = defaults::of(kind.prefix, outline, height_m, &out.plain);
            assumed(kind, &default, out);
            made.push(default);
        }
        out.put(kind.plain, made.into());
    }
    Ok(())
}

fn assumed(kind: &Kind, default: &Value, out: &mut Collected) {
    let position = &default["position_m"];
    out.warn(
        "EMITTER_ASSUMED",
        format!(
            "none of the {} can be read; one at {position} is taken",
            kind.plain
        ),
        "say where sources and microphones stand",
        json!({ "field": kind.plain, "position": position }),
    );
}

fn skipped(kind: &Kind, way: &[Value], out: &mut Collected) {
    out.warn(
        "EMITTER_LEFT_OUT",
        format!(
            "an entry of the {} has no position that can be read and is left out",
            kind.plain
        ),
        "give it a position with x, y and z in metres",
        json!({ "place": way }),
    );
}

/// Every entry of the first place that has any: the payload, its devices, the model, its devices, the first room, the
/// other rooms.
fn entries<'a>(model: &Model<'a>, kind: &Kind) -> Result<Vec<Found<'a>>, Refusal> {
    let with_devices = |object: &'a Map<String, Value>, way: Vec<Value>| {
        let devices = object.get("devices").and_then(Value::as_object);
        let below = [way.as_slice(), &[json!("devices")]].concat();
        [Some((object, way)), devices.map(|devices| (devices, below))]
            .into_iter()
            .flatten()
    };
    let single =
        with_devices(model.payload, Vec::new()).chain(with_devices(model.inner, model.at(&[])));
    for (object, way) in single {
        let mut found = Vec::new();
        in_place(object, &way, kind, &mut found)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let mut found = Vec::new();
    for (index, room) in model.rooms.iter().enumerate() {
        let way = model.at(&[json!("rooms"), json!(index)]);
        let places = room.as_object().map(|room| with_devices(room, way));
        for (object, below) in places.into_iter().flatten() {
            in_place(object, &below, kind, &mut found)?;
        }
        if index == 0 && !found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Adds the entries of all keys; one that is no list counts as one entry.
fn in_place<'a>(
    object: &'a Map<String, Value>,
    way: &[Value],
    kind: &Kind,
    found: &mut Vec<Found<'a>>,
) -> Result<(), Refusal> {
    for key in kind.keys {
        let at = |rest: &[Value]| [way, &[json!(key)], rest].concat();
        let entries = match object.get(*key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(single @ Value::Object(_)) => {
                found.push((at(&[]), single));
                continue;
            }
            _ => continue,
        };
        let count = found.len() + entries.len();
        if count > kind.most {
            return Err(too_long(at(&[]), kind.plain, count, kind.most));
        }
        let entries = entries.iter().enumerate();
        found.extend(entries.map(|(index, entry)| (at(&[json!(index)]), entry)));
    }
    Ok(())
}
