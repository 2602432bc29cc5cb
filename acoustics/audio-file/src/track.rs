//! Decodes one track with symphonia's decoders.
//!
//! A hole would shift everything that follows in time, so a packet that cannot be decoded ends the file: as
//! damage when other packets follow, as truncation when it is the last.

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::formats::Track;
use symphonia::core::packet::Packet;

use crate::collector::Collector;
use crate::limits::Limits;
use crate::packets::End;
use crate::read_error::ReadError;

/// A decoded track.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// All samples that the decoder gave.
    pub(crate) collector: Collector<'a>,
    /// Samples per channel that the decoder itself dropped at the start, as the container told it.
    pub(crate) dropped_start: u64,
    /// The same at the end.
    pub(crate) dropped_end: u64,
    /// Whether the container came to no proper end.
    pub(crate) broken_off: bool,
    /// Whether the last packet could not be decoded.
    pub(crate) damaged: bool,
}

/// The parameters of a sound track.
pub(crate) fn parameters(track: &Track) -> Result<&AudioCodecParameters, ReadError> {
    match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Ok(parameters),
        _ => Err(ReadError::unsupported("a sound track of an unknown codec")),
    }
}

/// The decoding of a track, packet by packet.
pub(crate) struct Decoding<'a> {
    decoder: Box<dyn AudioDecoder>,
    limits: &'a Limits,
    collector: Option<Collector<'a>>,
    planes: Vec<Vec<f32>>,
    failure: Option<ReadError>,
    dropped_start: u64,
    dropped_end: u64,
}

impl<'a> Decoding<'a> {
    /// Begins to decode a track of a file of `bytes` bytes.
    pub(crate) fn new(
        parameters: &AudioCodecParameters,
        bytes: usize,
        limits: &'a Limits,
    ) -> Result<Self, ReadError> {
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|e| ReadError::from_headers(&e, bytes))?;
        Ok(Self {
            decoder,
            limits,
            collector: None,
            planes: Vec::new(),
            failure: None,
            dropped_start: 0,
            dropped_end: 0,
        })
    }

    /// Decodes the next packet.
    pub(crate) fn take(&mut self, packet: &Packet) -> Result<(), ReadError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.dropped_start = self.dropped_start.saturating_add(packet.trim_start.get());
        self.dropped_end = self.dropped_end.saturating_add(packet.trim_end.get());
        match self.decoder.decode(packet) {
            Ok(buffer) => collect(&buffer, &mut self.collector, self.limits, &mut self.planes),
            Err(e) => {
                self.failure = Some(ReadError::Malformed {
                    reason: e.to_string(),
                    at_sample: Some(self.collector.as_ref().map_or(0, Collector::len)),
                });
                Ok(())
            }
        }
    }

    /// What was decoded.
    pub(crate) fn finish(self, end: End, bytes: usize) -> Result<Decoded<'a>, ReadError> {
        let broken_off = end == End::BrokenOff;
        match (self.collector, self.failure) {
            (Some(collector), failure) => Ok(Decoded {
                collector,
                dropped_start: self.dropped_start,
                dropped_end: self.dropped_end,
                broken_off,
                damaged: failure.is_some(),
            }),
            (None, Some(failure)) => Err(failure),
            (None, None) if broken_off => Err(ReadError::Truncated { bytes }),
            (None, None) => Err(ReadError::Empty { bytes }),
        }
    }
}

/// Appends a decoded packet; the first one decides rate and channels.
fn collect<'a>(
    buffer: &GenericAudioBufferRef<'_>,
    collector: &mut Option<Collector<'a>>,
    limits: &'a Limits,
    planes: &mut Vec<Vec<f32>>,
) -> Result<(), ReadError> {
    if buffer.frames() == 0 {
        return Ok(());
    }
    let (rate, channels) = (buffer.spec().rate(), buffer.num_planes());
    let collector = match collector {
        Some(collector) => collector,
        None => collector.insert(Collector::new(rate, channels, limits)?),
    };
    if (collector.rate().hz(), collector.channel_count()) != (rate, channels) {
        return Err(ReadError::Malformed {
            reason: format!(
                "{} channels at {} Hz become {channels} channels at {rate} Hz",
                collector.channel_count(),
                collector.rate().hz()
            ),
            at_sample: Some(collector.len()),
        });
    }
    buffer.copy_to_vecs_planar(planes);
    collector.push_planar(planes)
}
