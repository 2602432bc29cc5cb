//! What a pair of source and receiver is made into, whatever carried its sound.

use super::Part;
use crate::directivity::Pickup;
use crate::energy::EnergyHistogram;
use crate::plan::Method;
use crate::rays::of_part;
use crate::render::Renderer;
use crate::result::{Convergence, Pair, Searched};
use crate::tail::{Tail, poisson};

/// Place of [`of_part`].
const TAIL_PART: u64 = 3;

/// Arrivals that are rendered at once: as many as stay in the caches.
const BLOCK: usize = 1024;

/// Everything that is known of a pair.
#[derive(Debug)]
pub(super) struct Sound {
    pub(super) images: u64,
    pub(super) diffracted: u32,
    pub(super) searched: Searched,
    pub(super) complete_until_s: Option<f64>,
    /// Time of the first arrival in seconds.
    pub(super) first_s: f64,
    pub(super) channels: Vec<Vec<f32>>,
    pub(super) is_cut: bool,
    pub(super) energies: EnergyHistogram,
    pub(super) convergence: Option<Convergence>,
}

impl Sound {
    pub(super) fn pair(self, part: &Part<'_>, receiver: usize) -> Pair {
        let plan = part.plan;
        let (from, to) = (
            part.scene.sources[part.source].position,
            part.scene.receivers[receiver].position,
        );
        let mut channels = self.channels;
        if let Some(limit_hz) = plan.high_pass_hz {
            for channel in &mut channels {
                high_pass(channel, limit_hz / plan.rate.as_f64());
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of samples"
        )]
        let first = (self.first_s * plan.rate.as_f64()).round() as usize;
        Pair {
            source: part.source,
            receiver,
            distance_m: from.distance(to),
            images: self.images,
            diffracted: self.diffracted,
            searched: self.searched,
            complete_until_s: self.complete_until_s.map(|s| s.min(plan.latest_s())),
            order_limited: plan.method == Method::ImageSources,
            pre_samples: plan.pre_samples,
            rate: plan.rate,
            channels,
            is_cut: self.is_cut,
            onset_sample: plan.pre_samples + first,
            energies: self.energies,
            convergence: self.convergence,
        }
    }
}

/// The arrivals that late energies of a receiver are made into; all channels hear the same.
pub(super) fn tail(part: &Part<'_>, receiver: usize, late: &EnergyHistogram) -> Tail {
    let of_source = of_part(part.plan.seed, TAIL_PART, part.source as u64);
    let seed = of_part(of_source, TAIL_PART, receiver as u64);
    poisson(late, part.scene.volume_m3(), part.scene.speed_m_s, seed)
}

/// Renders arrivals as a channel hears them: the first has its directivity in the energies already, the others weigh
/// where each comes from.
pub(super) fn put(tail: &Tail, channel: usize, pickup: &Pickup, renderer: &mut Renderer) {
    let mut heard = tail.heard(|from| match channel {
        0 => 1.0,
        _ => pickup.gain(channel, from()),
    });
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.clear();
        block.extend(heard.by_ref().take(BLOCK));
        if block.is_empty() {
            return;
        }
        renderer.add(&block);
    }
}

/// A causal second-order Butterworth high-pass with its limit at a share of the rate.
#[expect(clippy::cast_possible_truncation, reason = "samples are single")]
fn high_pass(samples: &mut [f32], share: f64) {
    let k = (core::f64::consts::PI * share).tan();
    let norm = 1.0 / (1.0 + core::f64::consts::SQRT_2 * k + k * k);
    let (a1, a2) = (
        2.0 * (k * k - 1.0) * norm,
        (1.0 - core::f64::consts::SQRT_2 * k + k * k) * norm,
    );
    let (mut s1, mut s2) = (0.0, 0.0);
    for sample in samples {
        let x = f64::from(*sample) * norm;
        let y = x + s1;
        s1 = -2.0 * x - a1 * y + s2;
        s2 = x - a2 * y;
        *sample = y as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_pass_is_butterworths_and_causal() {
        let rate = 16_000.0;
        let mut pulse = vec![0.0_f32; 16_000];
        pulse[100] = 1.0;
        high_pass(&mut pulse, 50.0 / rate);
        assert!(pulse[..100].iter().all(|x| *x == 0.0));
        for (f, gain) in [
            (50.0, 0.5f64.sqrt()),
            (12.5, 1.0 / 257f64.sqrt()),
            (2000.0, 1.0),
        ] {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, x) in pulse.iter().enumerate() {
                let phase = core::f64::consts::TAU * f * n as f64 / rate;
                re += f64::from(*x) * phase.cos();
                im += f64::from(*x) * phase.sin();
            }
            assert!(
                (re.hypot(im) / gain - 1.0).abs() < 2e-3,
                "{f}: {}",
                re.hypot(im)
            );
        }
    }
}
