//! Measured against true, pair by pair, as a table for the terminal.

use report::format;

use super::admin::Pair;
use super::figures::{Figure, TOLERANCE_JND};
use crate::terminal::{ALARM, Cell, Grid, QUIET, TITLE};

/// The table of a pair.
pub(super) fn of_pair(pair: &Pair, figures: &[Figure]) -> String {
    let heads = [
        ("", ""),
        ("measured", ""),
        ("true", ""),
        ("difference", ""),
        ("JND", ""),
    ];
    let mut grid = Grid::new(heads.into_iter());
    for figure in figures {
        grid.row(row(figure).into_iter());
    }
    let (speaker, microphone) = (&pair.speaker_slot, &pair.mic_slot);
    format!("{TITLE}{speaker} to {microphone}{TITLE:#}\n{grid}")
}

/// Whether all is well, in a sentence.
pub(super) fn verdict(all: &[Vec<Figure>]) -> String {
    let figures = all.iter().flatten();
    let outside = figures.clone().filter(|figure| !figure.holds()).count();
    let count = figures.count();
    if outside == 0 {
        format!(
            "All {count} figures are within {TOLERANCE_JND} just-noticeable differences of the truth.\n"
        )
    } else {
        format!(
            "{ALARM}{outside} of {count} figures{ALARM:#} are further than {TOLERANCE_JND} just-noticeable differences \
             from the truth.\n"
        )
    }
}

fn row(figure: &Figure) -> [Cell; 5] {
    let digits: fn(f64) -> String = match figure.unit {
        "s" => format::time_s,
        "dB" => format::level_db,
        _ => format::ratio,
    };
    let with_unit = |value: Option<f64>| {
        let text = value.map(|value| format!("{} {}", digits(value), figure.unit));
        Cell::plain(text.as_deref().map_or(format::MISSING, str::trim_end))
    };
    let difference = figure.measured.zip(figure.truth).map(|(m, t)| m - t);
    let jnd = format::or_missing(figure.in_jnd, signed);
    let style = if figure.holds() { QUIET } else { ALARM };
    [
        Cell::plain(figure.name),
        with_unit(figure.measured),
        with_unit(figure.truth),
        with_unit(difference),
        Cell::styled(jnd, style),
    ]
}

/// Hundredths with their sign; what rounds to zero is positive.
fn signed(value: f64) -> String {
    format!("{:+.2}", (value * 100.0).round() / 100.0 + 0.0)
}
