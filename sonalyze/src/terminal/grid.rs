//! Columns that line up: the first to the left, all others to the right, two lines of heads.
//!
//! Widths are counted in characters; everything shown here is one column wide.

use std::fmt;

use anstyle::Style;

use super::{QUIET, TITLE};

/// Spaces between columns.
const GAP: &str = "  ";

/// A text with its style.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell in the terminal's own colour.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::styled(text, Style::new())
    }

    /// A cell in a style.
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

/// A table of cells.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// A table with heads and their units.
    pub(crate) fn new<'a>(heads: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (names, units) = heads
            .map(|(name, unit)| (Cell::styled(name, TITLE), Cell::styled(unit, QUIET)))
            .unzip();
        Self {
            rows: vec![names, units],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl Iterator<Item = Cell>) {
        self.rows.push(cells.collect());
    }

    fn width(&self, column: usize) -> usize {
        let texts = self.rows.iter().filter_map(|row| row.get(column));
        texts
            .map(|cell| cell.text.chars().count())
            .max()
            .unwrap_or(0)
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        for row in &self.rows {
            write_row(f, row, &widths)?;
        }
        Ok(())
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &[Cell], widths: &[usize]) -> fmt::Result {
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        let Cell { text, style } = cell;
        if column == 0 {
            write!(f, "{style}{text:<width$}{style:#}")?;
        } else {
            write!(f, "{GAP}{style}{text:>width$}{style:#}")?;
        }
    }
    writeln!(f)
}
