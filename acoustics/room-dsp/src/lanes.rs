//! The filter kernel: eight band-passes run side by side over one signal.
//!
//! One cascade of seven sections is bound by latency; eight of them in the lanes of a vector cost the same.
//! Sections run inside the sample loop, each lane has its own coefficients, compiled for AVX-512, AVX2 and the
//! baseline and chosen at run time. Double precision; no fused multiply-add, so that every machine computes the
//! same bits. The twin in the tests multiplies spectra.

use multiversion::multiversion;

use crate::butterworth::{BandPass, SECTIONS};

/// Bands filtered together.
pub(crate) const LANES: usize = 8;

/// One value for each band.
pub(crate) type Frame = [f64; LANES];

/// Up to eight band-passes; unused lanes stay silent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LaneFilter {
    a1: [Frame; SECTIONS],
    a2: [Frame; SECTIONS],
    gain: Frame,
    used: usize,
}

impl LaneFilter {
    /// Takes at most eight filters.
    pub(crate) fn new<'a>(filters: impl Iterator<Item = &'a BandPass>) -> Self {
        let mut lanes = Self {
            a1: [[0.0; LANES]; SECTIONS],
            a2: [[0.0; LANES]; SECTIONS],
            gain: [0.0; LANES],
            used: 0,
        };
        for (lane, filter) in filters.take(LANES).enumerate() {
            lanes.used = lane + 1;
            lanes.gain[lane] = filter.gain;
            for section in 0..SECTIONS {
                lanes.a1[section][lane] = filter.a1[section];
                lanes.a2[section][lane] = filter.a2[section];
            }
        }
        lanes
    }

    /// Each band of `input`, filtered from its end to its start; as many as lanes are in use.
    pub(crate) fn run_reversed(&self, input: &[f64]) -> Vec<Vec<f64>> {
        let mut bands = vec![vec![0.0; input.len()]; self.used];
        let mut state = State::default();
        let mut frames = vec![[0.0; LANES]; BLOCK];
        let mut end = input.len();
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            let frames = &mut frames[..end - start];
            run_reversed(self, &mut state, &input[start..end], frames);
            for (lane, band) in bands.iter_mut().enumerate() {
                sort_out(frames, lane, &mut band[start..end]);
            }
            end = start;
        }
        bands
    }
}

/// One band of the frames.
fn sort_out(frames: &[Frame], lane: usize, band: &mut [f64]) {
    for (y, frame) in band.iter_mut().zip(frames) {
        *y = frame[lane];
    }
}

/// Frames held between filtering and sorting by band: they stay in the first cache.
const BLOCK: usize = 256;

/// Delays of all sections.
#[derive(Debug, Clone, Default)]
struct State {
    s1: [Frame; SECTIONS],
    s2: [Frame; SECTIONS],
}

/// Transposed direct form II with zeros at z = 1 and z = -1: y = v + s1, s1 = s2 - a1 y, s2 = -v - a2 y.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
fn run_reversed(filter: &LaneFilter, state: &mut State, input: &[f64], output: &mut [Frame]) {
    let State { mut s1, mut s2 } = state.clone();
    for (x, frame) in input.iter().zip(output).rev() {
        let mut v = [0.0; LANES];
        for (value, gain) in v.iter_mut().zip(&filter.gain) {
            *value = x * gain;
        }
        for section in 0..SECTIONS {
            for lane in 0..LANES {
                let y = v[lane] + s1[section][lane];
                s1[section][lane] = s2[section][lane] - filter.a1[section][lane] * y;
                s2[section][lane] = -v[lane] - filter.a2[section][lane] * y;
                v[lane] = y;
            }
        }
        *frame = v;
    }
    *state = State { s1, s2 };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Band;
    use crate::transform::RealTransform;

    /// The twin: the conjugate response multiplied onto a zero-padded spectrum.
    fn filtered_in_frequency(pass: &BandPass, x: &[f64], rate: f64) -> Vec<f64> {
        let n = 1 << 17;
        let transform = RealTransform::new(n);
        let mut padded = vec![0.0; n];
        padded[n / 2..n / 2 + x.len()].copy_from_slice(x);
        let mut spectrum = transform.forward(&mut padded);
        for (k, bin) in spectrum.iter_mut().enumerate() {
            *bin *= pass.response(k as f64 * rate / n as f64, rate).conj();
        }
        transform.inverse(&mut spectrum)[n / 2..n / 2 + x.len()].to_vec()
    }

    #[test]
    fn the_kernel_is_its_frequency_domain_twin() {
        let rate = 48_000.0;
        let bands: Vec<Band> = Band::octaves()
            .filter(|b| b.upper_hz() < 23_000.0)
            .collect();
        let passes: Vec<BandPass> = bands
            .iter()
            .map(|b| BandPass::new(b.lower_hz(), b.upper_hz(), rate))
            .collect();
        let x: Vec<f64> = (0..9_000_u64)
            .map(|i| (i.wrapping_mul(2_654_435_761) % 1_000) as f64 / 500.0 - 1.0)
            .collect();
        let lanes = LaneFilter::new(passes.iter().take(LANES)).run_reversed(&x);
        for (lane, pass) in passes.iter().take(LANES).enumerate() {
            let twin = filtered_in_frequency(pass, &x, rate);
            let worst = lanes[lane]
                .iter()
                .zip(&twin)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(worst < 1e-7, "{:?}: {worst}", bands[lane]);
        }
    }
}
