//! Bytes to signal: chooses container and codec, decodes within the limits, and drops what the encoder had put
//! around the sound.

use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::formats::Track;
use symphonia::default::formats::{
    AdtsReader, AiffReader, FlacReader, MkvReader, MpaReader, OggReader, WavReader,
};

use crate::answer::{Facts, answer};
use crate::collector::Keep;
use crate::decoded::{AudioFormat, DecodedAudio};
use crate::limits::{Limits, Quantity};
use crate::opus_head::{OPUS_RATE_HZ, OpusHead, Order};
use crate::opus_stream::OpusStream;
use crate::packets::{self, End, Reader, open, open_stream};
use crate::read_error::ReadError;
use crate::riff::Rebuilt;
use crate::sniff::{Container, sniff};
use crate::track::{self, Decoded, Decoding};
use crate::{aiff, codecs, mp4_file, ogg_opus, ogg_page, riff, webm};

/// Bytes shown of a file that is no audio.
const SHOWN: usize = 16;

/// Reads an audio file.
///
/// Samples that an encoder added before and after the sound are removed where the file states them, so that the
/// first sample of the signal is the first that was recorded; [`crate::EncoderDelay`] says what was done.
///
/// # Errors
/// See [`ReadError`]. Whatever the bytes are, the answer is a value or an error, and memory stays within `limits`.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<DecodedAudio, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty { bytes: 0 });
    }
    if bytes.len() > limits.bytes_max {
        return Err(ReadError::LimitExceeded {
            what: Quantity::Bytes,
            found: bytes.len() as f64,
            allowed: 1.0..=limits.bytes_max as f64,
        });
    }
    let (container, body) = sniff(bytes).ok_or_else(|| ReadError::NotAudio {
        first_bytes: bytes[..bytes.len().min(SHOWN)].to_vec(),
    })?;
    let file = File {
        container,
        bytes: body,
        limits,
    };
    match container {
        Container::Wav => {
            let rebuilt = riff::rebuild(body)?;
            file.read_rebuilt(&rebuilt, open::<WavReader<'_>>(&rebuilt.bytes)?)
        }
        Container::Aiff => {
            let rebuilt = aiff::rebuild(body)?;
            file.read_rebuilt(&rebuilt, open::<AiffReader<'_>>(&rebuilt.bytes)?)
        }
        Container::Flac => file.read_track(open::<FlacReader<'_>>(body)?),
        Container::Mp3 => file.read_track(open::<MpaReader<'_>>(body)?),
        Container::Adts => file.read_track(open::<AdtsReader<'_>>(body)?),
        Container::Ogg if ogg_page::begins_opus(body) => ogg_opus::read(body, limits),
        Container::Ogg => file.read_vorbis(),
        Container::Mp4 => mp4_file::read(body, limits),
        Container::Matroska => file.read_track(open_stream::<MkvReader<'_>>(body)?),
    }
}

/// A file whose container is known.
#[derive(Debug, Clone, Copy)]
struct File<'a> {
    container: Container,
    bytes: &'a [u8],
    limits: &'a Limits,
}

impl File<'_> {
    /// Reads what was rebuilt of a file.
    fn read_rebuilt(
        self,
        rebuilt: &Rebuilt,
        reader: Reader<'_>,
    ) -> Result<DecodedAudio, ReadError> {
        let file = File {
            bytes: &rebuilt.bytes,
            ..self
        };
        let decoded = file.read_track(reader)?;
        Ok(DecodedAudio {
            truncated: decoded.truncated || rebuilt.truncated,
            ..decoded
        })
    }

    /// Reads Vorbis and FLAC in Ogg.
    ///
    /// symphonia 0.6.1 asserts, divides and multiplies with what a Vorbis setup header says (codeword lengths,
    /// floor classes, lookup tables), and panics on damage that has right checksums. To check that header
    /// beforehand is to write half the decoder again, so its panics are caught, here and nowhere else. Nothing
    /// that it had touched is used afterwards.
    fn read_vorbis(self) -> Result<DecodedAudio, ReadError> {
        std::panic::catch_unwind(|| self.read_track(open::<OggReader<'_>>(self.bytes)?))
            .unwrap_or_else(|_| Err(ReadError::malformed("a Vorbis header that makes no sense")))
    }

    /// Reads the sound track by symphonia's demuxer.
    fn read_track(self, mut reader: Reader<'_>) -> Result<DecodedAudio, ReadError> {
        let track = packets::audio_track(reader.as_ref())?;
        let parameters = track::parameters(&track)?;
        let format = codecs::format(self.container, parameters.codec)?;
        if parameters.codec == CODEC_ID_OPUS {
            return self.read_webm_opus(reader, &track);
        }
        let size = self.bytes.len();
        let mut decoding = Decoding::new(parameters, size, self.limits)?;
        let end = packets::for_each(reader.as_mut(), track.id, size, |p| decoding.take(p))?;
        let decoded = decoding.finish(end, size)?;
        let facts = Facts {
            format,
            parameters,
            keep: Keep::ALL,
            states_delay: track.delay.is_some() || format == AudioFormat::OggVorbis,
            truncated: self.is_truncated(&track, format, &decoded),
        };
        answer(decoded, &facts, size)
    }

    /// Whether the file ends before its stated end.
    fn is_truncated(self, track: &Track, format: AudioFormat, decoded: &Decoded<'_>) -> bool {
        if format == AudioFormat::OggVorbis {
            return decoded.broken_off || !ogg_page::is_ended(self.bytes);
        }
        if format == AudioFormat::WebmPcm {
            return decoded.broken_off && !self.ends_whole(track);
        }
        // An MP3 without a header of its own has its length estimated.
        let exact = format != AudioFormat::Mp3 || track.delay.is_some();
        let stated = track.num_frames.filter(|_| exact);
        decoded.broken_off || stated.is_some_and(|n| n > decoded.collector.len())
    }

    /// Reads an Opus track of WebM.
    fn read_webm_opus(
        self,
        mut reader: Reader<'_>,
        track: &Track,
    ) -> Result<DecodedAudio, ReadError> {
        let header = track::parameters(track)?.extra_data.as_deref();
        let head = OpusHead::parse(header.unwrap_or_default(), Order::Little)?;
        let mut stream = OpusStream::new(head, self.limits)?;
        let size = self.bytes.len();
        let end = packets::for_each(reader.as_mut(), track.id, size, |packet| {
            stream.push(&packet.data).map(drop)
        })?;
        let start = stream.pre_skip();
        let padding = webm::tail(self.bytes, track.id).padding(OPUS_RATE_HZ);
        let around = start.saturating_add(padding);
        let keep = Keep {
            start,
            length: Some(stream.len().saturating_sub(around)),
        };
        let truncated = end == End::BrokenOff && !self.ends_whole(track);
        stream.finish(AudioFormat::WebmOpus, keep, truncated, size)
    }

    /// Whether a WebM whose end the demuxer took for an error is complete: files of unknown length simply stop.
    fn ends_whole(self, track: &Track) -> bool {
        webm::tail(self.bytes, track.id).whole
    }
}
