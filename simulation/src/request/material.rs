//! Materials: numbers, lists over the octaves, or ids of the library.

use room_simulation::{Material, Octaves, PerOctave};
use serde_json::{Map, Value};

use super::reader::Reader;
use super::scalars::number;
use crate::catalog::{self, Entry};

/// Longest id that is looked up, in characters; longer ones name nothing.
const ID_SHOWN: usize = 64;

/// A material: an object with `absorption` (and `scattering`, 0 if absent), an object with `material_id`, or an id.
pub(super) fn material(
    octaves: Octaves,
) -> impl Fn(&mut Reader, &Value) -> Option<Material> + Copy {
    move |reader, value| {
        if value.is_string() {
            return known(reader, value, octaves);
        }
        let object = reader.object(value)?;
        if !object.contains_key("absorption") && object.contains_key("material_id") {
            return reader.required(object, "material_id", |r, id| known(r, id, octaves));
        }
        let absorption = coefficients(reader, object, "absorption", octaves);
        let scattering = if object.get("scattering").is_some_and(|s| !s.is_null()) {
            coefficients(reader, object, "scattering", octaves)
        } else {
            Some(PerOctave::flat(octaves, 0.0))
        };
        Some(Material::new(octaves, &absorption?, &scattering?))
    }
}

fn known(reader: &mut Reader, value: &Value, octaves: Octaves) -> Option<Material> {
    let id = value.as_str().unwrap_or_default();
    if let Some(entry) = catalog::find(id) {
        return Some(of_entry(entry, octaves));
    }
    let id: String = id.chars().take(ID_SHOWN).collect();
    let msg = format!("there is no material \"{id}\"; GET /materials lists them");
    reader.fault("unknown_material", msg, value)
}

/// A material of the library.
pub(crate) fn of_entry(entry: &Entry, octaves: Octaves) -> Material {
    match &entry.bands {
        Some(bands) => Material::new(octaves, &bands.absorption, &bands.scattering),
        None => Material::flat(octaves, entry.absorption, entry.scattering),
    }
}

/// A number for all octaves, or a list with one for each.
fn coefficients(
    reader: &mut Reader,
    object: &Map<String, Value>,
    name: &str,
    octaves: Octaves,
) -> Option<PerOctave> {
    reader.required(object, name, |reader, value| {
        let Value::Array(list) = value else {
            let found = number(0.0..=1.0)(reader, value)?;
            return Some(PerOctave::flat(octaves, found));
        };
        let count = octaves.len();
        if list.len() != count && reader.leaves_lengths() {
            return None;
        }
        if list.len() != count {
            let bands: Vec<String> = octaves.iter().map(|p| nominal(octaves, p)).collect();
            let msg = format!(
                "List should have {count} items, one for each octave ({} Hz), not {}; bands_hz names other octaves",
                bands.join(", "),
                list.len()
            );
            return reader.fault("wrong_length", msg, value);
        }
        let read = |r: &mut Reader, one: &Value| number(0.0..=1.0)(r, one);
        let found: Option<Vec<f64>> = reader
            .each(value, count..=count, read)?
            .into_iter()
            .collect();
        let found = found?;
        Some(PerOctave::from_fn(octaves, |place| found[place]))
    })
}

fn nominal(octaves: Octaves, place: usize) -> String {
    octaves.band(place).nominal_hz().to_string()
}
