//! Differences per octave, in units and in just-noticeable differences, each with a sign that says how much that is.
//!
//! Signs and words carry the meaning; colours repeat it.

use anstyle::Style;
use contract::comparison::{
    Comparison, ComparisonDocument, Difference, NotCompared, Place, Verdict,
};
use report::format;

use super::grid::{Cell, Grid};
use super::notes::Legend;
use super::{ALARM, CAUTION, QUIET, TITLE};

/// A column: the quantity's key in documents, its head, its unit and its digits.
type Column = (&'static str, &'static str, &'static str, fn(f64) -> String);

const COLUMNS: [Column; 7] = [
    ("edt_s", "EDT", "s", format::time_s),
    ("t20_s", "T20", "s", format::time_s),
    ("t30_s", "T30", "s", format::time_s),
    ("c50_db", "C50", "dB", format::level_db),
    ("c80_db", "C80", "dB", format::level_db),
    ("d50", "D50", "", format::ratio),
    ("ts_ms", "Ts", "ms", format::time_ms),
];

/// How many of them are decay times.
const DECAYS: usize = 3;

/// Every verdict, the smallest first.
const VERDICTS: [Verdict; 3] = [Verdict::NotNoticeable, Verdict::Noticeable, Verdict::Clear];

/// All comparisons, each with its table and what it lacks.
pub(crate) fn comparison(document: &ComparisonDocument) -> String {
    let each = document.comparisons.iter();
    let parts: Vec<String> = each
        .map(|comparison| one(&document.reference.file, comparison))
        .collect();
    parts.join("\n")
}

fn one(reference: &str, comparison: &Comparison) -> String {
    let head = format!(
        "{TITLE}{}{TITLE:#} against {reference}\n{}\n",
        comparison.other.file,
        counts(comparison)
    );
    let body = if comparison.differences.is_empty() {
        String::new()
    } else {
        let flags = comparison.differences.iter().flat_map(|d| &d.flags);
        let flags = Legend::of(flags.map(String::as_str));
        format!(
            "\n{}{}{}\n",
            tables(comparison, &flags),
            legend(),
            flags.text()
        )
    };
    head + &body + &missing(&comparison.not_compared)
}

fn counts(comparison: &Comparison) -> String {
    let count = |verdict| {
        let same = comparison
            .differences
            .iter()
            .filter(|d| d.verdict == verdict);
        format!("{} {}", same.count(), report::verdict_in_words(verdict))
    };
    let words = VERDICTS.map(count).join(", ");
    format!("{words}, {} not compared", comparison.not_compared.len())
}

/// Decay times, and below them energies: side by side they do not fit into 80 columns.
fn tables(comparison: &Comparison, legend: &Legend) -> String {
    let (decays, energies) = COLUMNS.split_at(DECAYS);
    let [decays, energies] = [decays, energies].map(|columns| table(comparison, columns, legend));
    format!("{decays}\n{energies}{}", speech(comparison))
}

fn table(comparison: &Comparison, columns: &[Column], legend: &Legend) -> String {
    let heads = columns.iter().map(|(_, head, unit, _)| (*head, *unit));
    let mut grid = Grid::new(
        std::iter::once(("octave", ""))
            .chain(heads)
            .chain([("", "")]),
    );
    for row in rows(comparison) {
        let cells = columns.iter().map(|(key, _, _, digits)| {
            let found = row.differences.iter().find(|d| d.quantity == *key);
            found.map_or_else(|| absent(comparison, &row, key), |d| cell(d, *digits))
        });
        let flags: Vec<&str> = row
            .differences
            .iter()
            .flat_map(|d| &d.flags)
            .map(String::as_str)
            .collect();
        let mark = Cell::styled(legend.marks(&flags), CAUTION);
        grid.row(
            std::iter::once(Cell::plain(&row.name))
                .chain(cells)
                .chain([mark]),
        );
    }
    grid.to_string()
}

/// The sign of a missing value, whose reason stands below; nothing where there is no such quantity, as of the single
/// numbers.
fn absent(comparison: &Comparison, row: &Row<'_>, key: &str) -> Cell {
    let has_reason = comparison
        .not_compared
        .iter()
        .any(|n| n.quantity == key && name(n.place, n.center_hz) == row.name);
    Cell::styled(if has_reason { format::MISSING } else { "" }, QUIET)
}

/// The differences of a row of the table.
struct Row<'a> {
    name: String,
    differences: Vec<&'a Difference>,
}

/// Octaves in the order of the document, then the single numbers.
fn rows(comparison: &Comparison) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for difference in &comparison.differences {
        let name = match difference.place {
            Place::Octave => name(difference.place, difference.center_hz),
            Place::Mid => "mid".to_owned(),
            Place::Sti => continue,
        };
        match rows.last_mut() {
            Some(row) if row.name == name => row.differences.push(difference),
            _ => rows.push(Row {
                name,
                differences: vec![difference],
            }),
        }
    }
    rows
}

fn cell(difference: &Difference, digits: fn(f64) -> String) -> Cell {
    let text = format!(
        "{} ({}) {}",
        format::signed(difference.difference, digits),
        format::signed(difference.in_jnd, format::level_db),
        sign(difference.verdict)
    );
    Cell::styled(text, style(difference.verdict))
}

const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotNoticeable => "=",
        Verdict::Noticeable => "~",
        Verdict::Clear => "!",
    }
}

const fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::NotNoticeable => Style::new(),
        Verdict::Noticeable => CAUTION,
        Verdict::Clear => ALARM,
    }
}

fn speech(comparison: &Comparison) -> String {
    let found = comparison
        .differences
        .iter()
        .find(|d| d.place == Place::Sti);
    found.map_or_else(String::new, |d| {
        format!(
            "STI {} to {}: {} ({}) {}\n",
            format::ratio(d.reference),
            format::ratio(d.value),
            format::signed(d.difference, format::ratio),
            format::signed(d.in_jnd, format::level_db),
            sign(d.verdict)
        )
    })
}

/// What cells and signs mean.
fn legend() -> String {
    let rule =
        "difference to the reference in its unit, in brackets in just-noticeable differences (JND)";
    let limits = [" at most 1 JND", " at most 3 JND", " more than 3 JND"];
    let signs: Vec<String> = VERDICTS
        .iter()
        .zip(limits)
        .map(|(v, limit)| format!("{} {},{limit}", sign(*v), report::verdict_in_words(*v)))
        .collect();
    format!("{QUIET}{rule}\n{}{QUIET:#}\n", signs.join(" · "))
}

/// What could not be compared: equal reasons of a place together.
fn missing(all: &[NotCompared]) -> String {
    let mut told: Vec<(String, &str, Vec<&str>)> = Vec::new();
    for item in all {
        let place = name(item.place, item.center_hz);
        let known = told
            .iter_mut()
            .find(|(p, reason, _)| *p == place && *reason == item.reason);
        match known {
            Some((_, _, keys)) => keys.push(head(&item.quantity)),
            None => told.push((place, &item.reason, vec![head(&item.quantity)])),
        }
    }
    let lines: Vec<String> = together(told)
        .into_iter()
        .map(|(places, rest)| format!("not compared: {}{rest}\n", places.join(", ")))
        .collect();
    lines.concat()
}

/// Places with the same quantities and the same reason in one line.
fn together(told: Vec<(String, &str, Vec<&str>)>) -> Vec<(Vec<String>, String)> {
    let mut lines: Vec<(Vec<String>, String)> = Vec::new();
    for (place, reason, keys) in told {
        let rest = format!(" {}: {reason}", keys.join(", "));
        match lines.iter_mut().find(|(_, known)| *known == rest) {
            Some((places, _)) => places.push(place),
            None => lines.push((vec![place], rest)),
        }
    }
    lines
}

fn name(place: Place, center_hz: Option<f64>) -> String {
    match (place, center_hz) {
        (_, Some(hz)) => format::frequency_hz(hz),
        (Place::Mid, None) => "mid".to_owned(),
        (Place::Sti, None) => "speech".to_owned(),
        (Place::Octave, None) => "octave".to_owned(),
    }
}

/// The head of a quantity; a key of a newer version stands for itself.
fn head(key: &str) -> &str {
    if key == "sti" {
        return "STI";
    }
    let known = COLUMNS.iter().find(|(own, ..)| *own == key);
    known.map_or(key, |(_, head, ..)| head)
}

#[cfg(test)]
mod tests {
    use contract::analysis::Engine;

    use super::super::tests::{band, failed, of, without_colours};
    use super::*;

    fn shown(others: &[contract::analysis::AnalysisDocument]) -> String {
        let engine = Engine {
            name: "sonalyze".to_owned(),
            version: "0.1.0".to_owned(),
        };
        let octaves = vec![band(Some(500.0), 0.50), band(Some(1000.0), 0.50)];
        let reference = of("a.wav", octaves);
        without_colours(&comparison(&report::compare(&reference, others, engine)))
    }

    #[test]
    fn differences_have_units_jnd_and_a_sign() {
        let mut flagged = band(Some(500.0), 0.60);
        flagged.flags.push("CLIPPING".to_owned());
        let text = shown(&[of("b.wav", vec![flagged, band(Some(1000.0), 0.54)])]);
        assert!(text.starts_with("b.wav against a.wav\n"), "{text}");
        assert!(text.contains("+0.10 (+4.0) !"), "{text}");
        assert!(text.contains("+0.04 (+1.6) ~"), "{text}");
        assert!(text.contains("0.0 (0.0) ="), "{text}");
        assert!(
            text.contains("4 not noticeable, 1 noticeable, 1 clearly noticeable"),
            "{text}"
        );
        assert!(
            text.contains("a CLIPPING: a fault of the recording"),
            "{text}"
        );
    }

    #[test]
    fn two_remarks_have_two_marks_and_rows_fit_80_columns() {
        let flagged = |hz, code: &str| {
            let mut band = band(Some(hz), 12.345);
            band.flags.push(code.to_owned());
            band.edt_s = Some(10.0);
            band.t30_s = Some(11.0);
            band.c80_db = Some(-13.4);
            band.ts_ms = Some(1234.0);
            band
        };
        let octaves = vec![flagged(500.0, "CLIPPING"), flagged(1000.0, "LOW_INR")];
        let text = shown(&[of("b.wav", octaves)]);
        let marks: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("500 Hz ") || line.starts_with("1 kHz "))
            .filter_map(|line| line.rsplit(' ').next())
            .collect();
        assert_eq!(marks, ["a", "b", "a", "b"], "{text}");
        let rows = text.lines().filter(|line| line.trim_start().contains("  "));
        assert!(rows.clone().count() > 5, "{text}");
        assert!(
            rows.map(|row| row.chars().count()).all(|n| n <= 80),
            "{text}"
        );
    }

    #[test]
    fn a_single_number_that_does_not_exist_is_not_called_missing() {
        let mut other = of(
            "b.wav",
            vec![band(Some(500.0), 0.6), band(Some(1000.0), 0.54)],
        );
        other.mid = Some(contract::parameters::Mid {
            t20_s: Some(0.6),
            ..contract::parameters::Mid::default()
        });
        let text = shown(&[other]);
        assert!(
            !text.contains("mid C80") && !text.contains("mid D50"),
            "{text}"
        );
        for row in text.lines().filter(|line| line.starts_with("mid ")) {
            assert!(!row.contains(format::MISSING), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_listed_once_with_its_reason() {
        let text = shown(&[failed("c.wav")]);
        assert!(!text.contains("octave"), "{text}");
        let line = "not compared: 500 Hz, 1 kHz T20, C50, D50: other: the recording could not be evaluated (NO_SYNC)";
        assert!(text.contains(line), "{text}");
    }
}
