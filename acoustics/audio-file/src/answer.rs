//! Puts the answer together: cuts the sound out of what was decoded and says what was done.

use symphonia::core::codecs::audio::AudioCodecParameters;

use crate::codecs;
use crate::collector::Keep;
use crate::decoded::{AudioFormat, DecodedAudio, EncoderDelay};
use crate::read_error::ReadError;
use crate::track::Decoded;

/// What is known of a file beside its samples.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// Container and codec.
    pub(crate) format: AudioFormat,
    /// The codec's parameters.
    pub(crate) parameters: &'a AudioCodecParameters,
    /// The part of the decoded samples that is the sound.
    pub(crate) keep: Keep,
    /// Whether the file says how long the encoder's delay is.
    pub(crate) states_delay: bool,
    /// Whether the file ends before its stated end.
    pub(crate) truncated: bool,
}

/// The answer for a file of `bytes` bytes.
///
/// # Errors
/// Those of [`crate::collector::Collector::finish`].
pub(crate) fn answer(
    decoded: Decoded<'_>,
    facts: &Facts<'_>,
    bytes: usize,
) -> Result<DecodedAudio, ReadError> {
    let id = facts.parameters.codec;
    let lossless = codecs::is_lossless(id);
    let total = decoded.collector.len();
    let signal = decoded.collector.finish(facts.keep, bytes)?;
    let cut_end = total.saturating_sub(facts.keep.start + signal.len() as u64);
    let encoder_delay = if codecs::adds_no_delay(id) {
        EncoderDelay::NotApplicable
    } else if facts.states_delay {
        EncoderDelay::Trimmed {
            start_samples: facts.keep.start.saturating_add(decoded.dropped_start),
            end_samples: cut_end.saturating_add(decoded.dropped_end),
        }
    } else {
        EncoderDelay::Unknown
    };
    Ok(DecodedAudio {
        signal,
        format: facts.format,
        lossy: !lossless,
        bits_per_sample: codecs::bits(facts.parameters).filter(|_| lossless),
        encoder_delay,
        truncated: facts.truncated || decoded.damaged,
    })
}
