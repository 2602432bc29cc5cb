//! Checks that need the response, which frequencies each fault has reached, and the result put together.

use core::ops::Range;

use crate::band::Band;
use crate::checks::background::{self, Background, BackgroundSpectrum};
use crate::checks::dropout::{self, Stretch, SweepPlace};
use crate::checks::impulsive::{self, Click};
use crate::checks::{clipping, response};
use crate::doubt::{Cause, Doubt};
use crate::finding::{Finding, Refusal};
use crate::impulse_response::ImpulseResponse;

use super::clamped;
use super::section::{FADE_S, Section};
use super::{Alignment, HarmonicResponse, Measured, Take};

/// Highest frequency that a recording carries, re its rate.
const CARRIED: f64 = 0.47;

/// Seconds of a harmonic's response that are kept.
const HARMONIC_S: f64 = 0.25;

/// Samples of it before the expected arrival.
const HARMONIC_LEAD: f64 = 240.0;

/// Highest harmonic looked at.
const HARMONIC_MAX: u32 = 4;

/// Distance of the quarter second of background from the onset, in seconds.
const BACKGROUND_S: f64 = 0.3;

/// Seconds around a dropout in which clicks are its own.
const DROPOUT_REACH_S: f64 = 0.3;

/// Clicks are looked for above this frequency: hum and rumble are no events.
const CLICKS_ABOVE_HZ: f64 = 1_000.0;

/// A fault reaches its frequencies, and as a ratio what lies so near that filters mix it in.
const REACH: f64 = 1.2;

/// What was found so far, and whom it reaches.
#[derive(Debug, Default)]
struct Record {
    findings: Vec<Finding>,
    doubts: Vec<Doubt>,
}

impl Record {
    fn add(&mut self, finding: Option<Finding>, doubts: impl IntoIterator<Item = Doubt>) {
        if let Some(finding) = finding {
            self.findings.push(finding);
            self.doubts.extend(doubts);
        }
    }
}

/// Runs all checks and puts the result together; `findings` come from clock and file, `gain` from the
/// comparison of levels.
pub(super) fn assemble(
    take: &Take<'_>,
    section: Section,
    findings: Vec<Finding>,
    gain: Option<Finding>,
) -> Result<Measured, Refusal> {
    let e = take.excitation();
    let mut record = Record {
        findings,
        doubts: Vec::new(),
    };
    record.add(gain, [Doubt::everywhere(Cause::GainChange)]);
    let clipped = clipping::check(take.samples);
    let is_clipped = clipped.is_some();
    record.add(clipped, [Doubt::everywhere(Cause::Clipping)]);
    let stretches = dropouts(take, &section, &mut record);
    let background = background(take, &mut record);
    let range_hz = (
        e.parameters().sweep_start_hz,
        e.parameters()
            .sweep_end_hz
            .min(CARRIED * take.rate.as_f64()),
    );
    let (harmonics, distortion) = response_checks(take, &section, range_hz, &mut record);
    let alignment = alignment(take, &section);
    let response = cut(take, &section, range_hz)?;
    if !is_clipped {
        clicks(take, section, &stretches, &mut record);
    }
    Ok(Measured {
        impulse_response: response.doubting(record.doubts),
        harmonics,
        distortion: Some(distortion),
        alignment,
        channel: take.channel,
        background,
        findings: record.findings,
    })
}

fn dropouts(take: &Take<'_>, section: &Section, record: &mut Record) -> Vec<Stretch> {
    let place = SweepPlace {
        excitation: take.excitation(),
        start: section.recorded_position(section.onset as f64),
        samples_per_s: take.clock.samples_per_s,
    };
    let stretches = dropout::find(take.samples, &place);
    let doubts: Vec<Doubt> = stretches
        .iter()
        .map(|s| Doubt {
            cause: Cause::Dropout,
            range_hz: (
                place.frequency_hz(s.start) / REACH,
                place.frequency_hz(s.end) * REACH,
            ),
        })
        .collect();
    record.add(dropout::finding(&stretches, take.rate.as_f64()), doubts);
    stretches
}

/// Level of the background before the signal, hum in it, and whether it is still there after the first chirp.
fn background(take: &Take<'_>, record: &mut Record) -> Option<Background> {
    let rate_hz = take.rate.as_f64();
    let clock = &take.clock;
    let e = take.excitation();
    let at = |s: f64| clamped(clock.start + s * clock.samples_per_s, take.samples.len());
    let before = &take.samples[..at(-0.05)];
    let gap_s = e.parameters().gap_before_s;
    let gap = &take.samples[at(e.sweep_start_s() - 0.5 * gap_s)..at(e.sweep_start_s() - 0.02)];
    let spectrum = BackgroundSpectrum::new(before, rate_hz);
    let levels = spectrum.as_ref().map(|s| s.levels(rate_hz));
    let hum = spectrum
        .or_else(|| BackgroundSpectrum::new(gap, rate_hz))
        .and_then(|s| s.hum());
    record.add(hum, []);
    record.add(background::gate(before, gap, rate_hz), []);
    levels
}

/// Bands that are missing, and the harmonics that stand before the response.
fn response_checks(
    take: &Take<'_>,
    section: &Section,
    range_hz: (f64, f64),
    record: &mut Record,
) -> (Vec<HarmonicResponse>, f64) {
    let e = take.excitation();
    let rate_hz = e.rate().as_f64();
    let len = e.rate().samples(HARMONIC_S);
    let part =
        |lag_s: f64| section.lags(section.onset as f64 + lag_s * rate_hz - HARMONIC_LEAD, len);
    let (linear, noise) = (part(0.0), part(-BACKGROUND_S));
    let missing = response::missing_thirds(&linear, &noise, rate_hz, range_hz);
    let doubt = |third: &Band| Doubt {
        cause: Cause::BandLimitedSource,
        range_hz: (third.lower_hz() / REACH, third.upper_hz() * REACH),
    };
    record.add(
        response::missing_finding(&missing),
        missing.iter().map(doubt),
    );
    let harmonics: Vec<HarmonicResponse> = (2..=HARMONIC_MAX)
        .map(|order| HarmonicResponse {
            order,
            samples: part(-e.harmonic_advance_s(order)),
        })
        .collect();
    let parts: Vec<&[f64]> = harmonics.iter().map(|h| h.samples.as_slice()).collect();
    let distortion = response::distortion(&linear, &parts, &noise, rate_hz);
    record.add(response::distortion_finding(distortion), []);
    (harmonics, distortion)
}

fn alignment(take: &Take<'_>, section: &Section) -> Alignment {
    let e = take.excitation();
    let clock = &take.clock;
    let arrival = section.recorded_position(section.first_arrival(e.rate().as_f64()));
    let start = arrival - e.sweep_start_s() * clock.samples_per_s;
    Alignment {
        start_chirp_sample: start,
        end_chirp_sample: match clock.pair {
            Some(pair) => Some(start + pair.distance),
            None if clock.start_heard() => None,
            None => Some(start + e.chirp_spacing_s() * clock.samples_per_s),
        },
        skew_ppm: clock.pair.map(|p| p.skew_ppm),
        snr_db: clock.pair.map(|p| p.snr_db),
    }
}

/// The response from half a second before its onset to the end of the recorded decay.
fn cut(
    take: &Take<'_>,
    section: &Section,
    range_hz: (f64, f64),
) -> Result<ImpulseResponse, Refusal> {
    let rate = take.excitation().rate();
    let lead = section.onset.min(rate.samples(section.lead_s));
    let response = &section.deconvolved.response;
    let end = (section.onset + rate.samples(section.tail_s.max(0.0))).min(response.len());
    let samples = response[section.onset - lead..end]
        .iter()
        .map(|x| f64::from(*x))
        .collect();
    ImpulseResponse::with_onset(rate, samples, lead, range_hz)
        .map_err(|_| Refusal::NoSignal { peak_dbfs: None })
}

/// Clicks in what the response does not explain, apart from those that dropouts make.
fn clicks(take: &Take<'_>, section: Section, stretches: &[Stretch], record: &mut Record) {
    let e = take.excitation();
    let file_rate_hz = take.rate.as_f64();
    let searched = searched(take, &section);
    let (place, mut deconvolved) = section.into_parts();
    let response = &mut deconvolved.response;
    let kept_after = place.onset + e.rate().samples(place.tail_s.max(0.0));
    let kept_before = response.len() - e.rate().samples(e.harmonic_advance_s(HARMONIC_MAX));
    if kept_after < kept_before {
        response[kept_after..kept_before].fill(0.0);
    }
    let residual = take
        .analyzer
        .deconvolver
        .residual(&deconvolved, CLICKS_ABOVE_HZ);
    let reach = DROPOUT_REACH_S * file_rate_hz;
    let is_dropout = |at: f64| {
        stretches
            .iter()
            .any(|s| (s.start as f64 - reach..s.end as f64 + reach).contains(&at))
    };
    let recorded = |sample: usize| {
        place
            .axis
            .recorded_position(place.first as f64 + sample as f64)
    };
    let mut found = impulsive::find(&residual, searched, e.rate().as_f64());
    found.retain(|c| !is_dropout(recorded(c.sample)));
    let frequency_hz = |c: &Click| {
        let t = (c.sample as f64 - place.expected) / e.rate().as_f64();
        e.parameters().sweep_start_hz * (t / e.sweep_rate_s()).exp()
    };
    let doubts: Vec<Doubt> = found
        .iter()
        .map(|c| Doubt {
            cause: Cause::ImpulsiveNoise,
            range_hz: (frequency_hz(c) / REACH, frequency_hz(c) * REACH),
        })
        .collect();
    record.add(
        impulsive::finding(&found, |i| recorded(i) / file_rate_hz),
        doubts,
    );
}

/// The part of the segment in which the sweep runs between three times its lowest and three quarters of its
/// highest frequency that the recording carries: what lies outside the excited range, and the transients at its ends,
/// are never explained.
fn searched(take: &Take<'_>, section: &Section) -> Range<usize> {
    let e = take.excitation();
    let rate_hz = e.rate().as_f64();
    let p = e.parameters();
    let len = section.deconvolved.response.len();
    let until_s = |f: f64| e.sweep_rate_s() * (f / p.sweep_start_hz).ln();
    let from = section.expected + (until_s(3.0 * p.sweep_start_hz) + FADE_S) * rate_hz;
    let highest_hz = p.sweep_end_hz.min(CARRIED * take.rate.as_f64());
    let to = section.expected + until_s(0.75 * highest_hz) * rate_hz;
    clamped(from, len)..clamped(to, len)
}
