//! Figures of step 1: accuracy on the golden data, clock skew, faults, time and memory of an analysis.

use std::path::Path;

use crate::TaskError;
use crate::golden::{decays, exact, recordings, speech};
use crate::markdown::Table;

use super::{Section, campaign, timing};

/// Recordings whose making spoils parameters on purpose; they are held against the golden tolerances only.
const SPOILT: [&str; 5] = [
    "r07_clip_hard",
    "r08_agc_step",
    "r09_dropout_zero60ms",
    "r20_phone_band",
    "r23_living_room_real",
];

/// Takes all figures.
///
/// # Errors
/// When the golden data cannot be read or the program cannot be built and run.
pub(super) fn measure(root: &Path) -> Result<Vec<Section>, TaskError> {
    let found = recordings::run(root)?;
    Ok(vec![
        of_recordings(&found)?,
        of_decays(&decays::run(root)?, &found)?,
        of_ratios(&found, &exact::run(root)?, &speech::run(root)?)?,
        campaign::skew()?,
        campaign::faults(root)?,
        timing::stages(root)?,
        timing::program(root)?,
    ])
}

fn of_recordings(found: &[recordings::Outcome]) -> Result<Section, TaskError> {
    let mut table = Table::new(&[
        "recording",
        "outcome and warnings",
        "skew error ppm",
        "start error samples",
        "octave figures in tolerance",
        "worst T20 %",
        "worst T30 %",
        "worst C50 dB",
        "DRR dB",
        "STI",
    ]);
    for outcome in found {
        let octaves: Vec<_> = outcome
            .comparisons
            .iter()
            .filter(|c| c.octave_hz.is_some())
            .collect();
        let held = octaves.iter().filter(|c| c.holds()).count();
        let worst = |name: &str, scale: f64| {
            let errors = octaves
                .iter()
                .filter(|c| c.quantity == name)
                .filter_map(|c| c.error);
            number(errors.map(f64::abs).reduce(f64::max).map(|e| scale * e), 3)
        };
        let single = |name: &str| {
            let of_whole = outcome
                .comparisons
                .iter()
                .find(|c| c.octave_hz.is_none() && c.quantity == name);
            number(of_whole.and_then(|c| c.error), 4)
        };
        let right = if outcome.faults.is_empty() {
            "right"
        } else {
            "WRONG"
        };
        table.row(&[
            outcome.id.clone(),
            format!("{right} {}", outcome.faults.join("; ")),
            number(outcome.skew_error_ppm, 4),
            number(outcome.start_error, 2),
            format!("{held} of {}", octaves.len()),
            worst("t20_s", 100.0),
            worst("t30_s", 100.0),
            worst("c50_db", 1.0),
            single("drr_db"),
            single("sti"),
        ])?;
    }
    let right = found.iter().filter(|o| o.faults.is_empty()).count();
    let octaves = || {
        found
            .iter()
            .flat_map(|o| &o.comparisons)
            .filter(|c| c.octave_hz.is_some())
    };
    Ok(Section {
        title: "Golden recordings".to_owned(),
        method: format!(
            "{right} of {} right (outcome, required warnings, no false ones on clean recordings, skew, position); {} of {} figures of valid octaves inside their golden tolerance. T30 is judged where the golden file calls it valid.",
            found.len(),
            octaves().filter(|c| c.holds()).count(),
            octaves().count()
        ),
        table,
    })
}

fn of_decays(
    decays: &[decays::Decay],
    found: &[recordings::Outcome],
) -> Result<Section, TaskError> {
    let mut table = Table::new(&["what", "goal", "found"]);
    let is_time = |name: &str| name == "t20_s" || name == "t30_s";
    let of_decays = decays
        .iter()
        .filter(|d| is_time(d.quantity) && d.inr_true_db.is_none_or(|i| i >= 50.0))
        .filter_map(|d| d.error);
    let of_recordings = clean(found)
        .flat_map(|o| &o.comparisons)
        .filter(|c| is_time(&c.quantity) && c.inr_db.is_some_and(|i| i >= 50.0))
        .filter_map(|c| c.error);
    let (median, worst, n) = spread(of_decays.chain(of_recordings));
    table.row(&[
        format!("T20, T30 per octave at INR >= 50 dB ({n} values)"),
        "median <= 0.5 %, worst <= 2 %".to_owned(),
        format!(
            "median {:.3} %, worst {:.2} %",
            100.0 * median,
            100.0 * worst
        ),
    ])?;
    let bare = decays
        .iter()
        .filter(|d| d.error.is_some() && !d.flagged)
        .filter(|d| {
            let needed = if d.quantity == "t30_s" { 45.0 } else { 35.0 };
            is_time(d.quantity) && d.inr_true_db.is_some_and(|i| i < needed)
        })
        .count();
    table.row(&[
        "T30 below INR 45 dB, T20 below 35 dB, without reason or flag".to_owned(),
        "0".to_owned(),
        bare.to_string(),
    ])?;
    let good: Vec<_> = decays
        .iter()
        .filter(|d| d.quantity == "t20_s" && d.inr_true_db.is_none_or(|i| i >= 55.0))
        .filter(|d| d.id != "dec_tones_double_m15")
        .collect();
    let unflagged = good.iter().filter(|d| !d.flagged).count();
    table.row(&[
        format!(
            "bands with INR >= 55 dB and one slope without a flag (of {})",
            good.len()
        ),
        ">= 95 %".to_owned(),
        format!(
            "{:.1} %",
            100.0 * unflagged as f64 / good.len().max(1) as f64
        ),
    ])?;
    let wanted: Vec<_> = decays.iter().filter(|d| d.wanted).collect();
    let held = wanted
        .iter()
        .filter(|d| d.error.is_some_and(|e| e.abs() <= d.allowed))
        .count();
    table.row(&[
        "golden decays: values that the golden file wants, inside its tolerance".to_owned(),
        "all".to_owned(),
        format!("{held} of {}", wanted.len()),
    ])?;
    Ok(Section {
        title: "Decay times".to_owned(),
        method: format!(
            "Golden decays against closed form or realised decay, and the recordings against their truth, without {}, whose making spoils parameters.",
            SPOILT.join(", ")
        ),
        table,
    })
}

fn of_ratios(
    found: &[recordings::Outcome],
    exact: &[exact::Exact],
    tables: &[speech::Row],
) -> Result<Section, TaskError> {
    let mut table = Table::new(&[
        "what",
        "goal",
        "clean recordings",
        "all recordings",
        "exact cases, whole response",
    ]);
    let judged = [
        ("c50_db", "median <= 0.2 dB, worst 0.5; exact <= 0.02"),
        ("c80_db", "median <= 0.2 dB, worst 0.5; exact <= 0.02"),
        ("d50", "<= 0.005"),
        ("ts_ms", "<= 0.3 ms"),
        ("drr_db", "<= 0.2 dB"),
        ("sti", "<= 0.003"),
    ];
    for (name, goal) in judged {
        let per_octave = !matches!(name, "drr_db" | "sti");
        let of = |outcomes: Vec<&recordings::Outcome>| {
            let all = outcomes.into_iter().flat_map(|o| &o.comparisons);
            let errors = all.filter(|c| c.quantity == name && c.octave_hz.is_some() == per_octave);
            let (median, worst, n) = spread(errors.filter_map(|c| c.error));
            format!("median {median:.4}, worst {worst:.4} ({n})")
        };
        let known = exact
            .iter()
            .filter(|e| e.quantity == name && e.octave_hz.is_none());
        let (_, worst, n) = spread(known.filter_map(|e| e.error));
        table.row(&[
            name.to_owned(),
            goal.to_owned(),
            of(clean(found).collect()),
            of(found.iter().collect()),
            format!("worst {worst:.5} ({n})"),
        ])?;
    }
    let largest = |pick: fn(&speech::Row) -> Option<f64>| {
        tables
            .iter()
            .filter_map(pick)
            .map(f64::abs)
            .fold(0.0, f64::max)
    };
    let plain = largest(|r| Some(r.male.abs().max(r.female.abs())));
    let masked = largest(|r| r.masked);
    Ok(Section {
        title: "Energy ratios and speech".to_owned(),
        method: format!(
            "Absolute errors. STI tables ({} rows): worst {plain:.1e} without masking (goal 1e-4, male and female), {masked:.1e} with masking and threshold (goal 0.005).",
            tables.len()
        ),
        table,
    })
}

fn clean(found: &[recordings::Outcome]) -> impl Iterator<Item = &recordings::Outcome> {
    found.iter().filter(|o| !SPOILT.contains(&o.id.as_str()))
}

/// Median, maximum and number of absolute values.
pub(super) fn spread(errors: impl Iterator<Item = f64>) -> (f64, f64, usize) {
    let mut sorted: Vec<f64> = errors.map(f64::abs).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    (
        median,
        sorted.last().copied().unwrap_or(f64::NAN),
        sorted.len(),
    )
}

/// A number with some decimals, or a dash.
pub(super) fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |x| format!("{x:.decimals$}"))
}
