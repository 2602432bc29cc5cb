//! The character U+0000 in what clients say: a database of text cannot keep it, so it is refused with the place where
//! it stands.

use crate::fields::{Fields, Read};
use serde_json::Value;

/// Kind of the fault, for programs.
pub const KIND: &str = "nul_character";

/// A field that may hold any JSON, and none of the texts in it the character; `'room.walls.0.name'` names one
/// that does.
pub fn without(fields: &mut Fields<'_>, name: &str, read: Read<Value>) -> Read<Value> {
    match read.peek().and_then(|value| place(value, name)) {
        Some(place) => fields.fault(name, KIND, sentence(&place)),
        None => read,
    }
}

/// Whether a text has it.
pub fn is_in(text: &str) -> bool {
    text.contains('\0')
}

/// What is told of a field that has it.
pub fn sentence(place: &str) -> String {
    format!(
        "'{place}' has the character U+0000 (NUL), which cannot be kept; every other character is allowed"
    )
}

/// The way from `way` to the first text that has it. A name of a member that has it is shown without it.
pub fn place(value: &Value, way: &str) -> Option<String> {
    match value {
        Value::String(text) => is_in(text).then(|| way.to_owned()),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| place(item, &format!("{way}.{index}")))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let below = format!("{way}.{}", name.replace('\0', ""));
            if is_in(name) {
                return Some(below);
            }
            place(member, &below)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_place_is_named_however_deep_it_is() {
        let at = |value: Value| place(&value, "room");
        assert_eq!(at(json!("a\0")), Some("room".to_owned()));
        let deep = json!({"a": [1, null, {"b": "ok"}, {"c": ["x", "\0"]}]});
        assert_eq!(at(deep), Some("room.a.3.c.1".to_owned()));
        assert_eq!(at(json!({"a": {"b\0": 1}})), Some("room.a.b".to_owned()));
        assert_eq!(at(json!({"a": ["\u{1}", "\\u0000", 0, false]})), None);
    }
}
