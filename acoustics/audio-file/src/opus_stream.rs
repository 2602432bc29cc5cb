//! Opus packets to samples, whatever container they came in.
//!
//! A hole would shift everything that follows in time, so a packet that cannot be decoded ends the file: as
//! damage when other packets follow, as truncation when it is the last.

use crate::collector::{Collector, Keep};
use crate::decoded::{AudioFormat, DecodedAudio, EncoderDelay};
use crate::kernels::libopus::OpusDecoder;
use crate::limits::Limits;
use crate::opus_head::{OPUS_RATE_HZ, OpusHead};
use crate::read_error::ReadError;

/// The decoding of one Opus track.
#[derive(Debug)]
pub(crate) struct OpusStream<'a> {
    head: OpusHead,
    decoder: OpusDecoder,
    collector: Collector<'a>,
    failure: Option<ReadError>,
}

impl<'a> OpusStream<'a> {
    /// Begins to decode.
    pub(crate) fn new(head: OpusHead, limits: &'a Limits) -> Result<Self, ReadError> {
        let collector = Collector::new(OPUS_RATE_HZ, usize::from(head.channels), limits)?;
        let decoder = OpusDecoder::new(&head).map_err(|e| {
            ReadError::malformed(format!(
                "{} Opus streams, {} of them stereo, cannot give the channels {:?} (code {})",
                head.streams, head.coupled, head.mapping, e.0
            ))
        })?;
        Ok(Self {
            head,
            decoder,
            collector,
            failure: None,
        })
    }

    /// Decodes the next packet and gives its samples per channel; 0 for a packet that fails.
    pub(crate) fn push(&mut self, packet: &[u8]) -> Result<u64, ReadError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let before = self.collector.len();
        match self.decoder.decode(packet) {
            Ok(samples) => self.collector.push_interleaved(samples, self.head.gain)?,
            Err(e) => {
                self.failure = Some(ReadError::Malformed {
                    reason: format!(
                        "an Opus packet of {} bytes cannot be decoded (code {})",
                        packet.len(),
                        e.0
                    ),
                    at_sample: Some(before),
                });
            }
        }
        Ok(self.collector.len() - before)
    }

    /// Samples before the sound.
    pub(crate) fn pre_skip(&self) -> u64 {
        u64::from(self.head.pre_skip)
    }

    /// Samples per channel so far, pre-skip included.
    pub(crate) fn len(&self) -> u64 {
        self.collector.len()
    }

    /// The decoded file of `bytes` bytes, of which `keep` is the sound.
    pub(crate) fn finish(
        self,
        format: AudioFormat,
        keep: Keep,
        truncated: bool,
        bytes: usize,
    ) -> Result<DecodedAudio, ReadError> {
        let total = self.collector.len();
        let signal = match (self.failure.as_ref(), total) {
            (Some(failure), 0) => return Err(failure.clone()),
            _ => self.collector.finish(keep, bytes)?,
        };
        Ok(DecodedAudio {
            encoder_delay: EncoderDelay::Trimmed {
                start_samples: keep.start,
                end_samples: total.saturating_sub(keep.start + signal.len() as u64),
            },
            signal,
            format,
            lossy: true,
            bits_per_sample: None,
            truncated: truncated || self.failure.is_some(),
        })
    }
}
