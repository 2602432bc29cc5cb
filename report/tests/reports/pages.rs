//! Pages are well-formed, load nothing, say what happened, and treat names as text.

use report::{html, html_summary, summarise};

use crate::fixture;

/// A page as XML; HTML's document type is taken off.
fn parse(page: &str) -> Result<roxmltree::Document<'_>, roxmltree::Error> {
    roxmltree::Document::parse(page.trim_start_matches("<!DOCTYPE html>\n"))
}

fn text_of(page: &str) -> Result<String, roxmltree::Error> {
    let parsed = parse(page)?;
    let texts = parsed.descendants().filter(roxmltree::Node::is_text);
    Ok(texts
        .filter_map(|node| node.text())
        .collect::<Vec<_>>()
        .join("|"))
}

fn pages() -> [(&'static str, String); 5] {
    let documents = [
        fixture::position("p1.wav", 1.0),
        fixture::position("p2.wav", 1.2),
        fixture::failed(),
    ];
    let summary = summarise(&documents, fixture::engine());
    [
        ("office", html(&fixture::office())),
        ("failed", html(&fixture::failed())),
        ("withheld", html(&fixture::withheld())),
        ("summary", html_summary(&summary, &documents)),
        (
            "empty summary",
            html_summary(&summarise(&[], fixture::engine()), &[]),
        ),
    ]
}

#[test]
fn pages_are_whole_and_load_nothing() {
    for (name, page) in pages() {
        let parsed = parse(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        for node in parsed.descendants().filter(roxmltree::Node::is_element) {
            let tag = node.tag_name().name();
            let loads = [
                "script", "link", "img", "iframe", "object", "image", "use", "base",
            ];
            assert!(!loads.contains(&tag), "{name}: {tag}");
            for attribute in node.attributes() {
                let known = !["src", "href", "style", "id"].contains(&attribute.name());
                assert!(
                    known && !attribute.name().starts_with("on"),
                    "{name}: {attribute:?}"
                );
            }
        }
        assert!(
            !page.contains("url(") && !page.contains("@import"),
            "{name}"
        );
    }
}

#[test]
fn void_elements_alone_are_closed_in_place() {
    for (name, page) in pages() {
        for piece in page.split("/>") {
            let tag = piece.rsplit('<').next().unwrap_or_default();
            let tag = tag.split(' ').next().unwrap_or_default();
            let allowed = [
                "meta", "line", "rect", "polyline", "polygon", "circle", "/html",
            ];
            assert!(
                allowed.iter().any(|known| tag.starts_with(known)),
                "{name}: {tag}"
            );
        }
    }
}

#[test]
fn the_headline_stands_before_warnings_tables_and_glossary() {
    let page = html(&fixture::office());
    let mut from = 0;
    for words in [
        "T₃₀ mid 0.53 s · C₅₀ mid 7.5 dB · STI 0.81 (A+, excellent)",
        "T₃₀ in 7 of 9 bands (not 63 Hz, 16 kHz)",
        "LOW_INR_BANDS",
        "Turn the loudspeaker up",
        "<svg",
        "Parameters per octave",
        "Modulation transfer ratio",
        "−34.2 ppm",
        "What the quantities mean",
        "ISO 3382-2:2008",
        "sonalyze 0.1.0",
    ] {
        let at = page[from..].find(words);
        from += at.unwrap_or_else(|| panic!("{words}"));
    }
}

#[test]
fn a_failure_names_its_remedy_and_shows_no_number() {
    let page = html(&fixture::failed());
    for words in ["NO_SYNC", "4.1 dB above the rest", "Play the whole signal"] {
        assert!(page.contains(words), "{words}");
    }
    for words in ["Parameters per octave", "<svg", "STI 0"] {
        assert!(!page.contains(words), "{words}");
    }
}

#[test]
fn withheld_values_are_dashes_with_a_reason() {
    let page = html(&fixture::withheld());
    let text = text_of(&page).unwrap();
    assert!(text.contains("Mid reverberation time not evaluable"));
    assert!(text.contains("The band lies outside the excitation."));
    assert!(text.contains("There is no silence before the signal."));
    let parsed = parse(&page).unwrap();
    let cells = parsed.descendants().filter(|node| node.has_tag_name("td"));
    let cells: Vec<&str> = cells.map(|node| node.text().unwrap_or_default()).collect();
    assert!(cells.len() > 100);
    assert!(
        cells.iter().all(|cell| cell.is_empty() || *cell == "–"),
        "{cells:?}"
    );
}

#[test]
fn names_and_messages_are_text() {
    let hostile = "</title><script>alert('x')</script><img src=x onerror=alert(1)>\u{0}";
    let mut document = fixture::office();
    document.input.file = hostile.into();
    document.warnings[0].message = hostile.into();
    document.warnings[0].code = hostile.into();
    document.octaves[1].flags = vec![hostile.into()];
    document.engine.version = hostile.into();
    let documents = [document];
    let summary = summarise(&documents, fixture::engine());
    for page in [html(&documents[0]), html_summary(&summary, &documents)] {
        let parsed = parse(&page).unwrap();
        let bad = |node: &roxmltree::Node<'_, '_>| {
            node.has_tag_name("script") || node.has_tag_name("img")
        };
        assert!(!parsed.descendants().any(|node| bad(&node)));
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\0'));
        assert!(page.contains("&lt;script&gt;"));
    }
}

#[test]
fn what_is_not_finite_is_missing() {
    let mut document = fixture::office();
    document.octaves[2].t30_s = Some(f64::NAN);
    document.octaves[2].c50_db = Some(f64::NEG_INFINITY);
    if let Some(mid) = &mut document.mid {
        mid.t30_s = Some(f64::NAN);
    }
    let page = html(&document);
    assert!(page.contains("T₂₀ mid 0.53 s (T₃₀ not evaluable)"));
    assert!(!page.contains("NaN") && !page.contains(">inf"));
}

#[test]
fn a_summary_counts_positions_and_spreads() {
    let (_, page) = &pages()[3];
    for words in [
        "Positions evaluated: 2 of 3",
        "T₃₀ mid 0.59 ± 0.08 s",
        "0.63 ± 0.08 (2)",
        "– (0)",
        "does not count: NO_SYNC",
        "Play the whole signal",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_summary_marks_flagged_means_explains_gaps_and_gives_each_remedy_once() {
    let documents = [
        fixture::position("a.wav", 1.0),
        fixture::position("b.wav", 1.1),
    ];
    let summary = summarise(&documents, fixture::engine());
    let page = html_summary(&summary, &documents);
    let table = page.split("Means per octave").nth(1).unwrap();
    let table = table.split("Positions").next().unwrap();
    assert!(
        table.contains(">▲</td>") && table.contains("▲ LOW_INR"),
        "{table}"
    );
    assert!(table.contains("– 63 Hz"), "a gap has no reason: {table}");
    let positions = page.split("Positions</h2>").nth(1).unwrap();
    let list = positions.split("<details").next().unwrap();
    let warning = &documents[0].warnings[0];
    let told = format!(">{}</span> (2 of 2 positions): ", warning.code);
    assert_eq!(list.matches(&told).count(), 1, "{list}");
}

#[test]
fn a_warning_that_a_position_has_twice_counts_it_once() {
    let mut documents = [
        fixture::position("a.wav", 1.0),
        fixture::position("b.wav", 1.1),
    ];
    let warning = documents[0].warnings[0].clone();
    documents[0].warnings.push(warning.clone());
    let shared = report::shared_warnings(&documents);
    let same: Vec<_> = shared
        .iter()
        .filter(|one| one.code == warning.code)
        .collect();
    assert_eq!(same.len(), 1);
    assert_eq!(
        same[0].positions, 2,
        "two warnings of one, one of the other"
    );
}
