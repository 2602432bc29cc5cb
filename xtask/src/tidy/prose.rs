//! Rules for every text: columns, size, and words that speak of one machine.

use super::texts;
use crate::Finding;
use crate::workspace::SourceFile;

/// Columns that a line of code or prose may fill; rustfmt wraps code at 100 already.
pub const COLUMNS_MAX: usize = 120;

/// Bytes that a file may have outside test data and examples: one mebibyte.
pub const BLOB_BYTES_MAX: u64 = 1 << 20;

/// Where large files may lie: data of tests, recordings with known truth, and examples that people run.
const LARGE_FILES: &[&str] = &["tests/", "examples/", "golden/"];

/// Files whose lines are counted: what people read and write by hand.
const COUNTED: &[&str] = &[".rs", ".md", ".sh", ".ci/run"];

/// Words that a committed text must not contain, in two halves so that this file does not contain them.
const FORBIDDEN: &[(&str, &str)] = &[("/wo", "rk/"), ("/ro", "ot/"), ("file:", "///")];

/// No line is longer than [`COLUMNS_MAX`]; tables, lines with one long word (a link), messages (what ends in a
/// JSON object), and lines that are a text in quotes, which rustfmt leaves alone too, are exempt.
pub fn long_lines(files: &[SourceFile]) -> Vec<Finding> {
    texts(files)
        .filter(|(path, _)| COUNTED.iter().any(|ending| path.ends_with(ending)))
        .flat_map(|(path, text)| {
            text.lines().enumerate().filter_map(move |(index, line)| {
                let columns = line.chars().count();
                (columns > COLUMNS_MAX && !is_exempt(line)).then(|| {
                    Finding::at_line(
                        path,
                        index + 1,
                        format!("{columns} columns, {COLUMNS_MAX} allowed: break the line"),
                    )
                })
            })
        })
        .collect()
}

/// No file outside test data and examples is larger than [`BLOB_BYTES_MAX`].
pub fn small_blobs(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .filter(|f| {
            f.bytes > BLOB_BYTES_MAX && !LARGE_FILES.iter().any(|folder| f.path.contains(folder))
        })
        .map(|f| {
            let message = format!(
                "{} bytes, {BLOB_BYTES_MAX} allowed: keep large files out of the history",
                f.bytes
            );
            Finding::at(&f.path, message)
        })
        .collect()
}

/// No text speaks of the machine it was written on.
pub fn forbidden_words(files: &[SourceFile]) -> Vec<Finding> {
    texts(files)
        .flat_map(|(path, text)| {
            text.lines().enumerate().filter_map(move |(index, line)| {
                let (head, tail) = FORBIDDEN
                    .iter()
                    .find(|(head, tail)| line.contains(&format!("{head}{tail}")))?;
                let message = format!(
                    "`{head}{tail}` is a path of one machine: write it relative to the root"
                );
                Some(Finding::at_line(path, index + 1, message))
            })
        })
        .collect()
}

fn is_exempt(line: &str) -> bool {
    let content = line.trim_start_matches(['/', '!', ' ']);
    content.starts_with(['|', '"'])
        || content.starts_with("r#\"")
        || (content.contains("{\"") && content.trim_end_matches([',', ';', ')']).ends_with('}'))
        || content
            .split_whitespace()
            .any(|word| word.chars().count() > COLUMNS_MAX / 2)
}
