//! What was measured: file, alignment, impulse response, background noise.

use contract::analysis::{AnalysisDocument, BackgroundNoise, Noise};

use crate::format::{self, MISSING};
use crate::markup::{Markup, attributes};
use crate::words;

/// Writes the facts of the measurement.
pub(super) fn write(main: &mut Markup, document: &AnalysisDocument) {
    main.element("h2", &[], "Measurement");
    main.nest("dl", &attributes! {"class" => "facts"}, |list| {
        for (name, value) in facts(document) {
            list.element("dt", &[], name);
            list.nest("dd", &[], |dd| dd.element("bdi", &[], &value));
        }
    });
    match &document.noise {
        Some(Noise::Measured(noise)) => noise_table(main, noise),
        Some(Noise::Withheld(withheld)) => {
            let words = format!("Background noise unknown: {}", withheld.reason.message);
            main.element("p", &attributes! {"class" => "remark"}, &words);
        }
        None => {}
    }
}

fn facts(document: &AnalysisDocument) -> Vec<(&'static str, String)> {
    let input = &document.input;
    let rate = input.sample_rate_hz.map(f64::from);
    let mut facts = vec![
        ("File", input.file.clone()),
        ("SHA-256", input.sha256.clone()),
        ("Length", with_unit(input.duration_s, format::time_s, "s")),
        ("Sample rate", with_unit(rate, format::plain, "Hz")),
        ("Channel", channel(document)),
        ("Coding", coding(input.lossy).to_owned()),
    ];
    if let Some(alignment) = &document.alignment {
        let start = sample(alignment.start_chirp_sample);
        let end = sample(alignment.end_chirp_sample);
        facts.push(("Start chirp at", start));
        facts.push(("End chirp at", end));
        facts.push((
            "Recorder's clock",
            with_unit(alignment.skew_ppm, format::skew_ppm, "ppm"),
        ));
        facts.push((
            "Chirp above noise",
            with_unit(alignment.snr_db, format::level_db, "dB"),
        ));
    }
    if let Some(response) = &document.impulse_response {
        let words = format!(
            "{} samples at {} Hz, onset at sample {}",
            response.length_samples, response.sample_rate_hz, response.onset_sample
        );
        facts.push(("Impulse response", words));
    }
    facts
}

fn with_unit(value: Option<f64>, format: fn(f64) -> String, unit: &str) -> String {
    match value.filter(|value| value.is_finite()) {
        Some(value) => format!("{} {unit}", format(value)),
        None => format!("{MISSING} (unknown)"),
    }
}

/// A position in the input file.
fn sample(position: Option<f64>) -> String {
    match position.filter(|position| position.is_finite()) {
        Some(position) => format!("sample {}", format::level_db(position)),
        None => format!("{MISSING} (not found)"),
    }
}

/// People count channels from 1.
fn channel(document: &AnalysisDocument) -> String {
    let input = &document.input;
    match (input.channel_used, input.channels) {
        (Some(used), Some(count)) => format!("{} of {count}", u64::from(used) + 1),
        (None, Some(count)) => format!("none of {count}"),
        (_, None) => format!("{MISSING} (unknown)"),
    }
}

fn coding(lossy: Option<bool>) -> &'static str {
    match lossy {
        Some(true) => "lossy: fine structure of the recording is gone",
        Some(false) => "lossless",
        None => "– (unknown)",
    }
}

fn noise_table(main: &mut Markup, noise: &BackgroundNoise) {
    main.element("h3", &[], "Background noise");
    let words = format!(
        "From {}, {} s. Levels re full scale; sound pressure levels need a calibrated microphone.",
        words::measured_from(&noise.measured_from),
        format::time_s(noise.duration_s)
    );
    main.element("p", &attributes! {"class" => "remark"}, &words);
    let rows: [(&str, Vec<String>); 2] = [
        (
            "Level / dBFS",
            levels(noise, |level| Some(level.level_dbfs)),
        ),
        ("Level / dB SPL", levels(noise, |level| level.level_db_spl)),
    ];
    let calibrated = noise
        .octaves
        .iter()
        .any(|level| level.level_db_spl.is_some());
    let shown = if calibrated { 2 } else { 1 };
    let centres: Vec<String> = noise
        .octaves
        .iter()
        .map(|level| format::frequency_hz(level.center_hz))
        .collect();
    super::tables::wide(main, "Octave", &centres, rows.into_iter().take(shown));
}

fn levels(
    noise: &BackgroundNoise,
    value: fn(&contract::analysis::NoiseLevel) -> Option<f64>,
) -> Vec<String> {
    let text = |level| format::or_missing(value(level), format::level_db);
    noise.octaves.iter().map(text).collect()
}
