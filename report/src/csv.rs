//! The parameters as a table for spreadsheets: one row a band, RFC 4180.
//!
//! The columns never change with the data: names carry the unit, numbers stand in full precision
//! with a point, an empty cell is explained in the last column. A document of a failed analysis
//! has one row, `failed`, whose last column says why.

use contract::analysis::AnalysisDocument;
use contract::parameters::Parameters;
use contract::simulation::SimulationDocument;

use crate::{quantity, words};

/// Line end of RFC 4180.
const END: &str = "\r\n";

/// The parameters of `document`: broadband, octaves, thirds; columns `band`, `center_hz`, the
/// quantities with their units, `flags`, `not_evaluable`.
pub fn csv(document: &AnalysisDocument) -> String {
    let mut table = line(&header());
    if let Some(failure) = &document.failure {
        let what = words::sentence(&failure.message);
        let remedy = words::sentence(&failure.remedy);
        let reason = format!("{}: {what} {remedy}", failure.code);
        table.push_str(&line(&failed(reason)));
    }
    let broadband = document.broadband.iter().map(|band| ("broadband", band));
    let octaves = document.octaves.iter().map(|band| ("octave", band));
    let thirds = document.thirds.iter().map(|band| ("third", band));
    for (kind, band) in broadband.chain(octaves).chain(thirds) {
        table.push_str(&line(&row(kind, band)));
    }
    table
}

/// The parameters of every pair of a simulation: columns `source_id`, `receiver_id`, then those of [`csv`].
pub fn csv_simulation(document: &SimulationDocument) -> String {
    let heads = ["source_id", "receiver_id"].map(str::to_owned);
    let mut table = line(&[heads.to_vec(), header()].concat());
    for pair in &document.pairs {
        let found = &pair.parameters;
        let octaves = found.octaves.iter().map(|band| ("octave", band));
        for (kind, band) in std::iter::once(("broadband", &found.broadband)).chain(octaves) {
            let ids = vec![pair.source_id.clone(), pair.receiver_id.clone()];
            table.push_str(&line(&[ids, row(kind, band)].concat()));
        }
    }
    table
}

fn header() -> Vec<String> {
    let quantities = quantity::all().map(|quantity| quantity.key.to_owned());
    ["band", "center_hz"]
        .map(str::to_owned)
        .into_iter()
        .chain(quantities)
        .chain(["flags", "not_evaluable"].map(str::to_owned))
        .collect()
}

fn row(kind: &str, band: &Parameters) -> Vec<String> {
    let centre = band.center_hz.map(|value| value.to_string());
    let values = quantity::all().map(|quantity| {
        let value = quantity.of(band).map(|value| value.to_string());
        value.unwrap_or_default()
    });
    [kind.to_owned(), centre.unwrap_or_default()]
        .into_iter()
        .chain(values)
        .chain([band.flags.join(";"), reasons(band)])
        .collect()
}

fn failed(reason: String) -> Vec<String> {
    let mut cells = vec![String::new(); header().len()];
    if let Some(first) = cells.first_mut() {
        "failed".clone_into(first);
    }
    if let Some(last) = cells.last_mut() {
        *last = reason;
    }
    cells
}

fn reasons(band: &Parameters) -> String {
    let each: Vec<String> = band
        .not_evaluable
        .iter()
        .map(|(name, reason)| format!("{name}: {} ({})", reason.code, reason.message))
        .collect();
    each.join("; ")
}

pub(crate) fn line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| quote(cell)).collect();
    quoted.join(",") + END
}

fn quote(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
