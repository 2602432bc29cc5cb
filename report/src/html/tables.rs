//! The numbers per band: what describes the room, what describes the measurement, and why a number is
//! missing or doubtful.

use contract::analysis::AnalysisDocument;
use contract::parameters::Parameters;

use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity::{self, Quantity};
use crate::words;

/// Writes the tables of octaves and thirds with their explanations.
pub(super) fn write(main: &mut Markup, document: &AnalysisDocument) {
    let broadband = document.broadband.iter();
    let rows: Vec<&Parameters> = broadband.chain(&document.octaves).collect();
    if !rows.is_empty() {
        main.element("h2", &[], "Parameters per octave");
        bands(main, &rows, &quantity::ROOM);
        explanations(main, &rows);
        main.nest("details", &[], |details| {
            details.element("summary", &[], "Quality of the decays, octaves");
            bands(details, &rows, &quantity::QUALITY);
        });
    }
    if !document.thirds.is_empty() {
        let thirds: Vec<&Parameters> = document.thirds.iter().collect();
        main.nest("details", &[], |details| {
            details.element("summary", &[], "Parameters per third of an octave");
            bands(details, &thirds, &quantity::ROOM);
            explanations(details, &thirds);
            details.element("h3", &[], "Quality of the decays");
            bands(details, &thirds, &quantity::QUALITY);
        });
    }
}

/// A table with one column a name in `heads`, inside a container that scrolls sideways.
pub(super) fn wide(
    main: &mut Markup,
    corner: &str,
    heads: &[String],
    rows: impl Iterator<Item = (impl AsRef<str>, Vec<String>)>,
) {
    scrolling(main, |table| {
        table.nest("thead", &[], |head| {
            head.nest("tr", &[], |tr| {
                tr.element("th", &attributes! {"scope" => "col"}, corner);
                for name in heads {
                    tr.element("th", &attributes! {"scope" => "col"}, name);
                }
            });
        });
        table.nest("tbody", &[], |body| {
            for (name, cells) in rows {
                body.nest("tr", &[], |tr| row(tr, name.as_ref(), &cells));
            }
        });
    });
}

/// A table inside a container that scrolls sideways, reachable by keyboard.
pub(super) fn scrolling(main: &mut Markup, content: impl FnOnce(&mut Markup)) {
    let container = attributes! {"class" => "scroll", "tabindex" => "0"};
    main.nest("div", &container, |scroll| {
        scroll.nest("table", &[], content)
    });
}

fn row(tr: &mut Markup, name: &str, cells: &[String]) {
    tr.element("th", &attributes! {"scope" => "row"}, name);
    for cell in cells {
        tr.element("td", &[], cell);
    }
}

fn bands(main: &mut Markup, rows: &[&Parameters], quantities: &[Quantity]) {
    scrolling(main, |table| {
        table.nest("thead", &[], |head| {
            head.nest("tr", &[], |tr| {
                tr.element("th", &attributes! {"scope" => "col"}, "Band");
                for quantity in quantities {
                    tr.element("th", &attributes! {"scope" => "col"}, &quantity.heading());
                }
                let words = attributes! {"scope" => "col", "class" => "words"};
                tr.element("th", &words, "Remarks");
            });
        });
        table.nest("tbody", &[], |body| {
            for band in rows {
                let cells: Vec<String> = quantities.iter().map(|each| each.text(band)).collect();
                body.nest("tr", &[], |tr| {
                    row(tr, &name(band), &cells);
                    tr.element("td", &attributes! {"class" => "words"}, &remark(band));
                });
            }
        });
    });
}

fn name(band: &Parameters) -> String {
    let centre = band.center_hz.map(format::frequency_hz);
    centre.unwrap_or_else(|| "Broadband".to_owned())
}

fn remark(band: &Parameters) -> String {
    if band.flags.is_empty() {
        String::new()
    } else {
        format!("▲ {}", band.flags.join(", "))
    }
}

/// What the flags mean, and why numbers are missing: bands with the same reason together.
fn explanations(main: &mut Markup, rows: &[&Parameters]) {
    let flags = flags(rows);
    let reasons = reasons(rows);
    if flags.is_empty() && reasons.is_empty() {
        return;
    }
    main.nest("ul", &attributes! {"class" => "reasons"}, |list| {
        for (code, bands) in flags {
            list.nest("li", &[], |li| {
                li.element("strong", &[], &format!("▲ {code}"));
                li.text(&format!(" ({}): {}.", bands.join(", "), words::flag(&code)));
            });
        }
        for (reason, bands) in reasons {
            list.nest("li", &[], |li| {
                li.element("strong", &[], &format!("– {}", bands.join(", ")));
                li.text(&format!(": {reason}"));
            });
        }
    });
}

/// Items with the names of the bands that share them, in the order of first sight.
type Shared = Vec<(String, Vec<String>)>;

fn flags(rows: &[&Parameters]) -> Shared {
    let mut shared = Shared::new();
    for band in rows {
        for code in &band.flags {
            share(&mut shared, code.clone(), name(band));
        }
    }
    shared
}

fn reasons(rows: &[&Parameters]) -> Shared {
    let mut shared = Shared::new();
    for band in rows {
        for (message, symbols) in reasons_of(band) {
            share(
                &mut shared,
                format!("{}: {message}", symbols.join(", ")),
                name(band),
            );
        }
    }
    shared
}

/// The messages of one band, each with the quantities that it withholds.
fn reasons_of(band: &Parameters) -> Shared {
    let mut shared = Shared::new();
    for quantity in quantity::all() {
        if let Some(reason) = band.not_evaluable.get(quantity.key) {
            share(
                &mut shared,
                reason.message.clone(),
                quantity.symbol.to_owned(),
            );
        }
    }
    shared
}

fn share(shared: &mut Shared, item: String, holder: String) {
    match shared.iter_mut().find(|(known, _)| *known == item) {
        Some((_, holders)) => holders.push(holder),
        None => shared.push((item, vec![holder])),
    }
}
