//! What goes wrong between the converter and the file: whole blocks that come twice or as zeros.
//!
//! Samples that are lost altogether belong to the clock, since everything after them comes early.

use super::error::{RecipeError, require};
use crate::signal::SampleRate;

/// A stretch of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) time_s: f64,
    pub(super) length_s: f64,
}

/// Faults of the buffers; the default is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Buffers {
    /// Stretches whose samples are zero.
    pub(super) zeroed: Vec<Stretch>,
    /// Stretches that hold a copy of what stood just before them.
    pub(super) repeated: Vec<Stretch>,
}

impl Buffers {
    pub(super) fn validate(&self, file_s: f64) -> Result<(), RecipeError> {
        for stretch in &self.zeroed {
            require("zeroed time_s", stretch.time_s, 0.0..=file_s)?;
            require("zeroed length_s", stretch.length_s, 0.0..=file_s)?;
        }
        for stretch in &self.repeated {
            require("repeated length_s", stretch.length_s, 0.0..=file_s)?;
            require("repeated time_s", stretch.time_s, stretch.length_s..=file_s)?;
        }
        Ok(())
    }

    /// Spoils one channel in place; the length stays.
    pub(super) fn apply(&self, samples: &mut [f64], rate: SampleRate) {
        for stretch in &self.repeated {
            let (from, to) = stretch.range(samples.len(), rate);
            let block = rate.samples(stretch.length_s).min(from);
            let copied = (to - from).min(block);
            samples.copy_within(from - block..from - block + copied, from);
        }
        for stretch in &self.zeroed {
            let (from, to) = stretch.range(samples.len(), rate);
            samples[from..to].fill(0.0);
        }
    }
}

impl Stretch {
    fn range(self, length: usize, rate: SampleRate) -> (usize, usize) {
        let from = rate.samples(self.time_s).min(length);
        (from, (from + rate.samples(self.length_s)).min(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeroed_and_repeated_stretches_are_exact() {
        let rate = SampleRate::new(4000).unwrap();
        let original: Vec<f64> = (1..=4000).map(f64::from).collect();
        let mut samples = original.clone();
        let buffers = Buffers {
            zeroed: vec![Stretch {
                time_s: 0.25,
                length_s: 0.06,
            }],
            repeated: vec![Stretch {
                time_s: 0.5,
                length_s: 0.02,
            }],
        };
        buffers.apply(&mut samples, rate);
        assert!(samples[1000..1240].iter().all(|x| *x == 0.0));
        assert_eq!(samples[..1000], original[..1000]);
        assert_eq!(samples[1240..2000], original[1240..2000]);
        assert_eq!(samples[2000..2080], original[1920..2000]);
        assert_eq!(samples[2080..], original[2080..]);
    }

    #[test]
    fn a_repetition_needs_something_before_it() {
        let buffers = Buffers {
            repeated: vec![Stretch {
                time_s: 0.01,
                length_s: 0.02,
            }],
            ..Buffers::default()
        };
        let error = buffers.validate(3.0).unwrap_err();
        assert_eq!((error.field, error.found), ("repeated time_s", 0.01));
    }
}
