//! The background before the signal: its level per octave, mains hum in it, and whether it is still there after
//! loud parts.

use core::f64::consts::{PI, TAU};

use crate::band::Band;
use crate::finding::Finding;
use crate::transform::{RealTransform, fast_len};

/// Shortest background that is analysed, in seconds.
pub(crate) const DURATION_MIN_S: f64 = 0.25;

/// Longest stretch that is analysed, in seconds.
const DURATION_MAX_S: f64 = 2.0;

/// Prominence of a line that counts, in decibels, if others of its family do too.
const LINE_MIN_DB: f64 = 16.0;

/// Prominence that a single line needs.
const LONE_LINE_MIN_DB: f64 = 24.0;

/// Harmonics looked at.
const HARMONICS: u32 = 12;

/// Lower background after loud parts that means noise suppression, in decibels.
const GATE_DROP_DB: f64 = 10.0;

/// Level of the background in one octave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OctaveLevel {
    /// The octave.
    pub band: Band,
    /// Root mean square re full scale (1.0) in decibels; none for digital silence.
    pub level_dbfs: Option<f64>,
}

/// Background of a recording before its signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Background {
    /// Seconds that were analysed.
    pub duration_s: f64,
    /// Octaves up to 0.47 of the sampling frequency, ascending.
    pub octaves: Vec<OctaveLevel>,
}

/// Power spectrum of a stretch of background: one-sided, summing to its mean square.
#[derive(Debug)]
pub(crate) struct BackgroundSpectrum {
    power: Vec<f64>,
    bin_hz: f64,
    duration_s: f64,
}

impl BackgroundSpectrum {
    /// Analyses the last seconds of `samples` under a Hann window; none when they are too short.
    pub(crate) fn new(samples: &[f32], rate_hz: f64) -> Option<Self> {
        let len = (samples.len() as f64).min(DURATION_MAX_S * rate_hz);
        if len < DURATION_MIN_S * rate_hz {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of samples"
        )]
        let len = len as usize;
        let transform = RealTransform::<f64>::new(fast_len(len, 2));
        let (step_im, step_re) = (TAU / len as f64).sin_cos();
        let (mut im, mut re) = (TAU * 0.5 / len as f64).sin_cos();
        let mut windowed: Vec<f64> = samples[samples.len() - len..]
            .iter()
            .map(|x| {
                let hann = 0.5 * (1.0 - re);
                (re, im) = (re * step_re - im * step_im, im * step_re + re * step_im);
                f64::from(*x) * hann
            })
            .collect();
        windowed.resize(transform.len(), 0.0);
        let spectrum = transform.forward(&mut windowed);
        let scale = 2.0 / (transform.len() as f64 * len as f64 * 0.375);
        let power = spectrum.iter().map(|x| x.norm_sqr() * scale).collect();
        let bin_hz = rate_hz / transform.len() as f64;
        Some(Self {
            power,
            bin_hz,
            duration_s: len as f64 / rate_hz,
        })
    }

    /// Levels of the octaves below 0.47 of the rate.
    pub(crate) fn levels(&self, rate_hz: f64) -> Background {
        let octaves = Band::octaves()
            .filter(|b| b.upper_hz() <= 0.47 * rate_hz)
            .map(|band| {
                let power: f64 = self.between(band.lower_hz(), band.upper_hz()).iter().sum();
                OctaveLevel {
                    band,
                    level_dbfs: (power > 0.0).then(|| 10.0 * power.log10()),
                }
            })
            .collect();
        Background {
            duration_s: self.duration_s,
            octaves,
        }
    }

    /// Looks for lines at multiples of 50 or 60 Hz.
    pub(crate) fn hum(&self) -> Option<Finding> {
        [50.0, 60.0]
            .into_iter()
            .filter_map(|fundamental_hz| {
                let lines: Vec<f64> = (1..=HARMONICS)
                    .map(|n| self.prominence_db(fundamental_hz * f64::from(n)))
                    .filter(|p| *p > LINE_MIN_DB)
                    .collect();
                let strongest = lines.iter().copied().fold(0.0, f64::max);
                let hum = lines.len() >= 2 || strongest > LONE_LINE_MIN_DB;
                hum.then_some((lines.len(), fundamental_hz, strongest))
            })
            .max_by(|a, b| a.0.cmp(&b.0).then(a.2.total_cmp(&b.2)))
            .map(|(_, fundamental_hz, prominence_db)| Finding::MainsHum {
                fundamental_hz,
                prominence_db,
            })
    }

    /// Highest bin within half a percent of a frequency, over the mean of its surroundings (4 to 20 Hz away),
    /// in decibels.
    ///
    /// Mains varies by less than 0.2 Hz; the Hann window widens a line by two bins.
    fn prominence_db(&self, frequency_hz: f64) -> f64 {
        let half = (0.005 * frequency_hz).max(self.bin_hz);
        let line = self
            .between(frequency_hz - half, frequency_hz + half)
            .iter()
            .copied()
            .fold(0.0, f64::max);
        let clear = 4.0_f64.max(3.0 / self.duration_s);
        let below = self.between(frequency_hz - 20.0, frequency_hz - clear);
        let above = self.between(frequency_hz + clear, frequency_hz + 20.0);
        let count = (below.len() + above.len()).max(1) as f64;
        let around = below.iter().chain(above).sum::<f64>() / count;
        if around > 0.0 && line > 0.0 {
            10.0 * (line / around).log10()
        } else {
            0.0
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the spectrum"
    )]
    fn between(&self, low_hz: f64, high_hz: f64) -> &[f64] {
        let bin = |f: f64| ((f / self.bin_hz).round().max(0.0) as usize).min(self.power.len());
        &self.power[bin(low_hz)..(bin(high_hz) + 1).clamp(bin(low_hz), self.power.len())]
    }
}

/// Compares the quietest moments before the signal with the usual ones in a silence after loud parts.
pub(crate) fn gate(before: &[f32], after: &[f32], rate_hz: f64) -> Option<Finding> {
    let quiet_before = level_percentile(before, rate_hz, 0.1)?;
    let usual_after = level_percentile(after, rate_hz, 0.5)?;
    let floor = 1e-7;
    let drop_db = 20.0 * (quiet_before.max(floor) / usual_after.max(floor)).log10();
    (drop_db > GATE_DROP_DB).then_some(Finding::NoiseGate { drop_db })
}

/// A percentile of the levels (rms) of 20 ms frames; none for less than five frames.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of samples"
)]
fn level_percentile(samples: &[f32], rate_hz: f64, fraction: f64) -> Option<f64> {
    let frame = (0.02 * rate_hz) as usize;
    let mut levels: Vec<f64> = samples
        .chunks_exact(frame)
        .map(|f| (f.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / frame as f64).sqrt())
        .collect();
    if levels.len() < 5 {
        return None;
    }
    levels.sort_unstable_by(f64::total_cmp);
    Some(levels[(fraction * (levels.len() - 1) as f64).round() as usize])
}

/// Half a raised cosine, from 0 to 1, for fading a segment in.
pub(crate) fn fade_in(i: usize, len: usize) -> f64 {
    if i >= len {
        1.0
    } else {
        0.5 * (1.0 - (PI * (i as f64 + 0.5) / len as f64).cos())
    }
}
