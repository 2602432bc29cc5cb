//! Decisions are numbered once: `docs/decisions/NNNN-title.md`.

use crate::Finding;
use crate::workspace::SourceFile;

const FOLDER: &str = "docs/decisions/";

/// Every file under `docs/decisions` has a number of four digits that no other has.
pub fn numbered_once(files: &[SourceFile]) -> Vec<Finding> {
    let mut taken: Vec<(&str, &str)> = Vec::new();
    let mut findings = Vec::new();
    for name in files.iter().filter_map(|f| f.path.strip_prefix(FOLDER)) {
        match number(name) {
            None => findings.push(Finding::at(
                &format!("{FOLDER}{name}"),
                "is not named NNNN-title.md",
            )),
            Some(n) => {
                if let Some((_, other)) = taken.iter().find(|(used, _)| *used == n) {
                    findings.push(Finding::at(
                        &format!("{FOLDER}{name}"),
                        format!("has the number of {other}"),
                    ));
                }
                taken.push((n, name));
            }
        }
    }
    findings
}

fn number(name: &str) -> Option<&str> {
    let (digits, title) = name.strip_suffix(".md")?.split_once('-')?;
    (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) && !title.is_empty())
        .then_some(digits)
}
