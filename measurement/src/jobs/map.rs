//! The map that a client stores with a job: checked for shape, so that whoever draws it later need not guess.

use chassis::fields::{Fields, Read};
use contract::job::{Map, MapEntity, MapRoom};
use serde_json::Value;

use super::free;

/// Most corners, and most entries of each list.
const ITEMS_MAX: usize = 10_000;

/// Most characters of an entity's name.
const ID_LENGTH: std::ops::RangeInclusive<usize> = 1..=200;

/// Reads a map; unknown fields are dropped.
pub(super) fn read(fields: &mut Fields<'_>) -> Read<Map> {
    let room = fields.optional_object("room", room);
    let furniture = furniture(fields);
    let sources = entities(fields, "sources");
    let receivers = entities(fields, "receivers");
    let meta = free::optional_map(fields, "meta");
    let (Some(room), Some(furniture), Some(sources), Some(receivers), Some(meta)) = (
        room.peek(),
        furniture.peek(),
        sources.peek(),
        receivers.peek(),
        meta.peek(),
    ) else {
        return room.map(|_| Map::default());
    };
    Read::of(Map {
        room: room.clone(),
        furniture: furniture.clone(),
        sources: sources.clone(),
        receivers: receivers.clone(),
        meta: meta.clone().unwrap_or_default(),
    })
}

fn room(fields: &mut Fields<'_>) -> Read<MapRoom> {
    let vertices = vertices(fields);
    let height = fields.optional_number("height_m", f64::MIN..=f64::MAX);
    match (vertices.peek(), height.peek()) {
        (Some(vertices), Some(height_m)) => Read::of(MapRoom {
            vertices: vertices.clone(),
            height_m: *height_m,
        }),
        (None, _) | (_, None) => vertices.map(|_| MapRoom::default()),
    }
}

fn vertices(fields: &mut Fields<'_>) -> Read<Vec<[f64; 2]>> {
    let list = fields
        .optional_list("vertices", 0..=ITEMS_MAX)
        .or(Vec::new());
    let Some(corners) = list.peek() else {
        return list.map(|_| Vec::new());
    };
    let read: Vec<Option<[f64; 2]>> = corners.iter().map(numbers).collect();
    let wrong = places(read.iter().map(Option::is_none));
    if !wrong.is_empty() {
        let msg =
            format!("each of 'vertices' should be a list of exactly 2 numbers, not so: {wrong}");
        return fields.fault("vertices", "list_type", msg);
    }
    Read::of(read.into_iter().flatten().collect())
}

fn furniture(fields: &mut Fields<'_>) -> Read<Vec<Value>> {
    let list = fields
        .optional_list("furniture", 0..=ITEMS_MAX)
        .or(Vec::new());
    let Some(items) = list.peek() else {
        return list;
    };
    let wrong = places(items.iter().map(|item| !item.is_object()));
    if !wrong.is_empty() {
        let msg = format!("each of 'furniture' should be an object, not so: {wrong}");
        return fields.fault("furniture", "dict_type", msg);
    }
    free::without_nul(fields, "furniture", list, |all| {
        all.iter()
            .enumerate()
            .map(|(place, item)| (place.to_string(), item))
            .collect()
    })
}

fn entities(fields: &mut Fields<'_>, name: &str) -> Read<Vec<MapEntity>> {
    if !fields.has(name) {
        return Read::of(Vec::new());
    }
    fields.array(name, 0..=ITEMS_MAX, |fields| {
        let id = fields.text("id", ID_LENGTH);
        let position = fields.numbers("position", 3..=3, f64::MIN..=f64::MAX);
        match (id.peek(), position.peek().map(Vec::as_slice)) {
            (Some(id), Some(&[x, y, z])) => Read::of(MapEntity {
                id: id.clone(),
                position: [x, y, z],
            }),
            _ => position.map(|_| MapEntity {
                id: String::new(),
                position: [0.0; 3],
            }),
        }
    })
}

/// A list of exactly so many finite numbers.
fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = value.as_array()?.iter().map(Value::as_f64).collect();
    numbers?.try_into().ok()
}

/// The places, counted from 0, of what is wrong; the first ten are named.
fn places(wrong: impl Iterator<Item = bool>) -> String {
    let all: Vec<String> = wrong
        .enumerate()
        .filter(|(_, wrong)| *wrong)
        .map(|(place, _)| place.to_string())
        .collect();
    let (named, rest) = all.split_at(all.len().min(10));
    let more = if rest.is_empty() { "" } else { " and more" };
    named.join(", ") + more
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> Result<Map, String> {
        let mut fields = Fields::body(value);
        let map = read(&mut fields);
        fields.finish(map).map_err(|problem| problem.sentence())
    }

    #[test]
    fn an_empty_map_is_one() {
        assert_eq!(of(&json!({})).unwrap(), Map::default());
    }

    #[test]
    fn a_whole_map_is_kept_and_the_unknown_dropped() {
        let map = of(&json!({
            "room": {"vertices": [[0, 0], [5.5, 0], [5.5, 4]], "height_m": 2.5, "colour": "red"},
            "furniture": [{"any": 1}], "sources": [{"id": "s", "position": [1, 1, 1.2]}],
            "receivers": [], "meta": {"k": "v"}, "rooms": [1],
        }))
        .unwrap();
        let room = map.room.unwrap();
        assert_eq!(room.vertices, [[0.0, 0.0], [5.5, 0.0], [5.5, 4.0]]);
        assert_eq!(room.height_m, Some(2.5));
        assert_eq!(json!(map.sources[0].position), json!([1.0, 1.0, 1.2]));
        assert_eq!(
            (map.furniture, map.meta["k"].clone()),
            (vec![json!({"any": 1})], json!("v"))
        );
    }

    #[test]
    fn every_fault_is_told() {
        let told = of(&json!({
            "room": {"vertices": [[1], [1, 2], "x", [1, "2"]], "height_m": "high"},
            "furniture": [1], "sources": [{"id": "a"}, {"id": "", "position": [1, 2]}], "receivers": 5, "meta": 1,
        }))
        .unwrap_err();
        for part in [
            "exactly 2 numbers, not so: 0, 2, 3",
            "body.room.height_m",
            "'furniture' should be an object, not so: 0",
            "body.sources.0.position",
            "body.sources.1.id",
            "body.sources.1.position",
            "body.receivers",
            "body.meta",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
}
