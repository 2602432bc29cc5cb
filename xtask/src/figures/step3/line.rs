//! One line of the table of accuracy: of everything that was compared, what comes nearest to its bound or passes it.

use crate::TaskError;
use crate::markdown::Table;

/// Columns of the table.
pub(super) const COLUMNS: [&str; 6] = [
    "figure",
    "goal",
    "worst found",
    "where",
    "compared",
    "outcome",
];

/// A figure with its goal and the worst that was found.
#[derive(Debug)]
pub(super) struct Line {
    what: &'static str,
    goal: &'static str,
    compared: usize,
    worst: Option<Worst>,
}

#[derive(Debug)]
struct Worst {
    share: f64,
    found: String,
    place: String,
}

impl Line {
    /// Nothing compared yet.
    pub(super) const fn new(what: &'static str, goal: &'static str) -> Self {
        Self {
            what,
            goal,
            compared: 0,
            worst: None,
        }
    }

    /// Takes what was found somewhere; `share` is its part of what is allowed, above 1 it is too much.
    pub(super) fn take(&mut self, share: f64, place: &str, found: impl FnOnce() -> String) {
        let share = if share.is_nan() { f64::INFINITY } else { share };
        self.compared += 1;
        if self.worst.as_ref().is_none_or(|w| share > w.share) {
            self.worst = Some(Worst {
                share,
                found: found(),
                place: place.to_owned(),
            });
        }
    }

    /// Takes an error in decibels of power below a level that is allowed.
    pub(super) fn level(&mut self, found_db: f64, allowed_db: f64, place: &str) {
        let share = 10f64.powf((found_db - allowed_db) / 20.0);
        self.take(share, place, || format!("{found_db:.1} dB"));
    }

    /// Takes a share that is off by chance as well: standard errors count four times.
    pub(super) fn percent(&mut self, off: f64, allowed: f64, error: f64, place: &str) {
        let share = off.abs() / (allowed + 4.0 * error);
        self.take(share, place, || {
            let error = format!(" (standard error {:.2} %)", 100.0 * error);
            let error = if error.contains(" 0.00 ") { "" } else { &error };
            format!("{:+.3} %{error}", 100.0 * off)
        });
    }

    /// The same in decibels.
    pub(super) fn decibels(&mut self, off: f64, allowed: f64, error: f64, place: &str) {
        let share = off.abs() / (allowed + 4.0 * error);
        self.take(share, place, || {
            let error = format!(" (standard error {error:.3} dB)");
            let error = if error.contains(" 0.000 ") {
                ""
            } else {
                &error
            };
            format!("{off:+.4} dB{error}")
        });
    }

    /// Adds itself to a table.
    pub(super) fn row(&self, table: &mut Table) -> Result<(), TaskError> {
        let (found, place, outcome) = match &self.worst {
            Some(w) if w.share <= 1.0 => (w.found.as_str(), w.place.as_str(), "held"),
            Some(w) => (w.found.as_str(), w.place.as_str(), "MISSED"),
            None => ("-", "-", "MISSED"),
        };
        let cells = [self.what, self.goal, found, place];
        let mut cells = cells.map(str::to_owned).to_vec();
        cells.extend([self.compared.to_string(), outcome.to_owned()]);
        Ok(table.row(&cells)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &Line) -> String {
        let mut table = Table::new(&COLUMNS);
        line.row(&mut table).unwrap();
        table.to_string()
    }

    #[test]
    fn the_worst_is_what_comes_nearest_to_its_own_bound() {
        let mut line = Line::new("time", "1 % + 4 standard errors");
        line.percent(0.02, 0.01, 0.01, "uncertain");
        line.percent(-0.009, 0.01, 0.0, "certain");
        let table = shown(&line);
        assert!(
            table.contains("| -0.900 % | certain | 2 | held |"),
            "{table}"
        );
    }

    #[test]
    fn what_is_no_number_or_was_not_compared_is_missed() {
        let mut line = Line::new("level", "0");
        assert!(shown(&line).contains("| - | - | 0 | MISSED |"));
        line.decibels(f64::NAN, 0.1, 0.0, "nowhere");
        assert!(shown(&line).contains("MISSED"));
    }
}
