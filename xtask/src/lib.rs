//! The workbench: rules of the house that a compiler cannot hold, and the figures that the product is judged by.
//!
//! Every rule is a pure function over text or a graph, so that a test can show it failing; reading the tree is done in
//! [`workspace`] only. The rules run with every `cargo test` (`tests/house.rs`), the commands print the same findings.

pub mod arrows;
pub mod figures;
pub mod golden;
pub mod machine;
pub mod markdown;
pub mod tidy;
pub mod workspace;

use core::fmt;

/// What a failed task reports: any error, printed once by `main`.
pub type TaskError = Box<dyn core::error::Error + Send + Sync>;

/// One broken rule: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A path relative to the root with an optional line, or the name of a crate.
    pub place: String,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

impl Finding {
    /// A finding about a whole file or crate.
    pub fn at(place: &str, message: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            message: message.into(),
        }
    }

    /// A finding about one line, counted from 1.
    pub fn at_line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            place: format!("{path}:{line}"),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
