//! Measured against true, pair by pair, as a table for the terminal.

use report::format;

use super::admin::Pair;
use super::figures::{Figure, TOLERANCE_JND};
use super::scene::Scene;
use crate::terminal::{ALARM, Cell, Grid, QUIET, TITLE};

/// The table of a pair.
pub(super) fn of_pair(pair: &Pair, figures: &[Figure]) -> String {
    let heads = [
        ("", ""),
        ("measured", ""),
        (Scene::origin_of_truth(&pair.speaker_slot), ""),
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

/// Whether all is well, in a sentence or two.
///
/// Only what both sides have is compared. What neither has is named: a figure that the truth lacks too was rightly
/// withheld, which is no agreement of figures.
pub(super) fn verdict(pairs: &[Pair], all: &[Vec<Figure>]) -> String {
    let of_pairs = || {
        let each = pairs.iter().zip(all);
        each.flat_map(|(pair, figures)| figures.iter().map(move |figure| (pair, figure)))
    };
    let compared = of_pairs().filter(|(_, f)| f.measured.is_some() && f.truth.is_some());
    let outside = of_pairs().filter(|(_, figure)| !figure.holds()).count();
    let count = compared.count();
    let limit = format!("{TOLERANCE_JND} just-noticeable differences");
    let sentence = if outside == 0 {
        format!("Figures compared with the truth: {count}; all of them are within {limit}.\n")
    } else {
        format!(
            "Figures compared with the truth: {count}; {ALARM}further from it than {limit}, or given by one side \
             only: {outside}{ALARM:#}.\n"
        )
    };
    let missing = of_pairs().filter(|(_, f)| f.measured.is_none() && f.truth.is_none());
    let missing = missing.map(|(pair, figure)| {
        let (speaker, microphone) = (&pair.speaker_slot, &pair.mic_slot);
        let name = figure.name;
        format!(
            "Not compared: {name} of {speaker} to {microphone}, withheld from the truth as well.\n"
        )
    });
    sentence + &missing.collect::<Vec<_>>().concat()
}

fn row(figure: &Figure) -> [Cell; 5] {
    let digits: fn(f64) -> String = match figure.unit {
        "s" => format::time_s,
        "dB" => format::level_db,
        _ => format::ratio,
    };
    let with_unit = |text: Option<String>| {
        let text = text.map(|text| format!("{text} {}", figure.unit));
        Cell::plain(text.as_deref().map_or(format::MISSING, str::trim_end))
    };
    let difference = figure.measured.zip(figure.truth).map(|(m, t)| m - t);
    let jnd = format::or_missing(figure.in_jnd, |jnd| format::signed(jnd, format::ratio));
    let style = if figure.holds() { QUIET } else { ALARM };
    [
        Cell::plain(figure.name),
        with_unit(figure.measured.map(digits)),
        with_unit(figure.truth.map(digits)),
        with_unit(difference.map(|difference| format::signed(difference, digits))),
        Cell::styled(jnd, style),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::tests::without_colours;

    fn pair() -> Pair {
        Pair {
            speaker_slot: "speaker_1".to_owned(),
            mic_slot: "mic_1".to_owned(),
            upload: "a.wav".to_owned(),
            audio_hash: "0".repeat(64),
            results: serde_json::Value::Null,
        }
    }

    fn figure(name: &'static str, truth: Option<f64>, measured: Option<f64>) -> Figure {
        let in_jnd = truth.zip(measured).map(|(t, m)| (m - t) / (0.05 * t));
        Figure {
            name,
            unit: "s",
            truth,
            measured,
            in_jnd,
        }
    }

    #[test]
    fn what_both_sides_withhold_is_named_and_not_counted() {
        let figures = [
            figure("T20", Some(1.0), Some(0.99)),
            figure("T30", None, None),
        ];
        let told = verdict(&[pair()], &[figures.to_vec()]);
        assert!(
            told.starts_with("Figures compared with the truth: 1; all"),
            "{told}"
        );
        assert!(
            told.contains("Not compared: T30 of speaker_1 to mic_1"),
            "{told}"
        );
        let one_sided = [figure("T20", Some(1.0), None)];
        let alarmed = without_colours(&verdict(&[pair()], &[one_sided.to_vec()]));
        assert!(
            alarmed.starts_with("Figures compared with the truth: 0;"),
            "{alarmed}"
        );
        assert!(alarmed.contains("one side only: 1."), "{alarmed}");
    }

    #[test]
    fn differences_have_one_sign() {
        let figures = [
            figure("T20", Some(1.00), Some(0.98)),
            figure("T30", Some(1.00), Some(1.02)),
        ];
        let shown = without_colours(&of_pair(&pair(), &figures));
        assert!(
            shown.contains("\u{2212}0.02 s") && shown.contains("\u{2212}0.40"),
            "{shown}"
        );
        assert!(
            shown.contains("+0.02 s") && shown.contains("+0.40"),
            "{shown}"
        );
        assert!(!shown.contains('-'), "{shown}");
    }
}
