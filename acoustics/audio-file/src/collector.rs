//! Gathers decoded samples within the limits, then cuts off what the encoder had added.
//!
//! Every decoder writes here, so that no file grows beyond [`Limits`] whatever its headers claim. It does not decode.

use room_dsp::{SampleRate, Signal};

use crate::limits::{Limits, Quantity};
use crate::read_error::ReadError;

/// Samples of all channels, bounded.
#[derive(Debug)]
pub(crate) struct Collector<'a> {
    limits: &'a Limits,
    rate: SampleRate,
    channels: Vec<Vec<f32>>,
}

/// The part of the decoded samples that is the sound, in samples per channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Samples before the sound.
    pub(crate) start: u64,
    /// Samples of the sound; all that follow when none.
    pub(crate) length: Option<u64>,
}

impl Keep {
    /// Everything.
    pub(crate) const ALL: Self = Self {
        start: 0,
        length: None,
    };
}

impl<'a> Collector<'a> {
    /// A collector for `channels` channels at `rate_hz`, both checked.
    pub(crate) fn new(
        rate_hz: u32,
        channels: usize,
        limits: &'a Limits,
    ) -> Result<Self, ReadError> {
        let exceeded = |what, found, min: f64, max: f64| ReadError::LimitExceeded {
            what,
            found,
            allowed: min..=max,
        };
        if !(1..=limits.channels_max).contains(&channels) {
            let max = limits.channels_max as f64;
            return Err(exceeded(Quantity::Channels, channels as f64, 1.0, max));
        }
        let range = &limits.rate_hz;
        let rate = SampleRate::new(rate_hz)
            .ok()
            .filter(|_| range.contains(&rate_hz))
            .ok_or_else(|| {
                let min = f64::from(*range.start().max(&SampleRate::MIN_HZ));
                let max = f64::from(*range.end().min(&SampleRate::MAX_HZ));
                exceeded(Quantity::SampleRateHz, f64::from(rate_hz), min, max)
            })?;
        Ok(Self {
            limits,
            rate,
            channels: vec![Vec::new(); channels],
        })
    }

    /// Sampling frequency.
    pub(crate) const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Number of channels.
    pub(crate) fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// Samples per channel so far.
    pub(crate) fn len(&self) -> u64 {
        self.channels[0].len() as u64
    }

    /// Appends one vector per channel, all of one length.
    pub(crate) fn push_planar(&mut self, planes: &[Vec<f32>]) -> Result<(), ReadError> {
        self.check_growth(planes.first().map_or(0, Vec::len))?;
        for (channel, plane) in self.channels.iter_mut().zip(planes) {
            channel.extend_from_slice(plane);
        }
        Ok(())
    }

    /// Appends interleaved samples, each multiplied by `gain`.
    pub(crate) fn push_interleaved(&mut self, samples: &[f32], gain: f32) -> Result<(), ReadError> {
        let count = self.channels.len();
        self.check_growth(samples.len() / count)?;
        for (k, channel) in self.channels.iter_mut().enumerate() {
            channel.extend(samples.iter().skip(k).step_by(count).map(|x| x * gain));
        }
        Ok(())
    }

    /// The sound itself, checked to be of finite numbers; `bytes` is the size of the file, for the error.
    pub(crate) fn finish(mut self, keep: Keep, bytes: usize) -> Result<Signal, ReadError> {
        let (start, end) = self.bounds(keep);
        for channel in &mut self.channels {
            channel.truncate(end);
            channel.drain(..start);
        }
        if self.channels[0].is_empty() {
            return Err(ReadError::Empty { bytes });
        }
        check_finite(&self.channels)?;
        Signal::new(self.rate, self.channels).map_err(|e| ReadError::malformed(e.to_string()))
    }

    /// First and one past the last index of what is kept.
    fn bounds(&self, keep: Keep) -> (usize, usize) {
        let total = self.len();
        let start = keep.start.min(total);
        let end = keep
            .length
            .map_or(total, |n| start.saturating_add(n).min(total));
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        (index(start), index(end))
    }

    fn check_growth(&self, more: usize) -> Result<(), ReadError> {
        let length = self.channels[0].len().saturating_add(more);
        let samples = length.saturating_mul(self.channels.len());
        let exceeded = |what, found, max| {
            Err(ReadError::LimitExceeded {
                what,
                found,
                allowed: 0.0..=max,
            })
        };
        if samples > self.limits.samples_max {
            let max = self.limits.samples_max as f64;
            return exceeded(Quantity::Samples, samples as f64, max);
        }
        let duration_s = length as f64 / self.rate.as_f64();
        if duration_s > self.limits.duration_max_s {
            return exceeded(Quantity::DurationS, duration_s, self.limits.duration_max_s);
        }
        Ok(())
    }
}

fn check_finite(channels: &[Vec<f32>]) -> Result<(), ReadError> {
    for (k, channel) in channels.iter().enumerate() {
        if let Some(at) = channel.iter().position(|x| !x.is_finite()) {
            return Err(ReadError::Malformed {
                reason: format!("channel {k} holds {} instead of a number", channel[at]),
                at_sample: Some(at as u64),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_stated_part() {
        let limits = Limits::default();
        let mut c = Collector::new(48_000, 2, &limits).unwrap();
        c.push_interleaved(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 0.5)
            .unwrap();
        let keep = Keep {
            start: 1,
            length: Some(2),
        };
        let signal = c.finish(keep, 0).unwrap();
        assert_eq!(signal.channels(), [vec![1.0, 2.0], vec![1.5, 2.5]]);
    }

    #[test]
    fn stops_at_each_limit() {
        let limits = Limits {
            samples_max: 10,
            duration_max_s: 4.0 / 48_000.0,
            channels_max: 4,
            ..Limits::default()
        };
        let what = |result: Result<(), ReadError>| {
            let Err(ReadError::LimitExceeded { what, .. }) = result else {
                return None;
            };
            Some(what)
        };
        let mut four = Collector::new(48_000, 4, &limits).unwrap();
        let result = four.push_interleaved(&[0.0; 12], 1.0);
        assert_eq!(what(result), Some(Quantity::Samples));
        let mut one = Collector::new(48_000, 1, &limits).unwrap();
        one.push_planar(&[vec![0.0; 4]]).unwrap();
        let one_more = one.push_planar(&[vec![0.0; 1]]);
        assert_eq!(what(one_more), Some(Quantity::DurationS));
        let five = Collector::new(48_000, 5, &limits).map(drop);
        assert_eq!(what(five), Some(Quantity::Channels));
        let slow = Collector::new(3_999, 1, &limits).map(drop);
        assert_eq!(what(slow), Some(Quantity::SampleRateHz));
    }

    #[test]
    fn names_the_sample_that_is_no_number() {
        let limits = Limits::default();
        let mut c = Collector::new(48_000, 1, &limits).unwrap();
        c.push_planar(&[vec![0.0, f32::INFINITY]]).unwrap();
        assert!(matches!(
            c.finish(Keep::ALL, 0),
            Err(ReadError::Malformed {
                at_sample: Some(1),
                ..
            })
        ));
    }
}
