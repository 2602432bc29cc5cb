//! Campaigns with made recordings: clock skew within +-250 ppm, and every fault with its close neighbour.

use std::path::Path;
use std::process::Command;

use room_dsp::synthetic::{Phone, RoomRecipe, room_response};
use room_dsp::{Analyzer, Excitation, SampleRate};

use crate::TaskError;
use crate::markdown::Table;

use super::Section;
use super::step1::spread;

/// Skews tried.
const SKEWS: u32 = 100;

/// Measures seeded skews in seeded rooms.
pub(super) fn skew() -> Result<Section, TaskError> {
    let excitation = Excitation::reference();
    let analyzer = Analyzer::new(excitation);
    let played = excitation.signal();
    let mut errors = Vec::new();
    let mut lowest_snr_db = f64::INFINITY;
    let mut refused = 0_u32;
    for i in 0..SKEWS {
        let seed = u64::from(i);
        // An even spread over the range, in an order that does not follow the seeds of the rooms.
        let skew_ppm = -250.0 + 500.0 * f64::from(i * 37 % SKEWS) / f64::from(SKEWS - 1);
        let decay_time_s = 0.3 + 0.02 * f64::from(i % 60);
        let room = room_response(
            SampleRate::STANDARD,
            &RoomRecipe::uniform(decay_time_s, seed),
        )?;
        let phone = Phone::new(SampleRate::STANDARD, seed)
            .delay_s(0.5 + 0.013 * f64::from(i % 17))
            .skew_ppm(skew_ppm)
            .white_noise_db(-60.0);
        match analyzer.measure(&phone.record(&played, &room)?) {
            Ok(measured) => {
                let snr_db = measured.alignment.snr_db.unwrap_or(f64::NEG_INFINITY);
                lowest_snr_db = lowest_snr_db.min(snr_db);
                errors.extend(measured.alignment.skew_ppm.map(|s| s - skew_ppm));
            }
            Err(_) => refused += 1,
        }
    }
    let (median, worst, n) = spread(errors.into_iter());
    let mut table = Table::new(&["what", "goal", "found"]);
    table.row(&[
        "skew error within +-250 ppm".to_owned(),
        "<= 0.1 ppm".to_owned(),
        format!("median {median:.5} ppm, worst {worst:.5} ppm of {n}; refused {refused}"),
    ])?;
    table.row(&[
        "lowest signal-to-noise ratio of the chirps".to_owned(),
        ">= 30 dB".to_owned(),
        format!("{lowest_snr_db:.1} dB"),
    ])?;
    Ok(Section {
        title: "Clock skew".to_owned(),
        method: format!(
            "{SKEWS} made recordings, T from 0.3 to 1.5 s, noise at -60 dB re full scale."
        ),
        table,
    })
}

/// Runs the tests that make every fault and its neighbour.
pub(super) fn faults(root: &Path) -> Result<Section, TaskError> {
    let mut table = Table::new(&["tests", "outcome"]);
    let suites = [
        (
            "room-dsp",
            "faults",
            "refusals and warnings of recordings: each fault, and a close neighbour",
        ),
        (
            "room-metrics",
            "notices",
            "LOW_INR_BANDS, CURVED_DECAY and reasons of bands",
        ),
    ];
    for (package, test, what) in suites {
        let output = Command::new("cargo")
            .args([
                "test",
                "--profile",
                "ci",
                "--package",
                package,
                "--test",
                test,
            ])
            .current_dir(root)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let closing = text
            .lines()
            .find(|l| l.starts_with("test result"))
            .unwrap_or("did not run");
        let outcome = closing.split("; finished").next().unwrap_or(closing);
        table.row(&[format!("{package} {test}: {what}"), outcome.to_owned()])?;
    }
    Ok(Section {
        title: "Every code: a made fault and a close neighbour".to_owned(),
        method: "Tables of faults in the tests, run here.".to_owned(),
        table,
    })
}
