//! `sonalyze sweep` and what every command has in common: help, completions, exit codes, the standard output.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::Path;
use std::process::{Command, Output};

use audio_file::{DecodedAudio, Limits};

fn sonalyze(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sonalyze"))
        .current_dir(folder)
        .args(words)
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn audio(bytes: &[u8]) -> DecodedAudio {
    audio_file::read(bytes, &Limits::default()).unwrap()
}

#[test]
fn the_reference_signal_is_fifteen_seconds_of_16_bit_wav() {
    let folder = tempfile::tempdir().unwrap();
    let output = sonalyze(folder.path(), &["sweep", "s.wav"]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(output.stdout.is_empty());
    assert!(
        told(&output).contains("2.500 to  12.500 s  measurement_sweep  20 to 20000 Hz"),
        "{}",
        told(&output)
    );
    let bytes = std::fs::read(folder.path().join("s.wav")).unwrap();
    assert_eq!(bytes.len(), 44 + 2 * 720_000);
    let sound = audio(&bytes).signal;
    assert_eq!(
        (sound.rate().hz(), sound.len(), sound.channels().len()),
        (48_000, 720_000, 1)
    );
    let peak = sound.channels()[0]
        .iter()
        .fold(0.0f32, |m, x| m.max(x.abs()));
    assert!((peak - 0.9).abs() < 1e-3, "{peak}");
}

#[test]
fn flac_holds_the_same_samples_as_wav() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["s.wav", "s.flac"] {
        let words = ["sweep", name, "--duration", "1", "--bits", "24", "--quiet"];
        let output = sonalyze(folder.path(), &words);
        assert_eq!((code(&output), told(&output)), (0, String::new()));
    }
    let read = |name: &str| audio(&std::fs::read(folder.path().join(name)).unwrap()).signal;
    assert_eq!(read("s.wav"), read("s.flac"));
}

#[test]
fn options_reach_the_signal() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "sweep",
        "s.wav",
        "--layout",
        "paired",
        "--rate",
        "96000",
        "--gap",
        "6",
        "--amplitude",
        "0.5",
    ];
    assert_eq!(code(&sonalyze(folder.path(), &words)), 0);
    let sound = audio(&std::fs::read(folder.path().join("s.wav")).unwrap()).signal;
    assert_eq!(sound.rate().hz(), 96_000);
    assert!(
        (sound.duration_s() - 19.0).abs() < 0.3,
        "{}",
        sound.duration_s()
    );
    let peak = sound.channels()[0]
        .iter()
        .fold(0.0f32, |m, x| m.max(x.abs()));
    assert!((peak - 0.5).abs() < 1e-3, "{peak}");
}

#[test]
fn sweep_and_inverse_make_an_impulse() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "sweep",
        "s.wav",
        "--inverse",
        "inverse.wav",
        "--duration",
        "1",
        "--bits",
        "float",
    ];
    assert_eq!(code(&sonalyze(folder.path(), &words)), 0);
    let samples = |name: &str| {
        audio(&std::fs::read(folder.path().join(name)).unwrap())
            .signal
            .channels()[0]
            .clone()
    };
    let (signal, inverse) = (samples("s.wav"), samples("inverse.wav"));
    let at = |start: usize| -> f64 {
        signal[start..]
            .iter()
            .zip(inverse.iter().rev())
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let sweep_start = 48_000 * 5 / 2;
    assert!((at(sweep_start) - 1.0).abs() < 1e-3, "{}", at(sweep_start));
    assert!(at(sweep_start + 24).abs() < 0.1, "{}", at(sweep_start + 24));
}

#[test]
fn the_standard_output_gets_the_signal_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let output = sonalyze(
        folder.path(),
        &["sweep", "-", "--format", "flac", "--duration", "1"],
    );
    assert_eq!(code(&output), 0);
    assert_eq!(audio(&output.stdout).signal.len(), 6 * 48_000);
    assert!(
        told(&output).starts_with("wrote the standard output: 6.00 s"),
        "{}",
        told(&output)
    );
}

#[test]
fn every_fault_of_a_signal_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["sweep", "s.wav", "--rate", "8000", "--amplitude", "2"];
    let output = sonalyze(folder.path(), &words);
    assert_eq!(code(&output), 2);
    let text = told(&output);
    assert!(
        text.contains("sweep_end_hz is 20000, allowed is 20 to 4000"),
        "{text}"
    );
    assert!(text.contains("amplitude is 2"), "{text}");
    assert!(!folder.path().join("s.wav").exists());
}

#[test]
fn what_flac_cannot_hold_and_endings_without_meaning_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        vec!["sweep", "s.flac", "--bits", "float"],
        vec!["sweep", "s.mp3"],
        vec!["sweep", "s.wav", "--inverse", "s.wav"],
        vec!["sweep"],
        vec!["sweep", "s.wav", "--layout", "round"],
    ] {
        let output = sonalyze(folder.path(), &words);
        assert_eq!(code(&output), 2, "{words:?}: {}", told(&output));
        assert!(
            told(&output).starts_with("error: "),
            "{words:?}: {}",
            told(&output)
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"").unwrap();
    let output = sonalyze(folder.path(), &["sweep", "file/s.wav"]);
    assert_eq!(code(&output), 1);
    assert!(
        told(&output).contains("cannot write file/s.wav"),
        "{}",
        told(&output)
    );
}

#[test]
fn help_has_examples_and_completions_know_the_options() {
    let folder = tempfile::tempdir().unwrap();
    let help = sonalyze(folder.path(), &["sweep", "--help"]);
    assert_eq!(code(&help), 0);
    assert!(
        String::from_utf8_lossy(&help.stdout).contains("sonalyze sweep sweep.flac --layout paired")
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = sonalyze(folder.path(), &["completions", shell]);
        assert_eq!(code(&script), 0);
        assert!(
            String::from_utf8_lossy(&script.stdout).contains("inverse"),
            "{shell}"
        );
    }
}
