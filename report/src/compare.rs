//! How analyses differ: octaves, single numbers and the speech transmission index, each difference in the quantity's
//! unit and in just-noticeable differences (ISO 3382-1:2009, table A.1; see [`room_metrics::Compared`]).
//!
//! What one of the documents lacks, or what means something else in each, is listed with the reason, never skipped.

use contract::analysis::{AnalysisDocument, Engine};
use contract::comparison::{
    COMPARISON_SCHEMA, ComparedFile, Comparison, ComparisonDocument, Difference, NotCompared,
    Place, Verdict,
};
use contract::parameters::{Mid, Parameters, Reasons};
use contract::speech::{SpeechTransmission, Sti};
use room_metrics::Compared;

use crate::quantity::{self, Quantity};
use crate::summary::same_band;

/// Most just-noticeable differences that count as not noticeable, and as no more than noticeable.
const LIMITS_JND: (f64, f64) = (1.0, 3.0);

/// What can be compared in an octave.
const OCTAVE: [(Quantity, Compared); 7] = [
    (quantity::EDT, Compared::DecayTime),
    (quantity::T20, Compared::DecayTime),
    (quantity::T30, Compared::DecayTime),
    (quantity::C50, Compared::Clarity),
    (quantity::C80, Compared::Clarity),
    (quantity::D50, Compared::Definition),
    (quantity::TS, Compared::CentreTime),
];

/// A single number: its key, its kind and its value.
type Single = (&'static str, Compared, fn(&Mid) -> Option<f64>);

/// What can be compared among the single numbers.
const SINGLE: [Single; 4] = [
    ("edt_s", Compared::DecayTime, |mid| mid.edt_s),
    ("t20_s", Compared::DecayTime, |mid| mid.t20_s),
    ("t30_s", Compared::DecayTime, |mid| mid.t30_s),
    ("c50_db", Compared::Clarity, |mid| mid.c50_db),
];

/// How each of `others` differs from `reference`, in their order.
pub fn compare(
    reference: &AnalysisDocument,
    others: &[AnalysisDocument],
    engine: Engine,
) -> ComparisonDocument {
    ComparisonDocument {
        schema: COMPARISON_SCHEMA.to_owned(),
        reference: file(reference),
        comparisons: others.iter().map(|other| with(reference, other)).collect(),
        engine,
    }
}

fn file(document: &AnalysisDocument) -> ComparedFile {
    let codes = document.warnings.iter().map(|warning| warning.code.clone());
    ComparedFile {
        file: document.input.file.clone(),
        sha256: document.input.sha256.clone(),
        outcome: document.outcome,
        warning_codes: codes.collect(),
    }
}

fn with(reference: &AnalysisDocument, other: &AnalysisDocument) -> Comparison {
    let mut pairs = Vec::new();
    for center_hz in centres(reference, other) {
        octave(&mut pairs, (reference, other), center_hz);
    }
    single_numbers(&mut pairs, (reference, other));
    pairs.push(speech((reference, other)));
    let mut comparison = Comparison {
        other: file(other),
        differences: Vec::new(),
        not_compared: Vec::new(),
    };
    for pair in pairs {
        match pair.difference() {
            Ok(difference) => comparison.differences.push(difference),
            Err(reason) => comparison.not_compared.push(reason),
        }
    }
    comparison
}

/// One quantity on both sides, each a value or the reason why there is none.
struct Pair {
    place: Place,
    center_hz: Option<f64>,
    key: &'static str,
    kind: Compared,
    reference: Result<f64, String>,
    value: Result<f64, String>,
    flags: Vec<String>,
}

impl Pair {
    fn difference(self) -> Result<Difference, NotCompared> {
        let (place, center_hz, key) = (self.place, self.center_hz, self.key);
        let refused = |reason| NotCompared {
            place,
            center_hz,
            quantity: key.to_owned(),
            reason,
        };
        let (reference, value) = match (self.reference, self.value) {
            (Ok(reference), Ok(value)) => (reference, value),
            (Err(a), Err(b)) if a == b => return Err(refused(format!("both: {a}"))),
            (Err(a), Err(b)) => return Err(refused(format!("reference: {a}; other: {b}"))),
            (Err(a), Ok(_)) => return Err(refused(format!("reference: {a}"))),
            (Ok(_), Err(b)) => return Err(refused(format!("other: {b}"))),
        };
        let in_jnd = self.kind.in_jnd(value, reference).ok_or_else(|| {
            refused(format!(
                "around {reference} there is no just-noticeable difference"
            ))
        })?;
        Ok(Difference {
            place,
            center_hz,
            quantity: key.to_owned(),
            reference,
            value,
            difference: value - reference,
            just_noticeable: self.kind.just_noticeable(reference),
            in_jnd,
            verdict: verdict(in_jnd),
            flags: self.flags,
        })
    }
}

fn verdict(in_jnd: f64) -> Verdict {
    match in_jnd.abs() {
        size if size <= LIMITS_JND.0 => Verdict::NotNoticeable,
        size if size <= LIMITS_JND.1 => Verdict::Noticeable,
        _ => Verdict::Clear,
    }
}

/// Both documents, the reference first.
type Both<'a> = (&'a AnalysisDocument, &'a AnalysisDocument);

/// Nominal centres that occur in either document, ascending.
fn centres(reference: &AnalysisDocument, other: &AnalysisDocument) -> Vec<f64> {
    let bands = reference.octaves.iter().chain(&other.octaves);
    let mut centres: Vec<f64> = bands.filter_map(|band| band.center_hz).collect();
    centres.sort_by(f64::total_cmp);
    centres.dedup_by(|a, b| same_band(*a, *b));
    centres
}

fn octave(pairs: &mut Vec<Pair>, (reference, other): Both<'_>, center_hz: f64) {
    let bands = (band(reference, center_hz), band(other, center_hz));
    let carried = flags(&bands);
    for (quantity, kind) in OCTAVE {
        let value = |band: &Side<'_>| {
            let band = band.clone()?;
            let value = quantity.of(band);
            value.ok_or_else(|| reason(&band.not_evaluable, quantity.key))
        };
        pairs.push(Pair {
            place: Place::Octave,
            center_hz: Some(center_hz),
            key: quantity.key,
            kind,
            reference: value(&bands.0),
            value: value(&bands.1),
            flags: carried.clone(),
        });
    }
}

/// An octave of one document, or why there is none.
type Side<'a> = Result<&'a Parameters, String>;

/// The octave of a document.
fn band(document: &AnalysisDocument, center_hz: f64) -> Side<'_> {
    let is_same = |band: &&Parameters| {
        let centre = band.center_hz;
        centre.is_some_and(|centre| same_band(centre, center_hz))
    };
    let found = document.octaves.iter().find(is_same);
    found.ok_or_else(|| absent(document, "the document has no such octave"))
}

/// Why a part of a document is not there: it failed, or `otherwise`.
fn absent(document: &AnalysisDocument, otherwise: &str) -> String {
    let failure = document.failure.as_ref();
    failure.map_or_else(
        || otherwise.to_owned(),
        |failure| format!("the recording could not be evaluated ({})", failure.code),
    )
}

fn reason(reasons: &Reasons, key: &str) -> String {
    let known = reasons.get(key).map(|reason| reason.message.clone());
    known.unwrap_or_else(|| "the document gives neither value nor reason".to_owned())
}

/// Flags of either band, each once.
fn flags((reference, other): &(Side<'_>, Side<'_>)) -> Vec<String> {
    let bands = [reference, other].into_iter().flatten();
    let mut flags: Vec<String> = Vec::new();
    for flag in bands.flat_map(|band| &band.flags) {
        if !flags.contains(flag) {
            flags.push(flag.clone());
        }
    }
    flags
}

fn single_numbers(pairs: &mut Vec<Pair>, (reference, other): Both<'_>) {
    for (key, kind, of) in SINGLE {
        let value = |document: &AnalysisDocument| match &document.mid {
            Some(mid) => of(mid)
                .filter(|value| value.is_finite())
                .ok_or_else(|| reason(&mid.not_evaluable, key)),
            None => Err(absent(document, "the document has no single numbers")),
        };
        pairs.push(Pair {
            place: Place::Mid,
            center_hz: None,
            key,
            kind,
            reference: value(reference),
            value: value(other),
            flags: Vec::new(),
        });
    }
}

fn speech((reference, other): Both<'_>) -> Pair {
    let mut sides = (index(reference), index(other));
    if let (Ok(a), Ok(b)) = (&sides.0, &sides.1)
        && conditions(a) != conditions(b)
    {
        let why = |speech| Err(crate::plot::speech::conditions(speech));
        sides = (why(a), why(b));
    }
    Pair {
        place: Place::Sti,
        center_hz: None,
        key: "sti",
        kind: Compared::SpeechTransmission,
        reference: sides.0.map(|speech| speech.sti),
        value: sides.1.map(|speech| speech.sti),
        flags: Vec::new(),
    }
}

/// The speech transmission index of a document, or why it has none.
fn index(document: &AnalysisDocument) -> Result<&SpeechTransmission, String> {
    match &document.sti {
        Some(Sti::Evaluated(speech)) if speech.sti.is_finite() => Ok(speech),
        Some(Sti::Evaluated(_)) => Err("the index is no number".to_owned()),
        Some(Sti::Withheld(withheld)) => Err(withheld.reason.message.clone()),
        None => Err(absent(document, "the document has no index")),
    }
}

/// Two indices can be compared under the same conditions only.
fn conditions(speech: &SpeechTransmission) -> (&str, &str, bool, bool) {
    (
        &speech.edition,
        &speech.spectrum,
        speech.with_noise,
        speech.with_masking,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_smaller_word() {
        let words = [0.0, -1.0, 1.01, -3.0, 3.01].map(verdict);
        assert_eq!(
            words,
            [
                Verdict::NotNoticeable,
                Verdict::NotNoticeable,
                Verdict::Noticeable,
                Verdict::Noticeable,
                Verdict::Clear
            ]
        );
    }

    #[test]
    fn a_decay_time_of_zero_has_no_noticeable_difference() {
        let pair = Pair {
            place: Place::Mid,
            center_hz: None,
            key: "t20_s",
            kind: Compared::DecayTime,
            reference: Ok(0.0),
            value: Ok(0.5),
            flags: Vec::new(),
        };
        let refused = pair.difference().unwrap_err();
        assert!(refused.reason.contains("around 0"), "{}", refused.reason);
    }
}
