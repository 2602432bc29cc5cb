//! `sonalyze demo`: a whole measurement in a hurry, its figures against the truth, and everything that it leaves.

use std::path::Path;

use crate::process::{sonalyze, told};
use serde_json::Value;

const PAIRS: [&str; 4] = [
    "speaker_1_mic_1",
    "speaker_1_mic_2",
    "speaker_2_mic_1",
    "speaker_2_mic_2",
];

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_measurement_in_a_hurry_finds_the_truth_and_leaves_everything() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("demo");
    let output = sonalyze(&["demo", "--speed", "20", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}{shown}", told(&output));
    let compared: usize = shown
        .split_once("Figures compared with the truth: ")
        .and_then(|(_, rest)| rest.split_once("; all of them are within 0.5"))
        .and_then(|(count, _)| count.parse().ok())
        .unwrap();
    let withheld = shown
        .lines()
        .filter(|line| line.starts_with("Not compared: "));
    assert_eq!(compared + withheld.count(), 28, "{shown}");
    assert!(compared > 20, "{shown}");
    for pair in PAIRS {
        let document: Value = serde_json::from_slice(&read(&out, &format!("{pair}.json"))).unwrap();
        assert_eq!(document["outcome"], "ok", "{pair}");
        let wav = audio_file::read(
            &read(&out, &format!("{pair}.wav")),
            &audio_file::Limits::default(),
        )
        .unwrap();
        let length = document["impulse_response"]["length_samples"]
            .as_u64()
            .unwrap();
        assert_eq!(
            wav.signal.len() as u64,
            length,
            "{pair}: the response is the one of the document"
        );
        assert!(read(&out, &format!("{pair}.html")).starts_with(b"<!DOCTYPE html>"));
    }
    for pair in PAIRS {
        let (own, other) = if pair.starts_with("speaker_1") {
            ("speaker_1.html", "speaker_2.html")
        } else {
            ("speaker_2.html", "speaker_1.html")
        };
        let holds = |page| String::from_utf8(read(&out, page)).unwrap().contains(pair);
        assert!(holds(own), "{pair} is missing in the report of its room");
        assert!(!holds(other), "{pair} stands in the report of another room");
    }
    assert!(!out.join("report.html").exists(), "two rooms have no mean");
    assert!(out.join("data/lobby.db").is_file());
    the_transcript_holds_every_step(&read(&out, "transcript.jsonl"));
}

/// Each loudspeaker plays once, each microphone uploads twice, and every push to the versioned socket has its place.
fn the_transcript_holds_every_step(bytes: &[u8]) {
    let lines: Vec<Value> = std::str::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = |direction: &str, event: &str| {
        let of =
            |line: &&Value| line["direction"] == direction && line["message"]["event"] == event;
        lines.iter().filter(of).count()
    };
    assert_eq!(count("sent", "measurement.playback_complete"), 2);
    assert_eq!(count("sent", "measurement.recording_uploaded"), 4);
    assert_eq!(count("sent", "analysis.run"), 4);
    let told = lines
        .iter()
        .filter(|line| line["message"]["event"] == "measurement.analysis_results");
    assert_eq!(
        told.count(),
        5,
        "every member and the admin are told the results"
    );
    let seqs: Vec<i64> = lines
        .iter()
        .filter_map(|line| line["message"]["meta"]["seq"].as_i64())
        .collect();
    assert!(
        seqs.len() > 20 && seqs.is_sorted_by(|a, b| a < b),
        "{seqs:?}"
    );
}
