//! Sources and microphones: where they are, and how they radiate or listen.

use room_simulation::{Ambisonics, Directivity, ID_MAX, Pickup};
use serde_json::{Map, Value};

use super::reader::Reader;
use super::scalars::{number, text};

/// Patterns of the cardioid family with their omnidirectional share.
const PATTERNS: [(&str, f64); 7] = [
    ("omnidirectional", 1.0),
    ("subcardioid", 0.75),
    ("cardioid", 0.5),
    ("supercardioid", 0.366),
    ("hypercardioid", 0.25),
    ("figure_of_eight", 0.0),
    ("bidirectional", 0.0),
];

/// Where a pattern looks if nobody says: along x.
const FRONT: [f64; 3] = [1.0, 0.0, 0.0];

/// A source or a microphone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed<D> {
    /// As the caller names it.
    pub(super) id: String,
    /// Metres.
    pub(super) position_m: [f64; 3],
    /// How it radiates or listens.
    pub(super) pattern: D,
    /// Whether it was given an orientation although it listens or radiates alike whichever way it looks.
    pub(super) is_turned_in_vain: bool,
}

impl Placed<Pickup> {
    /// How it listens: where responses are not answered, the first ambisonic channel is all that is heard.
    pub(super) const fn pickup(&self, include_rir: bool) -> Pickup {
        match self.pattern {
            Pickup::Ambisonic(_) if !include_rir => Pickup::Single(Directivity::Omnidirectional),
            pickup @ (Pickup::Single(_) | Pickup::Ambisonic(_)) => pickup,
        }
    }

    /// Channels that are made.
    pub(super) const fn channels(&self, include_rir: bool) -> usize {
        self.pickup(include_rir).channels()
    }
}

/// Reads a source.
pub(super) fn source(reader: &mut Reader, value: &Value) -> Option<Placed<Directivity>> {
    placed(reader, value, |reader, value, front| {
        let known = family(value, front);
        known.or_else(|| unknown(reader, value, ""))
    })
    .map(|(id, position_m, pattern, is_turned)| {
        let pattern = pattern.unwrap_or(Directivity::Omnidirectional);
        let has_front = matches!(pattern, Directivity::Cardioid { .. });
        Placed {
            id,
            position_m,
            pattern,
            is_turned_in_vain: is_turned && !has_front,
        }
    })
}

/// Reads a microphone.
pub(super) fn microphone(reader: &mut Reader, value: &Value) -> Option<Placed<Pickup>> {
    placed(reader, value, |reader, value, front| match value.as_str() {
        Some("ambisonics1") => Some(Pickup::Ambisonic(Ambisonics::First)),
        Some("ambisonics2") => Some(Pickup::Ambisonic(Ambisonics::Second)),
        _ => {
            let single = family(value, front).map(Pickup::Single);
            single.or_else(|| unknown(reader, value, ", 'ambisonics1', 'ambisonics2'"))
        }
    })
    .map(|(id, position_m, pattern, is_turned)| {
        let pattern = pattern.unwrap_or(Pickup::Single(Directivity::Omnidirectional));
        let has_front = matches!(pattern, Pickup::Single(Directivity::Cardioid { .. }));
        Placed {
            id,
            position_m,
            pattern,
            is_turned_in_vain: is_turned && !has_front,
        }
    })
}

/// Id, position, pattern, and whether an orientation was given.
type Read<D> = (String, [f64; 3], Option<D>, bool);

fn placed<D>(
    reader: &mut Reader,
    value: &Value,
    pattern: impl FnOnce(&mut Reader, &Value, [f64; 3]) -> Option<D>,
) -> Option<Read<D>> {
    let object = reader.object(value)?;
    let id = reader.required(object, "id", text(ID_MAX));
    let position_m = reader.required(object, "position_m", Reader::numbers::<3>);
    let front = orientation(reader, object);
    let found = reader.optional(object, "directivity", |r, named| pattern(r, named, front));
    let is_turned = object.get("orientation").is_some_and(|o| !o.is_null());
    Some((id?, position_m?, found, is_turned))
}

fn orientation(reader: &mut Reader, object: &Map<String, Value>) -> [f64; 3] {
    reader.or(object, "orientation", FRONT, |reader, value| {
        let front = reader.numbers::<3>(value)?;
        if front.iter().any(|x| x.abs() > 1e-6) {
            return Some(front);
        }
        let msg = "Input should be a direction [x, y, z] that is not zero";
        reader.fault("no_direction", msg, value)
    })
}

/// The pattern of a name, or of an omnidirectional share between 0 and 1.
fn family(value: &Value, front: [f64; 3]) -> Option<Directivity> {
    let share = match value {
        Value::String(name) => PATTERNS.iter().find(|(known, _)| known == name)?.1,
        Value::Number(_) => number(0.0..=1.0)(&mut Reader::default(), value)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(if share >= 1.0 {
        Directivity::Omnidirectional
    } else {
        Directivity::Cardioid { share, front }
    })
}

fn unknown<T>(reader: &mut Reader, value: &Value, more: &str) -> Option<T> {
    let names: Vec<String> = PATTERNS
        .iter()
        .map(|(name, _)| format!("'{name}'"))
        .collect();
    let msg = format!(
        "Input should be {}{more}, or an omnidirectional share between 0 and 1",
        names.join(", ")
    );
    reader.fault("enum", msg, value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn channels_that_nobody_hears_are_not_made() {
        let given = json!({"id": "m", "position_m": [1, 1, 1], "directivity": "ambisonics2"});
        let placed = microphone(&mut Reader::default(), &given).unwrap();
        assert_eq!((placed.channels(true), placed.channels(false)), (9, 1));
    }
}
