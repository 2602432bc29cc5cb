//! The list of materials: the flat ones of old clients with exactly their numbers, then the banded ones of the library.
//!
//! A flat number is absorption in every octave. Banded entries carry what was printed; the single number beside their
//! bands is its mean from 250 to 2000 Hz, for clients that know nothing else.

use std::sync::LazyLock;

use axum::Json;
use room_simulation::Octaves;
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
    /// Coefficients per octave, where they are known.
    pub bands: Option<Bands>,
    /// Where the numbers come from, where that is known.
    pub provenance: Option<Provenance>,
}

/// Coefficients per octave.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    /// The octaves; outside of them the first or last number goes on.
    pub octaves: Octaves,
    /// Absorption, 0 to 1.
    pub absorption: Vec<f64>,
    /// Scattering, 0 to 1: an estimate by class.
    pub scattering: Vec<f64>,
}

/// Where numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    /// Kind of material, such as `carpet`.
    pub kind: String,
    /// The print, in full.
    pub source: String,
    /// How the sample was mounted, as printed.
    pub mounting: String,
    /// How far the numbers may be off.
    pub uncertainty: serde_json::Value,
    /// Whether the scattering is an estimate.
    pub scattering_estimated: bool,
}

/// Id, name, absorption and scattering of the materials of old clients, in their order. Where the documentation and the
/// list of the earlier service differed, the documentation counts; `carpet` stands there alone.
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

static MATERIALS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let flat = FLAT
        .iter()
        .map(|(id, display_name, absorption, scattering)| Entry {
            id: (*id).to_owned(),
            display_name: (*display_name).to_owned(),
            absorption: *absorption,
            scattering: *scattering,
            bands: None,
            provenance: None,
        });
    flat.chain(library::banded()).collect()
});

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

/// What a banded entry has beside the four old fields.
#[derive(Debug, Serialize)]
struct ShownBands<'a> {
    octaves_hz: Vec<f64>,
    absorption: &'a [f64],
    scattering: &'a [f64],
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("display_name", &self.display_name)?;
        map.serialize_entry("absorption", &self.absorption)?;
        map.serialize_entry("scattering", &self.scattering)?;
        if let Some(bands) = &self.bands {
            let shown = ShownBands {
                octaves_hz: nominal_hz(bands.octaves),
                absorption: &bands.absorption,
                scattering: &bands.scattering,
            };
            map.serialize_entry("absorption_bands", &shown)?;
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
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_old_list_stands_first_with_the_documented_numbers() {
        let shown = serde_json::to_value(all()).unwrap();
        let ids: Vec<&str> = shown.as_array().unwrap()[..26]
            .iter()
            .map(|m| m["id"].as_str().unwrap())
            .collect();
        assert_eq!(
            (ids[0], ids[24], ids[25]),
            ("concrete", "default", "carpet")
        );
        assert_eq!(
            shown[8],
            json!({"id": "wood_panel", "display_name": "Wood Paneling", "absorption": 0.1, "scattering": 0.15})
        );
        let of = |id| find(id).map(|e| (e.absorption, e.scattering));
        assert_eq!(of("plaster"), Some((0.05, 0.05)));
        assert_eq!(of("glass"), Some((0.03, 0.02)));
        assert_eq!(of("curtain_heavy"), Some((0.50, 0.40)));
        assert_eq!(of("acoustic_panel"), Some((0.80, 0.10)));
        assert_eq!(of("carpet"), Some((0.30, 0.20)));
        assert_eq!(of("no such"), None);
    }

    #[test]
    fn ids_stand_once_and_coefficients_are_coefficients() {
        let ids: BTreeSet<&str> = all().iter().map(|e| e.id.as_str()).collect();
        assert_eq!(ids.len(), all().len());
        for entry in all() {
            let unit = 0.0..=1.0;
            assert!(!entry.display_name.is_empty(), "{}", entry.id);
            assert!(
                unit.contains(&entry.absorption) && unit.contains(&entry.scattering),
                "{}",
                entry.id
            );
            let Some(bands) = &entry.bands else { continue };
            assert_eq!(bands.absorption.len(), bands.octaves.len(), "{}", entry.id);
            assert_eq!(bands.scattering.len(), bands.octaves.len(), "{}", entry.id);
            let mut all = bands.absorption.iter().chain(&bands.scattering);
            assert!(all.all(|x| unit.contains(x)), "{}", entry.id);
        }
    }

    #[test]
    fn a_banded_entry_shows_its_bands_beside_the_old_fields() {
        let banded = all().iter().find(|e| e.bands.is_some()).unwrap();
        let shown = serde_json::to_value(banded).unwrap();
        let bands = &shown["absorption_bands"];
        let count = bands["octaves_hz"].as_array().map(Vec::len);
        assert_eq!(bands["absorption"].as_array().map(Vec::len), count);
        assert!(
            shown["provenance"]["source"]
                .as_str()
                .is_some_and(|s| !s.is_empty())
        );
        assert!(matches!(shown["absorption"], Value::Number(_)));
    }
}
