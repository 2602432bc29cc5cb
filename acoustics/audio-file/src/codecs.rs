//! What there is to know of a codec apart from decoding it: its name in a container, whether it is lossless,
//! whether it adds delay.

use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

use crate::decoded::AudioFormat;
use crate::read_error::ReadError;
use crate::sniff::Container;

/// Place of the bit depth in Apple Lossless' configuration: behind frame length and version.
const ALAC_BIT_DEPTH: usize = 5;

/// The name of a codec in a container.
///
/// # Errors
/// [`ReadError::Unsupported`] for a pair that is not read.
pub(crate) fn format(container: Container, id: AudioCodecId) -> Result<AudioFormat, ReadError> {
    match (container, id) {
        (Container::Wav, _) => Ok(AudioFormat::Wav),
        (Container::Aiff, _) => Ok(AudioFormat::Aiff),
        (Container::Flac, _) => Ok(AudioFormat::Flac),
        (Container::Mp3, _) => Ok(AudioFormat::Mp3),
        (Container::Adts, _) => Ok(AudioFormat::AacAdts),
        (Container::Ogg, codec::CODEC_ID_FLAC) => Ok(AudioFormat::OggFlac),
        (Container::Ogg, codec::CODEC_ID_VORBIS) => Ok(AudioFormat::OggVorbis),
        (Container::Matroska, codec::CODEC_ID_OPUS) => Ok(AudioFormat::WebmOpus),
        (Container::Matroska, id) if is_pcm(id) => Ok(AudioFormat::WebmPcm),
        (container, id) => Err(ReadError::unsupported(format!(
            "codec {id} in a {container} file"
        ))),
    }
}

/// Whether decoding gives back the samples that were coded.
pub(crate) fn is_lossless(id: AudioCodecId) -> bool {
    is_pcm(id) || [codec::CODEC_ID_FLAC, codec::CODEC_ID_ALAC].contains(&id)
}

/// Whether the codec works sample by sample or lossless, so that nothing stands before the sound.
pub(crate) fn adds_no_delay(id: AudioCodecId) -> bool {
    is_lossless(id) || [codec::CODEC_ID_PCM_ALAW, codec::CODEC_ID_PCM_MULAW].contains(&id)
}

/// Bits per coded sample.
pub(crate) fn bits(parameters: &AudioCodecParameters) -> Option<u32> {
    let id = parameters.codec;
    if id == codec::CODEC_ID_ALAC {
        let cookie = parameters.extra_data.as_deref()?;
        cookie.get(ALAC_BIT_DEPTH).copied().map(u32::from)
    } else if (codec::CODEC_ID_PCM_F32LE..=codec::CODEC_ID_PCM_F32BE_PLANAR).contains(&id) {
        Some(32)
    } else if (codec::CODEC_ID_PCM_F64LE..=codec::CODEC_ID_PCM_F64BE_PLANAR).contains(&id) {
        Some(64)
    } else {
        parameters
            .bits_per_coded_sample
            .or(parameters.bits_per_sample)
    }
}

/// Integer or floating-point samples as they are; the numbers of these codecs follow one another.
fn is_pcm(id: AudioCodecId) -> bool {
    (codec::CODEC_ID_PCM_S32LE..=codec::CODEC_ID_PCM_F64BE_PLANAR).contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companded_samples_are_lossy_without_delay() {
        for id in [codec::CODEC_ID_PCM_ALAW, codec::CODEC_ID_PCM_MULAW] {
            assert!(!is_lossless(id));
            assert!(adds_no_delay(id));
        }
        assert!(is_lossless(codec::CODEC_ID_PCM_S24LE));
        assert!(is_lossless(codec::CODEC_ID_ALAC));
        assert!(!adds_no_delay(codec::CODEC_ID_AAC));
    }

    #[test]
    fn unknown_pairs_are_refused_by_name() {
        let error = format(Container::Matroska, codec::CODEC_ID_AAC).unwrap_err();
        assert!(error.to_string().contains("Matroska"), "{error}");
    }
}
