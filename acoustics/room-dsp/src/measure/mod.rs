//! The journey of a recording: find the chirps, compare the clocks, resample once, divide by the sweep, check,
//! and hand out the response.
//!
//! The type changes at every step; what cannot go on ends in a [`Refusal`], what the reader must know becomes a
//! [`Finding`].

mod clock;
mod continuity;
mod inspect;
mod layout;
mod section;

use core::convert::Infallible;
use std::borrow::Cow;

use crate::checks::background::Background;
use crate::chirp_search::ChirpSearch;
use crate::deconvolve::Deconvolver;
use crate::excitation::Excitation;
use crate::finding::{Finding, Refusal};
use crate::impulse_response::ImpulseResponse;
use crate::resample::Resampling;
use crate::signal::{SampleRate, Signal};

use clock::Clock;

/// Seconds before the expected arrival that a response keeps: background for filters, energy ratios and noise.
const LEAD_S: f64 = 0.5;

/// Where the signal lies in the recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// First arrival of the first chirp, in samples of the file (fractional; negative when it came before the file).
    pub start_chirp_sample: f64,
    /// First arrival of the second chirp; none when it was not heard.
    pub end_chirp_sample: Option<f64>,
    /// Recorder clock re player clock in parts per million, positive when fast; none when only one chirp was heard.
    pub skew_ppm: Option<f64>,
    /// Signal-to-noise ratio of the first chirp within its band in decibels; none when only one chirp was heard.
    pub snr_db: Option<f64>,
}

/// Response of one harmonic of the loudspeaker.
#[derive(Debug, Clone, PartialEq)]
pub struct HarmonicResponse {
    /// 2 for the octave, and so on.
    pub order: u32,
    /// The first quarter second, at the rate of the impulse response.
    pub samples: Vec<f64>,
}

/// What a recording gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The response, with half a second of background before its onset.
    pub impulse_response: ImpulseResponse,
    /// Harmonics 2 to 4; none when the signal is no exponential sweep.
    pub harmonics: Vec<HarmonicResponse>,
    /// Total harmonic distortion between 200 Hz and 8 kHz, as a ratio of amplitudes, where harmonics are known.
    pub distortion: Option<f64>,
    /// Where the signal lies in the recording.
    pub alignment: Alignment,
    /// Channel that was used, from 0.
    pub channel: usize,
    /// Background before the signal; none when less than a quarter second was recorded.
    pub background: Option<Background>,
    /// What the reader must know.
    pub findings: Vec<Finding>,
}

/// Measures recordings of one excitation; plans and spectra are made once.
#[derive(Debug, Clone)]
pub struct Analyzer {
    excitation: Excitation,
    search: ChirpSearch,
    deconvolver: Deconvolver,
}

impl Analyzer {
    /// Prepares for an excitation.
    pub fn new(excitation: Excitation) -> Self {
        let segment_s = LEAD_S + excitation.chirp_spacing_s() - excitation.sweep_start_s();
        let segment_len = excitation.rate().samples(segment_s) + 2;
        Self {
            search: ChirpSearch::new(&excitation, excitation.rate()),
            deconvolver: Deconvolver::new(&excitation, segment_len),
            excitation,
        }
    }

    /// The excitation.
    pub const fn excitation(&self) -> &Excitation {
        &self.excitation
    }

    /// From a recording to its impulse response.
    ///
    /// # Errors
    /// A [`Refusal`] that names what is wrong with the recording.
    pub fn measure(&self, recording: &Signal) -> Result<Measured, Refusal> {
        self.measure_observed(recording, &mut |_| ())
    }

    /// As [`Analyzer::measure`], telling each stage that has been passed: for progress, and for the figures.
    ///
    /// # Errors
    /// As [`Analyzer::measure`].
    pub fn measure_observed(
        &self,
        recording: &Signal,
        passed: &mut dyn FnMut(Stage),
    ) -> Result<Measured, Refusal> {
        let mut go_on = |stage| {
            passed(stage);
            Ok::<(), Infallible>(())
        };
        self.measure_while(recording, &mut go_on)
            .map_err(|ended| match ended {
                Ended::Refused(refusal) => refusal,
                Ended::Stopped(never) => match never {},
            })
    }

    /// As [`Analyzer::measure_observed`], and stopped by the first error of `passed`.
    ///
    /// # Errors
    /// As [`Analyzer::measure`], or that of `passed`.
    pub fn measure_while<E>(
        &self,
        recording: &Signal,
        passed: &mut dyn FnMut(Stage) -> Result<(), E>,
    ) -> Result<Measured, Ended<E>> {
        let mut passed = |stage| passed(stage).map_err(Ended::Stopped);
        let rate = recording.rate();
        let search = self.search_at(rate);
        let (channel, found) = clock::choose_channel(&search, recording)?;
        let samples = &recording.channels()[channel];
        passed(Stage::ChirpsFound)?;
        layout::check(&self.excitation, &search, samples, &found)?;
        let clock = clock::compare(&self.excitation, samples, rate, found.chirps)?;
        let tail_s = clock.recorded_tail_s(&self.excitation, samples.len())?;
        let findings = clock.findings(&self.excitation, recording, channel, tail_s);
        passed(Stage::ClocksCompared)?;
        let take = Take {
            analyzer: self,
            samples,
            rate,
            channel,
            clock,
        };
        let ratio = self.excitation.rate().as_f64() / take.clock.samples_per_s;
        let mut resampling = Resampling::new(ratio);
        let section = section::divide(&take, &mut resampling, tail_s);
        passed(Stage::Deconvolved)?;
        let gain = continuity::check(&take, &mut resampling, &section)?;
        passed(Stage::ContinuityChecked)?;
        let measured = inspect::assemble(&take, section, findings, gain)?;
        passed(Stage::Inspected)?;
        Ok(measured)
    }

    fn search_at(&self, rate: SampleRate) -> Cow<'_, ChirpSearch> {
        if rate == self.excitation.rate() {
            Cow::Borrowed(&self.search)
        } else {
            Cow::Owned(ChirpSearch::new(&self.excitation, rate))
        }
    }
}

/// Why a measurement gave nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended<E> {
    /// The recording cannot be measured.
    Refused(Refusal),
    /// Whoever wanted it wants it no more.
    Stopped(E),
}

impl<E> From<Refusal> for Ended<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Stages of a measurement in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The chirps were looked for in every channel.
    ChirpsFound,
    /// Skew and place of the signal are known.
    ClocksCompared,
    /// The sweep was resampled and divided.
    Deconvolved,
    /// Chirp and sweep were compared.
    ContinuityChecked,
    /// All other checks are done and the result is put together.
    Inspected,
}

/// One channel of a recording, placed and timed.
#[derive(Debug)]
struct Take<'a> {
    analyzer: &'a Analyzer,
    samples: &'a [f32],
    rate: SampleRate,
    channel: usize,
    clock: Clock,
}

impl Take<'_> {
    const fn excitation(&self) -> &Excitation {
        &self.analyzer.excitation
    }
}

/// A position as an index into something of length `len`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=len first"
)]
pub(crate) fn clamped(position: f64, len: usize) -> usize {
    position.round().clamp(0.0, len as f64) as usize
}
