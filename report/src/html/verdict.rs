//! Whether the result can be trusted: the failure with its remedy, or a sentence on what could be
//! evaluated, and every warning with what to do about it.

use contract::analysis::{AnalysisDocument, Outcome, Warning};
use contract::parameters::Parameters;

use crate::format;
use crate::markup::{Markup, attributes};
use crate::quantity::{self, Quantity};
use crate::words;

/// Writes the failure, or the verdict and the warnings.
pub(super) fn write(main: &mut Markup, document: &AnalysisDocument) {
    if document.outcome == Outcome::Ok {
        let verdict = verdict(document);
        main.element("p", &attributes! {"class" => "verdict"}, &verdict);
    }
    notices(main, document);
}

/// A box for the failure and for each warning, with code, message and remedy.
pub(super) fn notices(main: &mut Markup, document: &AnalysisDocument) {
    if let Some(failure) = &document.failure {
        let parts = [&failure.code, &failure.message, &failure.remedy];
        notice(main, "box failure", "Not evaluated ", parts);
    }
    warnings(main, &document.warnings);
}

/// A box for each warning.
pub(super) fn warnings(main: &mut Markup, all: &[Warning]) {
    for warning in all {
        let parts = [&warning.code, &warning.message, &warning.remedy];
        notice(main, "box warning", "Warning ", parts);
    }
}

fn notice(
    main: &mut Markup,
    class: &'static str,
    kind: &str,
    [code, message, remedy]: [&String; 3],
) {
    main.nest("section", &attributes! {"class" => class}, |section| {
        section.nest("p", &[], |p| {
            p.text(kind);
            p.element("span", &attributes! {"class" => "code"}, code);
        });
        section.element("p", &[], &words::sentence(message));
        section.nest("p", &[], |p| {
            p.element("strong", &[], "What to do: ");
            p.text(&words::sentence(remedy));
        });
    });
}

/// What could be evaluated, in a sentence or two.
fn verdict(document: &AnalysisDocument) -> String {
    let bands = if document.octaves.is_empty() {
        &document.thirds
    } else {
        &document.octaves
    };
    let warnings = match document.warnings.len() {
        0 => "No warnings.".to_owned(),
        1 => "One warning, with its remedy below.".to_owned(),
        count => format!("{count} warnings, with their remedies below."),
    };
    if bands.is_empty() {
        return format!("No bands were asked for. {warnings}");
    }
    let t30 = coverage(bands, quantity::T30);
    let t20 = coverage(bands, quantity::T20);
    format!("{t30}; {t20}. {warnings}")
}

/// In how many bands a quantity has a value, and in which it has none.
fn coverage(bands: &[Parameters], quantity: Quantity) -> String {
    let missing: Vec<String> = bands
        .iter()
        .filter(|band| quantity.of(band).is_none())
        .map(|band| format::or_missing(band.center_hz, format::frequency_hz))
        .collect();
    let (symbol, given) = (quantity.symbol, bands.len() - missing.len());
    if missing.is_empty() {
        format!("{symbol} in all {given} bands")
    } else if given == 0 {
        format!("{symbol} in no band")
    } else {
        format!(
            "{symbol} in {given} of {} bands (not {})",
            bands.len(),
            missing.join(", ")
        )
    }
}
