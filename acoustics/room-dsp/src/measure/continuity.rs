//! Did chirp and sweep go through one unbroken recording at one gain?
//!
//! Gain is compared where chirp and sweep play the same frequencies. A gain that falls and returns while the
//! sweep plays others looks like a response that lacks them, and is not told apart from one.

use crate::checkpoints::{self, Checkpoint, STEP_MAX_S};
use crate::finding::{Finding, Refusal};
use crate::resample::Resampling;

use super::Take;
use super::clamped;
use super::section::Section;

/// Difference between the chirps' levels that is a change of gain, in decibels.
const CHIRP_GAIN_MAX_DB: f64 = 0.5;

/// Difference between chirp and sweep level that is a change of gain, in decibels: distortion and noise add to it.
const SWEEP_GAIN_MAX_DB: f64 = 1.0;

/// What the clocks may have drifted apart between a lone chirp and the sweep, re their distance: 250 ppm.
const LONE_DRIFT: f64 = 250e-6;

/// Highest frequency of a recording that is compared, re its rate.
const COMPARED: f64 = 0.4;

/// Looks for steps in time, which refuse, and in gain, which are told.
pub(super) fn check(
    take: &Take<'_>,
    resampling: &mut Resampling,
    section: &Section,
) -> Result<Option<Finding>, Refusal> {
    let pair = take.clock.pair;
    let points = checkpoints(take, resampling, section);
    let lag_s = points.iter().map(|p| p.lag_s.abs()).fold(0.0, f64::max);
    let drift_s = LONE_DRIFT * take.excitation().chirp_spacing_s();
    let allowed_s = STEP_MAX_S + if pair.is_some() { 0.0 } else { drift_s };
    if lag_s > allowed_s {
        let deviation_ppm = pair.map_or(0.0, |p| p.skew_ppm);
        return Err(Refusal::SyncInconsistent {
            deviation_ppm,
            step_ms: Some(1e3 * lag_s),
        });
    }
    let by_chirps = pair
        .and_then(|p| p.gain_db)
        .filter(|g| g.abs() > CHIRP_GAIN_MAX_DB);
    let gains = points.iter().filter_map(|p| p.gain_db);
    let by_sweep = gains
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .filter(|g| g.abs() > SWEEP_GAIN_MAX_DB);
    Ok(by_chirps
        .or(by_sweep)
        .map(|change_db| Finding::GainChange { change_db }))
}

/// Compares the heard chirp with the sweep.
fn checkpoints(take: &Take<'_>, resampling: &mut Resampling, section: &Section) -> Vec<Checkpoint> {
    let e = take.excitation();
    let clock = &take.clock;
    let rate_hz = e.rate().as_f64();
    let template = if clock.start_heard() {
        e.chirp_start()
    } else {
        e.chirp_end()
    };
    let offset_s = if clock.start_heard() {
        0.0
    } else {
        e.chirp_spacing_s()
    };
    let lead = checkpoints::window_lead(rate_hz) as f64;
    let begin = clock.start + offset_s * clock.samples_per_s;
    let margin = (lead + 400.0) * clock.samples_per_s / rate_hz;
    let len_s = e.parameters().chirp_duration_s + 0.2;
    let part = clamped(begin - margin, take.samples.len())
        ..clamped(
            begin + len_s * clock.samples_per_s + margin,
            take.samples.len(),
        );
    let chirp = resampling.part(take.samples, part);
    let arrival = chirp.axis.output_position(begin);
    // Where the file begins less than a lead before the chirp, silence stands in: a response that is cut at its
    // arrival loses what its band limit puts before it, and chirp and sweep lose differently.
    let silence = clamped(lead - arrival, e.rate().samples(len_s));
    let first = clamped(arrival - lead, chirp.samples.len());
    let mut received = vec![0.0; silence];
    received.extend(&chirp.samples[first..]);
    let arrival = arrival - first as f64 + silence as f64;
    // The lag at which both windows have the same distance to their arrival, whole samples apart; the fraction
    // is taken off after.
    let exact = section.expected - arrival;
    let from = exact.round();
    let fraction_s = (exact - from) / rate_hz;
    let sweep = section.lags(from, checkpoints::window_len(rate_hz));
    let carried_hz = COMPARED * take.rate.as_f64();
    checkpoints::compare(e, &template, &received, &sweep, carried_hz)
        .into_iter()
        .map(|p| Checkpoint {
            lag_s: p.lag_s - fraction_s,
            ..p
        })
        .collect()
}
