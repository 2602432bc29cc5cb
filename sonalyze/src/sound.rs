//! Signals to the bytes of a file, in the formats that the command line names.

use audio_file::{FlacBits, WavFormat, write_flac, write_wav};
use room_dsp::Signal;

use crate::cli::{Bits, Format};
use crate::exit::Failure;

/// A signal as a file.
///
/// # Errors
/// FLAC with floating point, which the format does not know; what the writer refuses.
pub(crate) fn encode(signal: &Signal, format: Format, bits: Bits) -> Result<Vec<u8>, Failure> {
    let bytes = match (format, bits) {
        (Format::Wav, Bits::Sixteen) => write_wav(signal, WavFormat::Pcm16),
        (Format::Wav, Bits::TwentyFour) => write_wav(signal, WavFormat::Pcm24),
        (Format::Wav, Bits::Float) => write_wav(signal, WavFormat::Float32),
        (Format::Flac, Bits::Sixteen) => write_flac(signal, FlacBits::Sixteen),
        (Format::Flac, Bits::TwentyFour) => write_flac(signal, FlacBits::TwentyFour),
        (Format::Flac, Bits::Float) => {
            let message =
                "FLAC holds integers: use --bits 16 or 24, or --format wav for floating point";
            return Err(Failure::usage(message));
        }
    };
    bytes.map_err(|error| Failure::failed(format!("the signal cannot be written: {error}")))
}
