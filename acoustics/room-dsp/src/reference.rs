//! Measurement with any signal: a recording divided by the signal that was played.
//!
//! For sweeps of other programs and for signals that were cut or faded. Such a signal has no markers, so that
//! the clock cannot be compared and lost samples cannot be noticed; the excited range is read off its spectrum.
//! Everything else is as in `deconvolve`: regularisation relative to the signal's local power, single
//! precision.

use core::convert::Infallible;
use core::fmt;

use crate::checks::background::BackgroundSpectrum;
use crate::checks::clipping;
use crate::doubt::{Cause, Doubt};
use crate::finding::{Finding, Refusal};
use crate::impulse_response::{ImpulseResponse, find_arrival};
use crate::measure::{Alignment, Ended, Measured};
use crate::resample::{Resampled, Resampling};
use crate::signal::{SampleRate, Signal};
use crate::transform::{Complex32, RealTransform, fast_len};

/// Shortest and longest signal in seconds.
const DURATION_S: core::ops::RangeInclusive<f64> = 0.1..=300.0;

/// Power per octave, re the highest, from which a frequency counts as excited: 20 dB below.
const EXCITED: f64 = 1e-2;

/// Bins on each side by which the ends of the excited range are judged.
const EDGE_BINS: usize = 8;

/// Regularisation within the excited range, re the signal's local power.
const REGULARISATION: f64 = 1e-6;

/// Peak of the response over its root mean square, in decibels, from which the signal was heard.
const PROMINENCE_MIN_DB: f64 = 20.0;

/// Decay after the end of the signal that the analysis needs, in seconds.
const TAIL_MIN_S: f64 = 0.1;

/// Longest decay that is kept, in seconds.
const TAIL_MAX_S: f64 = 10.0;

/// Background before the onset that is kept, in seconds.
const LEAD_S: f64 = 0.5;

/// The signal ends with its last sample above this share of its peak.
const SILENT: f32 = 1e-3;

/// Highest frequency that a recording carries, re its rate.
const CARRIED: f64 = 0.47;

/// Measures recordings of one given signal.
#[derive(Debug, Clone)]
pub struct ReferenceAnalyzer {
    rate: SampleRate,
    samples: Vec<f32>,
    /// Samples up to its last sound.
    active: usize,
}

/// Why a signal cannot serve as reference.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ReferenceFault {
    /// It is shorter or longer than allowed.
    Duration {
        /// Its duration in seconds.
        found_s: f64,
    },
    /// It has no sound.
    Silent,
}

impl fmt::Display for ReferenceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration { found_s } => write!(
                f,
                "the reference lasts {found_s:.2} s, allowed is {} to {} s",
                DURATION_S.start(),
                DURATION_S.end()
            ),
            Self::Silent => f.write_str("the reference is silent"),
        }
    }
}

impl core::error::Error for ReferenceFault {}

impl ReferenceAnalyzer {
    /// Takes the first channel of the played signal that has sound.
    ///
    /// # Errors
    /// [`ReferenceFault`] when it is silent, or shorter than 0.1 s or longer than 300 s.
    pub fn new(reference: &Signal) -> Result<Self, ReferenceFault> {
        let found_s = reference.duration_s();
        if !DURATION_S.contains(&found_s) {
            return Err(ReferenceFault::Duration { found_s });
        }
        let peak = |x: &[f32]| x.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let channel = reference.channels().iter().find(|c| peak(c) > 0.0);
        let samples = channel.ok_or(ReferenceFault::Silent)?.clone();
        let threshold = SILENT * peak(&samples);
        let active = samples
            .iter()
            .rposition(|x| x.abs() > threshold)
            .map_or(0, |i| i + 1);
        Ok(Self {
            rate: reference.rate(),
            samples,
            active,
        })
    }

    /// From a recording to its impulse response.
    ///
    /// # Errors
    /// A [`Refusal`]: silence, no trace of the signal, or an end before the signal's.
    pub fn measure(&self, recording: &Signal) -> Result<Measured, Refusal> {
        let go_on = || Ok::<(), Infallible>(());
        self.measure_while(recording, &go_on)
            .map_err(|ended| match ended {
                Ended::Refused(refusal) => refusal,
                Ended::Stopped(never) => match never {},
            })
    }

    /// As [`Self::measure`], and stopped by the first error of `go_on`, which is asked before each channel and before
    /// the result is put together.
    ///
    /// # Errors
    /// As [`Self::measure`], or that of `go_on`.
    pub fn measure_while<E>(
        &self,
        recording: &Signal,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<Measured, Ended<E>> {
        let ratio = self.rate.as_f64() / recording.rate().as_f64();
        let channels = recording.channels();
        let mut resampling = Resampling::new(ratio);
        let mut best: Option<Division> = None;
        for (channel, samples) in channels.iter().enumerate() {
            let silent = samples.iter().all(|x| *x == 0.0);
            if silent || channels[..channel].contains(samples) {
                continue;
            }
            go_on().map_err(Ended::Stopped)?;
            let recorded = resampling.part(samples, 0..samples.len());
            let division = self.divide(channel, &recorded, recording.rate());
            if best
                .as_ref()
                .is_none_or(|b| division.prominence_db > b.prominence_db)
            {
                best = Some(division);
            }
        }
        let division = best.ok_or(Refusal::NoSignal { peak_dbfs: None })?;
        if division.prominence_db < PROMINENCE_MIN_DB {
            return Err(Ended::Refused(Refusal::NoSync {
                best_prominence_db: division.prominence_db,
                needed_prominence_db: PROMINENCE_MIN_DB,
            }));
        }
        go_on().map_err(Ended::Stopped)?;
        Ok(self.assemble(recording, division)?)
    }

    fn divide(&self, channel: usize, recorded: &Resampled, file_rate: SampleRate) -> Division {
        let recorded_len = recorded.samples.len();
        let len = fast_len(recorded_len + self.samples.len(), 2);
        let transform = RealTransform::<f32>::new(len);
        let spectrum = |samples: &[f32]| {
            let mut padded = samples.to_vec();
            padded.resize(len, 0.0);
            transform.forward(&mut padded)
        };
        let reference = spectrum(&self.samples);
        let bin_hz = self.rate.as_f64() / len as f64;
        let (regularisation, range_hz) = regularisation(&reference, bin_hz);
        let received = spectrum(&recorded.samples);
        let mut quotient: Vec<Complex32> = received
            .iter()
            .zip(reference.iter().zip(&regularisation))
            .map(|(y, (x, r))| y * x.conj() / (x.norm_sqr() + r))
            .collect();
        let response = transform.inverse(&mut quotient);
        let peak = (0..len).max_by(|a, b| response[*a].abs().total_cmp(&response[*b].abs()));
        let peak = peak.unwrap_or(0);
        let power: f64 = response.iter().map(|x| f64::from(*x).powi(2)).sum();
        let rms = (power / len as f64).sqrt().max(f64::MIN_POSITIVE);
        let high_hz = range_hz.1.min(CARRIED * file_rate.as_f64());
        Division {
            channel,
            prominence_db: 20.0 * (f64::from(response[peak].abs()) / rms).max(1e-9).log10(),
            recorded_len,
            axis: recorded.axis,
            response,
            peak,
            range_hz: (range_hz.0, high_hz),
        }
    }

    fn assemble(&self, recording: &Signal, division: Division) -> Result<Measured, Refusal> {
        let rate_hz = self.rate.as_f64();
        let Division {
            response,
            peak,
            recorded_len,
            ..
        } = division;
        let len = response.len();
        // A lag beyond the recording is a negative one: the recording began after the signal did.
        let lead = self.rate.samples(LEAD_S);
        let unrolled: Vec<f32> = (0..self.rate.samples(LEAD_S + TAIL_MAX_S).min(len))
            .map(|i| response[(peak + len - lead + i) % len])
            .collect();
        let onset = find_arrival(&unrolled, lead as f64, rate_hz);
        let begun_late = peak >= recorded_len;
        let arrival =
            (peak + onset) as f64 - lead as f64 - if begun_late { len as f64 } else { 0.0 };
        let tail = recorded_len as f64 - arrival - self.active as f64;
        let needed_s = (self.active as f64) / rate_hz + TAIL_MIN_S;
        if begun_late || tail < TAIL_MIN_S * rate_hz {
            let found_s =
                ((self.active as f64 + tail.min(0.0) + arrival.min(0.0)) / rate_hz).max(0.0);
            return Err(Refusal::RecordingTruncated { found_s, needed_s });
        }
        let end = (onset + self.rate.samples((tail / rate_hz).min(TAIL_MAX_S))).min(unrolled.len());
        let samples = unrolled[..end].iter().map(|x| f64::from(*x)).collect();
        let start = division.axis.recorded_position(arrival);
        ImpulseResponse::with_onset(self.rate, samples, onset, division.range_hz)
            .map(|found| self.measured(recording, division.channel, start, found))
            .map_err(|_| Refusal::NoSignal { peak_dbfs: None })
    }

    fn measured(
        &self,
        recording: &Signal,
        channel: usize,
        start: f64,
        response: ImpulseResponse,
    ) -> Measured {
        let channels = recording.channels();
        let (from_hz, to_hz) = (recording.rate().hz(), self.rate.hz());
        let samples = &channels[channel];
        let quiet =
            crate::measure::clamped(start - 0.05 * recording.rate().as_f64(), samples.len());
        let background = BackgroundSpectrum::new(&samples[..quiet], recording.rate().as_f64());
        let clipped = clipping::check(samples);
        let doubts = clipped
            .iter()
            .map(|_| Doubt::everywhere(Cause::Clipping))
            .collect();
        let findings = [
            Some(Finding::SkewUnknown),
            (from_hz != to_hz).then_some(Finding::SampleRateConverted { from_hz, to_hz }),
            channels
                .iter()
                .any(|c| *c != channels[0])
                .then_some(Finding::ChannelSelected {
                    channel,
                    channels: channels.len(),
                }),
            clipped,
            background.as_ref().and_then(BackgroundSpectrum::hum),
        ];
        Measured {
            impulse_response: response.doubting(doubts),
            harmonics: Vec::new(),
            distortion: None,
            alignment: Alignment {
                start_chirp_sample: start,
                end_chirp_sample: None,
                skew_ppm: None,
                snr_db: None,
            },
            channel,
            background: background.map(|b| b.levels(recording.rate().as_f64())),
            findings: findings.into_iter().flatten().collect(),
        }
    }
}

/// A recording divided by the reference, over circular lags.
struct Division {
    channel: usize,
    prominence_db: f64,
    recorded_len: usize,
    axis: crate::resample::TimeAxis,
    response: Vec<f32>,
    peak: usize,
    range_hz: (f64, f64),
}

/// Power to add before dividing, per bin, and the excited range in hertz.
fn regularisation(spectrum: &[Complex32], bin_hz: f64) -> (Vec<f32>, (f64, f64)) {
    let power = smoothed(spectrum);
    let per_octave: Vec<f64> = power
        .iter()
        .enumerate()
        .map(|(k, p)| p * k as f64)
        .collect();
    let strongest = (0..per_octave.len())
        .max_by(|a, b| per_octave[*a].total_cmp(&per_octave[*b]))
        .unwrap_or(0);
    let threshold = EXCITED * per_octave[strongest];
    let low = per_octave[..strongest]
        .iter()
        .rposition(|p| *p < threshold)
        .map_or(0, |k| k + 1);
    let above = per_octave[strongest..].iter().position(|p| *p < threshold);
    let high = above.map_or(per_octave.len() - 1, |k| strongest + k);
    let excited = |k: &usize| local_power(spectrum, *k) * *k as f64 >= threshold;
    let low = (low..strongest).find(excited).unwrap_or(strongest);
    let high = (strongest..=high).rev().find(excited).unwrap_or(strongest);
    let values = (0..power.len())
        .map(|k| {
            let inside = (low..=high).contains(&k);
            let outside_power = per_octave[strongest] / (k as f64).max(1.0);
            let value = if inside {
                power[k] * REGULARISATION
            } else {
                outside_power
            };
            crate::excitation::to_f32(value.max(f64::from(f32::MIN_POSITIVE)))
        })
        .collect();
    (values, (low as f64 * bin_hz, high as f64 * bin_hz))
}

/// Power averaged over a few bins: where a signal ends, a third of an octave still reaches into it, and dividing by
/// the nothing beyond would raise the noise there by 50 dB.
fn local_power(spectrum: &[Complex32], bin: usize) -> f64 {
    let from = bin.saturating_sub(EDGE_BINS);
    let part = &spectrum[from..(bin + EDGE_BINS + 1).min(spectrum.len())];
    part.iter().map(|x| f64::from(x.norm_sqr())).sum::<f64>() / part.len().max(1) as f64
}

/// Power averaged over a third of an octave.
fn smoothed(spectrum: &[Complex32]) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    sums.extend(spectrum.iter().map(|x| {
        sum += f64::from(x.norm_sqr());
        sum
    }));
    let half = 2f64.powf(1.0 / 6.0);
    (0..spectrum.len())
        .map(|k| {
            let from = crate::measure::clamped(k as f64 / half, spectrum.len() - 1);
            let to = crate::measure::clamped(k as f64 * half, spectrum.len() - 1) + 1;
            (sums[to] - sums[from]) / (to - from) as f64
        })
        .collect()
}
