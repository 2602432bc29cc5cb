//! The list of materials: the flat ones of old clients with exactly their numbers, then the banded ones.
//!
//! A flat number holds in every octave. Banded entries carry what was printed; the single number beside their bands is
//! its mean from 250 to 2000 Hz, for clients that know nothing else. Beyond the printed octaves the first or last
//! number goes on.

use std::sync::LazyLock;

use axum::Json;
use room_simulation::{Octaves, PerOctave};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::library;

/// A material of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// By which requests name it.
    pub id: String,
    /// For people.
    pub display_name: String,
    /// Absorption as one number, 0 to 1.
    pub absorption: f64,
    /// Scattering as one number, 0 to 1.
    pub scattering: f64,
    /// Coefficients per octave; none of a flat material.
    pub bands: Option<Bands>,
    /// Where the numbers come from; none of a flat material.
    pub provenance: Option<Provenance>,
}

/// Coefficients per octave, each 0 to 1, on octaves of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    /// As printed, cut to 1.
    pub absorption: PerOctave,
    /// An estimate by class.
    pub scattering: PerOctave,
}

/// Where numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    /// Kind of material, such as `carpet`.
    pub kind: String,
    /// Short name of the print.
    pub source: String,
    /// The print in full.
    pub citation: String,
    /// Whom the print credits.
    pub credited_to: Option<String>,
    /// How the sample was mounted, as printed.
    pub mounting: Option<String>,
    /// What was printed, where a number exceeds 1.
    pub printed: Option<Vec<f64>>,
    /// One standard uncertainty of each coefficient of absorption.
    pub uncertainty: serde_json::Value,
    /// The class that scattering is taken from.
    pub scattering_class: Option<String>,
    /// What scattering rests on: `estimate`.
    pub scattering_basis: Option<String>,
    /// The material that it is another thickness or mounting of.
    pub variant_of: Option<String>,
}

static MATERIALS: LazyLock<Vec<Entry>> = LazyLock::new(library::entries);

/// Every material: the flat ones in the order of old clients, then the banded ones.
pub fn all() -> &'static [Entry] {
    &MATERIALS
}

/// The material of an id.
pub fn find(id: &str) -> Option<&'static Entry> {
    MATERIALS.iter().find(|entry| entry.id == id)
}

/// The answer of `GET /materials`.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    materials: &'static [Entry],
}

pub(super) async fn answer() -> Json<Answer> {
    Json(Answer { materials: all() })
}

/// Coefficients as they are shown.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    octaves_hz: Vec<f64>,
    values: &'a [f64],
}

impl<'a> Shown<'a> {
    fn of(values: &'a PerOctave) -> Self {
        Self {
            octaves_hz: nominal_hz(values.octaves()),
            values: values.values(),
        }
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("display_name", &self.display_name)?;
        map.serialize_entry("absorption", &self.absorption)?;
        map.serialize_entry("scattering", &self.scattering)?;
        if let Some(bands) = &self.bands {
            map.serialize_entry("absorption_bands", &Shown::of(&bands.absorption))?;
            map.serialize_entry("scattering_bands", &Shown::of(&bands.scattering))?;
        }
        if let Some(provenance) = &self.provenance {
            map.serialize_entry("provenance", provenance)?;
        }
        map.end()
    }
}

/// Nominal centres of octaves.
pub(crate) fn nominal_hz(octaves: Octaves) -> Vec<f64> {
    octaves
        .iter()
        .map(|place| octaves.band(place).nominal_hz())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Id, name, absorption and scattering as the contract has them; where its list and the documentation differ, the
    /// documentation counts.
    const FLAT: [(&str, &str, f64, f64); 26] = [
        ("concrete", "Concrete", 0.02, 0.05),
        ("brick", "Brick (unpainted)", 0.03, 0.10),
        ("marble", "Marble / Tile", 0.01, 0.02),
        ("glass", "Glass", 0.03, 0.02),
        ("plaster", "Plaster / Drywall", 0.05, 0.05),
        ("painted_concrete", "Painted Concrete", 0.06, 0.05),
        ("hardwood", "Hardwood Floor", 0.10, 0.10),
        ("parquet", "Parquet Floor", 0.07, 0.10),
        ("wood_panel", "Wood Paneling", 0.10, 0.15),
        ("plywood", "Plywood", 0.12, 0.10),
        ("carpet_thin", "Thin Carpet", 0.20, 0.20),
        ("carpet_thick", "Thick Carpet", 0.50, 0.30),
        ("carpet_padded", "Carpet with Underlay", 0.60, 0.35),
        ("curtain_light", "Light Curtain", 0.15, 0.20),
        ("curtain_heavy", "Heavy Curtain", 0.50, 0.40),
        ("upholstery", "Upholstered Furniture", 0.45, 0.20),
        ("acoustic_panel", "Acoustic Panel", 0.80, 0.10),
        ("acoustic_foam", "Acoustic Foam", 0.70, 0.10),
        ("acoustic_tile", "Acoustic Ceiling Tile", 0.65, 0.20),
        ("perforated_panel", "Perforated Panel", 0.50, 0.40),
        ("diffuser", "Diffuser Panel", 0.15, 0.80),
        ("suspended_ceiling", "Suspended Ceiling", 0.50, 0.25),
        ("mineral_fiber", "Mineral Fiber Ceiling", 0.70, 0.25),
        ("gypsum_ceiling", "Gypsum Board Ceiling", 0.15, 0.10),
        ("default", "Default", 0.20, 0.05),
        ("carpet", "Carpet", 0.30, 0.20),
    ];

    #[test]
    fn the_old_list_stands_first_with_exactly_its_numbers() {
        let shown = serde_json::to_value(all()).unwrap();
        for (place, (id, name, absorption, scattering)) in FLAT.into_iter().enumerate() {
            let expected = json!({"id": id, "display_name": name, "absorption": absorption, "scattering": scattering});
            assert_eq!(shown[place], expected);
        }
        assert!(all()[FLAT.len()].bands.is_some());
        assert_eq!(find("no such"), None);
    }

    #[test]
    fn every_entry_has_a_name_and_coefficients() {
        for entry in all() {
            let unit = 0.0..=1.0;
            assert!(!entry.display_name.is_empty(), "{}", entry.id);
            assert!(
                unit.contains(&entry.absorption) && unit.contains(&entry.scattering),
                "{}",
                entry.id
            );
        }
    }

    #[test]
    fn a_banded_entry_shows_its_bands_beside_the_old_fields() {
        let shown = serde_json::to_value(find("brickwork_rendered")).unwrap();
        let expected = json!({"octaves_hz": [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0],
            "values": [0.01, 0.02, 0.02, 0.03, 0.03, 0.04, 0.04]});
        assert_eq!(shown["absorption_bands"], expected);
        assert!((shown["absorption"].as_f64().unwrap() - 0.025).abs() < 1e-12);
        let count = shown["scattering_bands"]["values"].as_array().map(Vec::len);
        assert_eq!(count, Some(9));
        assert!(matches!(shown["provenance"]["mounting"], Value::String(_)));
        let citation = shown["provenance"]["citation"].as_str().unwrap();
        assert!(
            citation.starts_with("Michael Vorländer, Auralization"),
            "{citation}"
        );
    }
}
