#![doc = include_str!("../README.md")]

mod band;
mod impulse_response;
mod signal;
#[cfg(any(test, feature = "synthetic"))]
pub mod synthetic;

pub use band::{Band, Fraction};
pub use impulse_response::{ImpulseResponse, NoOnset, ONSET_RATIO, find_onset};
pub use signal::{SampleRate, Signal, SignalError};
