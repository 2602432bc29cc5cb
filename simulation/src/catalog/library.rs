//! The banded materials of `materials/library.json`: printed absorption with its source, scattering estimated by class.
//!
//! The file is a part of the program; a test holds it to its promises, so that an entry which is not as it must be is a
//! fault of ours and is left out.

use room_simulation::Octaves;
use serde::Deserialize;
use serde_json::Value;

use super::materials::{Bands, Entry, Provenance};

const LIBRARY: &str = include_str!("../../materials/library.json");

/// Octaves whose mean is the single number of a banded material, in hertz.
const SINGLE_NUMBER_HZ: std::ops::RangeInclusive<f64> = 250.0..=2000.0;

#[derive(Debug, Deserialize)]
struct Library {
    #[serde(default)]
    sources: Value,
    #[serde(default)]
    classes: Value,
    materials: Vec<Printed>,
}

/// An entry as it stands in the file.
#[derive(Debug, Deserialize)]
struct Printed {
    id: String,
    display_name: String,
    kind: String,
    octaves_hz: Vec<f64>,
    absorption: Numbers,
    #[serde(default)]
    scattering: Option<Numbers>,
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    mounting: Option<String>,
    source: String,
    #[serde(default)]
    uncertainty: Value,
    /// One of the flat materials of old clients, which stand in the program.
    #[serde(default)]
    flat: bool,
}

/// One number for all octaves, or one for each.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Numbers {
    One(f64),
    Each(Vec<f64>),
}

impl Numbers {
    fn on(&self, octaves: Octaves) -> Option<Vec<f64>> {
        match self {
            Self::One(value) => Some(vec![*value; octaves.len()]),
            Self::Each(values) => (values.len() == octaves.len()).then(|| values.clone()),
        }
    }
}

/// Every banded entry.
pub(super) fn banded() -> Vec<Entry> {
    match serde_json::from_str::<Library>(LIBRARY) {
        Ok(library) => {
            let banded = library.materials.iter().filter(|printed| !printed.flat);
            banded
                .filter_map(|printed| entry(printed, &library))
                .collect()
        }
        Err(cause) => {
            tracing::error!(%cause, "the library of materials cannot be read");
            Vec::new()
        }
    }
}

fn entry(printed: &Printed, library: &Library) -> Option<Entry> {
    let octaves = Octaves::from_centres(&printed.octaves_hz).ok()?;
    let absorption = printed.absorption.on(octaves)?;
    let scattering = scattering(printed, library)?.on(octaves)?;
    let range = SINGLE_NUMBER_HZ;
    let single = |values: &[f64]| {
        let places = octaves
            .iter()
            .filter(|p| range.contains(&octaves.centre_hz(*p)));
        let chosen: Vec<f64> = places.map(|place| values[place]).collect();
        let used = if chosen.is_empty() { values } else { &chosen };
        used.iter().sum::<f64>() / used.len() as f64
    };
    Some(Entry {
        id: printed.id.clone(),
        display_name: printed.display_name.clone(),
        absorption: single(&absorption),
        scattering: single(&scattering),
        provenance: Some(Provenance {
            kind: printed.kind.clone(),
            source: source(&printed.source, library),
            mounting: printed.mounting.clone().unwrap_or_default(),
            uncertainty: printed.uncertainty.clone(),
            scattering_estimated: true,
        }),
        bands: Some(Bands {
            octaves,
            absorption,
            scattering,
        }),
    })
}

/// The entry's own scattering, else that of its class.
fn scattering(printed: &Printed, library: &Library) -> Option<Numbers> {
    let of_class = || {
        let class = printed.class.as_ref().unwrap_or(&printed.kind);
        let found = library.classes.get(class)?;
        let found = found.get("scattering").unwrap_or(found);
        Numbers::deserialize(found).ok()
    };
    printed.scattering.clone().or_else(of_class)
}

/// The print in full where the file spells it out, else its short name.
fn source(key: &str, library: &Library) -> String {
    let spelled = match &library.sources {
        Value::Array(list) => list.iter().find(|s| s["id"] == key).cloned(),
        Value::Object(map) => map.get(key).cloned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => {
            let named = ["citation", "title", "name"]
                .iter()
                .find_map(|k| map.get(*k)?.as_str());
            named.map(str::to_owned)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    spelled
        .as_ref()
        .and_then(text)
        .unwrap_or_else(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_of_the_file_keeps_its_promises() {
        let library: Library = serde_json::from_str(LIBRARY).unwrap();
        let mut ids = BTreeSet::new();
        for printed in library.materials.iter().filter(|m| !m.flat) {
            let id = &printed.id;
            assert!(ids.insert(id), "{id} stands twice");
            assert!(
                !printed.source.is_empty() && !printed.kind.is_empty(),
                "{id}"
            );
            let entry = entry(printed, &library).unwrap_or_else(|| panic!("{id} is left out"));
            let bands = entry.bands.unwrap();
            let mut all = bands.absorption.iter().chain(&bands.scattering);
            assert!(all.all(|x| (0.0..=1.0).contains(x)), "{id}");
        }
        assert!(!ids.is_empty());
    }

    #[test]
    fn a_list_of_the_wrong_length_is_no_material() {
        let library: Library = serde_json::from_str(
            r#"{"sources": {"a": "A book"}, "classes": {"wall": 0.1}, "materials": [
                {"id": "x", "display_name": "X", "kind": "wall", "octaves_hz": [125, 250, 500],
                 "absorption": [0.1, 0.2], "source": "a", "mounting": "", "uncertainty": 0.05}]}"#,
        )
        .unwrap();
        assert_eq!(entry(&library.materials[0], &library), None);
    }

    #[test]
    fn scattering_is_the_entrys_own_or_its_classes() {
        let text = |own: &str| {
            format!(
                r#"{{"sources": {{"a": "A book"}}, "classes": {{"wall": {{"scattering": 0.3}}}}, "materials": [
                    {{"id": "x", "display_name": "X", "kind": "wall", "octaves_hz": [500, 1000], {own}
                     "absorption": [0.1, 0.2], "source": "a"}}]}}"#
            )
        };
        for (own, expected) in [
            ("", [0.3, 0.3]),
            (r#""scattering": [0.1, 0.2],"#, [0.1, 0.2]),
        ] {
            let library: Library = serde_json::from_str(&text(own)).unwrap();
            let made = entry(&library.materials[0], &library).unwrap();
            assert_eq!(made.bands.unwrap().scattering, expected);
            assert_eq!(made.provenance.unwrap().source, "A book");
        }
    }
}
