//! A comparison as a table for spreadsheets: one row a quantity and file, RFC 4180.
//!
//! What could not be compared has a row too: its number cells are empty and the last one says why.

use contract::comparison::{
    Comparison, ComparisonDocument, Difference, NotCompared, Place, Verdict,
};

use crate::csv::line;

/// The names of the columns.
const HEADER: [&str; 12] = [
    "file",
    "place",
    "center_hz",
    "quantity",
    "reference",
    "value",
    "difference",
    "just_noticeable",
    "in_jnd",
    "verdict",
    "flags",
    "not_compared",
];

/// All differences of `document`, in its order, each file's missing ones after its differences.
pub fn csv_comparison(document: &ComparisonDocument) -> String {
    let mut table = line(&HEADER.map(str::to_owned));
    for comparison in &document.comparisons {
        for difference in &comparison.differences {
            table.push_str(&line(&row(comparison, difference)));
        }
        for missing in &comparison.not_compared {
            table.push_str(&line(&missing_row(comparison, missing)));
        }
    }
    table
}

/// A verdict in words.
pub fn verdict_in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotNoticeable => "not noticeable",
        Verdict::Noticeable => "noticeable",
        Verdict::Clear => "clearly noticeable",
    }
}

fn row(comparison: &Comparison, difference: &Difference) -> [String; 12] {
    [
        comparison.other.file.clone(),
        place(difference.place).to_owned(),
        centre(difference.center_hz),
        difference.quantity.clone(),
        difference.reference.to_string(),
        difference.value.to_string(),
        difference.difference.to_string(),
        difference.just_noticeable.to_string(),
        difference.in_jnd.to_string(),
        verdict_in_words(difference.verdict).to_owned(),
        difference.flags.join(";"),
        String::new(),
    ]
}

fn missing_row(comparison: &Comparison, missing: &NotCompared) -> [String; 12] {
    let mut cells: [String; 12] = Default::default();
    cells[0].clone_from(&comparison.other.file);
    place(missing.place).clone_into(&mut cells[1]);
    cells[2] = centre(missing.center_hz);
    cells[3].clone_from(&missing.quantity);
    cells[11].clone_from(&missing.reason);
    cells
}

const fn place(place: Place) -> &'static str {
    match place {
        Place::Octave => "octave",
        Place::Mid => "mid",
        Place::Sti => "sti",
    }
}

fn centre(center_hz: Option<f64>) -> String {
    center_hz.map(|hz| hz.to_string()).unwrap_or_default()
}
