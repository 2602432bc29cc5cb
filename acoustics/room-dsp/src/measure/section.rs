//! The part of a recording that holds sweep and decay, brought to the player's time and divided by the sweep.

use crate::checks::background::fade_in;
use crate::deconvolve::Deconvolved;
use crate::excitation::to_f32;
use crate::impulse_response::{ARRIVAL_SEARCH_S, find_arrival};
use crate::resample::{Resampling, TimeAxis};

use super::{LEAD_S, Take, clamped};

/// Fades at the ends of the segment, in seconds.
pub(super) const FADE_S: f64 = 0.01;

/// Height of the first arrival re the highest, at least: 17 dB below.
const ARRIVAL_RATIO: f64 = 0.141;

/// Recorded samples around a part that the interpolation needs.
const MARGIN: f64 = 200.0;

/// The response over circular lags with its time axis.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) deconvolved: Deconvolved,
    /// Lag (fractional samples) at which the highest arrival of the chirp is expected.
    pub(super) expected: f64,
    /// Lag of the onset.
    pub(super) onset: usize,
    /// Seconds of decay after the onset.
    pub(super) tail_s: f64,
    /// Seconds of background before the expected arrival.
    pub(super) lead_s: f64,
    /// Between the recording and the resampled part.
    axis: TimeAxis,
    /// Output position of lag zero.
    first: usize,
}

/// A section without its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) expected: f64,
    pub(super) onset: usize,
    pub(super) tail_s: f64,
    pub(super) axis: TimeAxis,
    pub(super) first: usize,
}

impl Section {
    /// Its place, and the response to be used up.
    pub(super) fn into_parts(self) -> (Place, Deconvolved) {
        let Self {
            deconvolved,
            expected,
            onset,
            tail_s,
            axis,
            first,
            ..
        } = self;
        (
            Place {
                expected,
                onset,
                tail_s,
                axis,
                first,
            },
            deconvolved,
        )
    }

    /// Position in the file of a (fractional) lag, or of a sample of the segment.
    pub(super) fn recorded_position(&self, lag: f64) -> f64 {
        self.axis.recorded_position(lag + self.first as f64)
    }

    /// Fractional lag of the first arrival: the first maximum of magnitude within 17 dB of the highest after
    /// the onset, by a parabola.
    pub(super) fn first_arrival(&self, rate_hz: f64) -> f64 {
        let h = &self.deconvolved.response;
        let begin = self.onset.max(1);
        let end = (begin + clamped(ARRIVAL_SEARCH_S * rate_hz, h.len())).min(h.len() - 1);
        let highest = h[begin..end]
            .iter()
            .fold(0.0_f64, |m, x| m.max(f64::from(x.abs())));
        let around = |i: usize| [i - 1, i, i + 1].map(|k| f64::from(h[k].abs()));
        let is_arrival = |i: &usize| {
            let [a, b, c] = around(*i);
            b >= ARRIVAL_RATIO * highest && b >= a && b > c
        };
        let i = (begin..end).find(is_arrival).unwrap_or(begin);
        let [a, b, c] = around(i);
        let bend = a - 2.0 * b + c;
        let shift = if bend < 0.0 {
            (0.5 * (a - c) / bend).clamp(-0.5, 0.5)
        } else {
            0.0
        };
        i as f64 + shift
    }

    /// Samples of the response at lags `from..from + len`, negative lags included.
    pub(super) fn lags(&self, from: f64, len: usize) -> Vec<f64> {
        let h = &self.deconvolved.response;
        let n = h.len() as f64;
        let start = clamped(from.round().rem_euclid(n), h.len() - 1);
        h[start..]
            .iter()
            .chain(h)
            .take(len.min(h.len()))
            .map(|x| f64::from(*x))
            .collect()
    }
}

/// Resamples sweep and decay once, for skew and rate, and divides by the sweep.
pub(super) fn divide(take: &Take<'_>, resampling: &mut Resampling, tail_s: f64) -> Section {
    let Take {
        analyzer,
        samples,
        clock,
        ..
    } = take;
    let e = take.excitation();
    let rate_hz = e.rate().as_f64();
    let lead_s = LEAD_S.min(0.5 * e.parameters().gap_before_s);
    let sweep_s = e.sweep_end_s() - e.sweep_start_s();
    let begin = clock.start + e.sweep_start_s() * clock.samples_per_s;
    let from = clamped(begin - lead_s * clock.samples_per_s - MARGIN, samples.len());
    let end = begin + (sweep_s + tail_s) * clock.samples_per_s;
    let to = clamped(end + MARGIN, samples.len());
    let resampled = resampling.part(samples, from..to);
    let arrival = resampled.axis.output_position(begin);
    let first = clamped(arrival - lead_s * rate_hz, resampled.samples.len());
    let last = clamped(
        arrival + (sweep_s + tail_s) * rate_hz,
        resampled.samples.len(),
    );
    let mut segment = resampled.samples;
    segment.truncate(last);
    segment.drain(..first);
    fade_ends(&mut segment, e.rate().samples(FADE_S));
    let deconvolved = analyzer.deconvolver.deconvolve(segment);
    let expected = arrival - first as f64;
    let onset = find_arrival(&deconvolved.response, expected, rate_hz);
    Section {
        expected,
        onset,
        tail_s: tail_s - FADE_S - ((onset as f64 - expected) / rate_hz).max(0.0),
        lead_s: expected / rate_hz,
        axis: resampled.axis,
        first,
        deconvolved,
    }
}

fn fade_ends(segment: &mut [f32], len: usize) {
    let n = segment.len();
    for i in 0..len.min(n / 2) {
        let gain = to_f32(fade_in(i, len));
        segment[i] *= gain;
        segment[n - 1 - i] *= gain;
    }
}
