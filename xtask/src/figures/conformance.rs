//! The contract's black-box suite as a figure: how many tests of a kind passed, failed or found no service.

use std::path::Path;
use std::process::Command;

use crate::TaskError;
use crate::markdown::Table;

use super::Section;
use super::server::folder;

/// Runs the whole suite on the release programs and counts the tests whose identifier `of` takes; nothing where the
/// suite does not lie beside the tree.
///
/// # Errors
/// When the suite cannot be run.
pub(super) fn section(
    root: &Path,
    what: &str,
    of: fn(&str) -> bool,
) -> Result<Option<Section>, TaskError> {
    let beside = root.parent().map(|p| p.join("shared/conformance"));
    let Some(suite) = beside.filter(|p| p.is_dir()) else {
        return Ok(None);
    };
    let lines = tempfile::NamedTempFile::new()?;
    let status = Command::new(root.join(".ci/conformance"))
        .arg(suite)
        .arg(folder(root))
        .env("CONFORMANCE_TABLE", lines.path())
        .current_dir(root)
        .status()?;
    let text = std::fs::read_to_string(lines.path())?;
    let ending = if status.success() {
        "Every `must` test that ran passed."
    } else {
        "A `must` test failed."
    };
    Ok(Some(Section {
        title: "Contract".to_owned(),
        method: format!(
            "The black-box suite {what}, once on separate processes and once on `serve` (both counted). {ending}"
        ),
        table: counted(&text, of)?,
    }))
}

/// Counts outcomes by class; a line is identifier, class, basis and outcome between tabulators.
fn counted(text: &str, of: fn(&str) -> bool) -> Result<Table, TaskError> {
    let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split('\t').collect()).collect();
    let mut table = Table::new(&["class", "passed", "failed", "skipped: no such service yet"]);
    for class in ["must", "peer-quirk"] {
        let count = |outcomes: &[&str]| {
            let own = rows.iter().filter(|r| {
                r.first().is_some_and(|tid| of(tid))
                    && r.get(1) == Some(&class)
                    && r.get(3).is_some_and(|o| outcomes.contains(o))
            });
            own.count().to_string()
        };
        table.row(&[
            class.to_owned(),
            count(&["passed", "xpassed"]),
            count(&["failed", "xfailed"]),
            count(&["skipped"]),
        ])?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_by_class_and_identifier() {
        let text =
            "SIM-1\tmust\tdoc\tpassed\nGW-1\tmust\tdoc\tfailed\nSIM-2\tpeer-quirk\tdoc\txfailed\n";
        let table = counted(text, |tid| tid.starts_with("SIM-")).unwrap();
        let shown = table.to_string();
        assert!(shown.contains("| must | 1 | 0 | 0 |"), "{shown}");
        assert!(shown.contains("| peer-quirk | 0 | 1 | 0 |"), "{shown}");
    }
}
