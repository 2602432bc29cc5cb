//! What the air takes from arrivals: exp(-decay t) per octave, by a table and a parabola instead of an exponential
//! each.
//!
//! The table has an entry every 64 samples, or more often where the air is so thick that the parabola's rest would
//! pass 1e-7.

use crate::arrival::BLOCK;

/// Samples between entries.
const STEP: f64 = 64.0;

/// Decay over half a step up to which a parabola holds: x^3 / 6 is 1.7e-7 there.
const BEND: f64 = 0.01;

/// 1.5 * 2^52: adding it rounds to an integer.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Gains of bands over time.
#[derive(Debug, Clone)]
pub(crate) struct Loss<const BANDS: usize> {
    table: Vec<[f32; BANDS]>,
    step: f64,
    decays: [f32; BANDS],
}

impl<const BANDS: usize> Loss<BANDS> {
    /// For decays per sample and delays up to `longest` samples; bands without a decay are silent. Nothing where no
    /// band decays.
    pub(crate) fn new(decays: &[f64], longest: f64) -> Option<Self> {
        let fastest = decays.iter().copied().fold(0.0, f64::max);
        if fastest <= 0.0 {
            return None;
        }
        let mut step = STEP;
        while 0.5 * step * fastest > BEND {
            step *= 0.5;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count that is not negative"
        )]
        let entries = (longest / step) as usize + 2;
        let per_step: Vec<f64> = decays.iter().map(|d| (-d * step).exp()).collect();
        let mut gains = vec![1.0_f64; decays.len()];
        let table = (0..entries)
            .map(|_| {
                let mut entry = [0.0; BANDS];
                for ((e, gain), factor) in entry.iter_mut().zip(&mut gains).zip(&per_step) {
                    *e = single(*gain);
                    *gain *= factor;
                }
                entry
            })
            .collect();
        let mut single_decays = [0.0; BANDS];
        for (s, d) in single_decays.iter_mut().zip(decays) {
            *s = single(*d);
        }
        Some(Self {
            table,
            step,
            decays: single_decays,
        })
    }

    /// Multiplies the amplitudes of a block.
    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[inline(always)]
    pub(crate) fn apply(&self, delays: &[f64; BLOCK], amplitudes: &mut [[f32; BLOCK]; BANDS]) {
        let mut entries = [0_u32; BLOCK];
        let mut rests = [0.0_f32; BLOCK];
        for i in 0..BLOCK {
            (entries[i], rests[i]) = self.place(delays[i]);
        }
        let mut gains = [[0.0_f32; BLOCK]; BANDS];
        for (i, entry) in entries.into_iter().enumerate() {
            let entry = self.entry(entry);
            for band in 0..BANDS {
                gains[band][i] = entry[band];
            }
        }
        for band in 0..BANDS {
            let decay = self.decays[band];
            for i in 0..BLOCK {
                let x = decay * rests[i];
                amplitudes[band][i] *= gains[band][i] * (1.0 - x * (1.0 - 0.5 * x));
            }
        }
    }

    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "low bits and single precision are meant"
    )]
    #[inline(always)]
    fn place(&self, delay: f64) -> (u32, f32) {
        let rounded = delay * (1.0 / self.step) + ROUND;
        let whole = rounded - ROUND;
        (rounded.to_bits() as u32, (delay - whole * self.step) as f32)
    }

    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[inline(always)]
    fn entry(&self, entry: u32) -> [f32; BANDS] {
        self.table
            .get(entry as usize)
            .copied()
            .unwrap_or([0.0; BANDS])
    }
}

#[expect(clippy::cast_possible_truncation, reason = "amplitudes are single")]
const fn single(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_exponential() {
        for thickest in [1e-5, 3e-4, 4e-3] {
            let decays = [0.0, 0.3 * thickest, thickest];
            let loss = Loss::<3>::new(&decays, 60_000.0).unwrap();
            let delays: [f64; BLOCK] = core::array::from_fn(|i| 917.37 * i as f64 + 0.4);
            let mut amplitudes = [[1.0; BLOCK]; 3];
            loss.apply(&delays, &mut amplitudes);
            for (n, decay) in (0..3 * BLOCK).zip(decays.iter().cycle()) {
                let (i, band) = (n / 3, n % 3);
                // Far below what single precision holds there is nothing to compare.
                let twin = (-decay * delays[i]).exp().max(1e-26);
                let floor = 1e-26 / twin;
                let error = f64::from(amplitudes[band][i]) / twin - 1.0;
                assert!(error.abs() < 6e-7 + 2.0 * floor.floor(), "{n}: {error}");
            }
        }
        assert!(Loss::<2>::new(&[0.0, 0.0], 100.0).is_none());
    }
}
