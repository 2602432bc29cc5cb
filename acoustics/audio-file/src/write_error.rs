//! Why a signal could not be written, with the numbers.

use core::fmt;

/// Why a signal could not be written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum WriteError {
    /// The signal has no samples.
    Empty,
    /// Samples outside -1 to 1 would be clipped by integer samples.
    OutOfRange {
        /// How many samples, over all channels.
        samples: usize,
        /// The largest magnitude.
        peak: f32,
    },
    /// A sample is infinite or no number.
    NotFinite {
        /// Index of the channel.
        channel: usize,
        /// Index of the sample within it.
        sample: usize,
    },
    /// The format holds fewer channels.
    Channels {
        /// Channels of the signal.
        found: usize,
        /// Most channels of the format.
        allowed: usize,
    },
    /// The format cannot state so high a sampling frequency.
    Rate {
        /// Sampling frequency of the signal in hertz.
        found_hz: u32,
        /// Highest of the format in hertz.
        allowed_hz: u32,
    },
    /// The format's length fields cannot count so many bytes.
    TooLong {
        /// Bytes of samples.
        bytes: u64,
        /// Most bytes of samples.
        allowed: u64,
    },
    /// The encoder refused.
    Encoder {
        /// In its words.
        reason: String,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the signal has no samples; at least one is needed"),
            Self::OutOfRange { samples, peak } => write!(
                f,
                "{samples} samples lie outside -1 to 1, the largest at {peak}; divide the signal by {peak} or write 32-bit float"
            ),
            Self::NotFinite { channel, sample } => write!(
                f,
                "sample {sample} of channel {channel} is infinite or no number; only finite samples can be written"
            ),
            Self::Channels { found, allowed } => {
                write!(
                    f,
                    "{found} channels, at most {allowed} fit; write fewer channels"
                )
            }
            Self::Rate {
                found_hz,
                allowed_hz,
            } => write!(
                f,
                "a sample rate of {found_hz} Hz, at most {allowed_hz} Hz fit; resample or write WAV"
            ),
            Self::TooLong { bytes, allowed } => write!(
                f,
                "{bytes} bytes of samples, at most {allowed} fit; write a shorter signal"
            ),
            Self::Encoder { reason } => write!(f, "the encoder refused: {reason}"),
        }
    }
}

impl core::error::Error for WriteError {}
