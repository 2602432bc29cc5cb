//! The response of a room between a source and a receiver: where measurement and simulation meet.

use crate::doubt::Doubt;
use crate::signal::SampleRate;

/// Level below the maximum at which a response begins (ISO 3382-1:2009, A.3.4), as an amplitude ratio: 20 dB.
pub const ONSET_RATIO: f64 = 0.1;

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

/// The first sample within 20 dB of the maximum magnitude (ISO 3382-1:2009, A.3.4); none for silence or
/// non-finite samples.
pub fn find_onset(samples: &[f64]) -> Option<usize> {
    let peak = samples.iter().fold(0.0_f64, |m, x| {
        if x.is_finite() {
            m.max(x.abs())
        } else {
            f64::INFINITY
        }
    });
    if peak <= 0.0 || !peak.is_finite() {
        return None;
    }
    samples.iter().position(|x| x.abs() >= peak * ONSET_RATIO)
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
