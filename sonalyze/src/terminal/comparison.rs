//! Differences per octave, in units and in just-noticeable differences, each with a sign that says how much that is.
//!
//! Signs and words carry the meaning; colours repeat it.

use anstyle::Style;
use contract::comparison::{
    Comparison, ComparisonDocument, Difference, NotCompared, Place, Verdict,
};
use report::format;

use super::grid::{Cell, Grid};
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
        format!("\n{}{}\n", table(comparison), legend(comparison))
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

fn table(comparison: &Comparison) -> String {
    let heads = COLUMNS.iter().map(|(_, head, unit, _)| (*head, *unit));
    let mut grid = Grid::new(
        std::iter::once(("octave", ""))
            .chain(heads)
            .chain([("", "")]),
    );
    for row in rows(comparison) {
        let cells = COLUMNS.iter().map(|(key, _, _, digits)| {
            let found = row.differences.iter().find(|d| d.quantity == *key);
            found.map_or_else(
                || Cell::styled(format::MISSING, QUIET),
                |d| cell(d, *digits),
            )
        });
        let flagged = row.differences.iter().any(|d| !d.flags.is_empty());
        let mark = Cell::styled(if flagged { "▲" } else { "" }, CAUTION);
        grid.row(
            std::iter::once(Cell::plain(&row.name))
                .chain(cells)
                .chain([mark]),
        );
    }
    grid.to_string() + &speech(comparison)
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
        signed(difference.difference, digits),
        signed(difference.in_jnd, format::level_db),
        sign(difference.verdict)
    );
    Cell::styled(text, style(difference.verdict))
}

/// A number with its sign; what rounds to zero has none.
fn signed(value: f64, digits: fn(f64) -> String) -> String {
    let text = digits(value);
    if value > 0.0 && text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        format!("+{text}")
    } else {
        text
    }
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
            signed(d.difference, format::ratio),
            signed(d.in_jnd, format::level_db),
            sign(d.verdict)
        )
    })
}

/// What cells and signs mean, and the flags in words.
fn legend(comparison: &Comparison) -> String {
    let rule =
        "difference to the reference in its unit, in brackets in just-noticeable differences (JND)";
    let limits = [" at most 1 JND", " at most 3 JND", " more than 3 JND"];
    let signs: Vec<String> = VERDICTS
        .iter()
        .zip(limits)
        .map(|(v, limit)| format!("{} {},{limit}", sign(*v), report::verdict_in_words(*v)))
        .collect();
    let mut codes: Vec<&str> = Vec::new();
    for code in comparison.differences.iter().flat_map(|d| &d.flags) {
        if !codes.contains(&code.as_str()) {
            codes.push(code);
        }
    }
    let flags = codes
        .iter()
        .map(|code| format!("▲ {code}: {}\n", report::flag_in_words(code)));
    format!(
        "{QUIET}{rule}\n{}{QUIET:#}\n{}",
        signs.join(" · "),
        flags.collect::<String>()
    )
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
            text.contains("▲ CLIPPING: a fault of the recording"),
            "{text}"
        );
    }

    #[test]
    fn what_is_missing_is_listed_once_with_its_reason() {
        let text = shown(&[failed("c.wav")]);
        assert!(!text.contains("octave"), "{text}");
        let line = "not compared: 500 Hz, 1 kHz T20, C50, D50: other: the recording could not be evaluated (NO_SYNC)";
        assert!(text.contains(line), "{text}");
    }
}
