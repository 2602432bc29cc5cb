//! Bytes to signal: chooses container and codec, decodes within the limits, and drops what the encoder had put around the sound.

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::formats::{FormatReader, Track};

use crate::collector::Keep;
use crate::decoded::{AudioFormat, DecodedAudio, EncoderDelay};
use crate::limits::{Limits, Quantity};
use crate::opus_head::{OPUS_RATE_HZ, OpusHead, Order};
use crate::opus_stream::OpusStream;
use crate::packets::{self, End};
use crate::read_error::ReadError;
use crate::riff::Mended;
use crate::sniff::{Container, sniff};
use crate::track::{self, Decoded};
use crate::{aiff, caf, codecs, mp4_edit, ogg_opus, ogg_page, riff, webm};

/// Bytes shown of a file that is no audio.
const SHOWN: usize = 16;

/// Reads an audio file.
///
/// Samples that an encoder added before and after the sound are removed where the file states them, so that the first sample of the
/// signal is the first that was recorded; [`EncoderDelay`] says what was done.
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
    match container {
        Container::Ogg if ogg_page::begins_opus(body) => ogg_opus::read(body, limits),
        Container::Wav => read_mended(container, &riff::mend(body)?, limits),
        Container::Caf => read_mended(container, &caf::mend(body), limits),
        Container::Aiff => read_mended(container, &aiff::mend(body)?, limits),
        _ => read_track(container, body, limits),
    }
}

/// Reads a file whose length fields were put right.
fn read_mended(
    container: Container,
    mended: &Mended<'_>,
    limits: &Limits,
) -> Result<DecodedAudio, ReadError> {
    let decoded = read_track(container, &mended.bytes, limits)?;
    Ok(DecodedAudio {
        truncated: decoded.truncated || mended.truncated,
        ..decoded
    })
}

/// Reads the sound track of a container by symphonia's demuxer.
fn read_track(
    container: Container,
    bytes: &[u8],
    limits: &Limits,
) -> Result<DecodedAudio, ReadError> {
    let mut reader = packets::open(container, bytes)?;
    let track = packets::audio_track(reader.as_ref())?;
    let parameters = track::parameters(&track)?;
    let format = codecs::format(container, parameters.codec)?;
    if parameters.codec == CODEC_ID_OPUS {
        return read_opus(reader.as_mut(), &track, format, bytes, limits);
    }
    let decoded = track::decode(reader.as_mut(), &track, bytes.len(), limits)?;
    let keep = match container {
        Container::Mp4 => {
            let rate_hz = decoded.collector.rate().hz();
            mp4_edit::sound_of_track(bytes, track.id, rate_hz)?
        }
        _ => None,
    };
    finish(format, &track, parameters, decoded, keep, bytes)
}

/// Puts the answer together.
fn finish(
    format: AudioFormat,
    track: &Track,
    parameters: &AudioCodecParameters,
    decoded: Decoded<'_>,
    keep: Option<Keep>,
    bytes: &[u8],
) -> Result<DecodedAudio, ReadError> {
    let total = decoded.collector.len();
    let lossless = codecs::is_lossless(parameters.codec);
    let stated = track
        .num_frames
        .filter(|_| lossless || track.delay.is_some());
    let ended = format != AudioFormat::OggVorbis || ogg_page::is_ended(bytes);
    let broken_off = decoded.broken_off && !ends_whole(format, bytes, track.id);
    let truncated = broken_off || decoded.damaged || !ended || stated.is_some_and(|n| n > total);
    let dropped = (decoded.dropped_start, decoded.dropped_end);
    let part = keep.unwrap_or(Keep::ALL);
    let signal = decoded.collector.finish(part, bytes.len())?;
    let cut_end = total.saturating_sub(part.start + signal.len() as u64);
    let says = keep.is_some() || track.delay.is_some() || format == AudioFormat::OggVorbis;
    let encoder_delay = if codecs::adds_no_delay(parameters.codec) {
        EncoderDelay::NotApplicable
    } else if says {
        EncoderDelay::Trimmed {
            start_samples: part.start + dropped.0,
            end_samples: cut_end + dropped.1,
        }
    } else {
        EncoderDelay::Unknown
    };
    Ok(DecodedAudio {
        signal,
        format,
        lossy: !lossless,
        bits_per_sample: codecs::bits(parameters).filter(|_| lossless),
        encoder_delay,
        truncated,
    })
}

/// Reads an Opus track of WebM or MP4.
fn read_opus(
    reader: &mut dyn FormatReader,
    track: &Track,
    format: AudioFormat,
    bytes: &[u8],
    limits: &Limits,
) -> Result<DecodedAudio, ReadError> {
    let in_mp4 = format == AudioFormat::Mp4Opus;
    let order = if in_mp4 { Order::Big } else { Order::Little };
    let header = track::parameters(track)?.extra_data.as_deref();
    let head = OpusHead::parse(header.unwrap_or_default(), order)?;
    let mut stream = OpusStream::new(head, limits)?;
    let end = packets::for_each(reader, track.id, bytes.len(), |packet| {
        stream.push(&packet.data).map(drop)
    })?;
    let start = stream.pre_skip();
    let behind_pre_skip = |padding: u64| Keep {
        start,
        length: Some(stream.len().saturating_sub(start.saturating_add(padding))),
    };
    let keep = if in_mp4 {
        mp4_edit::sound_of_track(bytes, track.id, OPUS_RATE_HZ)?
            .unwrap_or_else(|| behind_pre_skip(0))
    } else {
        behind_pre_skip(webm::tail(bytes, track.id).padding(OPUS_RATE_HZ))
    };
    let truncated = end == End::BrokenOff && !ends_whole(format, bytes, track.id);
    stream.finish(format, keep, truncated, bytes.len())
}

/// Whether a file whose end the demuxer took for an error is complete: WebM of unknown length simply stops.
fn ends_whole(format: AudioFormat, bytes: &[u8], track: u32) -> bool {
    matches!(format, AudioFormat::WebmOpus | AudioFormat::WebmPcm) && webm::tail(bytes, track).whole
}
