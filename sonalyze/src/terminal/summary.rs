//! Several positions at a glance: which count, and mean and spread per octave.

use contract::analysis::{AnalysisDocument, Outcome};
use contract::parameters::{NotEvaluable, Parameters};
use contract::speech::Sti;
use contract::summary::{OctaveSummary, PositionFile, Spread, SummaryDocument};
use report::format;

use super::grid::{Cell, Grid};
use super::notes;
use super::{ALARM, CAUTION, QUIET, TITLE};

/// A column: key in documents, head, unit, value and digits.
struct Column {
    key: &'static str,
    head: &'static str,
    unit: &'static str,
    spread: fn(&OctaveSummary) -> Spread,
    digits: fn(f64) -> String,
}

const COLUMNS: [Column; 7] = [
    Column {
        key: "edt_s",
        head: "EDT",
        unit: "s",
        spread: |o| o.edt_s,
        digits: format::time_s,
    },
    Column {
        key: "t20_s",
        head: "T20",
        unit: "s",
        spread: |o| o.t20_s,
        digits: format::time_s,
    },
    Column {
        key: "t30_s",
        head: "T30",
        unit: "s",
        spread: |o| o.t30_s,
        digits: format::time_s,
    },
    Column {
        key: "c50_db",
        head: "C50",
        unit: "dB",
        spread: |o| o.c50_db,
        digits: format::level_db,
    },
    Column {
        key: "c80_db",
        head: "C80",
        unit: "dB",
        spread: |o| o.c80_db,
        digits: format::level_db,
    },
    Column {
        key: "d50",
        head: "D50",
        unit: "",
        spread: |o| o.d50,
        digits: format::ratio,
    },
    Column {
        key: "ts_ms",
        head: "Ts",
        unit: "ms",
        spread: |o| o.ts_ms,
        digits: format::time_ms,
    },
];

/// How many of the columns are decay times.
const DECAYS: usize = 3;

/// What the cells of the table hold.
const RULE: &str = "mean ± standard deviation; in brackets the number of positions where it is not all of them; \
                    a letter marks means with a flagged position";

/// The summary over all positions; `documents` are those that it was made from.
pub(crate) fn summary(summary: &SummaryDocument, documents: &[AnalysisDocument]) -> String {
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
        spreads(summary, documents, usable)
    } else {
        String::new()
    };
    head + &positions.concat() + &remedies(documents) + &spreads
}

/// What to do about each warning, once.
fn remedies(documents: &[AnalysisDocument]) -> String {
    let each = report::shared_warnings(documents).into_iter();
    let lines = each.map(|warning| {
        let (code, remedy) = (warning.code, warning.remedy);
        format!("{CAUTION}{code}{CAUTION:#}: {remedy}\n")
    });
    lines.collect::<Vec<_>>().concat()
}

fn spreads(summary: &SummaryDocument, documents: &[AnalysisDocument], usable: usize) -> String {
    let pooled = report::summary_remarks(summary, documents);
    let rows: Vec<&Parameters> = pooled.iter().collect();
    let legend = notes::flags(&rows);
    let columns = COLUMNS.map(|c| (c.key, c.head));
    format!(
        "\n{}{QUIET}{RULE}{QUIET:#}\n{}{}{}{}",
        tables(summary, &pooled, &legend, usable),
        legend.text(),
        notes::reasons(&rows, &columns),
        single_numbers(summary, usable),
        missing_numbers(summary, documents)
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

/// Decay times, and below them energies: side by side they do not fit into 80 columns.
fn tables(
    summary: &SummaryDocument,
    pooled: &[Parameters],
    legend: &notes::Legend,
    usable: usize,
) -> String {
    let (decays, energies) = COLUMNS.split_at(DECAYS);
    let [decays, energies] =
        [decays, energies].map(|columns| table(summary, pooled, columns, legend, usable));
    format!("{decays}\n{energies}")
}

fn table(
    summary: &SummaryDocument,
    pooled: &[Parameters],
    columns: &[Column],
    legend: &notes::Legend,
    usable: usize,
) -> String {
    let heads = columns.iter().map(|c| (c.head, c.unit));
    let mut grid = Grid::new(
        std::iter::once(("octave", ""))
            .chain(heads)
            .chain([("", "")]),
    );
    for (octave, remarks) in summary.octaves.iter().zip(pooled) {
        let cells = columns
            .iter()
            .map(|c| Cell::plain(spread((c.spread)(octave), usable, c.digits)));
        let marks = Cell::styled(legend.marks(&remarks.flags), CAUTION);
        let name = Cell::plain(format::frequency_hz(octave.center_hz));
        grid.row(std::iter::once(name).chain(cells).chain([marks]));
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

/// Why there are single numbers that no position gave: the first reason of each.
fn missing_numbers(summary: &SummaryDocument, documents: &[AnalysisDocument]) -> String {
    let mid = &summary.mid;
    let usable = || documents.iter().filter(|d| d.outcome == Outcome::Ok);
    let of_mid = |key: &str| {
        let reasons = usable().filter_map(|d| d.mid.as_ref()?.not_evaluable.get(key));
        reasons.map(said).next()
    };
    let of_speech = usable().find_map(|d| match d.sti.as_ref()? {
        Sti::Withheld(withheld) => Some(said(&withheld.reason)),
        Sti::Evaluated(_) => None,
    });
    let numbers = [
        ("T20 mid", mid.t20_s, of_mid("t20_s")),
        ("T30 mid", mid.t30_s, of_mid("t30_s")),
        ("C50 mid", mid.c50_db, of_mid("c50_db")),
        ("STI", summary.sti, of_speech),
    ];
    let missing = numbers.into_iter().filter(|(_, spread, _)| spread.n == 0);
    missing
        .filter_map(|(name, _, reason)| Some(format!("no {name}: {}\n", reason?)))
        .collect()
}

fn said(reason: &NotEvaluable) -> String {
    reason.message.clone()
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

    fn shown(documents: &[AnalysisDocument]) -> String {
        let engine = Engine {
            name: "sonalyze".to_owned(),
            version: "0.1.0".to_owned(),
        };
        without_colours(&summary(&report::summarise(documents, engine), documents))
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
    fn remarks_of_the_positions_are_marked_explained_and_remedied_once() {
        let warned = |file| {
            let mut flagged = band(Some(500.0), 0.6);
            flagged.flags.push("CLIPPING".to_owned());
            flagged.not_evaluable.insert(
                "t30_s".to_owned(),
                NotEvaluable {
                    code: "DECAY_RANGE".to_owned(),
                    message: "31 dB of decay, 45 dB are needed".to_owned(),
                    needed: None,
                    found: None,
                },
            );
            let mut document = of(file, vec![flagged, band(Some(1000.0), 0.5)]);
            document.warnings.push(contract::analysis::Warning {
                code: "CLIPPING".to_owned(),
                message: "3 peaks are cut flat".to_owned(),
                remedy: "lower the microphone gain".to_owned(),
                data: serde_json::Value::Null,
            });
            document
        };
        let text = shown(&[warned("a.wav"), warned("b.wav")]);
        let remedies = text.matches("CLIPPING: lower the microphone gain\n");
        assert_eq!(remedies.count(), 1, "{text}");
        assert!(
            text.contains("a CLIPPING: a fault of the recording"),
            "{text}"
        );
        assert!(text.contains("500 Hz: no T30: 31 dB of decay"), "{text}");
        let marked = text.lines().filter(|l| l.ends_with("  a")).count();
        assert_eq!(marked, 2, "one row in each table: {text}");
        let rows = text.lines().filter(|line| line.starts_with("500 Hz  "));
        assert!(rows.clone().count() == 2 && rows.map(str::len).all(|n| n <= 80));
    }

    #[test]
    fn without_a_usable_position_there_is_no_table() {
        let text = shown(&[failed("a.wav"), failed("b.wav")]);
        assert!(text.starts_with("0 of 2 positions can be used\n"), "{text}");
        assert!(!text.contains("T20"), "{text}");
    }
}
