//! The response of a room between a source and a receiver: where measurement and simulation meet.

use crate::doubt::Doubt;
use crate::measure::clamped;
use crate::signal::SampleRate;

/// Level below the maximum at which a response begins (ISO 3382-1:2009, A.3.4), as an amplitude ratio: 20 dB.
pub const ONSET_RATIO: f64 = 0.1;

/// Largest distance of the first arrival from the chirp's highest peak, in seconds.
pub(crate) const ARRIVAL_SEARCH_S: f64 = 0.2;

/// An impulse response with its onset and the frequencies that it truly carries.
///
/// Samples are in double precision at [`ImpulseResponse::rate`]; amplitude is relative. Before the onset lies a
/// lead of background,
/// which band filters and energy ratios need; after it the decay.
#[derive(Debug, Clone, PartialEq)]
pub struct ImpulseResponse {
    rate: SampleRate,
    samples: Vec<f64>,
    onset: usize,
    range_hz: (f64, f64),
    doubts: Vec<Doubt>,
}

impl ImpulseResponse {
    /// A response whose onset is found by [`find_onset`]; `range_hz` are the frequencies between which it is excited.
    ///
    /// # Errors
    /// [`NoOnset`] when it is empty, silent or not finite.
    pub fn new(rate: SampleRate, samples: Vec<f64>, range_hz: (f64, f64)) -> Result<Self, NoOnset> {
        let onset = find_onset(&samples).ok_or(NoOnset)?;
        Ok(Self {
            doubts: Vec::new(),
            rate,
            samples,
            onset,
            range_hz,
        })
    }

    /// A response whose onset is known.
    ///
    /// # Errors
    /// [`NoOnset`] when `onset` lies outside the samples, or they are silent or not finite.
    pub fn with_onset(
        rate: SampleRate,
        samples: Vec<f64>,
        onset: usize,
        range_hz: (f64, f64),
    ) -> Result<Self, NoOnset> {
        if onset >= samples.len() || find_onset(&samples).is_none() {
            return Err(NoOnset);
        }
        Ok(Self {
            doubts: Vec::new(),
            rate,
            samples,
            onset,
            range_hz,
        })
    }

    /// The same response with the frequencies that faults of its recording have reached.
    #[must_use]
    pub fn doubting(self, doubts: Vec<Doubt>) -> Self {
        Self { doubts, ..self }
    }

    /// Frequencies that faults of the recording have reached.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// Sampling frequency.
    pub const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// All samples, lead included.
    pub fn samples(&self) -> &[f64] {
        &self.samples
    }

    /// Index of the onset, the time zero of every parameter.
    pub const fn onset(&self) -> usize {
        self.onset
    }

    /// Lowest and highest excited frequency in hertz.
    pub const fn range_hz(&self) -> (f64, f64) {
        self.range_hz
    }

    /// Seconds from the onset to the end.
    pub fn duration_s(&self) -> f64 {
        (self.samples.len() - self.onset) as f64 / self.rate.as_f64()
    }
}

/// Background, as its root mean square times this, that an onset must exceed.
const BACKGROUND_CREST: f64 = 5.0;

/// The first sample within 20 dB of the maximum magnitude (ISO 3382-1:2009, A.3.4); none for silence or
/// non-finite samples.
///
/// Where the background, judged by the last tenth, comes nearer than that, the first sample that clearly exceeds it.
pub fn find_onset(samples: &[f64]) -> Option<usize> {
    let magnitude = |m: f64, x: &f64| {
        if x.is_finite() {
            m.max(x.abs())
        } else {
            f64::INFINITY
        }
    };
    let peak = samples.iter().fold(0.0, magnitude);
    if peak <= 0.0 || !peak.is_finite() {
        return None;
    }
    let tail = &samples[samples.len() * 9 / 10..];
    let power = tail.iter().map(|x| x * x).sum::<f64>() / tail.len().max(1) as f64;
    let background = (BACKGROUND_CREST * power.sqrt()).min(0.5 * peak);
    let threshold = (ONSET_RATIO * peak).max(background);
    samples.iter().position(|x| x.abs() >= threshold)
}

/// A band-limited pulse crosses the onset's level up to this many samples before its crest, where the pulse
/// itself has its only sample.
const PULSE_LEAD: usize = 2;

/// The first lag within 20 dB of the maximum around the expected one, or above what the background reaches
/// where that is higher.
///
/// Judged on the response smoothed by (1, 2, 1) / 4: the side lobes of a pulse cut at 20 kHz reach -20 dB by
/// themselves.
pub(crate) fn find_arrival(response: &[f32], expected: f64, rate_hz: f64) -> usize {
    let reach = ARRIVAL_SEARCH_S * rate_hz;
    let from = clamped(expected - reach, response.len());
    let to = clamped(expected + reach, response.len());
    let smooth = |part: &[f32]| -> Vec<f64> {
        part.windows(3)
            .map(|w| 0.25 * f64::from((w[0] + 2.0 * w[1] + w[2]).abs()))
            .collect()
    };
    let peak = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let background = peak(&smooth(&response[clamped(0.1 * expected, from)..from]));
    let around = smooth(&response[from..to]);
    let threshold = (ONSET_RATIO * peak(&around)).max(1.5 * background);
    let found = around.iter().position(|x| *x >= threshold);
    let Some(onset) = found.map(|i| from + i + 1) else {
        return clamped(expected, response.len() - 1);
    };
    let magnitude = |i: usize| response.get(i).map_or(0.0, |x| x.abs());
    (onset..=onset + PULSE_LEAD)
        .find(|i| magnitude(*i) > magnitude(i + 1))
        .unwrap_or(onset)
}

/// The samples hold no response: they are empty, silent or not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoOnset;

impl core::fmt::Display for NoOnset {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the impulse response is empty, silent or not finite")
    }
}

impl core::error::Error for NoOnset {}
