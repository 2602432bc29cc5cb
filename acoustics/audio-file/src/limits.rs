//! How much a file may cost: a small hostile file must not grow into a large amount of memory.
//!
//! The limits are enforced while decoding, on what was really decoded; no header's claim is believed or allocated for.

use core::fmt;
use core::ops::RangeInclusive;

use room_dsp::SampleRate;

/// What a file may cost. The defaults suit a measurement uploaded by a phone.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Largest file in bytes; default 256 MiB.
    pub bytes_max: usize,
    /// Most channels; default 32.
    pub channels_max: usize,
    /// Longest duration in seconds, encoder delay included; default 900 s.
    pub duration_max_s: f64,
    /// Allowed sampling frequencies; default [`SampleRate::MIN_HZ`]`..=`[`SampleRate::MAX_HZ`].
    pub rate_hz: RangeInclusive<u32>,
    /// Most samples over all channels; default 90 million, which is 15 minutes of 48 kHz stereo and 360 MB of memory.
    pub samples_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 256 << 20,
            channels_max: 32,
            duration_max_s: 900.0,
            rate_hz: SampleRate::MIN_HZ..=SampleRate::MAX_HZ,
            samples_max: 90_000_000,
        }
    }
}

/// What exceeded a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quantity {
    /// Size of the file in bytes.
    Bytes,
    /// Number of channels.
    Channels,
    /// Duration in seconds.
    DurationS,
    /// Sampling frequency in hertz.
    SampleRateHz,
    /// Samples over all channels.
    Samples,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "file size in bytes",
            Self::Channels => "number of channels",
            Self::DurationS => "duration in seconds",
            Self::SampleRateHz => "sample rate in hertz",
            Self::Samples => "number of samples over all channels",
        })
    }
}
