//! Reads an MP4: AAC, Apple Lossless or Opus, in one piece or in fragments.

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_ALAC};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use crate::answer::{Facts, answer};
use crate::collector::Keep;
use crate::decoded::{AudioFormat, DecodedAudio};
use crate::limits::Limits;
use crate::mp4_edit;
use crate::mp4_track::{Mp4Codec, Mp4Track};
use crate::opus_head::{MAGIC, OPUS_RATE_HZ, OpusHead, Order};
use crate::opus_stream::OpusStream;
use crate::packets::End;
use crate::read_error::ReadError;
use crate::track::Decoding;

/// Reads the first sound track.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<DecodedAudio, ReadError> {
    let track = Mp4Track::find(bytes)?;
    let mut parameters = AudioCodecParameters::new();
    let (format, id, configuration) = match track.codec {
        Mp4Codec::Opus(header) => return read_opus(&track, header, bytes.len(), limits),
        Mp4Codec::Aac(configuration) => (AudioFormat::Mp4Aac, CODEC_ID_AAC, configuration),
        Mp4Codec::Alac(configuration) => (AudioFormat::Mp4Alac, CODEC_ID_ALAC, configuration),
    };
    parameters
        .for_codec(id)
        .with_extra_data(Box::from(configuration));
    let mut decoding = Decoding::new(&parameters, bytes.len(), limits)?;
    let end = track.for_each(|data| {
        let packet = Packet::new(track.id, Timestamp::ZERO, Duration::ZERO, data);
        decoding.take(&packet)
    })?;
    let decoded = decoding.finish(end, bytes.len())?;
    let rate_hz = decoded.collector.rate().hz();
    let keep = mp4_edit::sound(track.movie(), track.header(), rate_hz)?;
    let facts = Facts {
        format,
        parameters: &parameters,
        keep: keep.unwrap_or(Keep::ALL),
        states_delay: keep.is_some(),
        truncated: decoded.broken_off,
    };
    answer(decoded, &facts, bytes.len())
}

/// Reads an Opus track; without edit list the pre-skip of its header counts.
fn read_opus(
    track: &Mp4Track<'_>,
    header: &[u8],
    bytes: usize,
    limits: &Limits,
) -> Result<DecodedAudio, ReadError> {
    let head = OpusHead::parse(&[MAGIC, header].concat(), Order::Big)?;
    let mut stream = OpusStream::new(head, limits)?;
    let end = track.for_each(|packet| stream.push(packet).map(drop))?;
    let pre_skip = Keep {
        start: stream.pre_skip(),
        length: None,
    };
    let keep = mp4_edit::sound(track.movie(), track.header(), OPUS_RATE_HZ)?;
    let broken_off = end == End::BrokenOff;
    stream.finish(
        AudioFormat::Mp4Opus,
        keep.unwrap_or(pre_skip),
        broken_off,
        bytes,
    )
}
