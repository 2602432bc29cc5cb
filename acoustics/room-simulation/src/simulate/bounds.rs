//! What all results of a simulation may hold together.

use core::mem::size_of;

use crate::octaves::OCTAVES_MAX;
use crate::plan::{Plan, SAMPLES_MAX};
use crate::scene::Scene;

/// Widths of bins of energies in seconds, finest first: 50 and 80 ms are whole numbers of each.
const BINS_S: [f64; 5] = [0.5e-3, 1e-3, 2.5e-3, 5e-3, 10e-3];

/// Memory for energies in bytes.
const ENERGIES_MAX: f64 = 1e9;

/// Histograms that a receiver needs while rays are traced: eight heaps of batches twice, as sums and scaled, and their
/// mean.
const HISTOGRAMS: f64 = 17.0;

/// Longest response in seconds: every channel of every pair gets as much of [`SAMPLES_MAX`].
pub(super) fn response_s(scene: &Scene, plan: &Plan) -> f64 {
    let channels = scene.receivers.iter().map(|r| r.pickup.channels());
    let all = scene.sources.len() * channels.sum::<usize>();
    SAMPLES_MAX as f64 / (all as f64 * plan.rate.as_f64())
}

/// The finest bins whose histograms, as long as the longest, fit into memory; else the widest.
pub(super) fn bin_s(scene: &Scene, longest_s: f64, with_rays: bool) -> f64 {
    let kept = (scene.sources.len() * scene.receivers.len()) as f64;
    let traced = if with_rays {
        HISTOGRAMS * scene.receivers.len() as f64
    } else {
        0.0
    };
    let bytes = size_of::<[f64; OCTAVES_MAX]>() as f64 * (kept + traced);
    let fits = |bin_s: &f64| bytes * longest_s / bin_s <= ENERGIES_MAX;
    BINS_S.into_iter().find(fits).unwrap_or(BINS_S[4])
}
