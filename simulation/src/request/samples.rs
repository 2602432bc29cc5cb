//! How many samples a request may make and how many of them its answer may hold.

use contract::envelope::ANSWER_BYTES;
use room_dsp::SampleRate;
use serde_json::{Value, json};

use super::limits::{ANSWERED_SAMPLES_MAX, PAIR_BYTES, SAMPLE_BYTES, SAMPLES_PER_S_MAX};
use super::parts::Parts;
use super::reader::Reader;

/// What an answer may hold, by the way it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// An answer of its own.
    Single,
    /// One of a batch, for which so many samples are left.
    Batch(u64),
    /// An answer that the gateway hands to a socket.
    Event,
}

/// What a request would make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pairs: u64,
    /// Channels of all pairs.
    responses: u64,
    /// Responses as they are written: of a microphone with several channels the first one twice.
    written: u64,
}

impl Made {
    pub(super) fn of(parts: &Parts, include_rir: bool) -> Self {
        let sources = parts.sources.len() as u64;
        let channels = || parts.microphones.iter().map(|m| m.channels(include_rir));
        let each = |count: usize| (count + usize::from(count > 1)) as u64;
        Self {
            pairs: sources.saturating_mul(parts.microphones.len() as u64),
            responses: sources.saturating_mul(channels().sum::<usize>() as u64),
            written: sources.saturating_mul(channels().map(each).sum()),
        }
    }

    /// Notes what would make more samples than a server has room for.
    pub(super) fn check(self, reader: &mut Reader, rate: SampleRate) {
        let responses = self.responses;
        let per_s = responses.saturating_mul(rate.hz().into());
        if per_s > SAMPLES_PER_S_MAX {
            let rate = rate.hz();
            let what = format!(
                "{responses} responses at {rate} Hz make {per_s} samples a second; at most {SAMPLES_PER_S_MAX} are \
                 allowed: lower the rate, or ask for fewer pairs"
            );
            note(reader, "sample_rate_hz", &json!(rate), what);
        }
    }

    /// Samples that the answer may have, noted if they are too many.
    pub(super) fn answered(self, reader: &mut Reader, each: usize, allowance: Allowance) -> u64 {
        let samples = self.written.saturating_mul(each as u64);
        let less = "lower rir_duration_s or the rate, or ask for fewer pairs";
        let too_many = match allowance {
            Allowance::Single => (samples > ANSWERED_SAMPLES_MAX).then(|| {
                format!(
                    "the answer could have {samples} samples; at most {ANSWERED_SAMPLES_MAX} are allowed: {less}"
                )
            }),
            Allowance::Batch(left) => (samples > left).then(|| {
                format!(
                    "the answer could have {samples} samples; {left} are left of the {ANSWERED_SAMPLES_MAX} that all \
                     answers of a batch may have together: {less}"
                )
            }),
            Allowance::Event => {
                let pairs = self.pairs.saturating_mul(PAIR_BYTES);
                let bytes = samples.saturating_mul(SAMPLE_BYTES).saturating_add(pairs);
                (bytes > ANSWER_BYTES as u64).then(|| {
                    format!(
                        "the answer could have {samples} samples and {bytes} bytes; an event's has at most \
                         {ANSWER_BYTES}: {less}, or use POST /simulate"
                    )
                })
            }
        };
        if let Some(what) = too_many {
            note(reader, "include_rir", &json!(true), what);
        }
        samples
    }
}

fn note(reader: &mut Reader, field: &str, seen: &Value, what: String) {
    reader.within(field, |r| r.fault::<()>("too_many_samples", what, seen));
}
