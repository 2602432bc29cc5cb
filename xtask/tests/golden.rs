//! The golden data against the limits of step 1: every recording, decay, exact response and speech table, with its
//! truth.
//!
//! `xtask::golden` compares and judges nothing; here are the limits. Two rules narrow the comparison, both the
//! golden data's own: its promise speaks of octaves, so that of the whole response only DRR and STI are judged;
//! and taps closer than the lead of a band (4 over its bandwidth) are not separable there, so that a response with
//! such taps has no exact truth in that band.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use room_dsp::Band;
use room_metrics::{BandParameters, Quantity, RoomParameters};
use serde::Deserialize;
use xtask::golden::decays::Decay;
use xtask::golden::exact::Exact;
use xtask::golden::recordings::{Comparison, Outcome};
use xtask::{golden, workspace};

/// Recordings with a made fault that reaches the response (clipping, gain step, dropout, a phone's band), and the
/// real room, whose truth is itself a measurement: the tolerances of the golden file hold for them, the tighter
/// limits of ideal recordings do not.
const FAULTY: [&str; 5] = [
    "r07_clip_hard",
    "r08_agc_step",
    "r09_dropout_zero60ms",
    "r20_phone_band",
    "r23_living_room_real",
];

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
static RECORDINGS: LazyLock<Vec<Outcome>> =
    LazyLock::new(|| golden::recordings::run(&workspace::root()).unwrap());

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
static DECAYS: LazyLock<Vec<Decay>> =
    LazyLock::new(|| golden::decays::run(&workspace::root()).unwrap());

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
static EXACT: LazyLock<Vec<Exact>> =
    LazyLock::new(|| golden::exact::run(&workspace::root()).unwrap());

fn sound() -> impl Iterator<Item = &'static Outcome> {
    RECORDINGS
        .iter()
        .filter(|o| !FAULTY.contains(&o.id.as_str()))
}

/// Comparisons of some quantities in octaves of recordings without fault.
fn of_octaves(quantities: &[&str]) -> Vec<(&'static str, &'static Comparison)> {
    sound()
        .flat_map(|o| o.comparisons.iter().map(|c| (o.id.as_str(), c)))
        .filter(|(_, c)| c.octave_hz.is_some() && quantities.contains(&c.quantity.as_str()))
        .collect()
}

/// Checks median and worst of magnitudes, at least `least` of them; a missing value is infinitely wrong.
fn limits(what: &str, errors: &[(String, Option<f64>)], least: usize, median: f64, worst: f64) {
    assert!(
        errors.len() >= least,
        "only {} values of {what}",
        errors.len()
    );
    let magnitude = |e: &Option<f64>| e.map_or(f64::INFINITY, f64::abs);
    let over: Vec<_> = errors
        .iter()
        .filter(|(_, e)| magnitude(e) > worst)
        .collect();
    assert!(over.is_empty(), "{what} above {worst}: {over:?}");
    let mut sorted: Vec<f64> = errors.iter().map(|(_, e)| magnitude(e)).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    assert!(middle <= median, "{what}: median {middle} above {median}");
}

#[test]
fn every_recording_has_its_outcome_warnings_clock_and_position() {
    assert_eq!(RECORDINGS.len(), 23);
    let wrong: Vec<_> = RECORDINGS
        .iter()
        .filter(|o| !o.faults.is_empty())
        .map(|o| (&o.id, &o.faults, &o.codes))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_figure_of_a_valid_octave_is_a_number_within_its_tolerance() {
    let judged =
        |c: &&Comparison| c.octave_hz.is_some() || ["drr_db", "sti"].contains(&c.quantity.as_str());
    let of = |o: &'static Outcome| o.comparisons.iter().filter(judged).map(|c| (&o.id, c));
    let all: Vec<_> = RECORDINGS.iter().flat_map(of).collect();
    assert!(all.len() >= 780, "only {} figures", all.len());
    let wrong: Vec<_> = all.iter().filter(|(_, c)| !c.holds()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_number_is_infinite_or_undefined() {
    let found: Vec<&RoomParameters> = RECORDINGS
        .iter()
        .filter_map(|o| o.parameters.as_ref())
        .collect();
    assert_eq!(found.len(), 18, "recordings that are not refused");
    for parameters in found {
        let bands = parameters.octaves.iter().chain(&parameters.thirds);
        for band in bands.chain([&parameters.broadband]) {
            assert_eq!(not_finite(band), [""; 0], "{:?}", band.band);
        }
        let mid = &parameters.mid;
        let single: [Quantity; 4] = [mid.t20_s, mid.t30_s, mid.edt_s, mid.c50_db];
        assert!(single.iter().flatten().all(|x| x.is_finite()));
        let response = &parameters.frequency_response;
        let curves = [
            &response.frequency_hz,
            &response.level_db,
            &parameters.energy_time.time_s,
            &parameters.energy_time.level_db,
        ];
        assert!(
            curves
                .iter()
                .all(|c| !c.is_empty() && c.iter().all(|x| x.is_finite()))
        );
        if let Ok(speech) = &parameters.speech {
            let matrix = speech.mtf.iter().flatten();
            assert!(
                matrix
                    .chain(&speech.mti)
                    .chain([&speech.sti])
                    .all(|x| (0.0..=1.0).contains(x))
            );
        }
    }
}

/// Names of what is not finite in a band.
fn not_finite(band: &BandParameters) -> Vec<&'static str> {
    let numbers = band.quantities().into_iter();
    let mut names: Vec<&str> = numbers
        .filter(|(_, q)| q.is_ok_and(|x| !x.is_finite()))
        .map(|(name, _)| name)
        .collect();
    let curve = band.decay.time_s.iter().chain(&band.decay.level_db);
    if curve.into_iter().any(|x| !x.is_finite()) {
        names.push("decay");
    }
    names
}

#[test]
fn decay_times_with_a_range_of_50_db_are_right_within_half_a_percent() {
    for quantity in ["t20_s", "t30_s"] {
        let recorded = of_octaves(&[quantity])
            .into_iter()
            .filter(|(_, c)| c.inr_db.is_some_and(|inr| inr >= 50.0))
            .map(|(id, c)| (format!("{id} {:?}", c.octave_hz), c.error));
        let made = DECAYS
            .iter()
            .filter(|d| d.wanted && d.quantity == quantity)
            .filter(|d| d.inr_found_db.is_none_or(|inr| inr >= 50.0))
            .map(|d| (format!("{} {}", d.id, d.octave_hz), d.error));
        let all: Vec<_> = recorded.chain(made).collect();
        limits(quantity, &all, 80, 0.005, 0.02);
    }
}

#[test]
fn every_decay_that_can_be_seen_is_within_its_tolerance() {
    let wanted: Vec<_> = DECAYS.iter().filter(|d| d.wanted).collect();
    assert!(wanted.len() > 120, "only {}", wanted.len());
    let wrong: Vec<_> = wanted
        .iter()
        .filter(|d| d.error.is_none_or(|e| e.abs() > d.allowed))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_decay_time_beyond_the_range_has_a_reason_or_a_flag() {
    let needs: BTreeMap<&str, f64> = [("t20_s", 35.0), ("t30_s", 45.0)].into();
    let beyond: Vec<_> = DECAYS
        .iter()
        .filter(|d| {
            needs
                .get(d.quantity)
                .is_some_and(|n| d.inr_true_db.is_some_and(|inr| inr < *n))
        })
        .collect();
    assert!(beyond.len() >= 28, "only {}", beyond.len());
    let silent: Vec<_> = beyond
        .iter()
        .filter(|d| d.error.is_some() && !d.flagged)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");

    let recorded = RECORDINGS.iter().filter_map(|o| o.parameters.as_ref());
    for band in recorded.flat_map(|p| p.octaves.iter().chain(&p.thirds)) {
        let times = [(band.t20_s, 35.0), (band.t30_s, 45.0)];
        let short = |(time, needed): &(Quantity, f64)| {
            time.is_ok() && band.inr_db.is_ok_and(|inr| inr < *needed)
        };
        assert!(
            !times.iter().any(short) || !band.flags.is_empty(),
            "{band:?}"
        );
    }
}

#[test]
fn few_bands_with_a_good_range_carry_a_flag_and_every_double_slope_does() {
    let double: Vec<String> = cases()
        .decays
        .into_iter()
        .filter(|c| c.second.is_some())
        .map(|c| c.id)
        .collect();
    let good: BTreeMap<(&String, u32), bool> = DECAYS
        .iter()
        .filter(|d| d.inr_true_db.is_none_or(|inr| inr >= 55.0))
        .map(|d| ((&d.id, d.octave_hz), d.flagged))
        .collect();
    let (bent, straight): (Vec<_>, Vec<_>) =
        good.iter().partition(|((id, _), _)| double.contains(id));
    assert!(
        bent.len() >= 7 && bent.iter().all(|(_, flagged)| **flagged),
        "{bent:?}"
    );
    let flagged: Vec<_> = straight.iter().filter(|(_, f)| **f).collect();
    assert!(straight.len() >= 28, "only {}", straight.len());
    assert!(
        20 * flagged.len() <= straight.len(),
        "{flagged:?} of {}",
        straight.len()
    );
}

#[test]
fn clarity_of_recordings_is_right_within_half_a_decibel() {
    for quantity in ["c50_db", "c80_db"] {
        let all: Vec<_> = of_octaves(&[quantity])
            .into_iter()
            .map(|(id, c)| (format!("{id} {:?}", c.octave_hz), c.error))
            .collect();
        limits(quantity, &all, 80, 0.2, 0.5);
    }
}

#[test]
fn exact_responses_give_exact_figures() {
    let limit: BTreeMap<&str, f64> = [
        ("c50_db", 0.02),
        ("c80_db", 0.02),
        ("d50", 0.005),
        ("ts_ms", 0.3),
        ("drr_db", 0.2),
    ]
    .into();
    let taps = smallest_tap_distance_s();
    let separable = |e: &&Exact| match (e.octave_hz, taps.get(&e.id)) {
        (Some(hz), Some(distance_s)) => *distance_s >= 4.0 / octave(hz).width_hz(),
        _ => true,
    };
    let judged: Vec<&Exact> = EXACT.iter().filter(separable).collect();
    assert!(judged.len() >= 60, "only {}", judged.len());
    assert!(
        EXACT.len() - judged.len() <= 8,
        "one octave of one case is not separable"
    );
    let allowed = |e: &Exact| {
        let whole = limit.get(e.quantity).filter(|_| e.octave_hz.is_none());
        whole.map_or(e.allowed, |l| l.min(e.allowed))
    };
    let wrong: Vec<_> = judged
        .iter()
        .filter(|e| e.error.is_none_or(|x| x.abs() > allowed(e)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn octave(hz: f64) -> Band {
    let same = |b: &Band| (b.nominal_hz() - hz).abs() < 0.5;
    Band::octaves().find(same).unwrap()
}

/// How the golden responses were made, as far as it matters here.
#[derive(Deserialize)]
struct Cases {
    decays: Vec<DecayCase>,
    exact: Vec<ExactCase>,
}

#[derive(Deserialize)]
struct DecayCase {
    id: String,
    /// Decay times of the second slope, where there is one.
    #[serde(rename = "T2")]
    second: Option<Vec<f64>>,
}

#[derive(Deserialize)]
struct ExactCase {
    id: String,
    /// Milliseconds after the onset, and amplitude.
    #[serde(default)]
    taps: Vec<(f64, f64)>,
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn cases() -> Cases {
    let path = golden::folder(&workspace::root()).join("cases.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Smallest distance of neighbouring taps in seconds, by case.
fn smallest_tap_distance_s() -> BTreeMap<String, f64> {
    let smallest = |taps: &[(f64, f64)]| {
        let distances = taps.windows(2).map(|t| 1e-3 * (t[1].0 - t[0].0));
        distances.reduce(f64::min)
    };
    let of = |c: ExactCase| smallest(&c.taps).map(|d| (c.id, d));
    cases().exact.into_iter().filter_map(of).collect()
}

#[test]
fn speech_tables_are_met() {
    let rows = golden::speech::run(&workspace::root()).unwrap();
    assert!(rows.len() >= 30, "only {}", rows.len());
    for row in &rows {
        let plain = row.male.abs().max(row.female.abs());
        assert!(plain <= 1e-4, "{row:?}");
        assert!(row.masked.is_none_or(|e| e.abs() <= 0.005), "{row:?}");
    }
    assert!(rows.iter().any(|r| r.masked.is_some()));
}

#[test]
fn speech_transmission_of_recordings_is_right_within_three_thousandths() {
    let all: Vec<_> = sound()
        .flat_map(|o| o.comparisons.iter().map(move |c| (&o.id, c)))
        .filter(|(_, c)| c.quantity == "sti")
        .map(|(id, c)| (id.clone(), c.error))
        .collect();
    limits("sti", &all, 12, 0.003, 0.003);
}

#[test]
fn clocks_are_compared_within_one_part_per_million() {
    let all: Vec<_> = RECORDINGS
        .iter()
        .filter(|o| o.skew_error_ppm.is_some())
        .map(|o| (o.id.clone(), o.skew_error_ppm))
        .collect();
    limits("skew", &all, 15, 1.0, 1.0);
}
