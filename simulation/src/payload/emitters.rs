//! Sources and microphones (rules 10 to 12); where none can be read, one of each at a default place.

use serde_json::{Map, Value, json};

use super::outline::Outline;
use super::position::of_entry;
use super::{Collected, Model, defaults, id};

/// What is looked for: the name in the plain form, the keys it may have, how entries without an id are called.
struct Kind {
    plain: &'static str,
    keys: &'static [&'static str],
    prefix: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        plain: "sources",
        keys: &["sources", "loudspeakers", "speakers"],
        prefix: "src",
    },
    Kind {
        plain: "microphones",
        keys: &["microphones", "mics", "receivers", "microphone"],
        prefix: "mic",
    },
];

/// Fields of the plain form that an entry may carry.
const CARRIED: [&str; 2] = ["directivity", "orientation"];

/// An entry and the way to it.
type Found<'a> = (Vec<Value>, &'a Value);

pub(super) fn all(model: &Model<'_>, outline: &Outline, height_m: f64, out: &mut Collected) {
    for kind in &KINDS {
        let mut made = Vec::new();
        for (index, (way, entry)) in entries(model, kind).into_iter().enumerate() {
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
            made.push(defaults::of(kind.prefix, outline, height_m, &out.plain));
        }
        out.put(kind.plain, made.into());
    }
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
fn entries<'a>(model: &Model<'a>, kind: &Kind) -> Vec<Found<'a>> {
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
        let found = in_place(object, &way, kind);
        if !found.is_empty() {
            return found;
        }
    }
    let rooms = model.rooms.iter().enumerate();
    let in_room = |(index, room): (usize, &'a Value)| {
        let way = model.at(&[json!("rooms"), json!(index)]);
        let places = room.as_object().map(|room| with_devices(room, way));
        let found = places.into_iter().flatten();
        found
            .flat_map(|(object, below)| in_place(object, &below, kind))
            .collect::<Vec<_>>()
    };
    let mut by_room = rooms.map(in_room);
    let first = by_room.next().unwrap_or_default();
    if first.is_empty() {
        by_room.flatten().collect()
    } else {
        first
    }
}

/// The entries of all keys; one that is no list counts as one entry.
fn in_place<'a>(object: &'a Map<String, Value>, way: &[Value], kind: &Kind) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for key in kind.keys {
        let at = |rest: &[Value]| [way, &[json!(key)], rest].concat();
        match object.get(*key) {
            Some(Value::Array(list)) => {
                let entries = list.iter().enumerate();
                found.extend(entries.map(|(index, entry)| (at(&[json!(index)]), entry)));
            }
            Some(single @ Value::Object(_)) => found.push((at(&[]), single)),
            _ => {}
        }
    }
    found
}
