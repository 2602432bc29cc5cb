//! A simulated room: result, cautions, the room, the formulas beside the simulation, every pair, and how it was made.

use contract::analysis::Engine;
use contract::simulation::{Predictions, SimulatedPair, SimulationDocument, StandardErrors};

use super::{figures, speech, tables, verdict};
use crate::format;
use crate::markup::{Markup, attributes};
use crate::plot::{self, RoomSketch, card::Card};
use crate::{quantity, simulation_words, words};

/// Writes everything between heading and glossary.
pub(super) fn write(main: &mut Markup, document: &SimulationDocument, room: Option<&RoomSketch>) {
    let headline = simulation_words::headline(document);
    main.element("p", &attributes! {"class" => "headline"}, &headline);
    let how = simulation_words::method(document);
    let told = format!("{how} Everything on this page is computed, nothing was measured.");
    main.element("p", &attributes! {"class" => "verdict"}, &told);
    verdict::warnings(main, &document.warnings);
    room_figures(main, document, room);
    if document.pairs.len() > 1 {
        main.element("h2", &[], "Pairs of source and receiver");
        all_pairs(main, document);
    }
    for pair in &document.pairs {
        one_pair(main, pair, document.pairs.len() == 1);
    }
    main.element("h2", &[], "Formulas");
    formulas(main, document);
    main.element("h2", &[], "Room and simulation");
    facts(main, document);
}

/// Who made the page.
pub(super) fn footer(main: &mut Markup, engine: &Engine) {
    let words = format!(
        "{} {}. Geometrical acoustics: image sources and rays, without the standing waves of low frequencies. \
         Parameters are those of the energies; interference of a response is not in them.",
        engine.name, engine.version
    );
    main.element("footer", &[], &words);
}

fn room_figures(main: &mut Markup, document: &SimulationDocument, room: Option<&RoomSketch>) {
    let sketch = room.and_then(plot::sketch::draw);
    let cards = [
        (sketch, "Where sources and receivers stand."),
        (
            plot::predictions::draw(document),
            "What was simulated beside what formulas expect of the same surfaces. They agree where sound comes \
             from everywhere alike.",
        ),
    ];
    many(main, &cards);
}

fn many(main: &mut Markup, cards: &[(Option<Card>, &str)]) {
    main.nest("div", &attributes! {"class" => "plots"}, |plots| {
        for (card, caption) in cards {
            if let Some(card) = card {
                figures::figure(plots, card, caption);
            }
        }
    });
}

fn all_pairs(main: &mut Markup, document: &SimulationDocument) {
    let heads = [
        "Distance / m",
        "T₃₀ mid / s",
        "EDT mid / s",
        "C₅₀ mid / dB",
        "STI",
    ]
    .map(str::to_owned);
    let rows = document.pairs.iter().map(|pair| {
        let mid = &pair.parameters.mid;
        let sti = match &pair.parameters.sti {
            contract::speech::Sti::Evaluated(found) => Some(found.sti),
            contract::speech::Sti::Withheld(_) => None,
        };
        let cells = vec![
            format::time_s(pair.distance_m),
            format::or_missing(mid.t30_s, format::time_s),
            format::or_missing(mid.edt_s, format::time_s),
            format::or_missing(mid.c50_db, format::level_db),
            format::or_missing(sti, format::ratio),
        ];
        (simulation_words::pair(pair), cells)
    });
    tables::wide(main, "Pair", &heads, rows);
}

/// A pair with its plots: open where it is the only one.
fn one_pair(main: &mut Markup, pair: &SimulatedPair, is_only: bool) {
    let name = simulation_words::pair(pair);
    if is_only {
        main.nest("h2", &[], |h2| h2.element("bdi", &[], &name));
        pair_body(main, pair);
        return;
    }
    main.nest("details", &[], |details| {
        details.nest("summary", &[], |summary| {
            summary.element("bdi", &[], &name);
            summary.text(&format!(": {}", words::result(pair.into())));
        });
        pair_body(details, pair);
    });
}

fn pair_body(main: &mut Markup, pair: &SimulatedPair) {
    main.element("p", &attributes! {"class" => "remark"}, &way(pair));
    let cards = [
        (
            plot::reverberation::draw(pair.into()),
            "How long sound takes to fade by 60 dB.",
        ),
        (
            plot::decay::draw(pair.into()),
            "How the energy fades in each octave.",
        ),
        (
            plot::energy_time::draw(pair.into()),
            "Direct sound, reflections and tail: energies of all octaves.",
        ),
        (
            plot::speech::draw(pair.into()),
            "How well speech can be understood, and which octaves carry it.",
        ),
    ];
    many(main, &cards);
    main.element("h3", &[], "Parameters per octave");
    tables::octaves(main, pair.into());
    main.element("h3", &[], "Speech");
    speech::body(main, &pair.parameters.sti);
    certainty(main, pair);
}

/// Distance, and how much of the sound came by which way.
fn way(pair: &SimulatedPair) -> String {
    let mut words = format!(
        "{} m apart; {} image sources reach the receiver",
        format::time_s(pair.distance_m),
        pair.images
    );
    match pair.diffracted {
        0 => (),
        1 => words.push_str(", one way around an edge"),
        count => words.extend([format!(", {count} ways around edges")]),
    }
    if let Some(until) = pair.complete_until_s {
        let until = format::time_ms(1e3 * until);
        words.extend([format!("; no reflection is missing for {until} ms")]);
    }
    words.push('.');
    if pair.order_limited {
        words.push_str(" Later reflections are missing altogether.");
    }
    words
}

/// A standard error's name, value and digits.
type Error = (
    &'static str,
    fn(&StandardErrors) -> Option<f64>,
    fn(f64) -> String,
);

/// Standard errors of the rays; nothing where there are none.
fn certainty(main: &mut Markup, pair: &SimulatedPair) {
    let Some(found) = &pair.convergence else {
        return;
    };
    main.nest("details", &[], |details| {
        details.element("summary", &[], "Standard errors of the rays");
        let heads: Vec<String> = found
            .octaves
            .iter()
            .map(|o| format::frequency_hz(o.center_hz))
            .collect();
        let rows: [Error; 4] = [
            ("T₂₀ / s", |o| o.t20_s, format::uncertainty_s),
            ("T₃₀ / s", |o| o.t30_s, format::uncertainty_s),
            ("C₅₀ / dB", |o| o.c50_db, format::ratio),
            ("Level / dB", |o| o.level_db, format::ratio),
        ];
        let rows = rows.into_iter().map(|(name, value, digits)| {
            let cells = found
                .octaves
                .iter()
                .map(|o| format::or_missing(value(o), digits));
            (name, cells.collect())
        });
        tables::wide(details, "Standard error", &heads, rows);
    });
}

/// A formula's name and value.
type Formula = (&'static str, fn(&Predictions) -> Option<f64>);

const FORMULAS: [Formula; 6] = [
    ("Sabine / s", |p| p.sabine_s),
    ("Eyring / s", |p| p.eyring_s),
    ("Millington / s", |p| p.millington_s),
    ("Fitzroy / s", |p| p.fitzroy_s),
    ("Arau-Puchades / s", |p| p.arau_puchades_s),
    ("Kuttruff / s", |p| p.kuttruff_s),
];

fn formulas(main: &mut Markup, document: &SimulationDocument) {
    let octaves = &document.statistics.octaves;
    let heads: Vec<String> = octaves
        .iter()
        .map(|o| format::frequency_hz(o.center_hz))
        .collect();
    let absorption = octaves.iter().map(|o| format::ratio(o.mean_absorption));
    let mean = octaves.iter().map(|o| {
        let of = document.pairs.iter().filter_map(|pair| {
            let mut bands = pair.parameters.octaves.iter();
            bands
                .find(|band| band.center_hz == Some(o.center_hz))
                .and_then(|band| quantity::T30.of(band))
        });
        let values: Vec<f64> = of.collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        format::time_s(mean)
    });
    let of_surfaces = ("Mean absorption", absorption.collect());
    let simulated = ("Simulated T₃₀ / s", mean.collect());
    let predicted = FORMULAS.into_iter().map(|(name, value)| {
        let cells = octaves
            .iter()
            .map(|o| format::or_missing(value(o), format::time_s));
        (name, cells.collect())
    });
    let rows = [of_surfaces, simulated].into_iter().chain(predicted);
    tables::wide(main, "Octave", &heads, rows);
    if let Some(words) = &document.statistics.disagreement {
        let told = words::sentence(words);
        main.element("p", &attributes! {"class" => "remark"}, &told);
    }
}

fn facts(main: &mut Markup, document: &SimulationDocument) {
    let room = &document.statistics;
    let schroeder = room.schroeder_hz.filter(|hz| hz.is_finite());
    let all = [
        ("Volume", format!("{} m³", format::level_db(room.volume_m3))),
        (
            "Surface",
            format!("{} m²", format::level_db(room.surface_m2)),
        ),
        (
            "Mean free path",
            format!("{} m", format::time_s(room.mean_free_path_m)),
        ),
        (
            "Schroeder frequency",
            schroeder.map_or_else(
                || format!("{} (unknown)", format::MISSING),
                |hz| {
                    format!(
                        "{} Hz; below it standing waves rule, which this simulation has not",
                        format::time_ms(hz)
                    )
                },
            ),
        ),
        (
            "Speed of sound",
            format!("{} m/s", format::level_db(document.speed_of_sound_m_s)),
        ),
        ("Sample rate", format!("{} Hz", document.sample_rate_hz)),
        ("Seed", document.seed.to_string()),
    ];
    main.nest("dl", &attributes! {"class" => "facts"}, |list| {
        for (name, value) in all {
            list.element("dt", &[], name);
            list.element("dd", &[], &value);
        }
    });
}
