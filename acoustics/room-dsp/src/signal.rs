//! Sampled sound with its rate: what files decode to and what every analysis starts from.
//!
//! Samples are single precision (24 bits of mantissa hold every recorder we know); arithmetic that follows works in
//! double.

use core::fmt;

/// Sampling frequency in hertz, checked to lie in [`SampleRate::MIN_HZ`]`..=`[`SampleRate::MAX_HZ`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRate(u32);

impl SampleRate {
    /// Lowest accepted rate: telephone recordings.
    pub const MIN_HZ: u32 = 4_000;
    /// Highest accepted rate: sixteen times 48 kHz.
    pub const MAX_HZ: u32 = 768_000;
    /// The rate of the reference layout.
    pub const STANDARD: Self = Self(48_000);

    /// Checks a rate in hertz.
    ///
    /// # Errors
    /// [`SignalError::Rate`] outside the allowed range.
    pub fn new(hz: u32) -> Result<Self, SignalError> {
        if (Self::MIN_HZ..=Self::MAX_HZ).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(SignalError::Rate { found_hz: hz })
        }
    }

    /// The rate in hertz.
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// The rate in hertz as a real number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0)
    }

    /// Nearest whole number of samples in a duration; negative durations give 0.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped at zero; durations are seconds, far below 2^53 samples"
    )]
    pub fn samples(self, duration_s: f64) -> usize {
        (duration_s * self.as_f64()).round().max(0.0) as usize
    }
}

/// One or more channels of equal length at one rate. Full scale is 1.0.
#[derive(Clone, PartialEq)]
pub struct Signal {
    rate: SampleRate,
    channels: Vec<Vec<f32>>,
}

impl Signal {
    /// A signal of several channels.
    ///
    /// # Errors
    /// [`SignalError::NoChannels`] without channels, [`SignalError::UnequalChannels`] when their lengths differ.
    pub fn new(rate: SampleRate, channels: Vec<Vec<f32>>) -> Result<Self, SignalError> {
        let expected = channels.first().ok_or(SignalError::NoChannels)?.len();
        match channels.iter().find(|c| c.len() != expected) {
            Some(odd) => Err(SignalError::UnequalChannels {
                expected,
                found: odd.len(),
            }),
            None => Ok(Self { rate, channels }),
        }
    }

    /// A signal of one channel.
    pub fn mono(rate: SampleRate, samples: Vec<f32>) -> Self {
        Self {
            rate,
            channels: vec![samples],
        }
    }

    /// Sampling frequency.
    pub const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// All channels, at least one, of equal length.
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// Samples per channel.
    pub fn len(&self) -> usize {
        self.channels[0].len()
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Duration in seconds.
    pub fn duration_s(&self) -> f64 {
        self.len() as f64 / self.rate.as_f64()
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("rate_hz", &self.rate.hz())
            .field("channels", &self.channels.len())
            .field("samples", &self.len())
            .finish()
    }
}

/// Why a signal cannot exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalError {
    /// The rate lies outside the allowed range.
    Rate {
        /// The rate asked for, in hertz.
        found_hz: u32,
    },
    /// A signal needs at least one channel.
    NoChannels,
    /// All channels must have the same length.
    UnequalChannels {
        /// Length of the first channel in samples.
        expected: usize,
        /// Length of the odd one.
        found: usize,
    },
}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate { found_hz } => write!(
                f,
                "sample rate {found_hz} Hz is outside {}..={} Hz",
                SampleRate::MIN_HZ,
                SampleRate::MAX_HZ
            ),
            Self::NoChannels => f.write_str("a signal needs at least one channel"),
            Self::UnequalChannels { expected, found } => {
                write!(
                    f,
                    "channels differ in length: {expected} and {found} samples"
                )
            }
        }
    }
}

impl core::error::Error for SignalError {}
