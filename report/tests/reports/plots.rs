//! Plots stay inside their picture, keep texts apart, and show what the document holds.

use contract::analysis::AnalysisDocument;
use contract::curves::Fraction;
use report::plot;

use crate::drawings::Drawing;
use crate::fixture;

/// A plot or none from a document.
type Plot = fn(&AnalysisDocument) -> Option<String>;

const PLOTS: [(&str, Plot); 5] = [
    ("decay", plot::decay),
    ("energy_time", plot::energy_time),
    ("reverberation", plot::reverberation),
    ("frequency_response", plot::frequency_response),
    ("speech", plot::speech),
];

/// Every plot of a document that it has data for, and the overview.
fn all(document: &AnalysisDocument) -> Vec<(&'static str, String)> {
    let mut plots: Vec<(&str, String)> = PLOTS
        .iter()
        .filter_map(|(name, plot)| plot(document).map(|svg| (*name, svg)))
        .collect();
    plots.push(("overview", plot::overview(document)));
    plots
}

/// Documents of every kind that a report may meet.
fn documents() -> Vec<(&'static str, AnalysisDocument)> {
    vec![
        ("office", fixture::office()),
        ("thirds only", thirds_only()),
        ("failed", fixture::failed()),
        ("withheld", fixture::withheld()),
        ("hall", hall()),
        ("long name", named(&"a very long name ".repeat(40))),
        (
            "hostile name",
            named("\"><script>alert(1)</script>\u{0}\u{7}&amp;"),
        ),
        ("not finite", not_finite()),
        ("outlier", outlier()),
    ]
}

fn named(file: &str) -> AnalysisDocument {
    let mut document = fixture::office();
    document.input.file = file.into();
    document
}

fn thirds_only() -> AnalysisDocument {
    let mut document = fixture::office();
    document.octaves.clear();
    if let Some(curves) = &mut document.curves {
        for band in &mut curves.bands {
            if band.fraction == Fraction::Octave {
                band.fraction = Fraction::Third;
            }
        }
    }
    document
}

/// A room with one band whose decay has no single slope, and all that a legend can explain.
fn outlier() -> AnalysisDocument {
    let mut document = fixture::office();
    document.octaves[2].t30_s = Some(50.0);
    document.octaves[3].flags = vec!["CURVED_DECAY".into()];
    document
}

/// A room with ten times the reverberation.
fn hall() -> AnalysisDocument {
    let mut document = fixture::position("hall.wav", 10.0);
    for band in document.octaves.iter_mut().chain(&mut document.broadband) {
        band.truncation_s = band.truncation_s.map(|time| time * 10.0);
    }
    if let Some(curves) = &mut document.curves {
        for band in &mut curves.bands {
            band.time_s.iter_mut().for_each(|time| *time *= 10.0);
        }
        curves.etc.time_s.iter_mut().for_each(|time| *time *= 10.0);
    }
    document
}

/// What no builder should write and every report survives.
fn not_finite() -> AnalysisDocument {
    let mut document = fixture::office();
    document.octaves[3].t30_s = Some(f64::NAN);
    document.octaves[4].edt_s = Some(f64::INFINITY);
    document.octaves[5].uncertainty_t30_s = Some(f64::NAN);
    document.octaves[6].truncation_s = Some(f64::NEG_INFINITY);
    if let Some(curves) = &mut document.curves {
        curves.bands[2].edc_db[7] = f64::NEG_INFINITY;
        curves.bands[2].time_s[9] = f64::NAN;
        curves.etc.level_db[100] = f64::NAN;
        if let Some(fit) = &mut curves.bands[1].fits.edt {
            fit.slope_db_per_s = 0.0;
        }
    }
    if let Some(response) = &mut document.frequency_response {
        response.level_db[50] = f64::NAN;
        response.frequency_hz[0] = 0.0;
    }
    document
}

#[test]
fn nothing_sticks_out_of_a_picture() {
    for (kind, document) in documents() {
        for (name, svg) in all(&document) {
            let drawing = Drawing::new(&svg).unwrap();
            assert!(
                drawing.excess() <= 0.0,
                "{kind}, {name}: {} px",
                drawing.excess()
            );
            assert!(drawing.text_count() > 1, "{kind}, {name}");
        }
    }
}

#[test]
fn texts_lie_apart() {
    for (kind, document) in documents() {
        for (name, svg) in all(&document) {
            let overlaps = Drawing::new(&svg).unwrap().overlaps();
            assert!(overlaps.is_empty(), "{kind}, {name}: {overlaps:?}");
        }
    }
}

#[test]
fn the_font_has_every_character_of_our_own() {
    for (kind, document) in documents() {
        for (name, svg) in all(&document) {
            let missing = Drawing::new(&svg).unwrap().without_glyph();
            assert!(missing.is_empty(), "{kind}, {name}: {missing:?}");
        }
    }
}

#[test]
fn no_number_is_called_nan_or_infinite() {
    for (kind, document) in documents() {
        for (name, svg) in all(&document) {
            for word in ["NaN", "inf"] {
                let found = svg.contains(&format!("{word} ")) || svg.contains(&format!("{word}\""));
                assert!(
                    !found && !svg.contains(&format!("{word},")),
                    "{kind}, {name}: {word}"
                );
            }
        }
    }
}

#[test]
fn plots_speak_to_screen_readers() {
    for (name, svg) in all(&fixture::office()) {
        let parsed = roxmltree::Document::parse(&svg).unwrap();
        let root = parsed.root_element();
        assert_eq!(root.attribute("role"), Some("img"), "{name}");
        let child = |tag: &str| {
            let found = root.children().find(|node| node.has_tag_name(tag));
            let found =
                found.or_else(|| root.children().find(|node| node.tag_name().name() == tag));
            found
                .and_then(|node| node.text())
                .unwrap_or_default()
                .to_owned()
        };
        assert!(child("title").len() > 5, "{name}");
        assert!(child("desc").len() > 20, "{name}: {}", child("desc"));
        let loads = parsed.descendants().any(|node| {
            ["script", "image", "use", "style", "foreignObject"].contains(&node.tag_name().name())
        });
        assert!(!loads, "{name}");
    }
}

#[test]
fn a_hostile_name_makes_no_element() {
    let plain = plot::overview(&named("plain.wav"));
    let hostile = plot::overview(&named("</text><script>alert(1)</script><text>"));
    let elements = |svg: &str| {
        let parsed = roxmltree::Document::parse(svg).unwrap();
        parsed
            .descendants()
            .filter(roxmltree::Node::is_element)
            .count()
    };
    assert_eq!(elements(&plain), elements(&hostile));
    assert!(hostile.contains("&lt;script&gt;"));
}

#[test]
fn what_has_no_data_has_no_plot() {
    for document in [fixture::failed(), fixture::withheld()] {
        for (name, plot) in PLOTS {
            assert!(plot(&document).is_none(), "{name}");
        }
    }
}

#[test]
fn a_failure_shows_its_remedy() {
    let svg = plot::overview(&fixture::failed());
    for words in [
        "could not be evaluated",
        "NO_SYNC",
        "4.1 dB",
        "Play the whole signal",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn flags_hatch_and_missing_values_are_crossed() {
    let flagged = plot::reverberation(&fixture::office()).unwrap();
    assert!(flagged.contains(">flagged<") && flagged.contains(">not evaluable<"));
    let mut clean = fixture::office();
    clean
        .octaves
        .retain(|band| band.flags.is_empty() && band.t30_s.is_some());
    let clean = plot::reverberation(&clean).unwrap();
    assert!(!clean.contains(">flagged<") && !clean.contains(">not evaluable<"));
    assert!(!clean.contains("<polyline"), "hatching without a flag");
}

#[test]
fn bars_are_as_high_as_their_values() {
    let mut document = fixture::office();
    document.octaves.truncate(5);
    for band in &mut document.octaves {
        band.edt_s = Some(0.5);
        band.t20_s = Some(0.25);
        band.t30_s = Some(1.0);
        band.uncertainty_t30_s = None;
        band.uncertainty_t20_s = None;
    }
    let svg = plot::reverberation(&document).unwrap();
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let heights: Vec<f64> = parsed
        .descendants()
        .filter(|node| node.tag_name().name() == "rect" && node.attribute("rx").is_none())
        .filter_map(|node| node.attribute("height")?.parse().ok())
        .take(3)
        .collect();
    assert!((heights[0] / heights[1] - 2.0).abs() < 0.01, "{heights:?}");
    assert!((heights[2] / heights[0] - 2.0).abs() < 0.01, "{heights:?}");
}

#[test]
fn an_outlier_is_cut_and_leaves_the_others_their_height() {
    let svg = plot::reverberation(&outlier()).unwrap();
    assert!(svg.contains(">cut<"), "{svg}");
    assert!(
        svg.contains(">50.00 s</text>"),
        "the cut bar has no value: {svg}"
    );
    assert!(svg.contains("rotate(-90)"), "{svg}");
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let bars = parsed
        .descendants()
        .filter(|node| node.tag_name().name() == "rect" && node.attribute("rx").is_none());
    let mut heights: Vec<f64> = bars
        .filter_map(|node| node.attribute("height")?.parse().ok())
        .filter(|height| *height > 20.0)
        .collect();
    heights.sort_by(f64::total_cmp);
    let (typical, highest) = (heights[heights.len() / 2], heights[heights.len() - 1]);
    assert!(typical > 0.2 * highest, "{typical} of {highest}");
    assert!(
        !plot::reverberation(&fixture::office())
            .unwrap()
            .contains(">cut<")
    );
}

#[test]
fn positions_are_drawn_as_dots() {
    let documents = [
        fixture::position("p1.wav", 1.0),
        fixture::position("p2.wav", 1.2),
        fixture::failed(),
    ];
    let summary = report::summarise(&documents, fixture::engine());
    let svg = plot::spread(&summary, &documents).unwrap();
    let drawing = Drawing::new(&svg).unwrap();
    assert!(drawing.excess() <= 0.0);
    assert!(drawing.overlaps().is_empty(), "{:?}", drawing.overlaps());
    // Seven octaves have a T30 at two positions each; one circle stands in the legend.
    assert_eq!(svg.matches("<circle").count(), 2 * 7 + 1);
}
