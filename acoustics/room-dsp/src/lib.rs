#![doc = include_str!("../README.md")]

mod band;
mod butterworth;
mod excitation;
mod filter_bank;
mod impulse_response;
mod lanes;
mod resample;
mod signal;
mod transform;

pub use band::{Band, Fraction};
pub use excitation::{
    Excitation, ExcitationFault, ExcitationParameters, Layout, Segment, SegmentKind,
};
pub use filter_bank::{BandFilter, BandOutput, DECIMATION_MAX, FilterBank};
pub use impulse_response::{ImpulseResponse, NoOnset, ONSET_RATIO, find_onset};
pub use signal::{SampleRate, Signal, SignalError};
