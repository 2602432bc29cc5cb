//! Suites whose outcome is a figure: the contract's black-box tests, random histories, kills between commands.

use std::path::Path;
use std::process::Command;

use crate::TaskError;
use crate::markdown::Table;

use crate::figures::{Section, conformance};

/// Tests of the lobby that a figure rests on: target, filter, and what each holds.
const SUITES: [(&str, &str, &str); 4] = [
    (
        "session_suite",
        "histories::",
        "1 000 random and 1 000 doubled and delayed command histories keep the invariants",
    ),
    (
        "session_suite",
        "mutants::",
        "reducers with one guard removed are caught",
    ),
    (
        "session_suite",
        "table::",
        "every state x every command, as printed",
    ),
    (
        "crash",
        "",
        "lobby killed between any two commands of a 1 x 2 session",
    ),
];

/// Runs them all.
///
/// # Errors
/// When a suite cannot be run.
pub(super) fn run(root: &Path) -> Result<Vec<Section>, TaskError> {
    let mut sections = vec![sessions(root)?];
    let what = "of gateway, lobby, measurement, protocol and simulation";
    if let Some(section) = conformance::section(root, what, |_| true)? {
        sections.insert(0, section);
    }
    Ok(sections)
}

fn sessions(root: &Path) -> Result<Section, TaskError> {
    let mut table = Table::new(&["what", "outcome"]);
    for (target, filter, what) in SUITES {
        let output = Command::new(env!("CARGO"))
            .args([
                "test",
                "--locked",
                "--release",
                "-p",
                "lobby",
                "--test",
                target,
                filter,
            ])
            .current_dir(root)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let outcome = text
            .lines()
            .find_map(|line| line.strip_prefix("test result: "))
            .ok_or_else(|| {
                format!(
                    "{target} gave no result: {}",
                    String::from_utf8_lossy(&output.stderr)
                )
            })?;
        let outcome = outcome.split("; finished").next().unwrap_or(outcome);
        table.row(&[format!("{what} (`{target} {filter}`)"), outcome.to_owned()])?;
    }
    Ok(Section {
        title: "Sessions".to_owned(),
        method: "`cargo test --release -p lobby --test NAME FILTER`.".to_owned(),
        table,
    })
}
