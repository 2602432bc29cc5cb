//! The file `materials/library.json`: what stands in it and what its readers may rely on (its README says more).
//!
//! The file is a part of the program; tests hold it to its promises. Were an entry not as it must be, it would be left
//! out: a list that lacks one material serves better than no service.

use std::collections::BTreeMap;

use room_simulation::{Octaves, PerOctave};
use serde::Deserialize;
use serde_json::Value;

use super::materials::{Bands, Entry, Provenance};

const LIBRARY: &str = include_str!("../../materials/library.json");

/// Octaves whose mean is the single number of a banded material, in hertz.
const SINGLE_NUMBER_HZ: std::ops::RangeInclusive<f64> = 250.0..=2000.0;

#[derive(Debug, Deserialize)]
struct Library {
    sources: BTreeMap<String, Source>,
    class_octaves_hz: Vec<f64>,
    classes: BTreeMap<String, Class>,
    materials: Vec<Material>,
}

/// Where numbers come from.
#[derive(Debug, Deserialize)]
struct Source {
    title: String,
    authors: String,
    year: Option<u32>,
    table: String,
    pages: Option<String>,
    publisher: Option<String>,
}

/// Scattering of a class of surfaces.
#[derive(Debug, Deserialize)]
struct Class {
    scattering: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Material {
    id: String,
    display_name: String,
    kind: String,
    #[serde(default)]
    flat: bool,
    #[serde(default)]
    octaves_hz: Vec<f64>,
    absorption: Vec<f64>,
    scattering: Option<f64>,
    scattering_class: Option<String>,
    scattering_basis: Option<String>,
    #[serde(default)]
    printed: Option<Vec<f64>>,
    #[serde(default)]
    uncertainty: Value,
    mounting: Option<String>,
    source: String,
    credited_to: Option<String>,
    variant_of: Option<String>,
}

/// Every material, the flat ones first.
pub(super) fn entries() -> Vec<Entry> {
    match serde_json::from_str::<Library>(LIBRARY) {
        Ok(library) => {
            let all = library.materials.iter();
            all.filter_map(|material| entry(material, &library))
                .collect()
        }
        Err(cause) => {
            tracing::error!(%cause, "the library of materials cannot be read");
            Vec::new()
        }
    }
}

fn entry(material: &Material, library: &Library) -> Option<Entry> {
    let (absorption, scattering, bands) = if material.flat {
        (*material.absorption.first()?, material.scattering?, None)
    } else {
        let bands = bands(material, library)?;
        let single = [
            single_number(&bands.absorption),
            single_number(&bands.scattering),
        ];
        (single[0], single[1], Some(bands))
    };
    Some(Entry {
        id: material.id.clone(),
        display_name: material.display_name.clone(),
        absorption,
        scattering,
        provenance: bands.is_some().then(|| provenance(material, library)),
        bands,
    })
}

fn bands(material: &Material, library: &Library) -> Option<Bands> {
    let class = library.classes.get(material.scattering_class.as_ref()?)?;
    Some(Bands {
        absorption: per_octave(&material.octaves_hz, &material.absorption)?,
        scattering: per_octave(&library.class_octaves_hz, &class.scattering)?,
    })
}

fn per_octave(octaves_hz: &[f64], values: &[f64]) -> Option<PerOctave> {
    let octaves = Octaves::from_centres(octaves_hz).ok()?;
    let fits = values.len() == octaves.len() && values.iter().all(|v| (0.0..=1.0).contains(v));
    fits.then(|| PerOctave::from_fn(octaves, |place| values[place]))
}

/// The mean from 250 to 2000 Hz.
fn single_number(values: &PerOctave) -> f64 {
    let octaves = values.octaves();
    let chosen: Vec<f64> = octaves
        .iter()
        .filter(|place| SINGLE_NUMBER_HZ.contains(&octaves.centre_hz(*place)))
        .map(|place| values[place])
        .collect();
    let used = if chosen.is_empty() {
        values.values()
    } else {
        &chosen
    };
    used.iter().sum::<f64>() / used.len() as f64
}

fn provenance(material: &Material, library: &Library) -> Provenance {
    let source = library.sources.get(&material.source);
    Provenance {
        kind: material.kind.clone(),
        source: material.source.clone(),
        citation: source.map_or_else(|| material.source.clone(), citation),
        credited_to: material.credited_to.clone(),
        mounting: material.mounting.clone(),
        printed: material.printed.clone(),
        uncertainty: material.uncertainty.clone(),
        scattering_class: material.scattering_class.clone(),
        scattering_basis: material.scattering_basis.clone(),
        variant_of: material.variant_of.clone(),
    }
}

/// Authors, title, publisher, year, table, pages.
fn citation(source: &Source) -> String {
    let year = source.year.map(|year| year.to_string());
    let pages = source.pages.as_ref().map(|pages| format!("pages {pages}"));
    let parts = [
        Some(source.authors.clone()),
        Some(source.title.clone()),
        source.publisher.clone(),
        year,
        Some(source.table.clone()),
        pages,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn library() -> Library {
        serde_json::from_str(LIBRARY).unwrap()
    }

    #[test]
    fn no_entry_of_the_file_is_left_out_and_each_names_what_there_is() {
        let library = library();
        let mut ids = BTreeSet::new();
        for material in &library.materials {
            let id = &material.id;
            assert!(ids.insert(id), "{id} stands twice");
            assert!(entry(material, &library).is_some(), "{id} is left out");
            assert!(library.sources.contains_key(&material.source), "{id}");
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(!id.is_empty() && id.chars().all(word), "{id}");
        }
        for material in &library.materials {
            let known = |id: &String| ids.contains(id);
            assert!(
                material.variant_of.as_ref().is_none_or(known),
                "{}",
                material.id
            );
        }
    }

    #[test]
    fn at_least_150_banded_materials_of_four_prints_and_twelve_kinds() {
        let library = library();
        let counted: Vec<&Material> = library
            .materials
            .iter()
            .filter(|m| !m.flat && m.variant_of.is_none())
            .collect();
        let distinct = |of: fn(&Material) -> &String| {
            counted.iter().map(|m| of(m)).collect::<BTreeSet<_>>().len()
        };
        assert!(counted.len() >= 150, "{}", counted.len());
        assert!(distinct(|m| &m.source) >= 4 && distinct(|m| &m.kind) >= 12);
        for material in counted {
            assert_eq!(
                material.scattering_basis.as_deref(),
                Some("estimate"),
                "{}",
                material.id
            );
            assert!(
                material.mounting.is_some() && material.uncertainty.is_array(),
                "{}",
                material.id
            );
        }
    }

    #[test]
    fn a_list_of_the_wrong_length_or_beyond_1_is_no_material() {
        assert!(per_octave(&[125.0, 250.0], &[0.1, 0.2]).is_some());
        assert!(per_octave(&[125.0, 250.0], &[0.1]).is_none());
        assert!(per_octave(&[125.0, 250.0], &[0.1, 1.2]).is_none());
        assert!(per_octave(&[125.0, 500.0], &[0.1, 0.2]).is_none());
    }
}
