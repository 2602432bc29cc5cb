//! Why a file could not be read, with the numbers.

use core::fmt;
use core::ops::RangeInclusive;

use symphonia::core::errors::Error as SymphoniaError;

use crate::limits::Quantity;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ReadError {
    /// There are no bytes, or a valid file without a single sample.
    Empty {
        /// Size of the file in bytes.
        bytes: usize,
    },
    /// The file begins like no audio format that is read here.
    NotAudio {
        /// Its first bytes, at most sixteen.
        first_bytes: Vec<u8>,
    },
    /// A known kind of file with a codec or feature that is not read here.
    Unsupported {
        /// The codec or feature.
        codec: String,
    },
    /// The file breaks off before its first sample.
    Truncated {
        /// Size of the file in bytes.
        bytes: usize,
    },
    /// One of [`crate::Limits`] is exceeded.
    LimitExceeded {
        /// Which quantity.
        what: Quantity,
        /// The value found; for durations and sample counts the value at which decoding stopped.
        found: f64,
        /// The values allowed.
        allowed: RangeInclusive<f64>,
    },
    /// The content contradicts its format, or holds samples that are no numbers.
    Malformed {
        /// What is wrong.
        reason: String,
        /// Index of the first bad sample within its channel, as far as known.
        at_sample: Option<u64>,
    },
}

impl ReadError {
    /// A contradiction found before any sample.
    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed {
            reason: reason.into(),
            at_sample: None,
        }
    }

    /// A codec or feature that is not read here.
    pub(crate) fn unsupported(codec: impl Into<String>) -> Self {
        Self::Unsupported {
            codec: codec.into(),
        }
    }

    /// The error of a demuxer or decoder while it reads headers of a file of `bytes` bytes.
    pub(crate) fn from_headers(error: &SymphoniaError, bytes: usize) -> Self {
        if let SymphoniaError::Unsupported(what) = error {
            return Self::unsupported(*what);
        }
        let at_end = |io: &std::io::Error| io.kind() == std::io::ErrorKind::UnexpectedEof;
        if matches!(error, SymphoniaError::IoError(io) if at_end(io)) {
            return Self::Truncated { bytes };
        }
        Self::malformed(error.to_string())
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { bytes } => write!(
                f,
                "the file of {bytes} bytes holds no samples; record again and send the whole file"
            ),
            Self::NotAudio { first_bytes } => write!(
                f,
                "the file begins with {}, as no audio format does that is read here: WAV, FLAC, AIFF, MP3, AAC, Ogg, \
                 M4A or WebM; send one of these",
                in_hex(first_bytes)
            ),
            Self::Unsupported { codec } => write!(
                f,
                "not supported: {codec}; send WAV or FLAC, or AAC-LC, ALAC, MP3, Vorbis or Opus"
            ),
            Self::Truncated { bytes } => write!(
                f,
                "the file breaks off after {bytes} bytes, before its first sample; send the whole file"
            ),
            Self::LimitExceeded {
                what,
                found,
                allowed,
            } => write!(
                f,
                "{what}: found {found}, allowed {} to {}; send a file within the limits",
                allowed.start(),
                allowed.end()
            ),
            Self::Malformed { reason, at_sample } => {
                write!(f, "the file is damaged: {reason}")?;
                if let Some(sample) = at_sample {
                    write!(f, " (at sample {sample})")?;
                }
                f.write_str("; send the original file")
            }
        }
    }
}

impl core::error::Error for ReadError {}

/// Bytes in pairs of hexadecimal digits: `3c21 444f`.
fn in_hex(bytes: &[u8]) -> String {
    let words = bytes.chunks(2).map(|word| {
        let digits = word.iter().map(|byte| format!("{byte:02x}"));
        digits.collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_audio_shows_its_first_bytes_as_words_and_what_is_read() {
        let error = ReadError::NotAudio {
            first_bytes: b"<!DOC".to_vec(),
        };
        let text = error.to_string();
        assert!(text.contains("begins with 3c21 444f 43, as no"), "{text}");
        assert!(text.contains("WAV, FLAC, AIFF, MP3, AAC, Ogg, M4A or WebM"));
    }
}
