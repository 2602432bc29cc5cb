//! A phone and its faults, as a builder; what it does with them stands in `record`.
//!
//! The order of effects and the meaning of times and levels stand at the head of the module.

use super::air::{Air, Click, Hum};
use super::buffers::{Buffers, Stretch};
use super::clock::{Clock, Lost};
use super::converter::{Converter, GainStep, Gate};
use super::loudspeaker::Loudspeaker;
use crate::signal::SampleRate;

/// How the two channels of a stereo file come about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StereoKind {
    /// The left channel holds nothing but the converter's dither, the right one the sound.
    Silent,
    /// The right channel is the left one with its sign turned.
    Antiphase,
    /// Both channels are the same.
    Identical,
    /// The right microphone hears the sound later, with noise of its own.
    Delayed {
        /// Seconds of delay, -1 to 1; parts of samples count.
        delay_s: f64,
    },
}

/// A recording phone; see the module for the order of effects.
///
/// A new one is honest: it starts half a second early, stops 1.5 s late, has no noise but the dither of its 16
/// bits, and its sound peaks at half of full scale.
#[derive(Debug, Clone)]
#[must_use]
pub struct Phone {
    pub(super) seed: u64,
    pub(super) peak: f64,
    pub(super) loudspeaker: Loudspeaker,
    pub(super) clock: Clock,
    pub(super) air: Air,
    pub(super) converter: Converter,
    pub(super) buffers: Buffers,
    pub(super) stereo: Option<StereoKind>,
}

impl Phone {
    /// An honest phone that records at `rate`; `seed` chooses its noise.
    pub fn new(rate: SampleRate, seed: u64) -> Self {
        Self {
            seed,
            peak: 0.5,
            loudspeaker: Loudspeaker::default(),
            clock: Clock::new(rate),
            air: Air::default(),
            converter: Converter::default(),
            buffers: Buffers::default(),
            stereo: None,
        }
    }

    /// Largest magnitude of the played sound at the microphone over the whole measurement, before noise; 0 to
    /// 100, where more than 1 overdrives the converter.
    pub fn peak(mut self, peak: f64) -> Self {
        self.peak = peak;
        self
    }

    /// The loudspeaker gives `x + second x^2 + third x^3` of what is played, each factor -1 to 1, without aliasing.
    pub fn distortion(mut self, second: f64, third: f64) -> Self {
        self.loudspeaker.bend = Some((second, third));
        self
    }

    /// The loudspeaker radiates between these corners only (-3 dB, 24 dB per octave, causal), in hertz.
    pub fn band_limit(mut self, low_hz: f64, high_hz: f64) -> Self {
        self.loudspeaker.band_hz = Some((low_hz, high_hz));
        self
    }

    /// Seconds from the start of the recorder to the start of the played signal; parts of samples count.
    pub fn delay_s(mut self, seconds: f64) -> Self {
        self.clock.delay_s = seconds;
        self
    }

    /// Parts per million by which the recorder's clock is fast: positive makes more samples.
    pub fn skew_ppm(mut self, ppm: f64) -> Self {
        self.clock.skew_ppm = ppm;
        self
    }

    /// The recorder starts this many seconds too late: the file lacks its beginning.
    pub fn cut_start_s(mut self, seconds: f64) -> Self {
        self.clock.cut_start_s = seconds;
        self
    }

    /// The recorder runs this many seconds after the end of the played signal; negative stops it early.
    pub fn after_s(mut self, seconds: f64) -> Self {
        self.clock.after_s = seconds;
        self
    }

    /// The file ends after this many of its seconds at the latest.
    pub fn keep_s(mut self, seconds: f64) -> Self {
        self.clock.keep_s = Some(seconds);
        self
    }

    /// At `time_s` of the file, `length_s` of the sound never reach it; what follows comes early.
    pub fn lost(mut self, time_s: f64, length_s: f64) -> Self {
        self.clock.lost.push(Lost { time_s, length_s });
        self
    }

    /// White noise of this root-mean-square level.
    pub fn white_noise_db(mut self, level_db: f64) -> Self {
        self.air.white_db = Some(level_db);
        self
    }

    /// Pink noise, 20 Hz to half the rate, of this root-mean-square level.
    pub fn pink_noise_db(mut self, level_db: f64) -> Self {
        self.air.pink_db = Some(level_db);
        self
    }

    /// Hum of this root-mean-square level: `partials` multiples of the fundamental, amplitudes falling as 1/k.
    pub fn hum(mut self, fundamental_hz: f64, level_db: f64, partials: u32) -> Self {
        self.air.hum.push(Hum {
            fundamental_hz,
            level_db,
            partials,
        });
        self
    }

    /// A knock at `time_s` of the file whose peak has the given level; it decays within 20 ms.
    pub fn click(mut self, time_s: f64, peak_db: f64) -> Self {
        self.air.clicks.push(Click { time_s, peak_db });
        self
    }

    /// A constant added to every sample, -1 to 1.
    pub fn dc_offset(mut self, offset: f64) -> Self {
        self.air.offset = offset;
        self
    }

    /// Automatic gain: pairs of time in the file and gain in decibel from then on, relative to the start.
    pub fn gain_steps(mut self, steps: &[(f64, f64)]) -> Self {
        let steps = steps
            .iter()
            .map(|&(time_s, gain_db)| GainStep { time_s, gain_db });
        self.converter.gain_steps.extend(steps);
        self
    }

    /// The converter's limit, 0 to 1 of full scale.
    pub fn clip(mut self, level: f64) -> Self {
        self.converter.clip = Some(level);
        self
    }

    /// Integer samples of 2 to 24 bits; 16 unless told.
    pub fn bits(mut self, bits: u32) -> Self {
        self.converter.bits = Some(bits);
        self
    }

    /// Floating-point samples: no quantiser, no limit but [`Phone::clip`].
    pub fn float(mut self) -> Self {
        self.converter.bits = None;
        self
    }

    /// Rounds without dither.
    pub fn without_dither(mut self) -> Self {
        self.converter.dither = false;
        self
    }

    /// Turns samples down by `attenuation_db` while the magnitude has stayed below `threshold_db` (of the peak)
    /// for `hold_s` seconds.
    pub fn noise_gate(mut self, threshold_db: f64, attenuation_db: f64, hold_s: f64) -> Self {
        self.converter.gate = Some(Gate {
            threshold_db,
            attenuation_db,
            hold_s,
        });
        self
    }

    /// `length_s` of exact zeros at `time_s` of the file.
    pub fn zeroed(mut self, time_s: f64, length_s: f64) -> Self {
        self.buffers.zeroed.push(Stretch { time_s, length_s });
        self
    }

    /// At `time_s` of the file, the `length_s` just before come once more in place of what belongs there.
    pub fn repeated(mut self, time_s: f64, length_s: f64) -> Self {
        self.buffers.repeated.push(Stretch { time_s, length_s });
        self
    }

    /// A file of two channels.
    pub fn stereo(mut self, kind: StereoKind) -> Self {
        self.stereo = Some(kind);
        self
    }
}
