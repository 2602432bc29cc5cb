//! A simulated room for the terminal: how it was made, a table per pair or a row per pair, warnings with remedies.

use contract::parameters::Parameters;
use contract::simulation::{SimulatedPair, SimulationDocument};
use contract::speech::Sti;
use report::format;

use super::{COLUMNS, Cell, Grid, QUIET, TITLE, caution, notes, table};

/// Pairs that have a table of their own; more have a row each.
const TABLES_MAX: usize = 2;

/// The result of a room file.
pub(crate) fn simulation(name: &str, document: &SimulationDocument) -> String {
    let room = &document.statistics;
    let mut text = format!(
        "{TITLE}{name}{TITLE:#}  {QUIET}{} m³, {} m² of surface, {} Hz{QUIET:#}\n{}\n{}\n\n",
        format::level_db(room.volume_m3),
        format::level_db(room.surface_m2),
        document.sample_rate_hz,
        report::simulation_headline(document),
        report::simulation_method(document),
    );
    if document.pairs.len() <= TABLES_MAX {
        for pair in &document.pairs {
            text.push_str(&whole(pair));
        }
    } else {
        text.push_str(&rows(document));
    }
    for warning in &document.warnings {
        text.push_str(&caution(warning));
    }
    text
}

/// One pair per octave. Simulated decays have no noise, so that its column is left out.
fn whole(pair: &SimulatedPair) -> String {
    let found = &pair.parameters;
    let bands: Vec<&Parameters> = found.octaves.iter().chain([&found.broadband]).collect();
    let legend = notes::flags(&bands);
    let columns: Vec<_> = COLUMNS.iter().filter(|c| c.key != "inr_db").collect();
    let names: Vec<(&str, &str)> = columns.iter().map(|c| (c.key, c.head)).collect();
    let distance = format::time_s(pair.distance_m);
    format!(
        "{TITLE}{}{TITLE:#}  {QUIET}{distance} m{QUIET:#}\n{}{}{}\n",
        report::pair_in_words(pair),
        table(
            "octave",
            &columns,
            &found.octaves,
            Some(&found.broadband),
            &legend
        ),
        legend.text(),
        notes::reasons(&bands, &names),
    )
}

/// A row for each pair.
fn rows(document: &SimulationDocument) -> String {
    let heads = [
        ("pair", ""),
        ("distance", "m"),
        ("EDT mid", "s"),
        ("T20 mid", "s"),
        ("T30 mid", "s"),
        ("C50 mid", "dB"),
        ("STI", ""),
    ];
    let mut grid = Grid::new(heads.into_iter());
    for pair in &document.pairs {
        let mid = &pair.parameters.mid;
        let sti = match &pair.parameters.sti {
            Sti::Evaluated(found) => Some(found.sti),
            Sti::Withheld(_) => None,
        };
        let cells = [
            format::time_s(pair.distance_m),
            format::or_missing(mid.edt_s, format::time_s),
            format::or_missing(mid.t20_s, format::time_s),
            format::or_missing(mid.t30_s, format::time_s),
            format::or_missing(mid.c50_db, format::level_db),
            format::or_missing(sti, format::ratio),
        ];
        let name = Cell::plain(report::pair_in_words(pair));
        grid.row(std::iter::once(name).chain(cells.map(Cell::plain)));
    }
    format!("{grid}{QUIET}--report or --csv has every pair per octave{QUIET:#}\n")
}
