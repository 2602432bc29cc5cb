//! Tidiness as a test: the rules that keep files short, honest and free of traces of a machine.
//!
//! One rule is one function from files to findings. Formatting and lints are left to rustfmt and clippy.

mod decisions;
mod prose;
mod rust;

use std::path::Path;

use crate::Finding;
use crate::workspace::SourceFile;

pub use decisions::numbered_once;
pub use prose::{BLOB_BYTES_MAX, COLUMNS_MAX, forbidden_words, long_lines, small_blobs};
pub use rust::{LINES_MAX, LONG_FILES, LongFile, dishonest_code, long_files, opens_with_why};

/// Every rule over every file, ordered by rule.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    [
        opens_with_why(files),
        long_files(files, LONG_FILES),
        dishonest_code(files),
        long_lines(files),
        small_blobs(files),
        forbidden_words(files),
        numbered_once(files),
    ]
    .concat()
}

/// The Rust files with their text.
fn rust_files(files: &[SourceFile]) -> impl Iterator<Item = (&str, &str)> {
    texts(files).filter(|(path, _)| Path::new(path).extension().is_some_and(|e| e == "rs"))
}

/// The files that are text, with it.
fn texts(files: &[SourceFile]) -> impl Iterator<Item = (&str, &str)> {
    files
        .iter()
        .filter_map(|f| Some((f.path.as_str(), f.text.as_deref()?)))
}
