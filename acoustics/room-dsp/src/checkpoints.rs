//! Did chirp and sweep go through one unbroken recording?
//!
//! The room's response is known twice: through a chirp, and through that part of the sweep which covers the
//! same frequencies several seconds later. In their cross-spectrum reflections cancel, so that their lag tells
//! whether the recorder kept its samples between the two, and their ratio whether it kept its gain. A clock
//! that runs fast or slow is compensated before; what is left over is a step.

use crate::excitation::Excitation;
use crate::skew::{correlation_at, correlation_peak};
use crate::transform::{Complex64, RealTransform, fast_len};

/// Largest disagreement between arrivals that is not a loss, in seconds.
pub(crate) const STEP_MAX_S: f64 = 1.5e-4;

/// Coherence of the two responses from which their lag is believed.
const COHERENCE_MIN: f64 = 0.6;

/// Coherence from which their ratio is believed.
const GAIN_COHERENCE_MIN: f64 = 0.9;

/// Sub-bands of the chirp's range.
const SUB_BANDS: usize = 4;

/// Seconds before and after the expected arrival that enter the comparison.
const WINDOW_S: (f64, f64) = (0.05, 0.15);

/// Comparison within one sub-band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Checkpoint {
    /// Arrival through the sweep after the arrival through the chirp, in seconds.
    pub(crate) lag_s: f64,
    /// Level through the sweep re the level through the chirp, in decibels; none when they agree too little to say.
    pub(crate) gain_db: Option<f64>,
}

/// Compares a received chirp (from `WINDOW_S.0` before its expected start on) with a response through the sweep
/// around its expected arrival.
///
/// Gives the sub-bands in which both agree enough to be compared.
pub(crate) fn compare(
    excitation: &Excitation,
    template: &[f64],
    received_chirp: &[f32],
    sweep_response: &[f64],
    carried_hz: f64,
) -> Vec<Checkpoint> {
    let rate_hz = excitation.rate().as_f64();
    let transform = RealTransform::<f64>::new(fast_len(received_chirp.len() + template.len(), 2));
    let spectrum = |x: &[f64]| {
        let mut padded = x[..x.len().min(transform.len())].to_vec();
        padded.resize(transform.len(), 0.0);
        transform.forward(&mut padded)
    };
    let pattern = spectrum(template);
    let peak = pattern.iter().map(Complex64::norm_sqr).fold(0.0, f64::max);
    let received: Vec<f64> = received_chirp.iter().map(|x| f64::from(*x)).collect();
    let quotient: Vec<Complex64> = spectrum(&received)
        .iter()
        .zip(&pattern)
        .map(|(y, x)| y * x.conj() / (x.norm_sqr() + 1e-3 * peak))
        .collect();
    let through_chirp = windowed(&transform, quotient, rate_hz);
    let through_sweep = spectrum(&sweep_response[..window_len(rate_hz).min(sweep_response.len())]);
    sub_bands(excitation)
        .filter(|(_, high)| *high <= carried_hz)
        .filter_map(|(low, high)| {
            let bins = |f: f64| f * transform.len() as f64 / rate_hz;
            checkpoint(
                &transform,
                &through_chirp,
                &through_sweep,
                (bins(low), bins(high)),
                rate_hz,
            )
        })
        .collect()
}

/// Number of samples from the start of the comparison window to its end.
pub(crate) fn window_len(rate_hz: f64) -> usize {
    samples(WINDOW_S.0 + WINDOW_S.1, rate_hz)
}

/// Number of samples of the window before the expected arrival.
pub(crate) fn window_lead(rate_hz: f64) -> usize {
    samples(WINDOW_S.0, rate_hz)
}

/// Geometric division of what chirp and sweep share, a tenth of an octave inside its limits.
fn sub_bands(excitation: &Excitation) -> impl Iterator<Item = (f64, f64)> {
    let p = excitation.parameters();
    let low = p.chirp_start_hz.max(p.sweep_start_hz) * 1.07;
    let high = p.chirp_end_hz.min(p.sweep_end_hz) / 1.07;
    let step = (high / low).powf(1.0 / SUB_BANDS as f64);
    (0..SUB_BANDS).map(move |k| (low * step.powf(k as f64), low * step.powf(k as f64 + 1.0)))
}

fn windowed(
    transform: &RealTransform<f64>,
    mut quotient: Vec<Complex64>,
    rate_hz: f64,
) -> Vec<Complex64> {
    let mut response = transform.inverse(&mut quotient);
    response[window_len(rate_hz)..].fill(0.0);
    transform.forward(&mut response)
}

fn checkpoint(
    transform: &RealTransform<f64>,
    chirp: &[Complex64],
    sweep: &[Complex64],
    bins: (f64, f64),
    rate_hz: f64,
) -> Option<Checkpoint> {
    let inside = |k: usize| (bins.0..bins.1).contains(&(k as f64));
    let mut cross = vec![Complex64::default(); chirp.len()];
    let (mut chirp_energy, mut sweep_energy) = (0.0, 0.0);
    for k in (0..chirp.len()).filter(|k| inside(*k)) {
        cross[k] = sweep[k] * chirp[k].conj();
        chirp_energy += chirp[k].norm_sqr();
        sweep_energy += sweep[k].norm_sqr();
    }
    let lag = correlation_peak(transform, &cross);
    let common = correlation_at(&cross, lag, transform.len()).0;
    let coherence = common / (chirp_energy * sweep_energy).sqrt().max(f64::MIN_POSITIVE);
    (coherence > COHERENCE_MIN).then(|| Checkpoint {
        lag_s: lag / rate_hz,
        // The sweep has the better signal-to-noise ratio by far: what the chirp has in common with it is its own share.
        gain_db: (coherence > GAIN_COHERENCE_MIN).then(|| 20.0 * (sweep_energy / common).log10()),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of samples"
)]
fn samples(duration_s: f64, rate_hz: f64) -> usize {
    (duration_s * rate_hz).round() as usize
}
