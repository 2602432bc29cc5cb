//! The CSV table comes back as it went, with the same columns for every document.

use report::csv;

use crate::fixture;

fn records(table: &str) -> Result<Vec<Vec<String>>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table.as_bytes());
    reader
        .records()
        .map(|record| record.map(|cells| cells.iter().map(str::to_owned).collect()))
        .collect()
}

#[test]
fn every_band_is_a_row_under_a_stable_header() {
    let document = fixture::office();
    let table = records(&csv(&document)).unwrap();
    assert_eq!(table.len(), 1 + 1 + 9 + 27);
    let mut header = vec!["band", "center_hz"];
    header.extend(fixture::QUANTITIES);
    header.extend(["flags", "not_evaluable"]);
    assert_eq!(table[0], header);
    assert_eq!(table[1][..2], ["broadband", ""]);
    assert_eq!(table[2][..2], ["octave", "63"]);
    assert_eq!(table[11][..2], ["third", "50"]);
    let t20: f64 = table[5][3].parse().unwrap();
    assert_eq!(Some(t20), document.octaves[3].t20_s);
}

#[test]
fn empty_cells_are_explained() {
    let table = records(&csv(&fixture::office())).unwrap();
    let (low, flagged) = (&table[2], &table[3]);
    assert_eq!(low[4], "");
    assert!(low[18].contains("t30_s: DECAY_RANGE (T30 needs a decay range of 45 dB"));
    assert_eq!(flagged[17], "LOW_INR");
    for row in records(&csv(&fixture::withheld())).unwrap().iter().skip(1) {
        assert!(row[2..17].iter().all(String::is_empty));
        assert_eq!(row[18].matches("BAND_NOT_EXCITED").count(), 15);
    }
}

#[test]
fn quotes_commas_and_line_ends_survive() {
    let mut document = fixture::office();
    let message = "found \"31.5\" dB,\r\nneeded 45 dB";
    if let Some(reason) = document.octaves[0].not_evaluable.get_mut("t30_s") {
        reason.message = message.into();
    }
    let table = records(&csv(&document)).unwrap();
    assert!(table[2][18].contains(message));
    assert_eq!(table[2].len(), 19);
}

#[test]
fn a_failure_is_a_row_too() {
    let table = records(&csv(&fixture::failed())).unwrap();
    assert_eq!(table.len(), 2);
    assert_eq!(table[1][0], "failed");
    assert!(table[1][18].contains("NO_SYNC") && table[1][18].contains("Play the whole signal"));
}

#[test]
fn what_is_not_finite_is_empty() {
    let mut document = fixture::office();
    document.octaves[3].t30_s = Some(f64::NAN);
    let table = records(&csv(&document)).unwrap();
    assert_eq!(table[5][4], "");
}
