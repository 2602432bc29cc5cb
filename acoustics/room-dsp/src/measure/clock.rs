//! Which channel to use, where the signal lies in it, and how fast the recorder's clock runs.

use crate::chirp_search::{ChirpSearch, ChirpsFound, Found, PROMINENCE_MIN_DB};
use crate::excitation::{Excitation, Layout};
use crate::finding::{Finding, Refusal};
use crate::signal::{SampleRate, Signal};
use crate::skew::chirp_distance;

use super::clamped;

/// Largest difference between two clocks that is believed, in parts per million: 250, and a little for the estimate.
const SKEW_MAX_PPM: f64 = 255.0;

/// Skew from which a result says that it was compensated, in parts per million.
const SKEW_NOTABLE_PPM: f64 = 100.0;

/// Decay after the sweep that the analysis needs, in seconds.
const TAIL_MIN_S: f64 = 0.1;

/// Silence that may be missing at the end without notice, in seconds.
const TAIL_TOLERANCE_S: f64 = 0.05;

/// Peak below which a recording without chirps is called silent.
const SILENCE_DBFS: f64 = -60.0;

/// Clock and place of the signal in samples of the file, by the highest arrival of the chirps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// First sample of the first chirp.
    pub(super) start: f64,
    /// Recorded samples per second of the player.
    pub(super) samples_per_s: f64,
    /// What both chirps together tell.
    pub(super) pair: Option<Pair>,
    start_heard: bool,
}

/// Comparison of the two chirps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Distance in recorded samples.
    pub(super) distance: f64,
    /// Recorder clock re player clock.
    pub(super) skew_ppm: f64,
    pub(super) snr_db: f64,
    /// Level of the second re the first; none when the second is cut off.
    pub(super) gain_db: Option<f64>,
}

/// The channel with the clearest chirps among those that differ; never a mix.
pub(super) fn choose_channel(
    search: &ChirpSearch,
    recording: &Signal,
) -> Result<(usize, Found), Refusal> {
    let channels = recording.channels();
    let peak = channels
        .iter()
        .flatten()
        .fold(0.0_f32, |m, x| m.max(x.abs()));
    if peak <= 0.0 {
        return Err(Refusal::NoSignal { peak_dbfs: None });
    }
    let mut best = (0, Found::default());
    for (i, samples) in channels.iter().enumerate() {
        if channels[..i].contains(samples) {
            continue;
        }
        let found = search.search(samples);
        if found.chirps.clarity() > best.1.chirps.clarity() {
            best = (i, found);
        }
    }
    let peak_dbfs = 20.0 * f64::from(peak).log10();
    if matches!(best.1.chirps, ChirpsFound::Nothing { .. }) && peak_dbfs < SILENCE_DBFS {
        return Err(Refusal::NoSignal {
            peak_dbfs: Some(peak_dbfs),
        });
    }
    Ok(best)
}

/// Places the signal and compares the clocks.
pub(super) fn compare(
    excitation: &Excitation,
    samples: &[f32],
    rate: SampleRate,
    found: ChirpsFound,
) -> Result<Clock, Refusal> {
    let nominal = excitation.chirp_spacing_s() * rate.as_f64();
    let deviation_ppm = |distance: f64| 1e6 * (distance / nominal - 1.0);
    let lone = |start: f64, start_heard: bool| Clock {
        start,
        samples_per_s: rate.as_f64(),
        pair: None,
        start_heard,
    };
    match found {
        ChirpsFound::Pair { start, end } => {
            // A chirp taken by a fast clock is a stretched one, and against the wrong stretch a rising and a
            // falling chirp shift opposite ways: the second pass knows the stretch.
            let compare = |samples_per_s: f64| {
                let templates = excitation.chirps_at(samples_per_s);
                let (first, second) = (start.sample, end.sample);
                chirp_distance(samples, rate.as_f64(), &templates, first, second)
            };
            let rough = compare(rate.as_f64());
            let pair = match excitation.parameters().layout {
                Layout::Reference => rough,
                Layout::Paired => compare(rate.as_f64() * rough.samples / nominal),
            };
            let skew_ppm = deviation_ppm(pair.samples);
            if skew_ppm.abs() > SKEW_MAX_PPM {
                return Err(Refusal::SyncInconsistent {
                    deviation_ppm: skew_ppm,
                    step_ms: None,
                });
            }
            let chirp_len = excitation.parameters().chirp_duration_s * rate.as_f64();
            let ends_whole = end.sample as f64 + chirp_len <= samples.len() as f64;
            Ok(Clock {
                start: start.sample as f64,
                samples_per_s: rate.as_f64() * (1.0 + 1e-6 * skew_ppm),
                pair: Some(Pair {
                    distance: pair.samples,
                    skew_ppm,
                    snr_db: pair.snr_db,
                    gain_db: ends_whole.then_some(pair.gain_db),
                }),
                start_heard: true,
            })
        }
        ChirpsFound::Apart { start, end } => Err(Refusal::SyncInconsistent {
            deviation_ppm: deviation_ppm(end.sample as f64 - start.sample as f64),
            step_ms: None,
        }),
        ChirpsFound::StartOnly(c) => Ok(lone(c.sample as f64, true)),
        ChirpsFound::Single(c) if is_first_chirp(excitation, samples, rate, c.sample) => {
            Ok(lone(c.sample as f64, true))
        }
        ChirpsFound::EndOnly(c) | ChirpsFound::Single(c) => {
            Ok(lone(c.sample as f64 - nominal, false))
        }
        ChirpsFound::Nothing { best_prominence_db } => Err(Refusal::NoSync {
            best_prominence_db,
            needed_prominence_db: PROMINENCE_MIN_DB,
        }),
    }
}

/// Whether the sweep lies after a lone chirp rather than before it: by the energy where it would be.
fn is_first_chirp(
    excitation: &Excitation,
    samples: &[f32],
    rate: SampleRate,
    chirp: usize,
) -> bool {
    let sweep_s = excitation.sweep_end_s() - excitation.sweep_start_s();
    let after_s = excitation.sweep_start_s();
    let before_s = after_s - excitation.chirp_spacing_s();
    let energy = |offset_s: f64| {
        let from = chirp as f64 + offset_s * rate.as_f64();
        let to = from + sweep_s * rate.as_f64();
        let part = clamped(from, samples.len())..clamped(to, samples.len());
        samples[part]
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
    };
    energy(after_s) >= energy(before_s)
}

impl Clock {
    /// Recorded seconds of decay after the end of the sweep, at most the gap that follows it.
    ///
    /// # Errors
    /// [`Refusal::RecordingTruncated`] when the file begins after the sweep does or ends before it has decayed
    /// for a tenth of a second.
    pub(super) fn recorded_tail_s(
        &self,
        excitation: &Excitation,
        len: usize,
    ) -> Result<f64, Refusal> {
        let sweep_s = excitation.sweep_end_s() - excitation.sweep_start_s();
        let begin_s = self.start / self.samples_per_s + excitation.sweep_start_s();
        let recorded_s = len as f64 / self.samples_per_s - begin_s;
        let gap_s = excitation.parameters().gap_after_s;
        if begin_s < 0.0 || recorded_s < sweep_s + TAIL_MIN_S {
            let missed_s = (-begin_s).max(0.0);
            let found_s = (recorded_s.min(sweep_s + gap_s) - missed_s).max(0.0);
            return Err(Refusal::RecordingTruncated {
                found_s,
                needed_s: sweep_s + TAIL_MIN_S,
            });
        }
        Ok((recorded_s - sweep_s).min(gap_s))
    }

    /// What clock, rate, channel and length of the file have to tell.
    pub(super) fn findings(
        &self,
        excitation: &Excitation,
        recording: &Signal,
        channel: usize,
        tail_s: f64,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let channels = recording.channels();
        let (from_hz, to_hz) = (recording.rate().hz(), excitation.rate().hz());
        let needed_s = excitation.parameters().gap_after_s;
        match self.pair {
            Some(Pair { skew_ppm, .. }) if skew_ppm.abs() > SKEW_NOTABLE_PPM => {
                findings.push(Finding::ClockSkewCompensated { skew_ppm });
            }
            Some(_) => {}
            None if self.start_heard => {
                findings.extend([Finding::EndChirpMissing, Finding::SkewUnknown]);
            }
            None => findings.extend([Finding::StartChirpMissing, Finding::SkewUnknown]),
        }
        if from_hz != to_hz {
            findings.push(Finding::SampleRateConverted { from_hz, to_hz });
        }
        if channels.iter().any(|c| *c != channels[0]) {
            findings.push(Finding::ChannelSelected {
                channel,
                channels: channels.len(),
            });
        }
        if tail_s < needed_s - TAIL_TOLERANCE_S {
            findings.push(Finding::TruncatedTail {
                found_s: tail_s,
                needed_s,
            });
        }
        findings
    }

    /// Whether the first chirp was heard.
    pub(super) const fn start_heard(&self) -> bool {
        self.start_heard
    }
}
