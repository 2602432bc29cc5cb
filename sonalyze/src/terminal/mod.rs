//! Results for the terminal: a table per band, every remark in words, warnings with remedies.
//!
//! Text carries colours always; the stream it is written to strips them where they are not wanted (no terminal,
//! `NO_COLOR`). Digits are those of [`report::format`], so that a figure reads the same everywhere.

mod comparison;
mod grid;
mod notes;
mod simulation;
mod summary;
mod wrap;

use std::io::{ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};
use contract::analysis::{AnalysisDocument, Failure, Input, Warning};
use contract::parameters::Parameters;
use report::format;

pub(crate) use self::comparison::comparison;
pub(crate) use self::grid::{Cell, Grid};
pub(crate) use self::simulation::simulation;
pub(crate) use self::summary::summary;
use crate::exit::Failure as Stop;

/// Heads.
pub(crate) const TITLE: Style = Style::new().bold();
/// What is not in the foreground.
pub(crate) const QUIET: Style = Style::new().dimmed();
const CAUTION: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
/// What must not be overlooked.
pub(crate) const ALARM: Style = Style::new()
    .bold()
    .fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

/// A column of the table: the quantity's key in documents, its head, its unit, its value and its digits.
struct Column {
    key: &'static str,
    head: &'static str,
    unit: &'static str,
    value: fn(&Parameters) -> Option<f64>,
    digits: fn(f64) -> String,
}

const COLUMNS: [Column; 9] = [
    Column {
        key: "edt_s",
        head: "EDT",
        unit: "s",
        value: |p| p.edt_s,
        digits: format::time_s,
    },
    Column {
        key: "t20_s",
        head: "T20",
        unit: "s",
        value: |p| p.t20_s,
        digits: format::time_s,
    },
    Column {
        key: "t30_s",
        head: "T30",
        unit: "s",
        value: |p| p.t30_s,
        digits: format::time_s,
    },
    Column {
        key: "c50_db",
        head: "C50",
        unit: "dB",
        value: |p| p.c50_db,
        digits: format::level_db,
    },
    Column {
        key: "c80_db",
        head: "C80",
        unit: "dB",
        value: |p| p.c80_db,
        digits: format::level_db,
    },
    Column {
        key: "d50",
        head: "D50",
        unit: "",
        value: |p| p.d50,
        digits: format::ratio,
    },
    Column {
        key: "ts_ms",
        head: "Ts",
        unit: "ms",
        value: |p| p.ts_ms,
        digits: format::time_ms,
    },
    Column {
        key: "drr_db",
        head: "DRR",
        unit: "dB",
        value: |p| p.drr_db,
        digits: format::level_db,
    },
    Column {
        key: "inr_db",
        head: "INR",
        unit: "dB",
        value: |p| p.inr_db,
        digits: format::level_db,
    },
];

/// Writes a text to the standard output, or to the standard error where a result has taken the former.
///
/// # Errors
/// When it cannot be written; a stream that nobody reads any more is no error.
pub(crate) fn show(whole: &str, stdout_is_taken: bool) -> Result<(), Stop> {
    let written = if stdout_is_taken {
        write!(anstream::stderr(), "{whole}")
    } else {
        let text = wrap::columns().map(|columns| wrap::wrapped(whole, columns));
        write!(anstream::stdout(), "{}", text.as_deref().unwrap_or(whole))
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Stop::failed(format!("cannot show the results: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The result of one file.
pub(crate) fn document(document: &AnalysisDocument) -> String {
    let mut text = heading(&document.input);
    match &document.failure {
        Some(failure) => text.push_str(&refusal(failure)),
        None => text.push_str(&parameters(document)),
    }
    for warning in &document.warnings {
        text.push_str(&caution(warning));
    }
    text
}

fn heading(input: &Input) -> String {
    let facts = [
        input
            .duration_s
            .map(|s| format!("{} s", format::level_db(s))),
        input
            .sample_rate_hz
            .map(|hz| format::frequency_hz(f64::from(hz))),
        input
            .channels
            .filter(|n| *n > 1)
            .map(|n| match input.channel_used {
                Some(used) => format!("channel {} of {n}", used + 1),
                None => format!("{n} channels"),
            }),
        input
            .lossy
            .filter(|lossy| *lossy)
            .map(|_| "lossy coding".to_owned()),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    format!(
        "{TITLE}{}{TITLE:#}  {QUIET}{}{QUIET:#}\n",
        input.file,
        facts.join(", ")
    )
}

fn refusal(failure: &Failure) -> String {
    format!(
        "{ALARM}cannot be used{ALARM:#} ({}): {}\n  {}\n",
        failure.code, failure.message, failure.remedy
    )
}

/// A warning with its remedy.
pub(crate) fn caution(warning: &Warning) -> String {
    format!(
        "{CAUTION}{}{CAUTION:#}: {}\n  {}\n",
        warning.code, warning.message, warning.remedy
    )
}

fn parameters(document: &AnalysisDocument) -> String {
    let rows: Vec<&Parameters> = document
        .octaves
        .iter()
        .chain(&document.thirds)
        .chain(&document.broadband)
        .collect();
    let legend = notes::flags(&rows);
    let columns = COLUMNS.map(|c| (c.key, c.head));
    let mut text = format!("{}\n\n", report::headline(document));
    for (title, bands) in [("octave", &document.octaves), ("third", &document.thirds)] {
        if !bands.is_empty() {
            let all: Vec<&Column> = COLUMNS.iter().collect();
            text.push_str(&table(
                title,
                &all,
                bands,
                document.broadband.as_ref(),
                &legend,
            ));
            let shown: Vec<&Parameters> = bands.iter().collect();
            text.push_str(&notes::reasons(&shown, &columns));
            text.push('\n');
        }
    }
    text.push_str(&legend.text());
    let whole: Vec<&Parameters> = document.broadband.iter().collect();
    text.push_str(&notes::reasons(&whole, &columns));
    text
}

fn table(
    title: &str,
    columns: &[&Column],
    bands: &[Parameters],
    broadband: Option<&Parameters>,
    legend: &notes::Legend,
) -> String {
    let heads = columns.iter().map(|c| (c.head, c.unit));
    let mut grid = Grid::new(std::iter::once((title, "")).chain(heads).chain([("", "")]));
    for band in bands.iter().chain(broadband) {
        let values = columns.iter().map(|column| match (column.value)(band) {
            Some(value) => Cell::plain((column.digits)(value)),
            None => Cell::styled(format::MISSING, QUIET),
        });
        let marks = Cell::styled(legend.marks(&band.flags), CAUTION);
        grid.row(
            std::iter::once(Cell::plain(notes::band_name(band)))
                .chain(values)
                .chain([marks]),
        );
    }
    grid.to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use contract::analysis::{ANALYSIS_SCHEMA, Engine, Outcome};
    use contract::parameters::{Mid, NotEvaluable};

    use super::*;

    /// The text as a stream without colours shows it.
    pub(crate) fn without_colours(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    pub(crate) fn band(center_hz: Option<f64>, t20_s: f64) -> Parameters {
        Parameters {
            center_hz,
            t20_s: Some(t20_s),
            c50_db: Some(-1.26),
            d50: Some(0.43),
            ..Parameters::default()
        }
    }

    pub(crate) fn of(file: &str, octaves: Vec<Parameters>) -> AnalysisDocument {
        AnalysisDocument {
            schema: ANALYSIS_SCHEMA.to_owned(),
            outcome: Outcome::Ok,
            failure: None,
            warnings: Vec::new(),
            input: Input {
                file: file.to_owned(),
                sha256: "0".repeat(64),
                sample_rate_hz: Some(44_100),
                channels: Some(2),
                channel_used: Some(1),
                duration_s: Some(17.44),
                lossy: Some(false),
            },
            alignment: None,
            impulse_response: None,
            broadband: None,
            octaves,
            thirds: Vec::new(),
            mid: Some(Mid::default()),
            sti: None,
            frequency_response: None,
            curves: None,
            noise: None,
            engine: Engine {
                name: "sonalyze".to_owned(),
                version: "0.1.0".to_owned(),
            },
        }
    }

    pub(crate) fn failed(file: &str) -> AnalysisDocument {
        AnalysisDocument {
            outcome: Outcome::Failed,
            failure: Some(Failure {
                code: "NO_SYNC".to_owned(),
                message: "no chirp was found".to_owned(),
                remedy: "Play the signal louder.".to_owned(),
                data: serde_json::Value::Object(serde_json::Map::new()),
            }),
            mid: None,
            ..of(file, Vec::new())
        }
    }

    fn withheld(message: &str) -> NotEvaluable {
        NotEvaluable {
            code: "DECAY_RANGE".to_owned(),
            message: message.to_owned(),
            needed: Some(45.0),
            found: Some(31.0),
        }
    }

    #[test]
    fn columns_are_aligned_and_have_units() {
        let rows = vec![band(Some(63.0), 0.5), band(Some(1000.0), 12.345)];
        let shown = without_colours(&document(&of("hall.wav", rows)));
        let lines: Vec<&str> = shown.lines().collect();
        let place = lines.iter().position(|l| l.starts_with("octave")).unwrap();
        assert!(lines[place + 1].trim_start().starts_with("s "), "{shown}");
        let end_of = |line: &str, word: &str| {
            line.find(word)
                .map(|at| line[..at].chars().count() + word.len())
        };
        let column = end_of(lines[place], "T20");
        assert_eq!(end_of(lines[place + 2], "0.50"), column, "{shown}");
        assert_eq!(
            end_of(lines[place + 3], "12.35").or(end_of(lines[place + 3], "12.34")),
            column,
            "{shown}"
        );
    }

    #[test]
    fn the_heading_names_file_rate_and_channel() {
        let shown = without_colours(&document(&of("hall.wav", Vec::new())));
        assert!(
            shown.starts_with("hall.wav  17.4 s, 44.1 kHz, channel 2 of 2\n"),
            "{shown}"
        );
    }

    #[test]
    fn flags_and_reasons_are_told_in_words() {
        let mut low = band(Some(63.0), 0.5);
        low.flags.push("LOW_INR".to_owned());
        low.not_evaluable.insert(
            "t30_s".to_owned(),
            withheld("31 dB of decay, 45 dB are needed"),
        );
        let shown = without_colours(&document(&of(
            "hall.wav",
            vec![low, band(Some(125.0), 0.6)],
        )));
        assert!(shown.contains("a LOW_INR: "), "{shown}");
        assert!(
            shown.contains("63 Hz: no T30: 31 dB of decay, 45 dB are needed"),
            "{shown}"
        );
        let marked = shown
            .lines()
            .filter(|l| l.trim_end().ends_with(" a"))
            .count();
        assert_eq!(marked, 1, "{shown}");
    }

    #[test]
    fn a_refusal_shows_code_message_and_remedy_and_no_table() {
        let shown = without_colours(&document(&failed("speech.wav")));
        assert!(
            shown.contains(
                "cannot be used (NO_SYNC): no chirp was found\n  Play the signal louder."
            ),
            "{shown}"
        );
        assert!(!shown.contains("T20"), "{shown}");
    }
}
