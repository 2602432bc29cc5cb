//! Signal to WAV by `hound`: PCM of up to two channels and 16 bits has the canonical header of 44 bytes.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use room_dsp::Signal;

use crate::quantise::{check_finite, quantise};
use crate::write_error::WriteError;

/// Room for the longest header in the 32-bit length of the file.
const HEADER_MAX: u64 = 128;

/// How the samples are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WavFormat {
    /// 16-bit integers, scale 32 767.
    Pcm16,
    /// 24-bit integers, scale 8 388 607.
    Pcm24,
    /// 32-bit floating point, the samples as they are; values outside -1 to 1 are allowed.
    Float32,
}

impl WavFormat {
    /// Bits per sample.
    pub const fn bits(self) -> u16 {
        match self {
            Self::Pcm16 => 16,
            Self::Pcm24 => 24,
            Self::Float32 => 32,
        }
    }
}

/// The bytes of a WAV file.
///
/// # Errors
/// [`WriteError`]: an empty signal, samples that are no numbers, samples that integers would clip, too many
/// channels or bytes.
pub fn write_wav(signal: &Signal, format: WavFormat) -> Result<Vec<u8>, WriteError> {
    let spec = spec(signal, format)?;
    check_length(signal, format)?;
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).map_err(|e| refused(&e))?;
    if format == WavFormat::Float32 {
        check_finite(signal)?;
        for sample in interleaved(signal) {
            writer.write_sample(sample).map_err(|e| refused(&e))?;
        }
    } else {
        for sample in quantise(signal, u32::from(format.bits()))? {
            writer.write_sample(sample).map_err(|e| refused(&e))?;
        }
    }
    writer.finalize().map_err(|e| refused(&e))?;
    Ok(bytes.into_inner())
}

fn spec(signal: &Signal, format: WavFormat) -> Result<WavSpec, WriteError> {
    let found = signal.channels().len();
    Ok(WavSpec {
        channels: u16::try_from(found).map_err(|_| WriteError::Channels {
            found,
            allowed: usize::from(u16::MAX),
        })?,
        sample_rate: signal.rate().hz(),
        bits_per_sample: format.bits(),
        sample_format: match format {
            WavFormat::Float32 => SampleFormat::Float,
            WavFormat::Pcm16 | WavFormat::Pcm24 => SampleFormat::Int,
        },
    })
}

fn check_length(signal: &Signal, format: WavFormat) -> Result<(), WriteError> {
    let samples = signal.channels().len() as u64 * signal.len() as u64;
    let bytes = samples * u64::from(format.bits() / 8);
    let allowed = u64::from(u32::MAX) - HEADER_MAX;
    if bytes > allowed {
        return Err(WriteError::TooLong { bytes, allowed });
    }
    Ok(())
}

fn interleaved(signal: &Signal) -> impl Iterator<Item = f32> {
    (0..signal.len()).flat_map(|n| signal.channels().iter().map(move |c| c[n]))
}

fn refused(error: &hound::Error) -> WriteError {
    WriteError::Encoder {
        reason: error.to_string(),
    }
}
