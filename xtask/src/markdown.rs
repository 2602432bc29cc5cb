//! Tables in Markdown: the form in which figures are kept under `docs/figures`.

use core::fmt;

/// A table whose rows all have as many cells as it has columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A row that does not fit the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongWidth {
    /// Columns of the table.
    pub expected: usize,
    /// Cells of the row.
    pub found: usize,
}

impl Table {
    /// An empty table.
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`WrongWidth`] when it has more or fewer cells than the table has columns.
    pub fn row(&mut self, cells: &[String]) -> Result<(), WrongWidth> {
        if cells.len() != self.columns.len() {
            return Err(WrongWidth {
                expected: self.columns.len(),
                found: cells.len(),
            });
        }
        self.rows.push(cells.to_vec());
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_row(f, &self.columns)?;
        writeln!(f, "|{}", "---|".repeat(self.columns.len()))?;
        self.rows.iter().try_for_each(|row| write_row(f, row))
    }
}

impl fmt::Display for WrongWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a row of {} cells in a table of {} columns",
            self.found, self.expected
        )
    }
}

impl core::error::Error for WrongWidth {}

/// A bar in a cell would open a new one, a line break would end the table.
fn write_row(f: &mut fmt::Formatter<'_>, cells: &[String]) -> fmt::Result {
    let safe: Vec<String> = cells
        .iter()
        .map(|c| c.replace('|', "\\|").replace('\n', " "))
        .collect();
    writeln!(f, "| {} |", safe.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_its_shape_whatever_the_cells_hold() {
        let mut table = Table::new(&["what", "figure"]);
        table.row(&["a|b".to_owned(), "1\n2".to_owned()]).unwrap();
        assert_eq!(
            table.to_string(),
            "| what | figure |\n|---|---|\n| a\\|b | 1 2 |\n"
        );
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let mut table = Table::new(&["what", "figure"]);
        let refused = table.row(&["alone".to_owned()]);
        assert_eq!(
            refused,
            Err(WrongWidth {
                expected: 2,
                found: 1
            })
        );
    }
}
