//! Checks of the impulse response: which bands it lacks, and the harmonics that stand before it.

use crate::band::Band;
use crate::finding::Finding;
use crate::transform::{Complex64, RealTransform, fast_len};

/// Bands this far below the median are missing, in decibels.
const MISSING_DB: f64 = -20.0;

/// Total harmonic distortion that makes a finding.
const DISTORTION_MIN: f64 = 0.03;

/// Range of output frequencies in which harmonics are compared with the linear response, in hertz.
const DISTORTION_RANGE_HZ: (f64, f64) = (200.0, 8_000.0);

/// Mean power density of a windowed part of a response between two frequencies (hertz), times the number of bins.
pub(crate) fn band_energy(part: &[f64], rate_hz: f64, bands: &[(f64, f64)]) -> Vec<f64> {
    let transform = RealTransform::<f64>::new(fast_len(part.len().max(2), 2));
    let mut padded = part.to_vec();
    padded.resize(transform.len(), 0.0);
    let power: Vec<f64> = transform
        .forward(&mut padded)
        .iter()
        .map(Complex64::norm_sqr)
        .collect();
    let bin_hz = rate_hz / transform.len() as f64;
    bands
        .iter()
        .map(|(low, high)| {
            let inside = |k: usize| (*low..*high).contains(&(k as f64 * bin_hz));
            let total: f64 = power
                .iter()
                .enumerate()
                .filter(|(k, _)| inside(*k))
                .map(|(_, p)| p)
                .sum();
            total / transform.len() as f64
        })
        .collect()
}

/// Thirds of octaves whose response lies more than 20 dB below the median third; `early` holds signal, `noise`
/// as many samples without.
pub(crate) fn missing_thirds(
    early: &[f64],
    noise: &[f64],
    rate_hz: f64,
    range_hz: (f64, f64),
) -> Vec<Band> {
    let thirds: Vec<Band> = Band::thirds()
        .filter(|b| b.lower_hz() >= range_hz.0 && b.upper_hz() <= range_hz.1)
        .collect();
    let edges: Vec<(f64, f64)> = thirds
        .iter()
        .map(|b| (b.lower_hz(), b.upper_hz()))
        .collect();
    let signal = band_energy(early, rate_hz, &edges);
    let background = band_energy(noise, rate_hz, &edges);
    let levels: Vec<f64> = signal
        .iter()
        .zip(&background)
        .zip(&thirds)
        // Per hertz; what does not rise out of the noise is as low as a tenth of it at most.
        .map(|((s, n), band)| 10.0 * ((s - n).max(0.1 * s) / band.width_hz()).max(1e-300).log10())
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(median) = sorted.get(sorted.len() / 2) else {
        return Vec::new();
    };
    let missing = thirds
        .iter()
        .zip(&levels)
        .filter(|(_, level)| **level < median + MISSING_DB);
    missing.map(|(band, _)| *band).collect()
}

/// The finding that missing thirds make: the octaves that hold one.
pub(crate) fn missing_finding(missing: &[Band]) -> Option<Finding> {
    let octaves_hz: Vec<f64> = Band::octaves()
        .filter(|o| {
            let within = o.lower_hz()..o.upper_hz();
            missing.iter().any(|third| within.contains(&third.mid_hz()))
        })
        .map(Band::nominal_hz)
        .collect();
    (!octaves_hz.is_empty()).then_some(Finding::BandLimitedSource { octaves_hz })
}

/// Total harmonic distortion from the linear and the harmonic responses, noise taken off; all of one length.
pub(crate) fn distortion(linear: &[f64], harmonics: &[&[f64]], noise: &[f64], rate_hz: f64) -> f64 {
    let energy = |part: &[f64]| band_energy(part, rate_hz, &[DISTORTION_RANGE_HZ])[0];
    let background = energy(noise);
    let reference = (energy(linear) - background).max(f64::MIN_POSITIVE);
    let total: f64 = harmonics
        .iter()
        .map(|h| (energy(h) - 1.1 * background).max(0.0))
        .sum();
    (total / reference).sqrt()
}

/// The finding that distortion makes.
pub(crate) fn distortion_finding(thd: f64) -> Option<Finding> {
    (thd > DISTORTION_MIN).then_some(Finding::Distortion {
        thd_percent: 100.0 * thd,
    })
}
