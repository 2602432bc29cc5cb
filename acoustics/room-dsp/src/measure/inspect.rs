//! Checks that need the response, and the result put together.

use crate::checkpoints::{self, Checkpoint, STEP_MAX_S};
use crate::checks::background::{self, BackgroundSpectrum};
use crate::checks::dropout::{self, Stretch, SweepPlace};
use crate::checks::impulsive::{self, Click};
use crate::checks::response;
use crate::deconvolve::Deconvolved;
use crate::excitation::Excitation;
use crate::finding::{Finding, Refusal};
use crate::impulse_response::ImpulseResponse;
use crate::resample::resample;
use crate::signal::SampleRate;

use super::clock::Clock;
use super::section::{FADE_S, Section, clamped};
use super::{Alignment, Analyzer, HarmonicResponse, Measured};

/// Difference between the chirps' levels that is a change of gain, in decibels.
const CHIRP_GAIN_MAX_DB: f64 = 0.5;

/// Difference between chirp and sweep level that is a change of gain, in decibels: distortion and noise add to it.
const SWEEP_GAIN_MAX_DB: f64 = 1.0;

/// Seconds that the clocks may have drifted apart between a lone chirp and the sweep: 250 ppm of the longest distance.
const LONE_DRIFT: f64 = 250e-6;

/// Highest frequency that a recording carries, re its rate.
const CARRIED: f64 = 0.47;

/// Seconds of a harmonic's response that are kept.
const HARMONIC_S: f64 = 0.25;

/// Highest harmonic looked at.
const HARMONIC_MAX: u32 = 4;

/// Distance of the quarter second of background from the onset, in seconds.
const BACKGROUND_S: f64 = 0.3;

/// Seconds around a dropout in which clicks are its own.
const DROPOUT_REACH_S: f64 = 0.3;

/// Did chirp and sweep go through one unbroken recording at one gain?
pub(super) fn continuity(
    excitation: &Excitation,
    samples: &[f32],
    rate: SampleRate,
    clock: &Clock,
    section: &Section,
) -> Result<Option<Finding>, Refusal> {
    let points = checkpoints(excitation, samples, clock, section);
    let lag_s = points.iter().map(|p| p.lag_s.abs()).fold(0.0, f64::max);
    let allowed_s = match clock.pair {
        Some(_) => STEP_MAX_S,
        None => STEP_MAX_S + LONE_DRIFT * excitation.chirp_spacing_s(),
    };
    if lag_s > allowed_s {
        let deviation_ppm = clock.pair.map_or(0.0, |p| p.skew_ppm);
        return Err(Refusal::SyncInconsistent {
            deviation_ppm,
            step_ms: Some(1e3 * lag_s),
        });
    }
    debug_assert!(rate.hz() > 0, "rates are checked");
    let by_chirps = clock
        .pair
        .map(|p| p.gain_db)
        .filter(|g| g.abs() > CHIRP_GAIN_MAX_DB);
    let mut by_sweep: Vec<f64> = points.iter().map(|p| p.gain_db).collect();
    by_sweep.sort_unstable_by(f64::total_cmp);
    let by_sweep = by_sweep
        .get(by_sweep.len() / 2)
        .copied()
        .filter(|g| g.abs() > SWEEP_GAIN_MAX_DB);
    Ok(by_chirps
        .or(by_sweep)
        .map(|change_db| Finding::GainChange { change_db }))
}

/// Compares the heard chirp with the sweep.
fn checkpoints(
    excitation: &Excitation,
    samples: &[f32],
    clock: &Clock,
    section: &Section,
) -> Vec<Checkpoint> {
    let rate_hz = excitation.rate().as_f64();
    let template = if clock.start_heard() {
        excitation.chirp_start()
    } else {
        excitation.chirp_end()
    };
    let offset_s = if clock.start_heard() {
        0.0
    } else {
        excitation.chirp_spacing_s()
    };
    let lead = checkpoints::window_lead(rate_hz) as f64;
    let begin = clock.start + offset_s * clock.samples_per_s;
    let margin = (lead + 400.0) * clock.samples_per_s / rate_hz;
    let len_s = excitation.parameters().chirp_duration_s + 0.2;
    let part = clamped(begin - margin, samples.len())
        ..clamped(begin + len_s * clock.samples_per_s + margin, samples.len());
    let chirp = resample(samples, part, rate_hz / clock.samples_per_s);
    let arrival = chirp.axis.output_position(begin);
    let first = clamped(arrival - lead, chirp.samples.len());
    // The lag at which both windows have the same distance to their arrival, whole samples apart; the fraction is taken off after.
    let from = (section.expected - (arrival - first as f64)).round();
    let fraction_s = (section.expected - (arrival - first as f64) - from) / rate_hz;
    let sweep = section.lags(from, checkpoints::window_len(rate_hz));
    checkpoints::compare(excitation, &template, &chirp.samples[first..], &sweep)
        .into_iter()
        .map(|p| Checkpoint {
            lag_s: p.lag_s - fraction_s,
            ..p
        })
        .collect()
}

/// Puts the result together, with the checks of the response and of the background.
pub(super) fn assemble(
    analyzer: &Analyzer,
    samples: &[f32],
    rate: SampleRate,
    channel: usize,
    clock: &Clock,
    mut section: Section,
    mut findings: Vec<Finding>,
) -> Result<Measured, Refusal> {
    let e = &analyzer.excitation;
    let rate_hz = e.rate().as_f64();
    let alignment = alignment(e, clock, &section);
    let place = SweepPlace {
        excitation: e,
        start: section.recorded_position(section.onset as f64),
        samples_per_s: clock.samples_per_s,
    };
    let stretches = dropout::find(samples, &place);
    findings.extend(dropout::finding(&stretches, rate.as_f64()));
    let (background, noise_findings) = background(e, samples, rate, clock);
    findings.extend(noise_findings);
    let range_hz = (
        e.parameters().sweep_start_hz,
        e.parameters().sweep_end_hz.min(CARRIED * rate.as_f64()),
    );
    let quarter = e.rate().samples(HARMONIC_S);
    let part = |lag_s: f64| section.lags(section.onset as f64 + lag_s * rate_hz - 240.0, quarter);
    let (linear, noise) = (part(0.0), part(-BACKGROUND_S));
    let missing = response::missing_thirds(&linear, &noise, rate_hz, range_hz);
    findings.extend(response::missing_finding(&missing));
    let harmonics: Vec<HarmonicResponse> = (2..=HARMONIC_MAX)
        .map(|order| HarmonicResponse {
            order,
            samples: part(-e.harmonic_advance_s(order)),
        })
        .collect();
    let parts: Vec<&[f64]> = harmonics.iter().map(|h| h.samples.as_slice()).collect();
    let distortion = response::distortion(&linear, &parts, &noise, rate_hz);
    findings.extend(response::distortion_finding(distortion));
    let impulse_response = cut(e, &section, range_hz)?;
    findings.extend(clicks(analyzer, &mut section, &stretches, rate.as_f64()));
    Ok(Measured {
        impulse_response,
        harmonics,
        distortion,
        alignment,
        channel,
        background,
        findings,
    })
}

fn alignment(excitation: &Excitation, clock: &Clock, section: &Section) -> Alignment {
    let arrival = section.first_arrival(excitation.rate().as_f64());
    let sweep_arrival = section.recorded_position(arrival);
    let start = sweep_arrival - excitation.sweep_start_s() * clock.samples_per_s;
    Alignment {
        start_chirp_sample: start,
        end_chirp_sample: match clock.pair {
            Some(pair) => Some(start + pair.distance),
            None if clock.start_heard() => None,
            None => Some(start + excitation.chirp_spacing_s() * clock.samples_per_s),
        },
        skew_ppm: clock.pair.map(|p| p.skew_ppm),
        snr_db: clock.pair.map(|p| p.snr_db),
    }
}

/// Level of the background before the signal, hum in it, and whether it is still there after the first chirp.
fn background(
    excitation: &Excitation,
    samples: &[f32],
    rate: SampleRate,
    clock: &Clock,
) -> (Option<background::Background>, Vec<Finding>) {
    let rate_hz = rate.as_f64();
    let at = |s: f64| clamped(clock.start + s * clock.samples_per_s, samples.len());
    let before = &samples[..at(-0.05)];
    let gap_end_s = excitation.sweep_start_s();
    let gap =
        &samples[at(gap_end_s - 0.5 * excitation.parameters().gap_before_s)..at(gap_end_s - 0.02)];
    let spectrum = BackgroundSpectrum::new(before, rate_hz);
    let quiet = spectrum.as_ref().map(|s| s.levels(rate_hz));
    let hum = spectrum
        .or_else(|| BackgroundSpectrum::new(gap, rate_hz))
        .and_then(|s| s.hum());
    let gate = background::gate(before, gap, rate_hz);
    (quiet, hum.into_iter().chain(gate).collect())
}

/// The response from half a second before its onset to the end of the recorded decay.
fn cut(
    excitation: &Excitation,
    section: &Section,
    range_hz: (f64, f64),
) -> Result<ImpulseResponse, Refusal> {
    let rate = excitation.rate();
    let lead = section.onset.min(rate.samples(section.lead_s));
    let end = section.onset + rate.samples(section.tail_s.max(0.0));
    let response = &section.deconvolved.response;
    let samples = response[section.onset - lead..end.min(response.len())].to_vec();
    ImpulseResponse::with_onset(rate, samples, lead, range_hz)
        .map_err(|_| Refusal::NoSignal { peak_dbfs: None })
}

/// Clicks in what the response does not explain, apart from those that dropouts make.
fn clicks(
    analyzer: &Analyzer,
    section: &mut Section,
    stretches: &[Stretch],
    file_rate_hz: f64,
) -> Option<Finding> {
    let e = &analyzer.excitation;
    let rate_hz = e.rate().as_f64();
    let taken = Deconvolved {
        response: Vec::new(),
        received: Vec::new(),
    };
    let Deconvolved {
        mut response,
        received,
    } = core::mem::replace(&mut section.deconvolved, taken);
    let kept_after = section.onset + e.rate().samples(section.tail_s.max(0.0));
    let kept_before = response.len() - e.rate().samples(e.harmonic_advance_s(HARMONIC_MAX));
    if kept_after < kept_before {
        response[kept_after..kept_before].fill(0.0);
    }
    let residual = analyzer.deconvolver.residual(response, received);
    let searched = searched(e, section, residual.len());
    let found: Vec<Click> = impulsive::find(&residual, searched, rate_hz)
        .into_iter()
        .filter(|c| {
            let at = section.recorded_position(c.sample as f64);
            let reach = DROPOUT_REACH_S * file_rate_hz;
            !stretches
                .iter()
                .any(|s| (s.start as f64 - reach..s.end as f64 + reach).contains(&at))
        })
        .collect();
    impulsive::finding(&found, |i| {
        section.recorded_position(i as f64) / file_rate_hz
    })
}

/// The part of the segment in which the sweep runs between three times its lowest and three quarters of its highest frequency: what lies outside
/// the excited range, and the transients at its ends, are never explained.
fn searched(excitation: &Excitation, section: &Section, len: usize) -> core::ops::Range<usize> {
    let rate_hz = excitation.rate().as_f64();
    let p = excitation.parameters();
    let until_s = |f: f64| excitation.sweep_rate_s() * (f / p.sweep_start_hz).ln();
    let from = section.expected + (until_s(3.0 * p.sweep_start_hz) + FADE_S) * rate_hz;
    let to = section.expected + until_s(0.75 * p.sweep_end_hz) * rate_hz;
    clamped(from, len)..clamped(to, len)
}
