#![doc = include_str!("../README.md")]

mod band;
mod butterworth;
mod checkpoints;
mod checks;
mod chirp_search;
mod deconvolve;
mod doubt;
mod excitation;
mod filter_bank;
mod finding;
mod impulse_response;
mod lanes;
mod measure;
mod reference;
mod resample;
mod signal;
mod skew;
#[cfg(any(test, feature = "synthetic"))]
pub mod synthetic;
mod transform;

pub use band::{Band, Fraction};
pub use checks::background::{Background, OctaveLevel};
pub use doubt::{Cause, Doubt};
pub use excitation::{
    Excitation, ExcitationFault, ExcitationParameters, Layout, Segment, SegmentKind,
};
pub use filter_bank::{BandFilter, BandOutput, DECIMATION_MAX, FilterBank};
pub use finding::{Datum, Finding, Refusal};
pub use impulse_response::{ImpulseResponse, NoOnset, ONSET_RATIO, find_onset};
pub use measure::{Alignment, Analyzer, Ended, HarmonicResponse, Measured, Stage};
pub use reference::{ReferenceAnalyzer, ReferenceFault};
pub use signal::{SampleRate, Signal, SignalError};
