//! The direct renderer: a pulse of 128 samples for every arrival.
//!
//! For one band and few arrivals: it needs no transform. Pulses are tabulated at 512 phases and taken linearly between
//! two (-116 dB). Its twin in the tests evaluates the formula.

use std::sync::LazyLock;

use super::spread::{PULSES, Planes, pulses};
use super::taper::{TAPS, pulse};
use crate::arrival::{Arrivals, Sink};

/// Samples of one band under construction.
#[derive(Debug)]
pub(crate) struct Direct {
    samples: Vec<f32>,
    planes: Planes,
}

impl Direct {
    /// Silence of `before` samples before the emission and `len` after it; `before` at least half a pulse.
    pub(crate) fn new(before: usize, len: usize) -> Self {
        let all = before + len + TAPS;
        Self {
            samples: vec![0.0; all],
            planes: Planes {
                stride: all,
                len: all,
                scale: 1.0,
                origin: before as f64,
            },
        }
    }

    /// The samples, from those before the emission on.
    pub(crate) fn finish(self) -> Vec<f32> {
        self.samples
    }
}

impl Sink<1> for Direct {
    fn take(&mut self, arrivals: &Arrivals<1>) {
        let [amplitudes] = arrivals.bands();
        let (count, delays) = (arrivals.count(), arrivals.delays());
        pulses(
            table(),
            self.planes,
            count,
            delays,
            amplitudes,
            &mut self.samples,
        );
    }
}

/// Pulses at every phase and one more: point k of phase q is the pulse at k - 63 - q / 512 samples.
pub(crate) fn table() -> &'static [[f32; TAPS]] {
    static TABLE: LazyLock<Vec<[f32; TAPS]>> = LazyLock::new(|| {
        let row = |phase: usize| {
            core::array::from_fn(|tap| {
                let offset = tap as f64 - (TAPS / 2 - 1) as f64 - phase as f64 / PULSES as f64;
                #[expect(clippy::cast_possible_truncation, reason = "samples are single")]
                let value = pulse(offset) as f32;
                value
            })
        };
        (0..=PULSES).map(row).collect()
    });
    &TABLE
}
