//! Rules for Rust files: each opens with its reason, stays short, and hides nothing.

use super::rust_files;
use crate::Finding;
use crate::workspace::SourceFile;

/// Lines without tests above which a file needs a reason.
pub const LINES_MAX: usize = 600;

/// A file that may be longer than [`LINES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongFile {
    /// Its path.
    pub path: &'static str,
    /// Why it is one file.
    pub reason: &'static str,
}

/// The long files of the house. An entry that is no longer needed is a finding.
pub const LONG_FILES: &[LongFile] = &[];

/// What code must not contain, in two halves so that this file does not contain it, and what to do instead.
const DISHONEST: &[(&str, &str, &str)] = &[
    ("#[", "ignore", "a test runs always or does not exist"),
    ("should", "_panic", "assert the returned error instead"),
    ("todo", "!(", "build it, or leave it out"),
    ("unimplemented", "!(", "build it, or leave it out"),
    ("dbg", "!(", "remove it"),
];

/// Every Rust file begins with `//!` or `#![doc`.
pub fn opens_with_why(files: &[SourceFile]) -> Vec<Finding> {
    rust_files(files)
        .filter(|(_, text)| !(text.starts_with("//!") || text.starts_with("#![doc")))
        .map(|(path, _)| Finding::at(path, "does not open with `//!`: say why the file exists"))
        .collect()
}

/// No file outside `tests/` and `benches/` has more than [`LINES_MAX`] lines without tests, except those listed.
pub fn long_files(files: &[SourceFile], listed: &[LongFile]) -> Vec<Finding> {
    let long: Vec<(&str, usize)> = rust_files(files)
        .filter(|(path, _)| !path.contains("tests/") && !path.contains("benches/"))
        .map(|(path, text)| (path, lines_without_tests(text)))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .collect();
    let unlisted = long.iter().filter(|(path, _)| !listed.iter().any(|l| l.path == *path)).map(|(path, lines)| {
        Finding::at(path, format!("{lines} lines without tests, {LINES_MAX} allowed: split it by ideas, or list it"))
    });
    let stale = listed
        .iter()
        .filter(|l| !long.iter().any(|(path, _)| *path == l.path))
        .map(|l| {
            Finding::at(
                l.path,
                format!(
                    "is listed as long ({}) and is not: remove the entry",
                    l.reason
                ),
            )
        });
    unlisted.chain(stale).collect()
}

/// No skipped test, no expected panic, nothing left to do.
pub fn dishonest_code(files: &[SourceFile]) -> Vec<Finding> {
    rust_files(files)
        .flat_map(|(path, text)| {
            text.lines().enumerate().filter_map(move |(index, line)| {
                let (head, tail, advice) = dishonesty(line)?;
                Some(Finding::at_line(
                    path,
                    index + 1,
                    format!("`{head}{tail}`: {advice}"),
                ))
            })
        })
        .collect()
}

fn dishonesty(line: &str) -> Option<(&'static str, &'static str, &'static str)> {
    if line.trim_start().starts_with("//") {
        return None;
    }
    DISHONEST
        .iter()
        .copied()
        .find(|(head, tail, _)| line.contains(&format!("{head}{tail}")))
}

/// Lines before the module of unit tests at the foot of the file.
fn lines_without_tests(text: &str) -> usize {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .count()
}
