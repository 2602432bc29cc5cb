//! Signal to FLAC by `flac-codec`.

use std::io::Cursor;

use flac_codec::encode::{FlacSampleWriter, Options};
use room_dsp::Signal;

use crate::quantise::quantise;
use crate::write_error::WriteError;

/// Most channels of a FLAC stream (RFC 9639, 8.2).
const CHANNELS_MAX: usize = 8;

/// Highest rate that decoders accept: 65 535 tens of hertz, the largest that a frame can state (RFC 9639, 9.1.6).
const RATE_MAX_HZ: u32 = 655_350;

/// Bits per sample of a FLAC file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlacBits {
    /// 16-bit integers, scale 32 767.
    Sixteen,
    /// 24-bit integers, scale 8 388 607.
    TwentyFour,
}

impl FlacBits {
    /// Bits per sample.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Sixteen => 16,
            Self::TwentyFour => 24,
        }
    }
}

/// The bytes of a FLAC file.
///
/// # Errors
/// [`WriteError`]: an empty signal, samples that are no numbers or lie outside -1 to 1, more than eight channels, a
/// rate above 655 350 Hz.
pub fn write_flac(signal: &Signal, bits: FlacBits) -> Result<Vec<u8>, WriteError> {
    let channels = u8::try_from(signal.channels().len())
        .ok()
        .filter(|n| usize::from(*n) <= CHANNELS_MAX)
        .ok_or(WriteError::Channels {
            found: signal.channels().len(),
            allowed: CHANNELS_MAX,
        })?;
    let found_hz = signal.rate().hz();
    if found_hz > RATE_MAX_HZ {
        return Err(WriteError::Rate {
            found_hz,
            allowed_hz: RATE_MAX_HZ,
        });
    }
    let samples = quantise(signal, bits.bits())?;
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = FlacSampleWriter::new(
        &mut bytes,
        Options::best(),
        found_hz,
        bits.bits(),
        channels,
        Some(samples.len() as u64),
    )
    .map_err(|e| refused(&e))?;
    writer.write(&samples).map_err(|e| refused(&e))?;
    writer.finalize().map_err(|e| refused(&e))?;
    Ok(bytes.into_inner())
}

fn refused(error: &flac_codec::Error) -> WriteError {
    WriteError::Encoder {
        reason: error.to_string(),
    }
}
