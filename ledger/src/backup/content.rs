//! What a database holds: its tables, how many rows each has, and a digest over all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::BackupError;
use super::digest::Heap;

/// Differences that a message names.
const TOLD: usize = 5;

/// What a database held at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The newest migration on record; none where there is no record.
    pub migration: Option<i64>,
    /// Every table, by name.
    pub tables: Vec<TableContent>,
}

/// What a table held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableContent {
    /// Its name; with its schema where that is not `public`.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// The sum of the SHA-256 of each row's text, modulo 2^256, in hexadecimal digits.
    pub rows_sha256: String,
}

impl TableContent {
    pub(super) fn new(name: String, heap: &Heap) -> Self {
        Self {
            name,
            rows: heap.rows,
            rows_sha256: heap.hex(),
        }
    }
}

impl Content {
    pub(super) fn new(migration: Option<i64>, mut tables: Vec<TableContent>) -> Self {
        tables.sort_by(|one, other| one.name.cmp(&other.name));
        Self { migration, tables }
    }

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Whether `found` is the same.
    ///
    /// # Errors
    ///
    /// [`BackupError::Differs`] with the tables.
    pub fn compare(&self, found: &Self) -> Result<(), BackupError> {
        let differences = self.differences(found);
        if differences.is_empty() {
            return Ok(());
        }
        let mut text = differences[..differences.len().min(TOLD)].join("; ");
        if let Some(more @ 1..) = differences.len().checked_sub(TOLD) {
            text.extend([format!("; and {more} more")]);
        }
        Err(BackupError::Differs(text))
    }

    fn differences(&self, found: &Self) -> Vec<String> {
        let mut found: BTreeMap<&str, &TableContent> = by_name(&found.tables);
        let mut told = Vec::new();
        for table in &self.tables {
            let name = &table.name;
            match found.remove(name.as_str()) {
                None => told.push(format!("the table {name} is missing")),
                Some(other) if other.rows != table.rows => told.push(format!(
                    "{name} has {} rows where {} were saved",
                    other.rows, table.rows
                )),
                Some(other) if other.rows_sha256 != table.rows_sha256 => {
                    told.push(format!("{name} has rows with other values"));
                }
                Some(_) => {}
            }
        }
        told.extend(
            found
                .keys()
                .map(|name| format!("the table {name} was not saved")),
        );
        told
    }
}

fn by_name(tables: &[TableContent]) -> BTreeMap<&str, &TableContent> {
    tables
        .iter()
        .map(|table| (table.name.as_str(), table))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: &[&str]) -> TableContent {
        let mut heap = Heap::default();
        for row in rows {
            heap.add_text(row);
        }
        TableContent::new(name.to_owned(), &heap)
    }

    #[test]
    fn what_differs_is_named_table_by_table() {
        let saved = Content::new(
            Some(2),
            vec![
                table("a", &["1"]),
                table("b", &["1"]),
                table("c", &["1"]),
                table("d", &["1"]),
            ],
        );
        let found = Content::new(
            Some(2),
            vec![
                table("e", &[]),
                table("d", &["1"]),
                table("b", &["1", "2"]),
                table("c", &["2"]),
            ],
        );
        assert!(saved.compare(&saved).is_ok());
        let told = saved.compare(&found).unwrap_err().to_string();
        for part in [
            "the table a is missing",
            "b has 2 rows where 1 were saved",
            "c has rows with other values",
            "the table e was not saved",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(!told.contains('d') || !told.contains("d has"), "{told}");
    }
}
