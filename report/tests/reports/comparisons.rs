//! Differences are in units and just-noticeable differences; what is missing on either side says why.

use contract::analysis::AnalysisDocument;
use contract::comparison::{ComparisonDocument, Difference, Place, Verdict};
use contract::speech::Sti;
use report::{compare, csv_comparison};

use crate::fixture;

fn of(reference: &AnalysisDocument, other: AnalysisDocument) -> ComparisonDocument {
    compare(reference, &[other], fixture::engine())
}

fn find<'a>(
    document: &'a ComparisonDocument,
    hz: Option<f64>,
    key: &str,
) -> Option<&'a Difference> {
    let same = |d: &&Difference| d.center_hz == hz && d.quantity == key;
    document.comparisons[0].differences.iter().find(same)
}

#[test]
fn a_document_does_not_differ_from_itself() {
    let office = fixture::office();
    let document = of(&office, office.clone());
    let differences = &document.comparisons[0].differences;
    assert!(differences.len() > 50);
    for difference in differences {
        assert!(difference.difference.abs() < 1e-12, "{difference:?}");
        assert_eq!(difference.verdict, Verdict::NotNoticeable);
    }
}

#[test]
fn every_quantity_is_compared_or_named() {
    let office = fixture::office();
    let document = of(&office, office.clone());
    let comparison = &document.comparisons[0];
    let expected = 9 * 7 + 4 + 1;
    assert_eq!(
        comparison.differences.len() + comparison.not_compared.len(),
        expected
    );
    let missing = &comparison.not_compared;
    assert!(!missing.is_empty());
    assert!(
        missing.iter().all(|m| m.reason.starts_with("both: ")),
        "{missing:?}"
    );
}

#[test]
fn differences_are_counted_in_just_noticeable_ones() {
    let office = fixture::office();
    let mut other = office.clone();
    let place = office
        .octaves
        .iter()
        .position(|b| b.center_hz == Some(1000.0))
        .unwrap();
    let band = &mut other.octaves[place];
    let t30_s = band.t30_s.unwrap();
    band.t30_s = Some(t30_s * 1.10);
    band.c50_db = band.c50_db.map(|c| c - 3.5);
    band.d50 = band.d50.map(|d| d + 0.02);
    band.ts_ms = band.ts_ms.map(|t| t + 20.0);
    band.flags = vec!["CLIPPING".into()];
    let document = of(&office, other);
    let jnd = |key| find(&document, Some(1000.0), key).unwrap();
    assert!((jnd("t30_s").in_jnd - 2.0).abs() < 1e-9);
    assert!((jnd("t30_s").difference - 0.10 * t30_s).abs() < 1e-12);
    assert!((jnd("t30_s").just_noticeable - 0.05 * t30_s).abs() < 1e-12);
    assert_eq!(jnd("t30_s").verdict, Verdict::Noticeable);
    assert_eq!(jnd("t30_s").flags, ["CLIPPING"]);
    assert!((jnd("c50_db").in_jnd + 3.5).abs() < 1e-9);
    assert_eq!(jnd("c50_db").verdict, Verdict::Clear);
    assert!((jnd("d50").in_jnd - 0.4).abs() < 1e-9);
    assert!((jnd("ts_ms").in_jnd - 2.0).abs() < 1e-9);
    assert!(
        find(&document, Some(500.0), "t30_s")
            .unwrap()
            .flags
            .is_empty()
    );
}

#[test]
fn a_failed_recording_compares_nothing_and_says_so() {
    let document = of(&fixture::office(), fixture::failed());
    let comparison = &document.comparisons[0];
    assert!(comparison.differences.is_empty());
    assert_eq!(comparison.not_compared.len(), 9 * 7 + 4 + 1);
    let told = comparison
        .not_compared
        .iter()
        .all(|m| m.reason.contains("NO_SYNC"));
    assert!(told, "{:?}", comparison.not_compared);
}

#[test]
fn indices_under_other_conditions_are_not_compared() {
    let office = fixture::office();
    let mut noisy = office.clone();
    if let Some(Sti::Evaluated(speech)) = &mut noisy.sti {
        speech.with_noise = true;
    }
    let document = of(&office, noisy);
    let missing = &document.comparisons[0].not_compared;
    let speech = missing.iter().find(|m| m.place == Place::Sti).unwrap();
    let words = ["without background noise", "with background noise"];
    assert!(
        words.iter().all(|w| speech.reason.contains(w)),
        "{}",
        speech.reason
    );
}

#[test]
fn an_octave_of_one_side_only_is_named() {
    let office = fixture::office();
    let mut other = office.clone();
    other.octaves.remove(2);
    let document = of(&office, other);
    let missing = &document.comparisons[0].not_compared;
    let gone = missing
        .iter()
        .filter(|m| m.reason.contains("no such octave"));
    assert_eq!(gone.count(), 7);
}

#[test]
fn the_table_has_a_row_for_everything() {
    let office = fixture::office();
    let document = of(&office, fixture::position("p2.wav", 1.2));
    let table = csv_comparison(&document);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let comparison = &document.comparisons[0];
    assert_eq!(
        rows.len(),
        comparison.differences.len() + comparison.not_compared.len()
    );
    assert!(
        rows.iter()
            .all(|row| row.len() == 12 && &row[0] == "p2.wav")
    );
    let reasons = rows.iter().filter(|row| !row[11].is_empty());
    assert_eq!(reasons.count(), comparison.not_compared.len());
    let t20 = find(&document, Some(1000.0), "t20_s").unwrap();
    let row = rows
        .iter()
        .find(|r| &r[2] == "1000" && &r[3] == "t20_s")
        .unwrap();
    assert!((row[8].parse::<f64>().unwrap() - t20.in_jnd).abs() < 1e-12);
    assert_eq!(&row[9], "clearly noticeable");
}
