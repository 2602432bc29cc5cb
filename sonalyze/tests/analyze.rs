//! `sonalyze analyze` from outside: exit codes, where results go, and that a refusal leaves its document.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use audio_file::{WavFormat, write_wav};
use contract::analysis::{AnalysisDocument, Outcome};
use contract::summary::SummaryDocument;
use room_dsp::{SampleRate, Signal};

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sonalyze"));
    command.current_dir(folder).arg("analyze").args(words);
    command
}

fn analyze(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
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

fn document(path: &Path) -> AnalysisDocument {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A folder with a text, silence and a wrong signal in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rate = SampleRate::STANDARD;
    let wav =
        |samples: Vec<f32>| write_wav(&Signal::mono(rate, samples), WavFormat::Pcm16).unwrap();
    let tone = [0.3f32, 0.2, -0.1, -0.3, -0.2, 0.1].repeat(80_000);
    std::fs::write(folder.path().join("text.wav"), "this is no audio").unwrap();
    std::fs::write(folder.path().join("silence.wav"), wav(vec![0.0; 480_000])).unwrap();
    std::fs::write(folder.path().join("tone.wav"), wav(tone)).unwrap();
    folder
}

#[test]
fn a_file_that_is_no_audio_ends_with_3_and_a_document() {
    let folder = folder();
    let output = analyze(folder.path(), &["text.wav", "--json", "out.json"]);
    assert_eq!(code(&output), 3, "{}", told(&output));
    let document = document(&folder.path().join("out.json"));
    assert_eq!(
        (document.outcome, document.failure.unwrap().code.as_str()),
        (Outcome::Failed, "NOT_AUDIO")
    );
    assert_eq!(document.input.file, "text.wav");
    assert_eq!(document.input.sample_rate_hz, None);
}

#[test]
fn a_recording_that_cannot_be_used_ends_with_4_and_all_its_results() {
    let folder = folder();
    let words = [
        "silence.wav",
        "--json",
        "o.json",
        "--csv",
        "o.csv",
        "--report",
        "o.html",
        "--plot",
        "o.png",
    ];
    let output = analyze(folder.path(), &words);
    assert_eq!(code(&output), 4, "{}", told(&output));
    assert!(
        shown(&output).contains("cannot be used (NO_SIGNAL)"),
        "{}",
        shown(&output)
    );
    let document = document(&folder.path().join("o.json"));
    assert_eq!(document.failure.unwrap().code, "NO_SIGNAL");
    assert!(document.octaves.is_empty() && document.mid.is_none());
    assert!(
        std::fs::read_to_string(folder.path().join("o.html"))
            .unwrap()
            .contains("silence.wav")
    );
    assert!(
        std::fs::read(folder.path().join("o.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    assert!(folder.path().join("o.csv").exists());
}

#[test]
fn a_wrong_signal_is_named() {
    let folder = folder();
    let output = analyze(folder.path(), &["tone.wav", "--quiet", "--json", "-"]);
    assert_eq!((code(&output), told(&output)), (4, String::new()));
    let document: AnalysisDocument = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document.failure.unwrap().code, "NO_SYNC");
}

#[test]
fn with_several_files_the_highest_code_counts_and_all_are_written() {
    let folder = folder();
    let output = analyze(
        folder.path(),
        &["text.wav", "silence.wav", "missing.wav", "--json", "out/"],
    );
    assert_eq!(code(&output), 4);
    assert!(told(&output).contains("missing.wav"), "{}", told(&output));
    assert!(
        shown(&output).contains("0 of 2 positions can be used"),
        "{}",
        shown(&output)
    );
    assert_eq!(
        document(&folder.path().join("out/text.json")).outcome,
        Outcome::Failed
    );
    assert_eq!(
        document(&folder.path().join("out/silence.json")).outcome,
        Outcome::Failed
    );
    let summary = std::fs::read(folder.path().join("out/summary.json")).unwrap();
    let summary: SummaryDocument = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary.files.len(), 2);
}

#[test]
fn the_standard_input_is_read_and_the_table_makes_way_for_a_result() {
    let folder = folder();
    let mut child = command(folder.path(), &["-", "--csv", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let sound = std::fs::read(folder.path().join("silence.wav")).unwrap();
    child.stdin.take().unwrap().write_all(&sound).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 4);
    assert!(told(&output).contains("NO_SIGNAL"), "{}", told(&output));
    assert!(
        !shown(&output).contains("cannot be used ("),
        "{}",
        shown(&output)
    );
}

#[test]
fn what_is_not_a_terminal_gets_no_colours() {
    let folder = folder();
    let output = analyze(folder.path(), &["silence.wav"]);
    assert!(!shown(&output).contains('\u{1b}'));
}

#[test]
fn a_wrong_command_line_ends_with_2_before_any_work() {
    let folder = folder();
    for words in [
        vec!["silence.wav", "tone.wav", "--json", "one.json"],
        vec!["silence.wav", "--plot", "plot.gif"],
        vec!["silence.wav", "--hash", "abc", "--data-dir", "."],
        vec!["silence.wav", "--ir", "--layout", "paired"],
        vec!["silence.wav", "--bands", "sixth"],
        vec!["silence.wav", "--smoothing", "49"],
        vec!["silence.wav", "--noise-level", "40,40,40,40,40,40,40"],
        vec!["silence.wav", "--speech-level", "60,60"],
        vec![],
    ] {
        let output = analyze(folder.path(), &words);
        assert_eq!(code(&output), 2, "{words:?}: {}", told(&output));
        assert!(shown(&output).is_empty(), "{words:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_missing_file_and_an_output_that_cannot_be_written_end_with_1() {
    let folder = folder();
    let missing = analyze(folder.path(), &["missing.wav"]);
    assert_eq!(code(&missing), 1);
    assert!(
        told(&missing).contains("cannot read missing.wav"),
        "{}",
        told(&missing)
    );
    let blocked = analyze(
        folder.path(),
        &["silence.wav", "--json", "text.wav/out.json"],
    );
    assert_eq!(code(&blocked), 1);
    assert!(
        told(&blocked).contains("cannot write text.wav/out.json"),
        "{}",
        told(&blocked)
    );
}

#[test]
fn silence_is_no_impulse_response() {
    let folder = folder();
    let output = analyze(folder.path(), &["silence.wav", "--ir", "--json", "o.json"]);
    assert_eq!(code(&output), 4);
    assert_eq!(
        document(&folder.path().join("o.json"))
            .failure
            .unwrap()
            .code,
        "NO_SIGNAL"
    );
}

/// The recording that ships with the sources.
fn living_room() -> String {
    format!(
        "{}/../examples/living-room.flac",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[test]
fn a_real_recording_gives_every_result() {
    let folder = tempfile::tempdir().unwrap();
    let results = ["o.json", "o.csv", "o.svg", "o.html", "o.wav"];
    let words = ["--json", "--csv", "--plot", "--report", "--rir"]
        .into_iter()
        .zip(results);
    let mut line = vec![living_room()];
    line.extend(words.flat_map(|(option, name)| [option.to_owned(), name.to_owned()]));
    line.extend(["--bands".to_owned(), "both".to_owned()]);
    let output = analyze(
        folder.path(),
        &line.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(
        results
            .iter()
            .all(|name| folder.path().join(name).metadata().unwrap().len() > 1000)
    );
    let document = document(&folder.path().join("o.json"));
    assert_eq!((document.octaves.len(), document.thirds.len()), (9, 27));
    assert_eq!(report::check::unexplained(&document), Vec::<String>::new());
    assert_eq!(report::check::first_non_finite(&document), None);
    assert!((document.alignment.unwrap().skew_ppm.unwrap() - 48.0).abs() < 0.1);
    assert!(
        shown(&output).contains("(A+, excellent)"),
        "{}",
        shown(&output)
    );
    // The truth of this room is 0.9946.
    let contract::speech::Sti::Evaluated(speech) = document.sti.unwrap() else {
        panic!("the room carries speech");
    };
    assert!((speech.sti - 0.9946).abs() < 0.003, "{}", speech.sti);
}

#[test]
fn what_the_bands_add_up_to_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let words = [&living_room(), "--json", "o.json", "--smoothing", "3"];
    let output = analyze(folder.path(), &words);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document = document(&folder.path().join("o.json"));
    let warning = document.warnings.iter().find(|w| w.code == "CURVED_DECAY");
    let warning = warning.unwrap_or_else(|| panic!("{:?}", document.warnings));
    assert!(!warning.message.is_empty() && !warning.remedy.is_empty());
    let octaves = warning.data["octaves_hz"].as_array().unwrap();
    let flagged = document
        .octaves
        .iter()
        .filter(|band| band.flags.iter().any(|flag| flag == "CURVED_DECAY"));
    assert_eq!(octaves.len(), flagged.count());
    assert!(warning.data["largest_pct"].as_f64().unwrap() > 10.0);
    assert!(
        shown(&output).contains("CURVED_DECAY"),
        "{}",
        shown(&output)
    );
    assert_eq!(document.frequency_response.unwrap().smoothing, "1/3 octave");
}

/// The speech transmission index of the living room under the conditions of `options`.
fn speech(options: &[&str]) -> contract::speech::SpeechTransmission {
    let room = living_room();
    let folder = tempfile::tempdir().unwrap();
    let mut words = vec![room.as_str(), "--quiet", "--no-curves", "--json", "o.json"];
    words.extend(options);
    let output = analyze(folder.path(), &words);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document = std::fs::read(folder.path().join("o.json")).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    serde_json::from_value(document["sti"].clone()).unwrap()
}

#[test]
fn noise_and_masking_lower_the_index_and_the_document_says_so() {
    const NOISE: &str = "55,52,48,45,42,40,38";
    let room = speech(&[]);
    let masked = speech(&["--speech-level", "60"]);
    let noise = ["--speech-level", "60", "--noise-level", NOISE];
    let noisy = speech(&[noise.as_slice(), &["--no-masking"]].concat());
    let both = speech(&noise);
    let told = [&room, &masked, &noisy, &both].map(|s| (s.with_noise, s.with_masking));
    assert_eq!(
        told,
        [(false, false), (false, true), (true, false), (true, true)]
    );
    assert!(room.sti > masked.sti && masked.sti > both.sti && noisy.sti > both.sti);
    assert!(room.sti > noisy.sti + 0.1, "{} and {}", room.sti, noisy.sti);
}

#[test]
fn talkers_have_their_edition_and_spectrum() {
    for (name, edition, spectrum) in [
        ("male", "IEC 60268-16:2020", "male"),
        ("male-ed4", "IEC 60268-16:2011", "male"),
        ("female-ed4", "IEC 60268-16:2011", "female"),
    ] {
        let speech = speech(&["--talker", name, "--speech-level", "62"]);
        assert_eq!(
            (speech.edition.as_str(), speech.spectrum.as_str()),
            (edition, spectrum)
        );
        assert!(speech.mtf.as_flattened().iter().all(|m| m.is_finite()));
    }
}

#[test]
fn faults_of_levels_are_told_all_at_once() {
    let folder = folder();
    let words = [
        "silence.wav",
        "--speech-level",
        "60",
        "--noise-level",
        "40,loud,38,200,34,32,30",
    ];
    let output = analyze(folder.path(), &words);
    assert_eq!(code(&output), 2);
    for part in [
        "--noise-level",
        "250 Hz: 'loud'",
        "1000 Hz: 200 dB",
        "0 to 140 dB",
    ] {
        assert!(told(&output).contains(part), "{part} in {}", told(&output));
    }
}

#[test]
fn responses_of_several_rates_are_analysed_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let decay = |rate: f32, n: u16| -> Vec<f32> {
        let mut state = 1u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from_bits(0x3f80_0000 | (state >> 9)) - 1.5
        });
        let envelope = (0..n).map(|i| (-13.8 * f32::from(i) / rate).exp());
        noise.zip(envelope).map(|(x, e)| 0.9 * x * e).collect()
    };
    for hz in [32_000u16, 44_100] {
        let rate = SampleRate::new(u32::from(hz)).unwrap();
        let signal = Signal::mono(rate, decay(f32::from(hz), 60_000));
        let wav = write_wav(&signal, WavFormat::Float32).unwrap();
        std::fs::write(folder.path().join(format!("{hz}.wav")), &wav).unwrap();
        std::fs::write(folder.path().join(format!("{hz}-again.wav")), wav).unwrap();
    }
    let words = [
        "32000.wav",
        "44100.wav",
        "32000-again.wav",
        "44100-again.wav",
        "--ir",
        "--quiet",
        "--json",
        "out/",
    ];
    let output = analyze(folder.path(), &words);
    assert_eq!(code(&output), 0, "{}", told(&output));
    for (name, hz) in [("32000", 32_000), ("44100-again", 44_100)] {
        let document = document(&folder.path().join(format!("out/{name}.json")));
        assert_eq!(document.impulse_response.unwrap().sample_rate_hz, hz);
        assert!((document.octaves[4].t20_s.unwrap() - 0.5).abs() < 0.05);
    }
}

#[test]
fn the_response_that_was_written_gives_the_same_parameters_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = [
        &living_room(),
        "--quiet",
        "--rir",
        "h.wav",
        "--json",
        "a.json",
        "--no-curves",
    ];
    assert_eq!(code(&analyze(folder.path(), &first)), 0);
    let second = [
        "h.wav",
        "--ir",
        "--quiet",
        "--json",
        "b.json",
        "--no-curves",
    ];
    assert_eq!(code(&analyze(folder.path(), &second)), 0);
    let (a, b) = (
        document(&folder.path().join("a.json")),
        document(&folder.path().join("b.json")),
    );
    assert!(a.curves.is_none() && b.alignment.is_none());
    let t20 = |d: &AnalysisDocument| d.octaves[4].t20_s.unwrap();
    assert!(
        (t20(&a) / t20(&b) - 1.0).abs() < 1e-3,
        "{} and {}",
        t20(&a),
        t20(&b)
    );
    assert_eq!(a.impulse_response, b.impulse_response);
}

#[test]
fn a_stored_signal_is_found_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let hash = "0a".repeat(32);
    let stored = folder
        .path()
        .join("data/references")
        .join(&hash[..8])
        .join(&hash);
    std::fs::create_dir_all(&stored).unwrap();
    let config = serde_json::json!({ "config": {
        "sample_rate": 48000, "sync_chirp_duration": 0.5, "sync_chirp_f_start": 2000, "sync_chirp_f_end": 10000,
        "post_sync_silence": 2, "post_sweep_silence": 2, "sweep_duration": 10, "sweep_f_start": 20,
        "sweep_f_end": 20000, "amplitude": 0.9, "fade_duration": 0.01 } });
    std::fs::write(stored.join("metadata.json"), config.to_string()).unwrap();
    let words = [
        &living_room(),
        "--hash",
        &hash,
        "--data-dir",
        "data",
        "--quiet",
        "--json",
        "o.json",
    ];
    let output = analyze(folder.path(), &words);
    assert_eq!((code(&output), told(&output)), (0, String::new()));
    assert_eq!(document(&folder.path().join("o.json")).outcome, Outcome::Ok);
}

#[test]
fn a_recording_of_ones_own_sweep_is_analysed_by_the_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let swept = Command::new(env!("CARGO_BIN_EXE_sonalyze"))
        .current_dir(folder.path())
        .args([
            "sweep",
            "own.wav",
            "--duration",
            "3",
            "--start-hz",
            "50",
            "--end-hz",
            "15000",
        ])
        .output()
        .unwrap();
    assert!(swept.status.success());
    let own = std::fs::read(folder.path().join("own.wav")).unwrap();
    let played = audio_file::read(&own, &audio_file::Limits::default())
        .unwrap()
        .signal;
    // The room: the direct sound after 0.25 s and one echo 30 ms later, 6 dB weaker.
    let mut recorded = vec![0.0_f32; played.len() + 96_000];
    for (i, x) in played.channels()[0].iter().enumerate() {
        recorded[12_000 + i] += 0.4 * x;
        recorded[13_440 + i] += 0.2 * x;
    }
    let recording = Signal::mono(played.rate(), recorded);
    std::fs::write(
        folder.path().join("rec.wav"),
        write_wav(&recording, WavFormat::Pcm24).unwrap(),
    )
    .unwrap();
    let words = [
        "rec.wav",
        "--reference",
        "own.wav",
        "--json",
        "out.json",
        "--quiet",
    ];
    let output = analyze(folder.path(), &words);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document = document(&folder.path().join("out.json"));
    let start = document.alignment.unwrap().start_chirp_sample.unwrap();
    assert!((start - 12_000.0).abs() < 4.0, "{start}");
    let codes: Vec<&str> = document.warnings.iter().map(|w| w.code.as_str()).collect();
    assert!(codes.contains(&"SKEW_UNKNOWN"), "{codes:?}");
    // Direct to echo is 6.02 dB; the windows of 2.5 ms hold it apart.
    let drr = document.broadband.unwrap().drr_db.unwrap();
    assert!((drr - 6.02).abs() < 0.3, "{drr}");
}
