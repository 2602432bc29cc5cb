//! `cargo xtask figures N`: measures the figures of step N and writes `docs/figures/NN.md`.
//!
//! A step adds one [`FigureSet`] to [`SETS`]; this file gives the page its frame: the machine, the tables, the place.

mod campaign;
mod conformance;
mod server;
mod step1;
mod step2;
mod step3;
mod step4;
mod timing;

use core::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::TaskError;
use crate::machine::Machine;
use crate::markdown::Table;

/// The figures of one step.
#[derive(Debug, Clone, Copy)]
pub struct FigureSet {
    /// Number of the step.
    pub number: u8,
    /// Heading of the page.
    pub title: &'static str,
    /// Takes the figures, one section after another.
    pub measure: fn(&Path) -> Result<Vec<Section>, TaskError>,
}

/// A heading, a sentence on how the figures were taken, and their table.
#[derive(Debug, Clone)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// How the figures were taken.
    pub method: String,
    /// The figures.
    pub table: Table,
}

/// Every step that has figures.
pub const SETS: &[FigureSet] = &[
    FigureSet {
        number: 1,
        title: "Step 1: from a recording to room-acoustic parameters",
        measure: step1::measure,
    },
    FigureSet {
        number: 2,
        title: "Step 2: a measurement through phones",
        measure: step2::measure,
    },
    FigureSet {
        number: 3,
        title: "Step 3: rooms",
        measure: step3::measure,
    },
    FigureSet {
        number: 4,
        title: "Step 4: storage",
        measure: step4::measure,
    },
];

pub use step3::case_on_stdin;

/// Measures the figures of a step and writes its page; returns where.
///
/// # Errors
/// When the step has no figures (the message names those that have), when measuring or writing fails.
pub fn run(root: &Path, sets: &[FigureSet], number: u8) -> Result<PathBuf, TaskError> {
    let set = sets
        .iter()
        .find(|s| s.number == number)
        .ok_or_else(|| unknown(sets, number))?;
    let machine = Machine::read(root);
    let sections = (set.measure)(root)?;
    let folder = root.join("docs/figures");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let path = folder.join(format!("{number:02}.md"));
    std::fs::write(&path, page(set, &machine, &sections)?)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

fn unknown(sets: &[FigureSet], number: u8) -> String {
    let known: Vec<String> = sets.iter().map(|s| s.number.to_string()).collect();
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    format!("step {number} has no figures; steps with figures: {known}")
}

fn page(set: &FigureSet, machine: &Machine, sections: &[Section]) -> Result<String, TaskError> {
    let mut facts = Table::new(&["machine", "found"]);
    for (name, value) in machine.facts() {
        facts.row(&[name.to_owned(), value.to_owned()])?;
    }
    let mut text = String::new();
    writeln!(
        text,
        "# {}\n\nTaken with `cargo xtask figures {}`.\n\n{facts}",
        set.title, set.number
    )?;
    for section in sections {
        writeln!(
            text,
            "## {}\n\n{}\n\n{}",
            section.title,
            wrapped(&section.method),
            section.table
        )?;
    }
    text.truncate(text.trim_end().len() + 1);
    Ok(text)
}

/// A paragraph broken into lines of at most 110 columns, as the files of the house are.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > 110 {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines.join("\n")
}
