//! Several positions at a glance: which count, and mean and spread per octave.

use contract::analysis::Outcome;
use contract::summary::{OctaveSummary, PositionFile, Spread, SummaryDocument};
use report::format;

use super::grid::{Cell, Grid};
use super::{ALARM, CAUTION, QUIET, TITLE};

/// A column: head, unit, value and digits.
struct Column {
    head: &'static str,
    unit: &'static str,
    spread: fn(&OctaveSummary) -> Spread,
    digits: fn(f64) -> String,
}

const COLUMNS: [Column; 7] = [
    Column {
        head: "EDT",
        unit: "s",
        spread: |o| o.edt_s,
        digits: format::time_s,
    },
    Column {
        head: "T20",
        unit: "s",
        spread: |o| o.t20_s,
        digits: format::time_s,
    },
    Column {
        head: "T30",
        unit: "s",
        spread: |o| o.t30_s,
        digits: format::time_s,
    },
    Column {
        head: "C50",
        unit: "dB",
        spread: |o| o.c50_db,
        digits: format::level_db,
    },
    Column {
        head: "C80",
        unit: "dB",
        spread: |o| o.c80_db,
        digits: format::level_db,
    },
    Column {
        head: "D50",
        unit: "",
        spread: |o| o.d50,
        digits: format::ratio,
    },
    Column {
        head: "Ts",
        unit: "ms",
        spread: |o| o.ts_ms,
        digits: format::time_ms,
    },
];

/// What the cells of the table hold.
const RULE: &str =
    "mean ± standard deviation; in brackets the number of positions where it is not all of them";

/// The summary over all positions.
pub(crate) fn summary(summary: &SummaryDocument) -> String {
    let usable = summary
        .files
        .iter()
        .filter(|f| f.outcome == Outcome::Ok)
        .count();
    let head = format!(
        "{TITLE}{usable} of {} positions can be used{TITLE:#}\n",
        summary.files.len()
    );
    let positions: Vec<String> = summary.files.iter().map(position).collect();
    let spreads = if usable > 0 {
        spreads(summary, usable)
    } else {
        String::new()
    };
    head + &positions.concat() + &spreads
}

fn spreads(summary: &SummaryDocument, usable: usize) -> String {
    format!(
        "\n{}{QUIET}{RULE}{QUIET:#}\n{}",
        table(summary, usable),
        single_numbers(summary, usable)
    )
}

fn position(file: &PositionFile) -> String {
    let PositionFile {
        file: name,
        failure_code,
        warning_codes,
        ..
    } = file;
    match failure_code {
        Some(code) => format!("  {name}  {ALARM}cannot be used: {code}{ALARM:#}\n"),
        None => format!(
            "  {name}  {CAUTION}{}{CAUTION:#}\n",
            warning_codes.join(" ")
        ),
    }
}

fn table(summary: &SummaryDocument, usable: usize) -> String {
    let heads = COLUMNS.iter().map(|c| (c.head, c.unit));
    let mut grid = Grid::new(std::iter::once(("octave", "")).chain(heads));
    for octave in &summary.octaves {
        let cells = COLUMNS
            .iter()
            .map(|c| Cell::plain(spread((c.spread)(octave), usable, c.digits)));
        grid.row(std::iter::once(Cell::plain(format::frequency_hz(octave.center_hz))).chain(cells));
    }
    grid.to_string()
}

fn single_numbers(summary: &SummaryDocument, usable: usize) -> String {
    let mid = &summary.mid;
    let parts = [
        format!("T20 mid {} s", spread(mid.t20_s, usable, format::time_s)),
        format!("T30 mid {} s", spread(mid.t30_s, usable, format::time_s)),
        format!(
            "C50 mid {} dB",
            spread(mid.c50_db, usable, format::level_db)
        ),
        format!("STI {}", spread(summary.sti, usable, format::ratio)),
    ];
    format!("{}\n", parts.join(" · "))
}

/// `0.53 ± 0.04`, with `(3)` behind it when only three of the usable positions gave a value.
fn spread(spread: Spread, usable: usize, digits: fn(f64) -> String) -> String {
    let Some(mean) = spread.mean else {
        return format::MISSING.to_owned();
    };
    let deviation = spread
        .standard_deviation
        .map(|s| format!(" ± {}", digits(s)))
        .unwrap_or_default();
    let count = if usize::try_from(spread.n) == Ok(usable) {
        String::new()
    } else {
        format!(" ({})", spread.n)
    };
    format!("{}{deviation}{count}", digits(mean))
}

#[cfg(test)]
mod tests {
    use contract::analysis::Engine;

    use super::super::tests::{band, failed, of, without_colours};
    use super::*;

    fn shown(documents: &[contract::analysis::AnalysisDocument]) -> String {
        let engine = Engine {
            name: "sonalyze".to_owned(),
            version: "0.1.0".to_owned(),
        };
        without_colours(&summary(&report::summarise(documents, engine)))
    }

    #[test]
    fn positions_are_counted_and_averaged() {
        let positions = [
            of("a.wav", vec![band(Some(500.0), 0.50)]),
            of("b.wav", vec![band(Some(500.0), 0.60)]),
            failed("c.wav"),
        ];
        let text = shown(&positions);
        assert!(text.starts_with("2 of 3 positions can be used\n"), "{text}");
        assert!(text.contains("c.wav  cannot be used: NO_SYNC"), "{text}");
        assert!(text.contains("0.55 ± 0.07"), "{text}");
    }

    #[test]
    fn a_mean_of_fewer_positions_says_of_how_many() {
        let mut without = band(Some(500.0), 0.6);
        without.t20_s = None;
        let text = shown(&[
            of("a.wav", vec![band(Some(500.0), 0.5)]),
            of("b.wav", vec![without]),
        ]);
        assert!(text.contains("0.50 (1)"), "{text}");
    }

    #[test]
    fn without_a_usable_position_there_is_no_table() {
        let text = shown(&[failed("a.wav"), failed("b.wav")]);
        assert!(text.starts_with("0 of 2 positions can be used\n"), "{text}");
        assert!(!text.contains("T20"), "{text}");
    }
}
