//! Time and memory: the stages of one analysis in this process, and the program as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use room_dsp::{Analyzer, Excitation, SampleRate, Stage};
use room_metrics::{EvaluationOptions, Evaluator};

use crate::TaskError;
use crate::golden::folder;
use crate::markdown::Table;

use super::Section;

/// Repetitions of which the median counts.
const REPETITIONS: usize = 21;

/// The 15 s recording that is timed.
const TIMED: &str = "rec/r02_skew_p120_class.flac";

/// Names and budgets in milliseconds of the stages, in order.
const STAGES: [(&str, f64); 9] = [
    ("decode FLAC (before the samples)", 15.0),
    ("find the chirps", 20.0),
    ("compare the clocks", 5.0),
    ("resample and deconvolve", 30.0),
    ("compare chirp and sweep", 5.0),
    ("other checks", 20.0),
    ("evaluate: 8 octaves, 26 thirds, STI, response", 35.0),
    ("document", 5.0),
    ("JSON", 10.0),
];

#[expect(clippy::disallowed_methods, reason = "figures are times")]
fn now() -> Instant {
    Instant::now()
}

/// Times each stage of one analysis; plans are kept, as a service or a run over several files keeps them.
pub(super) fn stages(root: &Path) -> Result<Section, TaskError> {
    let bytes = std::fs::read(folder(root).join(TIMED))?;
    let begun = now();
    let analyzer = Analyzer::new(Excitation::reference());
    let evaluator = Evaluator::new(SampleRate::STANDARD, EvaluationOptions::default());
    let planned_ms = 1e3 * begun.elapsed().as_secs_f64();
    let mut laps: Vec<Vec<f64>> = vec![Vec::new(); STAGES.len()];
    for _ in 0..REPETITIONS {
        for (lap, ms) in laps.iter_mut().zip(once(&bytes, &analyzer, &evaluator)?) {
            lap.push(ms);
        }
    }
    let mut table = Table::new(&["stage", "budget ms", "median ms"]);
    let mut total = 0.0;
    for (i, ((name, budget), lap)) in STAGES.iter().zip(&mut laps).enumerate() {
        let ms = median(lap);
        if (1..8).contains(&i) {
            total += ms;
        }
        table.row(&[
            (*name).to_owned(),
            format!("{budget:.0}"),
            format!("{ms:.1}"),
        ])?;
    }
    table.row(&[
        "samples to document".to_owned(),
        "120".to_owned(),
        format!("{total:.1}"),
    ])?;
    for (name, ms) in yardsticks() {
        table.row(&[name.to_owned(), "-".to_owned(), format!("{ms:.1}")])?;
    }
    Ok(Section {
        title: "Time of one analysis".to_owned(),
        method: format!(
            "{TIMED}, 48 kHz, one thread, median of {REPETITIONS}; plans and filters are made once in {planned_ms:.0} ms and not counted. The earlier Python service needs 2 300 ms for less."
        ),
        table,
    })
}

/// One analysis: milliseconds of each stage.
fn once(bytes: &[u8], analyzer: &Analyzer, evaluator: &Evaluator) -> Result<[f64; 9], TaskError> {
    let mut marks = vec![now()];
    let audio = audio_file::read(bytes, &audio_file::Limits::default())?;
    marks.push(now());
    let measured = analyzer.measure_observed(&audio.signal, &mut |_: Stage| marks.push(now()))?;
    let parameters = evaluator.evaluate(&measured.impulse_response);
    marks.push(now());
    let mut document = empty_document();
    report::document::fill(&mut document, &parameters);
    marks.push(now());
    let json = serde_json::to_vec(&document)?;
    marks.push(now());
    drop(json);
    if marks.len() != STAGES.len() + 1 {
        return Err(format!("{} marks for {} stages", marks.len(), STAGES.len()).into());
    }
    Ok(core::array::from_fn(|i| {
        1e3 * (marks[i + 1] - marks[i]).as_secs_f64()
    }))
}

fn empty_document() -> contract::analysis::AnalysisDocument {
    contract::analysis::AnalysisDocument {
        schema: contract::analysis::ANALYSIS_SCHEMA.to_owned(),
        outcome: contract::analysis::Outcome::Ok,
        failure: None,
        warnings: Vec::new(),
        input: contract::analysis::Input {
            file: TIMED.to_owned(),
            sha256: String::new(),
            sample_rate_hz: Some(48_000),
            channels: Some(1),
            channel_used: Some(0),
            duration_s: None,
            lossy: Some(false),
        },
        alignment: None,
        impulse_response: None,
        broadband: None,
        octaves: Vec::new(),
        thirds: Vec::new(),
        mid: None,
        sti: None,
        frequency_response: None,
        curves: None,
        noise: None,
        engine: contract::analysis::Engine {
            name: String::new(),
            version: String::new(),
        },
    }
}

/// Plain transforms of 15 s: forward and back.
fn yardsticks() -> [(&'static str, f64); 2] {
    let mut single = realfft::RealFftPlanner::<f32>::new();
    let mut double = realfft::RealFftPlanner::<f64>::new();
    [
        (
            "yardstick: realfft of 720 000 samples and back, f32",
            round_trip(&mut single),
        ),
        (
            "yardstick: realfft of 720 000 samples and back, f64",
            round_trip(&mut double),
        ),
    ]
}

fn round_trip<T: realfft::FftNum>(planner: &mut realfft::RealFftPlanner<T>) -> f64 {
    let (forward, inverse) = (
        planner.plan_fft_forward(720_000),
        planner.plan_fft_inverse(720_000),
    );
    let (mut signal, mut spectrum) = (forward.make_input_vec(), forward.make_output_vec());
    let mut laps: Vec<f64> = (0..REPETITIONS)
        .map(|_| {
            let begun = now();
            let there = forward.process(&mut signal, &mut spectrum);
            let back = inverse.process(&mut spectrum, &mut signal);
            debug_assert!(
                there.is_ok() && back.is_ok(),
                "buffers are made by the plans"
            );
            1e3 * begun.elapsed().as_secs_f64()
        })
        .collect();
    median(&mut laps)
}

/// Times the program on one recording and on thirty, and reads its largest memory.
pub(super) fn program(root: &Path) -> Result<Section, TaskError> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--package", "sonalyze"])
        .current_dir(root)
        .status()?;
    if !built.success() {
        return Err("the program does not build".into());
    }
    let place = tempfile::tempdir()?;
    let recording = folder(root).join(TIMED);
    let one = vec![recording.clone()];
    let thirty: Vec<PathBuf> = (0..30)
        .map(|i| {
            let copy = place.path().join(format!("seat{i:02}.flac"));
            std::fs::copy(&recording, &copy).map(|_| copy)
        })
        .collect::<Result<_, _>>()?;
    let (one_s, one_kib) = run(root, place.path(), &one)?;
    let (thirty_s, thirty_kib) = run(root, place.path(), &thirty)?;
    let mut table = Table::new(&["what", "goal", "found"]);
    table.row(&[
        "one recording, whole process with JSON".to_owned(),
        "-".to_owned(),
        format!("{one_s:.2} s"),
    ])?;
    table.row(&[
        "largest memory of that process".to_owned(),
        "<= 64 MB".to_owned(),
        format!("{:.1} MB", one_kib * 1024.0 / 1e6),
    ])?;
    table.row(&[
        "30 recordings, two cores, with JSON".to_owned(),
        "<= 2 s".to_owned(),
        format!("{thirty_s:.2} s"),
    ])?;
    table.row(&[
        "largest memory of that process".to_owned(),
        "-".to_owned(),
        format!("{:.1} MB", thirty_kib * 1024.0 / 1e6),
    ])?;
    Ok(Section {
        title: "The program".to_owned(),
        method:
            "`sonalyze analyze --bands both --json FOLDER/ --quiet`, release build, start to exit, \
                 median of 5; memory is the high-water mark of the resident set."
                .to_owned(),
        table,
    })
}

/// Seconds (median of five) and largest memory in KiB of a run over some files.
fn run(root: &Path, place: &Path, files: &[PathBuf]) -> Result<(f64, f64), TaskError> {
    let out = place.join("out");
    std::fs::create_dir_all(&out)?;
    let mut seconds = Vec::new();
    let mut largest = 0.0_f64;
    for _ in 0..5 {
        let begun = now();
        let mut child = Command::new(root.join("target/release/sonalyze"))
            .arg("analyze")
            .args(files)
            .args(["--bands", "both", "--quiet", "--json"])
            .arg(format!("{}/", out.display()))
            .stdout(Stdio::null())
            .spawn()?;
        let memory = watch(&mut child)?;
        seconds.push(begun.elapsed().as_secs_f64());
        largest = largest.max(memory);
    }
    Ok((median(&mut seconds), largest))
}

/// Waits for a process and reads its memory high-water mark, in KiB, until it ends.
fn watch(child: &mut Child) -> Result<f64, TaskError> {
    let status = format!("/proc/{}/status", child.id());
    let mut largest = 0.0_f64;
    loop {
        if let Some(code) = child.try_wait()? {
            return if code.success() {
                Ok(largest)
            } else {
                Err(format!("ended with {code}").into())
            };
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse().ok());
        largest = largest.max(kib.unwrap_or(0.0));
        std::thread::sleep(core::time::Duration::from_millis(1));
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
