//! Plots, pages and tables of simulations: whole, legible, and with every pair.

use contract::parameters::{NotEvaluable, Reasons};
use contract::simulation::{
    Convergence, EnergyParameters, Method, Predictions, RoomStatistics, SIMULATION_SCHEMA,
    SimulatedPair, SimulationDocument, StandardErrors,
};
use contract::speech::{Sti, StiWithheld};
use report::plot::{self, RoomSketch};

use crate::drawings::Drawing;
use crate::fixture;

/// What stands for the index of a room that has none.
fn no_index() -> Sti {
    Sti::Withheld(StiWithheld {
        sti: (),
        reason: NotEvaluable {
            code: "NONE".into(),
            message: "none".into(),
            needed: None,
            found: None,
        },
    })
}

/// One source heard by one receiver, with the parameters of the office.
fn pair(source: &str, receiver: &str, factor: f64) -> SimulatedPair {
    let office = fixture::position("p.wav", factor);
    let errors = |center_hz: f64| StandardErrors {
        center_hz,
        level_db: Some(0.05),
        c50_db: Some(0.1),
        t20_s: Some(0.004),
        t30_s: Some(0.005),
        not_evaluable: Reasons::new(),
    };
    let octaves = office.octaves.iter().filter_map(|band| band.center_hz);
    SimulatedPair {
        source_id: source.into(),
        receiver_id: receiver.into(),
        distance_m: 3.21,
        images: 41_211,
        diffracted: 2,
        complete_until_s: Some(0.31),
        order_limited: false,
        pre_samples: 0,
        convergence: Some(Convergence {
            rays: 40_000,
            degrees_of_freedom: 7,
            reached: true,
            octaves: octaves.map(errors).collect(),
        }),
        parameters: EnergyParameters {
            broadband: office.broadband.unwrap_or_default(),
            octaves: office.octaves,
            mid: office.mid.unwrap_or_default(),
            sti: office.sti.unwrap_or_else(no_index),
        },
        curves: office.curves,
    }
}

fn document(pairs: Vec<SimulatedPair>) -> SimulationDocument {
    let office = fixture::office();
    let centres: Vec<f64> = office.octaves.iter().filter_map(|b| b.center_hz).collect();
    let predictions = |center_hz: &f64| Predictions {
        center_hz: *center_hz,
        mean_absorption: 0.23,
        sabine_s: Some(0.62),
        eyring_s: Some(0.55),
        millington_s: Some(0.51),
        // Far above the others: it must not make them small.
        fitzroy_s: Some(9.0),
        arau_puchades_s: Some(0.58),
        kuttruff_s: Some(0.57),
        not_evaluable: Reasons::new(),
    };
    SimulationDocument {
        schema: SIMULATION_SCHEMA.into(),
        method: Method::Hybrid,
        max_order: None,
        horizon_s: Some(0.31),
        rays: 40_000,
        seed: 7,
        sample_rate_hz: 48_000,
        speed_of_sound_m_s: 343.2,
        air_m_per_band: vec![0.0; centres.len()],
        statistics: RoomStatistics {
            volume_m3: 93.2,
            surface_m2: 131.5,
            mean_free_path_m: 2.83,
            schroeder_hz: Some(151.0),
            octaves: centres.iter().map(predictions).collect(),
            disagreement: Some("Fitzroy predicts 9.00 s".into()),
            not_evaluable: Reasons::new(),
        },
        bands_hz: centres,
        pairs,
        warnings: office.warnings,
        engine: office.engine,
    }
}

/// A room with furniture and names that stand close together.
fn room() -> RoomSketch {
    let wall = vec![
        [0.0, 0.0, 0.0],
        [6.4, 0.0, 0.0],
        [6.4, 5.2, 2.8],
        [0.0, 5.2, 2.8],
    ];
    let table = vec![[2.0, 2.0, 0.7], [3.0, 2.0, 0.7], [3.0, 3.0, 0.7]];
    let at = |id: &str, x: f64| (id.to_owned(), [x, 2.4, 1.2]);
    RoomSketch {
        walls: vec![wall],
        furniture: vec![table],
        sources: vec![at("screen", 0.9), at("a source with a very long name", 1.0)],
        receivers: vec![at("sofa", 3.1), at("desk", 3.2), at("<script>", 6.39)],
    }
}

fn documents() -> Vec<(&'static str, SimulationDocument)> {
    let several = |count: usize| {
        let each = (0..count).map(|n| pair("screen", &format!("seat {n}"), 1.0 + 0.02 * n as f64));
        each.collect::<Vec<_>>()
    };
    let mut bare = document(several(1));
    for pair in &mut bare.pairs {
        pair.curves = None;
        pair.convergence = None;
        for band in &mut pair.parameters.octaves {
            band.t30_s = None;
        }
    }
    let mut odd = document(several(2));
    odd.statistics.octaves[2].sabine_s = Some(f64::INFINITY);
    odd.statistics.octaves[3].eyring_s = Some(f64::NAN);
    odd.pairs[0].parameters.octaves[1].t30_s = Some(f64::NAN);
    vec![
        ("one", document(several(1))),
        ("two", document(several(2))),
        ("many", document(several(12))),
        ("no pair", document(Vec::new())),
        ("no times", bare),
        ("not finite", odd),
    ]
}

#[test]
fn pictures_hold_everything_apart_and_inside() {
    let sketch = room();
    let mut pictures = vec![("sketch", plot::sketch(&sketch).unwrap())];
    for (kind, document) in documents() {
        pictures.push((
            kind,
            plot::simulation(&document, "room.json", Some(&sketch)),
        ));
    }
    for (kind, svg) in pictures {
        let drawing = Drawing::new(&svg).unwrap();
        assert!(drawing.excess() <= 0.0, "{kind}: {} px", drawing.excess());
        assert!(
            drawing.overlaps().is_empty(),
            "{kind}: {:?}",
            drawing.overlaps()
        );
        assert!(
            drawing.without_glyph().is_empty(),
            "{kind}: {:?}",
            drawing.without_glyph()
        );
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{kind}");
    }
}

#[test]
fn a_formula_far_above_does_not_make_the_points_small() {
    let mut one = document(vec![pair("s", "r", 1.0)]);
    for octave in &mut one.statistics.octaves {
        octave.sabine_s = Some(40.0);
    }
    let svg = plot::simulation(&one, "room.json", None);
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = parsed
        .descendants()
        .filter_map(|node| node.text())
        .collect();
    assert!(
        !texts.contains(&"20") && !texts.contains(&"40"),
        "{texts:?}"
    );
}

#[test]
fn a_room_without_a_size_has_no_sketch() {
    assert_eq!(plot::sketch(&RoomSketch::default()), None);
    let flat = RoomSketch {
        walls: vec![vec![[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]],
        ..RoomSketch::default()
    };
    assert_eq!(plot::sketch(&flat), None);
}

#[test]
fn pages_are_well_formed_and_name_every_pair() {
    for (kind, document) in documents() {
        let page = report::html_simulation(&document, "<b>room</b>.json", Some(&room()));
        let xml = page.trim_start_matches("<!DOCTYPE html>\n");
        let parsed =
            roxmltree::Document::parse(xml).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let all = parsed.descendants().filter(roxmltree::Node::is_element);
        assert!(
            all.clone().all(|node| node.tag_name().name() != "b"),
            "{kind}"
        );
        let text: String = parsed
            .descendants()
            .filter_map(|node| node.text())
            .collect();
        for pair in &document.pairs {
            assert!(text.contains(&report::pair_in_words(pair)), "{kind}");
        }
        for part in [
            "Schroeder frequency",
            "Kuttruff / s",
            "nothing was measured",
        ] {
            assert!(text.contains(part), "{kind}: {part}");
        }
    }
}

#[test]
fn the_headline_gives_the_range_of_several_pairs() {
    let one = report::simulation_headline(&document(vec![pair("s", "r", 1.0)]));
    assert_eq!(
        one,
        "T₃₀ mid 0.53 s · C₅₀ mid 7.5 dB · STI 0.81 (A+, excellent)"
    );
    let pairs = vec![pair("s", "a", 1.0), pair("s", "b", 1.2)];
    let several = report::simulation_headline(&document(pairs));
    assert_eq!(
        several,
        "2 pairs · T₃₀ mid 0.53 to 0.64 s · C₅₀ mid 7.5 dB · STI 0.81"
    );
}

#[test]
fn the_table_has_a_row_for_each_band_of_each_pair() {
    let found = document(vec![pair("a, b", "r", 1.0), pair("s", "r", 1.0)]);
    let table = report::csv_simulation(&found);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.headers().unwrap().get(0), Some("source_id"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2 * 10);
    assert_eq!(
        (rows[0].get(0), rows[0].get(2)),
        (Some("a, b"), Some("broadband"))
    );
    assert_eq!(rows[10].get(0), Some("s"));
}
