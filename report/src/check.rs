//! Whether a document keeps the promises of the contract that its types cannot keep.
//!
//! Two promises: every number is finite (JSON would turn a NaN into a silent `null`), and every
//! quantity that is null says why. Builders of documents call these in their tests and before
//! writing; reports do not depend on it and show what is missing as missing.

use contract::analysis::{AnalysisDocument, Noise};
use contract::curves::Curves;
use contract::parameters::{Mid, Parameters, Reasons};
use contract::speech::Sti;

use crate::quantity;

/// Path of the first number that is NaN or infinite, e.g. `octaves[2].t30_s`; none if all are finite.
pub fn first_non_finite(document: &AnalysisDocument) -> Option<String> {
    numbers(document)
        .into_iter()
        .find(|(_, value)| !value.is_finite())
        .map(|(path, _)| path)
}

/// Paths of the quantities that are null without a reason, e.g. `mid.t30_s`.
pub fn unexplained(document: &AnalysisDocument) -> Vec<String> {
    let mut paths = Vec::new();
    for (place, band) in bands(document) {
        for quantity in quantity::all() {
            if (quantity.value)(band).is_none() && !band.not_evaluable.contains_key(quantity.key) {
                paths.push(format!("{place}.{}", quantity.key));
            }
        }
    }
    if let Some(mid) = &document.mid {
        paths.extend(unexplained_mid(mid));
    }
    paths
}

fn unexplained_mid(mid: &Mid) -> impl Iterator<Item = String> {
    mid_values(mid)
        .into_iter()
        .filter(|(name, value)| value.is_none() && !mid.not_evaluable.contains_key(*name))
        .map(|(name, _)| format!("mid.{name}"))
}

/// Every number of the document with its path.
fn numbers(document: &AnalysisDocument) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    input_numbers(document, &mut found);
    for (place, band) in bands(document) {
        band_numbers(&place, band, &mut found);
    }
    if let Some(mid) = &document.mid {
        for (name, value) in mid_values(mid) {
            found.extend(value.map(|value| (format!("mid.{name}"), value)));
        }
        reason_numbers("mid", &mid.not_evaluable, &mut found);
    }
    if let Some(Sti::Evaluated(speech)) = &document.sti {
        found.push(("sti.sti".to_owned(), speech.sti));
        series("sti.mti", &speech.mti, &mut found);
        series("sti.mtf", speech.mtf.as_flattened(), &mut found);
    }
    if let Some(response) = &document.frequency_response {
        let place = "frequency_response";
        series(
            &format!("{place}.frequency_hz"),
            &response.frequency_hz,
            &mut found,
        );
        series(&format!("{place}.level_db"), &response.level_db, &mut found);
    }
    if let Some(curves) = &document.curves {
        curve_numbers(curves, &mut found);
    }
    noise_numbers(document, &mut found);
    found
}

fn input_numbers(document: &AnalysisDocument, found: &mut Vec<(String, f64)>) {
    let mut add = |path: &str, value: Option<f64>| {
        found.extend(value.map(|value| (path.to_owned(), value)));
    };
    add("input.duration_s", document.input.duration_s);
    if let Some(alignment) = &document.alignment {
        add("alignment.start_chirp_sample", alignment.start_chirp_sample);
        add("alignment.end_chirp_sample", alignment.end_chirp_sample);
        add("alignment.skew_ppm", alignment.skew_ppm);
        add("alignment.snr_db", alignment.snr_db);
    }
}

fn band_numbers(place: &str, band: &Parameters, found: &mut Vec<(String, f64)>) {
    found.extend(
        band.center_hz
            .map(|value| (format!("{place}.center_hz"), value)),
    );
    for quantity in quantity::all() {
        let value = (quantity.value)(band);
        found.extend(value.map(|value| (format!("{place}.{}", quantity.key), value)));
    }
    reason_numbers(place, &band.not_evaluable, found);
}

fn reason_numbers(place: &str, reasons: &Reasons, found: &mut Vec<(String, f64)>) {
    for (name, reason) in reasons {
        for (field, value) in [("needed", reason.needed), ("found", reason.found)] {
            let path = || format!("{place}.not_evaluable.{name}.{field}");
            found.extend(value.map(|value| (path(), value)));
        }
    }
}

fn curve_numbers(curves: &Curves, found: &mut Vec<(String, f64)>) {
    for (index, band) in curves.bands.iter().enumerate() {
        let place = format!("curves.bands[{index}]");
        found.extend(
            band.center_hz
                .map(|value| (format!("{place}.center_hz"), value)),
        );
        series(&format!("{place}.time_s"), &band.time_s, found);
        series(&format!("{place}.edc_db"), &band.edc_db, found);
        let fits = [
            ("edt", band.fits.edt),
            ("t20", band.fits.t20),
            ("t30", band.fits.t30),
        ];
        for (name, fit) in fits {
            if let Some(fit) = fit {
                let at = format!("{place}.fits.{name}");
                found.push((format!("{at}.slope_db_per_s"), fit.slope_db_per_s));
                found.push((format!("{at}.intercept_db"), fit.intercept_db));
            }
        }
    }
    series("curves.etc.time_s", &curves.etc.time_s, found);
    series("curves.etc.level_db", &curves.etc.level_db, found);
}

fn noise_numbers(document: &AnalysisDocument, found: &mut Vec<(String, f64)>) {
    let Some(Noise::Measured(noise)) = &document.noise else {
        return;
    };
    found.push(("noise.duration_s".to_owned(), noise.duration_s));
    for (index, level) in noise.octaves.iter().enumerate() {
        let place = format!("noise.octaves[{index}]");
        found.push((format!("{place}.center_hz"), level.center_hz));
        found.push((format!("{place}.level_dbfs"), level.level_dbfs));
        found.extend(
            level
                .level_db_spl
                .map(|value| (format!("{place}.level_db_spl"), value)),
        );
    }
}

fn series(path: &str, values: &[f64], found: &mut Vec<(String, f64)>) {
    let named = |(index, value): (usize, &f64)| (format!("{path}[{index}]"), *value);
    found.extend(values.iter().enumerate().map(named));
}

fn mid_values(mid: &Mid) -> [(&'static str, Option<f64>); 4] {
    [
        ("t20_s", mid.t20_s),
        ("t30_s", mid.t30_s),
        ("edt_s", mid.edt_s),
        ("c50_db", mid.c50_db),
    ]
}

/// Every row of parameters with its path.
fn bands(document: &AnalysisDocument) -> Vec<(String, &Parameters)> {
    let broadband = document
        .broadband
        .iter()
        .map(|band| ("broadband".to_owned(), band));
    let octaves = document.octaves.iter().enumerate();
    let thirds = document.thirds.iter().enumerate();
    broadband
        .chain(octaves.map(|(index, band)| (format!("octaves[{index}]"), band)))
        .chain(thirds.map(|(index, band)| (format!("thirds[{index}]"), band)))
        .collect()
}
