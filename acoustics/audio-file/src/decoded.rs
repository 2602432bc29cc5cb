//! What a file holds once it is decoded: the signal and what the file's coding did to it.
//!
//! A lossy codec changes levels and adds time before the sound; whoever measures must know both, so they stand
//! beside the samples.

use core::fmt;

use room_dsp::Signal;

/// A decoded file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DecodedAudio {
    /// The samples, full scale 1.0, at the rate of the file (Opus: always 48 kHz).
    pub signal: Signal,
    /// Container and codec.
    pub format: AudioFormat,
    /// Whether the codec threw information away: MP3, Vorbis, AAC, Opus, A-law and µ-law.
    pub lossy: bool,
    /// Bits per sample of lossless codings as the file states them; none for lossy ones.
    pub bits_per_sample: Option<u32>,
    /// What was known and done about the time that the encoder put before and after the sound.
    pub encoder_delay: EncoderDelay,
    /// The file ends before the end that it states, or never states one (the recorder was cut off, or
    /// streamed); the samples that are there are all in [`DecodedAudio::signal`].
    pub truncated: bool,
}

/// Container and codec of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioFormat {
    /// RIFF WAVE or RF64: PCM, float, A-law, µ-law.
    Wav,
    /// AIFF or AIFF-C.
    Aiff,
    /// Native FLAC.
    Flac,
    /// FLAC in Ogg.
    OggFlac,
    /// Vorbis in Ogg.
    OggVorbis,
    /// Opus in Ogg (RFC 7845).
    OggOpus,
    /// MPEG-1/2/2.5 layer III.
    Mp3,
    /// AAC in a bare ADTS stream.
    AacAdts,
    /// AAC in MP4 (M4A).
    Mp4Aac,
    /// Apple Lossless in MP4 (M4A).
    Mp4Alac,
    /// Opus in MP4.
    Mp4Opus,
    /// Opus in WebM or Matroska.
    WebmOpus,
    /// Uncompressed samples in WebM or Matroska.
    WebmPcm,
}

/// What is known of the samples that a lossy encoder put before the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EncoderDelay {
    /// The codec adds none.
    NotApplicable,
    /// The file states them and they are gone from the signal.
    Trimmed {
        /// Samples per channel removed at the start.
        start_samples: u64,
        /// Samples per channel removed at the end.
        end_samples: u64,
    },
    /// The codec adds some and the file does not say how many: absolute times are late by an unknown amount
    /// (AAC: usually 1 024 or 2 112 samples; MP3: 529 to 1 681).
    Unknown,
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
            Self::Flac => "FLAC",
            Self::OggFlac => "Ogg FLAC",
            Self::OggVorbis => "Ogg Vorbis",
            Self::OggOpus => "Ogg Opus",
            Self::Mp3 => "MP3",
            Self::AacAdts => "AAC (ADTS)",
            Self::Mp4Aac => "MP4 AAC",
            Self::Mp4Alac => "MP4 ALAC",
            Self::Mp4Opus => "MP4 Opus",
            Self::WebmOpus => "WebM Opus",
            Self::WebmPcm => "WebM PCM",
        })
    }
}
