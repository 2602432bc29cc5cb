//! From a received sweep to an impulse response: regularised spectral division.
//!
//! H = Y X* / (|X|^2 + R) (Farina 2000; Mueller & Massarani 2001). R is relative to the sweep's own spectrum,
//! which falls by 3 dB per octave: 60 dB below it within the excited band and equal to it outside, with a
//! transition of a sixth of an octave. An absolute constant would blow up noise where the sweep has no energy
//! and destroy every decay. The harmonics of a weakly non-linear loudspeaker appear L ln n before the linear
//! response and so stay apart. Single precision: its rounding is spread over all lags.

use crate::excitation::{Excitation, to_f32};
use crate::transform::{Complex32, RealTransform, fast_len};

/// Regularisation within the excited band, re the sweep's local power.
const REGULARISATION: f64 = 1e-6;

/// The band's inner edges re the sweep's limits, beyond which regularisation rises.
const INNER_EDGES: (f64, f64) = (1.1, 0.975);

/// Width of the transition in octaves.
const TRANSITION_OCTAVES: f64 = 1.0 / 6.0;

/// Seconds of negative lag that stay free of wrap-around: the harmonics up to the fourth with the room's early decay.
pub(crate) const NEGATIVE_LAG_S: f64 = 2.49;

/// Divides by one excitation's sweep; plans and spectra kept.
#[derive(Debug, Clone)]
pub(crate) struct Deconvolver {
    transform: RealTransform<f32>,
    bin_hz: f64,
    /// Spectrum of the sweep.
    sweep: Vec<Complex32>,
    /// Power added before dividing, per bin.
    regularisation: Vec<f32>,
}

/// A response over circular lags, and the spectrum of the recording that it came from.
#[derive(Debug)]
pub(crate) struct Deconvolved {
    /// Response at lag i (index i) and lag -i (index len - i).
    pub(crate) response: Vec<f32>,
    /// Spectrum of the received segment.
    pub(crate) received: Vec<Complex32>,
}

impl Deconvolver {
    /// For received segments of up to `segment_len` samples.
    ///
    /// The transform is as long as the segment and the negative lags that are read: what wraps falls outside both.
    pub(crate) fn new(excitation: &Excitation, segment_len: usize) -> Self {
        let rate = excitation.rate();
        let len = fast_len(segment_len + rate.samples(NEGATIVE_LAG_S), 2);
        Self::with_len(excitation, len)
    }

    fn with_len(excitation: &Excitation, len: usize) -> Self {
        let transform = RealTransform::new(len);
        let mut padded: Vec<f32> = excitation.sweep().into_iter().map(to_f32).collect();
        padded.resize(len, 0.0);
        let sweep = transform.forward(&mut padded);
        let regularisation = regularisation(excitation, &sweep, len);
        Self {
            bin_hz: excitation.rate().as_f64() / len as f64,
            transform,
            sweep,
            regularisation,
        }
    }

    /// Circular length in samples.
    pub(crate) fn len(&self) -> usize {
        self.transform.len()
    }

    /// The response of a received segment; lag zero is the segment's first sample.
    pub(crate) fn deconvolve(&self, mut segment: Vec<f32>) -> Deconvolved {
        segment.resize(self.len(), 0.0);
        let received = self.transform.forward(&mut segment);
        let mut quotient: Vec<Complex32> = received
            .iter()
            .zip(self.sweep.iter().zip(&self.regularisation))
            .map(|(y, (x, r))| y * x.conj() / (x.norm_sqr() + r))
            .collect();
        self.transform.inverse_into(&mut quotient, &mut segment);
        Deconvolved {
            response: segment,
            received,
        }
    }

    /// What of the received segment the sweep through `response` (over circular lags) does not explain, above a
    /// frequency.
    pub(crate) fn residual(&self, outcome: &Deconvolved, above_hz: f64) -> Vec<f32> {
        let first = above_hz / self.bin_hz;
        let mut response = outcome.response.clone();
        let mut unexplained = self.transform.forward(&mut response);
        let bins = outcome.received.iter().zip(&self.sweep).enumerate();
        for (bin, (k, (y, x))) in unexplained.iter_mut().zip(bins) {
            *bin = if (k as f64) < first {
                Complex32::default()
            } else {
                y - x * *bin
            };
        }
        self.transform.inverse_into(&mut unexplained, &mut response);
        response
    }
}

fn regularisation(excitation: &Excitation, sweep: &[Complex32], len: usize) -> Vec<f32> {
    let p = excitation.parameters();
    let bin_hz = excitation.rate().as_f64() / len as f64;
    let middle_hz = (p.sweep_start_hz * p.sweep_end_hz).sqrt();
    let mut around: Vec<f64> = sweep
        .iter()
        .enumerate()
        .filter(|(k, _)| (0.9..1.1).contains(&(*k as f64 * bin_hz / middle_hz)))
        .map(|(_, x)| f64::from(x.norm_sqr()))
        .collect();
    around.sort_unstable_by(f64::total_cmp);
    let middle_power = around.get(around.len() / 2).copied().unwrap_or(1.0);
    let (low, high) = (
        p.sweep_start_hz * INNER_EDGES.0,
        p.sweep_end_hz * INNER_EDGES.1,
    );
    (0..sweep.len())
        .map(|k| {
            let f = (k as f64 * bin_hz).max(bin_hz);
            let outside_octaves = (low / f).log2().max((f / high).log2());
            let position = (outside_octaves / TRANSITION_OCTAVES).clamp(0.0, 1.0);
            let rise = 0.5 * (1.0 - (core::f64::consts::PI * position).cos());
            let local_power = middle_power * middle_hz / f;
            to_f32(local_power * REGULARISATION.powf(1.0 - rise))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::excitation::ExcitationParameters;

    fn short_excitation() -> Excitation {
        Excitation::new(ExcitationParameters {
            sweep_duration_s: 2.0,
            ..ExcitationParameters::reference()
        })
        .unwrap()
    }

    /// The twin: full linear length, so that nothing can wrap.
    #[test]
    fn the_short_transform_gives_the_linear_result_on_the_lags_that_are_read() {
        let excitation = short_excitation();
        let sweep = excitation.sweep();
        let mut segment = vec![0.0_f32; 48_000 * 4];
        for (delay, gain) in [(2_400, 1.0), (9_000, -0.4), (60_000, 0.05)] {
            for (y, x) in segment[delay..].iter_mut().zip(&sweep) {
                *y += to_f32(gain * x + 0.02 * gain * x * x);
            }
        }
        let short = Deconvolver::new(&excitation, segment.len());
        let linear =
            Deconvolver::with_len(&excitation, fast_len(segment.len() + 3 * sweep.len(), 2));
        let a = short.deconvolve(segment.clone()).response;
        let b = linear.deconvolve(segment).response;
        for lag in 0..96_000 {
            assert!((a[lag] - b[lag]).abs() < 1e-5, "lag {lag}");
        }
        for lag in 1..96_000 {
            assert!(
                (a[a.len() - lag] - b[b.len() - lag]).abs() < 1e-5,
                "lag -{lag}"
            );
        }
    }

    #[test]
    fn a_pure_delay_becomes_one_band_limited_pulse_of_unit_gain() {
        let excitation = short_excitation();
        let mut segment = vec![0.0; 48_000];
        segment.extend(excitation.sweep().into_iter().map(to_f32));
        segment.resize(48_000 * 4, 0.0);
        let deconvolver = Deconvolver::new(&excitation, segment.len());
        let outcome = deconvolver.deconvolve(segment.clone());
        let peak = outcome.response.iter().copied().fold(0.0, f32::max);
        assert!(
            (peak - 0.82).abs() < 0.03,
            "band from 20 Hz to 20 kHz of 24 kHz: {peak}"
        );
        assert_eq!(
            outcome.response.iter().position(|x| *x >= peak),
            Some(48_000)
        );
        let residual = deconvolver.residual(&outcome, 0.0);
        let energy = |x: &[f32]| x.iter().map(|v| v * v).sum::<f32>();
        assert!(energy(&residual) < 2e-2 * energy(&segment));
    }
}
