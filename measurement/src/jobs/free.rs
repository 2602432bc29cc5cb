//! Free JSON of a client, which is kept as it came: anything but the character NUL, which a database's text
//! cannot hold.

use chassis::fields::{Fields, Read};
use serde_json::{Map, Value};

/// So many places are told.
const TOLD_MAX: usize = 10;

/// A JSON object, or none, without NUL in any text or key.
pub(super) fn optional_map(
    fields: &mut Fields<'_>,
    name: &str,
) -> Read<Option<Map<String, Value>>> {
    let map = fields.optional_map(name);
    without_nul(fields, name, map, |map| {
        map.iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value))
            .collect()
    })
}

/// Notes a fault if a text or key in any of the `parts` of a value, each with its key, holds a NUL.
pub(super) fn without_nul<T>(
    fields: &mut Fields<'_>,
    name: &str,
    read: Read<T>,
    parts: impl FnOnce(&T) -> Vec<(String, &Value)>,
) -> Read<T> {
    let mut found = Vec::new();
    for (key, value) in read.peek().map(parts).unwrap_or_default() {
        collect(&key, value, &mut found);
    }
    if found.is_empty() {
        return read;
    }
    let msg = format!(
        "no text and no key of '{name}' may hold the character NUL (U+0000), as here: {}",
        found.join(", ")
    );
    fields.fault(name, "value_error", msg)
}

/// Adds where a NUL is, as keys and places from the outside in.
fn collect(way: &str, value: &Value, found: &mut Vec<String>) {
    if found.len() >= TOLD_MAX {
        return;
    }
    // A value under a broken key is not looked at: the key is told.
    if way.contains('\0') {
        found.push(way.escape_default().to_string());
        return;
    }
    match value {
        Value::String(text) if text.contains('\0') => found.push(way.to_owned()),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                collect(&format!("{way}.{place}"), item, found);
            }
        }
        Value::Object(object) => {
            for (key, inner) in object {
                collect(&format!("{way}.{key}"), inner, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(meta: &Value) -> Option<String> {
        let body = json!({"meta": meta});
        let mut fields = Fields::body(&body);
        let read = optional_map(&mut fields, "meta");
        fields.finish(read).err().map(|problem| problem.sentence())
    }

    #[test]
    fn a_nul_is_found_however_deep_and_every_place_is_told() {
        let meta = json!({
            "a": {"b": ["fine", {"c": "x\u{0}"}]}, "k\u{0}": 1, "d": "\u{0}", "e": "\\u0000", "f": [1, null, true],
        });
        let told = told(&meta).unwrap();
        let (_, places) = told.split_once("as here: ").unwrap();
        let mut places: Vec<&str> = places.split(", ").collect();
        places.sort_unstable();
        assert_eq!(places, ["a.b.1.c", "d", "k\\u{0}"]);
    }

    #[test]
    fn everything_else_is_taken() {
        assert_eq!(told(&json!({"a": ["\u{1}ü", {"b": null}]})), None);
        assert_eq!(told(&Value::Null), None);
    }

    #[test]
    fn not_more_places_are_told_than_can_be_read() {
        let told = told(&json!({"a": vec!["\u{0}"; 1000]})).unwrap();
        assert!(told.ends_with("a.9"), "{told}");
    }
}
