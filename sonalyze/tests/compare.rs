//! `sonalyze compare` from outside: tables, documents, refusals and exit codes.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::Path;
use std::process::{Command, Output};

use contract::comparison::{ComparisonDocument, Verdict};
use serde_json::{Value, json};

fn sonalyze(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sonalyze"));
    command.current_dir(folder).args(words).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn shown(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn write(folder: &Path, name: &str, document: &Value) {
    std::fs::write(folder.join(name), document.to_string()).unwrap();
}

/// A folder with the analysis of the living room, and a changed copy of it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let recording = format!(
        "{}/../examples/living-room.flac",
        env!("CARGO_MANIFEST_DIR")
    );
    let words = [
        "analyze",
        &recording,
        "--quiet",
        "--no-curves",
        "--json",
        "a.json",
    ];
    assert_eq!(code(&sonalyze(folder.path(), &words)), 0);
    let mut changed = read(&folder.path().join("a.json"));
    let t20_s = changed["octaves"][4]["t20_s"].as_f64().unwrap();
    let c80_db = changed["octaves"][4]["c80_db"].as_f64().unwrap();
    changed["octaves"][4]["t20_s"] = json!(1.1 * t20_s);
    changed["octaves"][4]["c80_db"] = json!(c80_db - 4.0);
    changed["input"]["file"] = json!("changed.flac");
    write(folder.path(), "b.json", &changed);
    folder
}

#[test]
fn differences_are_told_and_written() {
    let folder = folder();
    let words = [
        "compare", "a.json", "b.json", "a.json", "--json", "d.json", "--csv", "d.csv",
    ];
    let output = sonalyze(folder.path(), &words);
    assert_eq!((code(&output), told(&output)), (0, String::new()));
    let text = shown(&output);
    assert!(
        text.starts_with("changed.flac against living-room.flac"),
        "{text}"
    );
    assert!(
        text.contains("(+2.0) ~") && text.contains("(\u{2212}4.0) !"),
        "{text}"
    );
    assert!(
        text.contains("1 noticeable, 1 clearly noticeable"),
        "{text}"
    );
    assert!(text.contains("not compared: 16 kHz"), "{text}");
    let document: ComparisonDocument =
        serde_json::from_value(read(&folder.path().join("d.json"))).unwrap();
    assert_eq!(document.schema, "sonalyze.comparison/1");
    let verdicts: Vec<Verdict> = document.comparisons[0]
        .differences
        .iter()
        .map(|d| d.verdict)
        .collect();
    let count = |verdict| verdicts.iter().filter(|v| **v == verdict).count();
    assert_eq!((count(Verdict::Noticeable), count(Verdict::Clear)), (1, 1));
    let same = &document.comparisons[1].differences;
    assert!(!same.is_empty() && same.iter().all(|d| d.in_jnd.abs() < 1e-12));
    assert!(
        std::fs::read_to_string(folder.path().join("d.csv"))
            .unwrap()
            .contains("clearly noticeable")
    );
}

#[test]
fn a_table_makes_way_for_a_result() {
    let folder = folder();
    let output = sonalyze(
        folder.path(),
        &["compare", "a.json", "b.json", "--json", "-"],
    );
    assert!(serde_json::from_slice::<ComparisonDocument>(&output.stdout).is_ok());
    assert!(told(&output).contains("against"), "{}", told(&output));
    let quiet = sonalyze(folder.path(), &["compare", "a.json", "b.json", "--quiet"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty());
}

#[test]
fn what_is_no_analysis_of_this_version_is_refused() {
    let folder = folder();
    let mut newer = read(&folder.path().join("a.json"));
    newer["schema"] = json!("sonalyze.analysis/2");
    write(folder.path(), "newer.json", &newer);
    std::fs::write(folder.path().join("text.json"), "hello").unwrap();
    write(
        folder.path(),
        "other.json",
        &json!({ "schema": "sonalyze.summary/1" }),
    );
    for (name, words) in [
        ("newer.json", "sonalyze.analysis/2"),
        ("text.json", "no JSON"),
        ("other.json", "sonalyze.summary/1"),
        ("missing.json", "cannot read"),
    ] {
        let output = sonalyze(
            folder.path(),
            &["compare", "a.json", name, "--json", "d.json"],
        );
        assert_eq!(code(&output), 1, "{name}");
        let text = told(&output);
        assert!(text.contains(words) && text.contains(name), "{text}");
    }
    assert!(!folder.path().join("d.json").exists());
}

#[test]
fn a_failed_recording_ends_with_4_and_is_named() {
    let folder = folder();
    std::fs::write(folder.path().join("text.wav"), "this is no audio").unwrap();
    let words = ["analyze", "text.wav", "--quiet", "--json", "failed.json"];
    assert_eq!(code(&sonalyze(folder.path(), &words)), 3);
    let output = sonalyze(folder.path(), &["compare", "a.json", "failed.json"]);
    assert_eq!(code(&output), 4, "{}", told(&output));
    assert!(shown(&output).contains("NOT_AUDIO"), "{}", shown(&output));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let folder = folder();
    for words in [
        vec!["compare", "a.json"],
        vec!["compare", "-", "-"],
        vec!["compare", "a.json", "b.json", "--json", "d", "--csv", "d"],
    ] {
        let output = sonalyze(folder.path(), &words);
        assert_eq!(code(&output), 2, "{words:?}: {}", told(&output));
    }
}
