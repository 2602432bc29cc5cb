//! Several positions of one room: means with spread, a plot of all, and what each position gave.

use contract::analysis::{AnalysisDocument, Outcome};
use contract::parameters::Parameters;
use contract::summary::{PositionFile, Spread, SummaryDocument};

use super::{figures, tables, verdict};
use crate::format;
use crate::markup::{Markup, attributes};
use crate::plot;
use crate::quantity::{self, Quantity};
use crate::summary::{OCTAVE_COLUMNS, shared_warnings, summary_remarks};
use crate::words;

/// Writes headline, plot, tables and the list of positions.
pub(super) fn write(main: &mut Markup, summary: &SummaryDocument, documents: &[AnalysisDocument]) {
    main.element(
        "p",
        &attributes! {"class" => "headline"},
        &headline(summary),
    );
    main.element("p", &attributes! {"class" => "verdict"}, &counted(summary));
    if let Some(card) = plot::spread::draw(summary, documents) {
        let caption = "How much the positions differ. A wide spread asks for more positions.";
        figures::figure(main, &card, caption);
    }
    if !summary.octaves.is_empty() {
        main.element("h2", &[], "Means per octave");
        octave_table(main, summary, documents);
    }
    main.element("h2", &[], "Positions");
    files(main, summary, documents);
    remedies(main, documents);
    for document in documents {
        details(main, document);
    }
}

fn headline(summary: &SummaryDocument) -> String {
    let mid = &summary.mid;
    let reverberation = if mid.t30_s.n > 0 || mid.t20_s.n == 0 {
        ("T₃₀ mid", mid.t30_s)
    } else {
        ("T₂₀ mid", mid.t20_s)
    };
    let parts = [
        (reverberation.0, reverberation.1, quantity::T30),
        ("C₅₀ mid", mid.c50_db, quantity::C50),
        ("STI", summary.sti, quantity::D50),
    ];
    let words = parts.map(|(name, spread, like)| {
        let unit = if like.unit.is_empty() { "" } else { " " };
        match spread.mean {
            Some(_) => format!("{name} {}{unit}{}", value(spread, like), like.unit),
            None => format!("{name} not evaluable"),
        }
    });
    words.join(" · ")
}

fn counted(summary: &SummaryDocument) -> String {
    let all = summary.files.len();
    let usable = summary
        .files
        .iter()
        .filter(|file| file.outcome == Outcome::Ok)
        .count();
    if usable == all {
        format!("Positions evaluated: {usable}.")
    } else {
        format!("Positions evaluated: {usable} of {all}; the others do not count.")
    }
}

fn octave_table(main: &mut Markup, summary: &SummaryDocument, documents: &[AnalysisDocument]) {
    let pooled = summary_remarks(summary, documents);
    let heads = OCTAVE_COLUMNS.map(|(quantity, _)| quantity.heading());
    tables::remarked(main, "Octave", &heads, |body| {
        for (octave, remarks) in summary.octaves.iter().zip(&pooled) {
            let cells = OCTAVE_COLUMNS.map(|(quantity, spread)| cell(spread(octave), quantity));
            body.nest("tr", &[], |tr| {
                tables::row(tr, &format::frequency_hz(octave.center_hz), &cells);
                tr.element("td", &attributes! {"class" => "remarks"}, sign(remarks));
            });
        }
    });
    let words = "Mean ± standard deviation over positions; in brackets the number of positions that \
                 gave a value. A remark holds for at least one of the positions.";
    main.element("p", &attributes! {"class" => "remark"}, words);
    let rows: Vec<&Parameters> = pooled.iter().collect();
    tables::explanations(main, &rows, &OCTAVE_COLUMNS.map(|(quantity, _)| quantity));
}

/// The sign of a flagged octave: the list below names the codes, which would widen the table.
const fn sign(remarks: &Parameters) -> &'static str {
    if remarks.flags.is_empty() { "" } else { "▲" }
}

/// What to do about each warning, once.
fn remedies(main: &mut Markup, documents: &[AnalysisDocument]) {
    let warnings = shared_warnings(documents);
    if warnings.is_empty() {
        return;
    }
    main.nest("ul", &attributes! {"class" => "reasons"}, |list| {
        for warning in warnings {
            list.nest("li", &[], |li| {
                li.element("span", &attributes! {"class" => "code"}, warning.code);
                let (count, all) = (warning.positions, documents.len());
                let remedy = words::sentence(warning.remedy);
                li.text(&format!(" ({count} of {all} positions): {remedy}"));
            });
        }
    });
}

fn cell(spread: Spread, quantity: Quantity) -> String {
    match spread.mean {
        Some(_) => format!("{} ({})", value(spread, quantity), spread.n),
        None => format!("{} (0)", format::MISSING),
    }
}

fn value(spread: Spread, quantity: Quantity) -> String {
    let mean = format::or_missing(spread.mean, quantity.format);
    match spread.standard_deviation {
        Some(deviation) => format!("{mean} ± {}", (quantity.format)(deviation)),
        None => mean,
    }
}

fn files(main: &mut Markup, summary: &SummaryDocument, documents: &[AnalysisDocument]) {
    tables::scrolling(main, |table| {
        table.nest("thead", &[], |head| head.nest("tr", &[], file_heads));
        table.nest("tbody", &[], |body| {
            for file in &summary.files {
                body.nest("tr", &[], |tr| position(tr, file, documents));
            }
        });
    });
}

fn file_heads(tr: &mut Markup) {
    for name in ["File", "Result", "Warnings"] {
        let class = attributes! {"scope" => "col", "class" => "words"};
        tr.element("th", &class, name);
    }
}

fn position(tr: &mut Markup, file: &PositionFile, documents: &[AnalysisDocument]) {
    let analysis = documents
        .iter()
        .find(|document| document.input.sha256 == file.sha256 && document.input.file == file.file);
    let result = match (analysis, &file.failure_code) {
        (Some(document), None) => words::headline(document),
        (None, None) => "evaluated".to_owned(),
        (_, Some(code)) => format!("does not count: {code}"),
    };
    let class = || attributes! {"class" => "words"};
    tr.nest("td", &class(), |td| td.element("bdi", &[], &file.file));
    tr.element("td", &class(), &result);
    tr.element("td", &class(), &file.warning_codes.join(", "));
}

/// Failure and warnings of one position, folded on a screen; nothing if there are none.
fn details(main: &mut Markup, document: &AnalysisDocument) {
    if document.failure.is_none() && document.warnings.is_empty() {
        return;
    }
    main.nest("details", &[], |details| {
        details.nest("summary", &[], |summary| {
            summary.text("Remarks on ");
            summary.element("bdi", &[], &document.input.file);
        });
        verdict::notices(details, document);
    });
}
