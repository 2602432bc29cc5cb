//! `sonalyze materials`: the library that room files take materials from, listed, searched and shown.

use report::format;
use room_simulation::PerOctave;
use simulation::catalog::{self, Entry};

use crate::cli::{ListArguments, MaterialsCommand, SearchArguments, ShowMaterialArguments};
use crate::exit::{Exit, Failure};
use crate::output::Destination;
use crate::terminal::{self, Cell, Grid, QUIET, TITLE};
use crate::{json, suggestions};

/// Octaves of the table, in hertz: those that prints mostly have, and one above.
const OCTAVES_HZ: [f64; 7] = [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];

/// Runs the command.
///
/// # Errors
/// Nothing found, an id that is none, an output that cannot be written.
pub(crate) fn run(command: &MaterialsCommand) -> Result<Exit, Failure> {
    match command {
        MaterialsCommand::List(arguments) => list(arguments),
        MaterialsCommand::Search(arguments) => search(arguments),
        MaterialsCommand::Show(arguments) => show(arguments),
    }
}

fn list(arguments: &ListArguments) -> Result<Exit, Failure> {
    let all = catalog::all().iter();
    let Some(kind) = &arguments.kind else {
        return told(&all.collect::<Vec<_>>(), arguments.json, table);
    };
    let of_kind: Vec<&Entry> = all
        .filter(|entry| self::kind(entry) == Some(kind))
        .collect();
    if of_kind.is_empty() {
        return Err(Failure::usage(format!(
            "--kind {kind}: there is no such kind; there are {}",
            kinds().join(", ")
        )));
    }
    told(&of_kind, arguments.json, table)
}

fn search(arguments: &SearchArguments) -> Result<Exit, Failure> {
    let words: Vec<String> = arguments
        .words
        .iter()
        .flat_map(|text| text.split_whitespace())
        .map(str::to_lowercase)
        .collect();
    let has_all = |entry: &&Entry| {
        let kind = kind(entry).map_or("", String::as_str);
        let text = format!("{} {} {kind}", entry.id, entry.display_name).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let found: Vec<&Entry> = catalog::all().iter().filter(has_all).collect();
    if found.is_empty() {
        let wanted = arguments.words.join(" ");
        return Err(Failure::failed(format!(
            "none of {} materials has \"{wanted}\"{}; `sonalyze materials list` shows all",
            catalog::all().len(),
            suggestions::sentence(&wanted)
        )));
    }
    told(&found, arguments.json, table)
}

fn show(arguments: &ShowMaterialArguments) -> Result<Exit, Failure> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for id in &arguments.ids {
        match catalog::find(id) {
            Some(entry) => found.push(entry),
            None => missing.push(format!(
                "there is no material \"{id}\"{}; `sonalyze materials search WORD` finds others",
                suggestions::sentence(id)
            )),
        }
    }
    if !missing.is_empty() {
        return Err(Failure::unusable(missing.join("\n  ")));
    }
    told(&found, arguments.json, |all| {
        all.iter()
            .map(|entry| whole(entry))
            .collect::<Vec<_>>()
            .join("\n")
    })
}

/// As JSON, or as `text` puts it.
fn told(found: &[&Entry], as_json: bool, text: fn(&[&Entry]) -> String) -> Result<Exit, Failure> {
    if as_json {
        let place = Destination::Stdout;
        place.write(&json::encode(&found, &place)?)?;
    } else {
        terminal::show(&text(found), false)?;
    }
    Ok(Exit::Done)
}

fn kind(entry: &Entry) -> Option<&String> {
    entry.provenance.as_ref().map(|provenance| &provenance.kind)
}

/// Every kind, once, in the order of the alphabet.
fn kinds() -> Vec<String> {
    let mut kinds: Vec<String> = catalog::all().iter().filter_map(kind).cloned().collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn table(found: &[&Entry]) -> String {
    let octaves = OCTAVES_HZ.map(format::frequency_tick);
    let heads = octaves.iter().map(|hz| (hz.as_str(), "α"));
    let mut grid = Grid::new(std::iter::once(("material", "")).chain(heads));
    for entry in found {
        let values = OCTAVES_HZ.map(|hz| Cell::plain(format::ratio(absorption(entry, hz))));
        grid.row(std::iter::once(Cell::plain(&entry.id)).chain(values));
    }
    let count = match found.len() {
        1 => "1 material".to_owned(),
        count => format!("{count} materials"),
    };
    format!("{grid}{QUIET}{count}; sonalyze materials show ID tells the rest{QUIET:#}\n")
}

fn absorption(entry: &Entry, hz: f64) -> f64 {
    let bands = entry.bands.as_ref();
    bands
        .and_then(|bands| at(&bands.absorption, hz))
        .unwrap_or(entry.absorption)
}

/// The coefficient of a nominal octave; beyond the printed ones the nearest goes on.
fn at(values: &PerOctave, hz: f64) -> Option<f64> {
    let octaves = values.octaves();
    let distance = |place: &usize| (octaves.band(*place).nominal_hz() / hz).log2().abs();
    let nearest = octaves
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    Some(values[nearest])
}

/// All that is known of a material.
fn whole(entry: &Entry) -> String {
    let mut text = format!("{TITLE}{}{TITLE:#}  {}\n", entry.id, entry.display_name);
    text.push_str(&coefficients(entry));
    let Some(from) = &entry.provenance else {
        text.push_str("One number for all octaves, as earlier clients know it; no source.\n");
        return text;
    };
    let lines = [
        ("kind", Some(from.kind.clone())),
        ("source", Some(from.citation.clone())),
        ("credited to", from.credited_to.clone()),
        ("mounting", from.mounting.clone()),
        ("printed", from.printed.as_ref().map(|all| numbers(all))),
        ("uncertainty of absorption", uncertainty(&from.uncertainty)),
        ("scattering", scattering(from)),
        ("variant of", from.variant_of.clone()),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            text.extend([format!("{name}: {value}\n")]);
        }
    }
    text
}

fn scattering(from: &catalog::Provenance) -> Option<String> {
    let class = from.scattering_class.as_ref()?;
    let basis = from.scattering_basis.as_deref().unwrap_or("estimate");
    Some(format!("{basis} by the class \"{class}\""))
}

fn numbers(all: &[f64]) -> String {
    let shown: Vec<String> = all.iter().map(|x| format::ratio(*x)).collect();
    shown.join(" ")
}

/// A number, or one for each octave that was printed.
fn uncertainty(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Number(one) => one.as_f64().map(format::uncertainty_s),
        serde_json::Value::Array(all) => {
            let shown = all.iter().filter_map(serde_json::Value::as_f64);
            Some(
                shown
                    .map(format::uncertainty_s)
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        }
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Object(_) => None,
    }
}

fn coefficients(entry: &Entry) -> String {
    let Some(bands) = &entry.bands else {
        return format!(
            "absorption {}, scattering {} in every octave\n",
            format::ratio(entry.absorption),
            format::ratio(entry.scattering)
        );
    };
    let octaves = bands.absorption.octaves();
    let nominal: Vec<f64> = octaves
        .iter()
        .map(|p| octaves.band(p).nominal_hz())
        .collect();
    let names: Vec<String> = nominal
        .iter()
        .map(|hz| format::frequency_tick(*hz))
        .collect();
    let heads = names.iter().map(|hz| (hz.as_str(), "Hz"));
    let mut grid = Grid::new(std::iter::once(("", "")).chain(heads));
    for (name, values) in [
        ("absorption", &bands.absorption),
        ("scattering", &bands.scattering),
    ] {
        let cells = nominal.iter().map(|hz| {
            let value = at(values, *hz).map(format::ratio);
            Cell::plain(value.unwrap_or_else(|| format::MISSING.to_owned()))
        });
        grid.row(std::iter::once(Cell::plain(name)).chain(cells));
    }
    grid.to_string()
}
