//! The numbers per band: what describes the room, what describes the measurement, and why a number is
//! missing or doubtful.

use contract::parameters::Parameters;

use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity::{self, Quantity};
use crate::words;

/// Writes the tables of octaves and thirds with their explanations.
pub(super) fn write(main: &mut Markup, found: Evaluation<'_>) {
    let broadband = found.broadband.into_iter();
    let rows: Vec<&Parameters> = broadband.chain(found.octaves).collect();
    if !rows.is_empty() {
        main.element("h2", &[], "Parameters per octave");
        octaves(main, found);
        main.nest("details", &[], |details| {
            details.element("summary", &[], "Quality of the decays, octaves");
            bands(details, &rows, &quantity::QUALITY);
        });
    }
    if !found.thirds.is_empty() {
        let thirds: Vec<&Parameters> = found.thirds.iter().collect();
        main.nest("details", &[], |details| {
            details.element("summary", &[], "Parameters per third of an octave");
            bands(details, &thirds, &quantity::ROOM);
            details.element("h3", &[], "Quality of the decays");
            bands(details, &thirds, &quantity::QUALITY);
        });
    }
}

/// The parameters of the room per octave, without a heading.
pub(super) fn octaves(main: &mut Markup, found: Evaluation<'_>) {
    let rows: Vec<&Parameters> = found.broadband.into_iter().chain(found.octaves).collect();
    bands(main, &rows, &quantity::ROOM);
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
            head.nest("tr", &[], |tr| column_heads(tr, corner, heads));
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
        scroll.nest("table", &[], content);
    });
}

pub(super) fn row(tr: &mut Markup, name: &str, cells: &[String]) {
    tr.element("th", &attributes! {"scope" => "row"}, name);
    for cell in cells {
        tr.element("td", &[], cell);
    }
}

pub(super) fn column_heads(tr: &mut Markup, corner: &str, heads: &[String]) {
    tr.element("th", &attributes! {"scope" => "col"}, corner);
    for name in heads {
        tr.element("th", &attributes! {"scope" => "col"}, name);
    }
}

/// A table of some quantities, and below it why values are doubtful or missing.
fn bands(main: &mut Markup, rows: &[&Parameters], quantities: &[Quantity]) {
    let heads: Vec<String> = quantities.iter().map(Quantity::heading).collect();
    remarked(main, "Band", &heads, |body| {
        for band in rows {
            body.nest("tr", &[], |tr| band_row(tr, band, quantities));
        }
    });
    explanations(main, rows, quantities);
}

/// A table whose last column holds remarks; `rows` writes what is below the heads.
pub(super) fn remarked(
    main: &mut Markup,
    corner: &str,
    heads: &[String],
    rows: impl FnOnce(&mut Markup),
) {
    scrolling(main, |table| {
        table.nest("thead", &[], |head| {
            head.nest("tr", &[], |tr| {
                column_heads(tr, corner, heads);
                let words = attributes! {"scope" => "col", "class" => "words"};
                tr.element("th", &words, "Remarks");
            });
        });
        table.nest("tbody", &[], rows);
    });
}

fn band_row(tr: &mut Markup, band: &Parameters, quantities: &[Quantity]) {
    let cells: Vec<String> = quantities.iter().map(|each| each.text(band)).collect();
    row(tr, &name(band), &cells);
    tr.element("td", &attributes! {"class" => "remarks"}, &remark(band));
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
pub(super) fn explanations(main: &mut Markup, rows: &[&Parameters], quantities: &[Quantity]) {
    let flags = flags(rows);
    let reasons = reasons(rows, quantities);
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

fn reasons(rows: &[&Parameters], quantities: &[Quantity]) -> Shared {
    let mut shared = Shared::new();
    for band in rows {
        for (message, symbols) in reasons_of(band, quantities) {
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
fn reasons_of(band: &Parameters, quantities: &[Quantity]) -> Shared {
    let mut shared = Shared::new();
    for quantity in quantities {
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
