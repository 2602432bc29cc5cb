//! Clock skew between player and recorder, from the distance between the two received chirps.
//!
//! Each received chirp is compressed by its own template; the two compressed responses went through the same
//! room, so that in their cross-spectrum reflections cancel and what remains is their distance. The maximum of
//! their cross-correlation is found to a small fraction of a sample by Newton's method on its exact
//! band-limited interpolation. Standard deviation by 1 / (2 pi beta sqrt(SNR)), beta about 2.3 kHz: 0.005 ppm
//! at 20 dB input SNR. Double precision.

use core::f64::consts::TAU;

use crate::transform::{Complex64, RealTransform, fast_len};

/// Seconds of decay taken after each chirp.
const TAIL_S: f64 = 0.15;

/// Seconds taken before each chirp.
const LEAD_S: f64 = 0.05;

/// What comparing two received chirps tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ChirpDistance {
    /// Distance between the chirps in samples.
    pub(crate) samples: f64,
    /// Level of the second re the first in decibels.
    pub(crate) gain_db: f64,
    /// Signal-to-noise ratio of the first chirp within its band, in decibels.
    pub(crate) snr_db: f64,
}

/// Compares the chirps that start near `first` and `second` (samples).
pub(crate) fn chirp_distance(
    samples: &[f32],
    rate_hz: f64,
    templates: &[Vec<f64>; 2],
    first: usize,
    second: usize,
) -> ChirpDistance {
    let len = templates[0].len() + seconds(TAIL_S + LEAD_S, rate_hz);
    let lead = seconds(LEAD_S, rate_hz).min(first);
    let transform = RealTransform::<f64>::new(fast_len(len + templates[0].len(), 2));
    let compress = |at: usize, template: &[f64]| {
        let mut received = segment(samples, at - lead, len, transform.len());
        let mut pattern = template.to_vec();
        pattern.resize(transform.len(), 0.0);
        let pattern = transform.forward(&mut pattern);
        let spectrum = transform.forward(&mut received);
        spectrum
            .iter()
            .zip(&pattern)
            .map(|(x, t)| x * t.conj())
            .collect::<Vec<Complex64>>()
    };
    let (a, b) = (
        compress(first, &templates[0]),
        compress(second, &templates[1]),
    );
    let cross: Vec<Complex64> = b.iter().zip(&a).map(|(y, x)| y * x.conj()).collect();
    let lag = correlation_peak(&transform, &cross);
    let common = correlation_at(&cross, lag, transform.len()).0;
    let (gain, snr) = gain_and_snr(energy(&a), energy(&b), common);
    ChirpDistance {
        samples: second as f64 - first as f64 + lag,
        gain_db: 20.0 * gain.log10(),
        snr_db: 10.0 * snr.log10(),
    }
}

/// Gain of the second signal and signal-to-noise ratio of the first, both being the same signal in equal noise:
/// aa = S + N, bb = g^2 S + N, ab = g S, hence g - 1/g = (bb - aa) / ab.
fn gain_and_snr(aa: f64, bb: f64, ab: f64) -> (f64, f64) {
    let common = ab.max(1e-9 * (aa * bb).sqrt()).max(f64::MIN_POSITIVE);
    let r = (bb - aa) / common;
    let gain = f64::midpoint(r, r.hypot(2.0)).clamp(1e-6, 1e6);
    let signal = common / gain;
    let noise = (aa - signal).max(1e-9 * aa).max(f64::MIN_POSITIVE);
    (gain, signal / noise)
}

fn energy(spectrum: &[Complex64]) -> f64 {
    spectrum.iter().map(Complex64::norm_sqr).sum()
}

/// Lag in samples of the maximum of the correlation whose cross-spectrum is given.
pub(crate) fn correlation_peak(transform: &RealTransform<f64>, cross: &[Complex64]) -> f64 {
    let correlation = transform.inverse(&mut cross.to_vec());
    let n = transform.len();
    let cross = significant(cross);
    let whole = (0..n)
        .max_by(|a, b| correlation[*a].total_cmp(&correlation[*b]))
        .unwrap_or(0);
    let whole = if whole > n / 2 {
        whole as f64 - n as f64
    } else {
        whole as f64
    };
    // Between two samples the crest may be nearer to the other: a quarter of a sample is near enough for Newton.
    let mut lag = (-4..=4)
        .map(|quarter| whole + f64::from(quarter) / 4.0)
        .map(|lag| (lag, correlation_at(cross, lag, n).0))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(whole, |(lag, _)| lag);
    for _ in 0..20 {
        let (_, slope, bend) = correlation_at(cross, lag, n);
        if bend >= 0.0 {
            break;
        }
        let step = (-slope / bend).clamp(-0.5, 0.5);
        lag += step;
        if step.abs() < 1e-9 {
            break;
        }
    }
    lag
}

/// The bins up to the last that holds more than a 10^-12 of the largest: chirps end far below half the rate.
fn significant(cross: &[Complex64]) -> &[Complex64] {
    let largest = cross.iter().map(Complex64::norm_sqr).fold(0.0, f64::max);
    let last = cross.iter().rposition(|x| x.norm_sqr() > 1e-24 * largest);
    &cross[..last.map_or(0, |i| i + 1)]
}

/// The correlation, its first and its second derivative at a fractional lag, from the cross-spectrum.
pub(crate) fn correlation_at(cross: &[Complex64], lag: f64, len: usize) -> (f64, f64, f64) {
    let omega = TAU / len as f64;
    let step = Complex64::from_polar(1.0, omega * lag);
    let (mut value, mut slope, mut bend) = (0.0, 0.0, 0.0);
    for (block, bins) in cross.chunks(ROTOR_BLOCK).enumerate() {
        let first = block * ROTOR_BLOCK;
        let mut rotor = Complex64::from_polar(1.0, omega * lag * first as f64);
        for (i, bin) in bins.iter().enumerate() {
            let turned = bin * rotor;
            let w = omega * (first + i) as f64;
            value += turned.re;
            slope -= w * turned.im;
            bend -= w * w * turned.re;
            rotor *= step;
        }
    }
    (value, slope, bend)
}

/// Bins between which the turning factor is made anew, against the drift of its product.
const ROTOR_BLOCK: usize = 256;

/// `len` samples from `start`, zero where there are none, padded to `padded`.
pub(crate) fn segment(samples: &[f32], start: usize, len: usize, padded: usize) -> Vec<f64> {
    let from = start.min(samples.len());
    let to = (start + len).min(samples.len());
    let mut out: Vec<f64> = samples[from..to].iter().map(|x| f64::from(*x)).collect();
    out.resize(padded, 0.0);
    out
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of samples"
)]
fn seconds(duration_s: f64, rate_hz: f64) -> usize {
    (duration_s * rate_hz) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fractional_shift_is_found_to_a_millionth_of_a_sample() {
        let n = 4096;
        let transform = RealTransform::<f64>::new(n);
        let mut state = 1_u64;
        let mut noise: Vec<f64> = (0..n)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as f64 / 2f64.powi(31) - 0.5
            })
            .collect();
        let spectrum = transform.forward(&mut noise);
        for truth in [0.0, 0.37, -12.61, 100.5] {
            let turn = |k: usize| Complex64::from_polar(1.0, -TAU * truth * k as f64 / n as f64);
            let mut cross = vec![Complex64::default(); spectrum.len()];
            for k in 400..1600 {
                cross[k] = turn(k) * spectrum[k].norm_sqr();
            }
            let found = correlation_peak(&transform, &cross);
            assert!((found - truth).abs() < 1e-6, "{found} {truth}");
        }
    }
}
