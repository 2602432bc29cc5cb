//! What is collected on the way: the plain form, where its parts stood, and a bounded number of warnings.

use contract::analysis::Warning;
use serde_json::{Map, Value, json};

use super::origins::Origins;
use crate::request::Refusal;

/// As many warnings are told one by one; of more, their number.
pub(super) const WARNINGS_MAX: usize = 100;

/// Characters of a caller's text that a warning repeats.
const SHORT: usize = 64;

/// What is collected on the way.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) plain: Map<String, Value>,
    pub(super) origins: Origins,
    /// The wall over each side of the outline, by its place in the list of walls.
    pub(super) walls: Vec<Option<usize>>,
    warnings: Vec<Warning>,
    /// Warnings beyond the most that are kept.
    more: usize,
}

impl Collected {
    pub(super) fn warn(
        &mut self,
        code: &str,
        message: impl Into<String>,
        remedy: &str,
        data: Value,
    ) {
        if self.warnings.len() >= WARNINGS_MAX {
            self.more += 1;
            return;
        }
        self.warnings.push(Warning {
            code: code.to_owned(),
            message: message.into(),
            remedy: remedy.to_owned(),
            data,
        });
    }

    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.plain.insert(name.to_owned(), value);
    }

    /// Everything that was warned of; what was too much in one warning at the end.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        let mut all = std::mem::take(&mut self.warnings);
        let count = std::mem::take(&mut self.more);
        if count > 0 {
            all.push(Warning {
                code: "MORE_WARNINGS".to_owned(),
                message: format!("there are {count} more warnings"),
                remedy: "mend what the others name, and ask again".to_owned(),
                data: json!({ "count": count }),
            });
        }
        all
    }
}

/// The beginning of a caller's text.
pub(super) fn short(text: &str) -> String {
    text.chars().take(SHORT).collect()
}

/// A list that is longer than may be, found before any of it is converted.
pub(super) fn too_long(way: Vec<Value>, noun: &str, found: usize, most: usize) -> Refusal {
    let msg = format!("there are {found} {noun}; at most {most} are allowed");
    Refusal::one(way, "too_long", msg, json!(found))
}
