//! Several positions of one room taken together (ISO 3382-2:2008, 8.2: arithmetic means of the
//! reverberation times of the positions).
//!
//! A position at which a quantity has no value does not count for that quantity; `n` says how many
//! did. The spread is the sample standard deviation, null for fewer than two positions.

use contract::analysis::{AnalysisDocument, Engine, Outcome};
use contract::parameters::{Mid, Parameters};
use contract::speech::Sti;
use contract::summary::{
    MidSummary, OctaveSummary, PositionFile, SUMMARY_SCHEMA, Spread, SummaryDocument,
};

use crate::quantity::{self, Quantity};

/// Means and spreads over the positions `documents`, in their order; failed ones are listed only.
pub fn summarise(documents: &[AnalysisDocument], engine: Engine) -> SummaryDocument {
    SummaryDocument {
        schema: SUMMARY_SCHEMA.to_owned(),
        files: documents.iter().map(position).collect(),
        octaves: centres(documents)
            .into_iter()
            .map(|center_hz| octave(documents, center_hz))
            .collect(),
        mid: MidSummary {
            t20_s: mid(documents, |mid| mid.t20_s),
            t30_s: mid(documents, |mid| mid.t30_s),
            edt_s: mid(documents, |mid| mid.edt_s),
            c50_db: mid(documents, |mid| mid.c50_db),
        },
        sti: spread(documents.iter().map(index)),
        engine,
    }
}

fn position(document: &AnalysisDocument) -> PositionFile {
    PositionFile {
        file: document.input.file.clone(),
        sha256: document.input.sha256.clone(),
        outcome: document.outcome,
        failure_code: document
            .failure
            .as_ref()
            .map(|failure| failure.code.clone()),
        warning_codes: document
            .warnings
            .iter()
            .map(|warning| warning.code.clone())
            .collect(),
    }
}

/// Nominal centres that occur in any document, ascending.
fn centres(documents: &[AnalysisDocument]) -> Vec<f64> {
    let mut centres: Vec<f64> = usable(documents)
        .flat_map(|document| &document.octaves)
        .filter_map(|band| band.center_hz)
        .collect();
    centres.sort_by(f64::total_cmp);
    centres.dedup_by(|a, b| same_band(*a, *b));
    centres
}

fn octave(documents: &[AnalysisDocument], center_hz: f64) -> OctaveSummary {
    let bands = bands(documents, center_hz);
    let of = |quantity: Quantity| spread(bands.iter().map(|band| quantity.of(band)));
    OctaveSummary {
        center_hz,
        edt_s: of(quantity::EDT),
        t20_s: of(quantity::T20),
        t30_s: of(quantity::T30),
        c50_db: of(quantity::C50),
        c80_db: of(quantity::C80),
        d50: of(quantity::D50),
        ts_ms: of(quantity::TS),
    }
}

/// What the positions remark on the means: per octave of the summary all their flags, and for each quantity that no
/// position gave the first reason.
pub fn summary_remarks(
    summary: &SummaryDocument,
    documents: &[AnalysisDocument],
) -> Vec<Parameters> {
    let octaves = summary.octaves.iter();
    octaves.map(|octave| remarks(octave, documents)).collect()
}

fn remarks(octave: &OctaveSummary, documents: &[AnalysisDocument]) -> Parameters {
    let mut pooled = Parameters {
        center_hz: Some(octave.center_hz),
        ..Parameters::default()
    };
    for band in bands(documents, octave.center_hz) {
        for flag in &band.flags {
            if !pooled.flags.contains(flag) {
                pooled.flags.push(flag.clone());
            }
        }
        for (key, reason) in &band.not_evaluable {
            let known = &mut pooled.not_evaluable;
            known.entry(key.clone()).or_insert_with(|| reason.clone());
        }
    }
    let is_missing = |key: &str| {
        let mut known = OCTAVE_COLUMNS.iter();
        known.any(|(quantity, spread)| quantity.key == key && spread(octave).n == 0)
    };
    pooled.not_evaluable.retain(|key, _| is_missing(key));
    pooled
}

/// A quantity and its spread in an octave.
pub(crate) type OctaveColumn = (Quantity, fn(&OctaveSummary) -> Spread);

/// The quantities of an octave of a summary, in the order of reports.
pub(crate) const OCTAVE_COLUMNS: [OctaveColumn; 7] = [
    (quantity::EDT, |octave| octave.edt_s),
    (quantity::T20, |octave| octave.t20_s),
    (quantity::T30, |octave| octave.t30_s),
    (quantity::C50, |octave| octave.c50_db),
    (quantity::C80, |octave| octave.c80_db),
    (quantity::D50, |octave| octave.d50),
    (quantity::TS, |octave| octave.ts_ms),
];

/// The band of this centre in every document that has it.
fn bands(documents: &[AnalysisDocument], center_hz: f64) -> Vec<&Parameters> {
    usable(documents)
        .flat_map(|document| &document.octaves)
        .filter(|band| {
            band.center_hz
                .is_some_and(|centre| same_band(centre, center_hz))
        })
        .collect()
}

/// A warning that positions have, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedWarning<'a> {
    /// Its code.
    pub code: &'a str,
    /// What to do.
    pub remedy: &'a str,
    /// How many positions have it.
    pub positions: usize,
}

/// Each code of a warning once, in the order of first sight.
pub fn shared_warnings(documents: &[AnalysisDocument]) -> Vec<SharedWarning<'_>> {
    let mut told: Vec<SharedWarning<'_>> = Vec::new();
    for document in documents {
        let all = &document.warnings;
        for (before, warning) in all.iter().enumerate() {
            if all[..before].iter().any(|other| other.code == warning.code) {
                continue;
            }
            match told.iter_mut().find(|known| known.code == warning.code) {
                Some(known) => known.positions += 1,
                None => told.push(SharedWarning {
                    code: &warning.code,
                    remedy: &warning.remedy,
                    positions: 1,
                }),
            }
        }
    }
    told
}

fn mid(documents: &[AnalysisDocument], value: fn(&Mid) -> Option<f64>) -> Spread {
    spread(usable(documents).map(|document| document.mid.as_ref().and_then(value)))
}

fn index(document: &AnalysisDocument) -> Option<f64> {
    match &document.sti {
        Some(Sti::Evaluated(speech)) => Some(speech.sti),
        Some(Sti::Withheld(_)) | None => None,
    }
}

fn usable(documents: &[AnalysisDocument]) -> impl Iterator<Item = &AnalysisDocument> {
    documents
        .iter()
        .filter(|document| document.outcome == Outcome::Ok)
}

fn spread(values: impl Iterator<Item = Option<f64>>) -> Spread {
    let values: Vec<f64> = values.flatten().filter(|value| value.is_finite()).collect();
    let count = values.len() as f64;
    if values.is_empty() {
        return Spread::default();
    }
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Spread {
        mean: Some(mean),
        standard_deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
        n: u32::try_from(values.len()).unwrap_or(u32::MAX),
    }
}

/// Nominal centres are at least a third of an octave apart.
pub(crate) fn same_band(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 0.05
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_count_only_values() {
        let spread = spread([Some(0.5), None, Some(0.7), Some(f64::NAN)].into_iter());
        assert_eq!(spread.n, 2);
        assert!((spread.mean.unwrap() - 0.6).abs() < 1e-12);
        assert!((spread.standard_deviation.unwrap() - 0.02f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn one_position_has_no_spread_and_none_no_mean() {
        let one = spread([Some(0.5)].into_iter());
        assert_eq!(
            (one.mean, one.standard_deviation, one.n),
            (Some(0.5), None, 1)
        );
        assert_eq!(spread([None, None].into_iter()), Spread::default());
    }
}
