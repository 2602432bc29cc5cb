//! The way of the sound from the player to the file, effect by effect.

use core::f64::consts::FRAC_PI_2;

use rustfft::num_complex::Complex;

use super::error::{RecipeError, require};
use super::interpolate::Interpolator;
use super::noise::Noise;
use super::phone::{Phone, StereoKind};
use super::spectrum::convolve;
use crate::signal::Signal;

/// Where the anti-aliasing filter of a recorder slower than the player begins and ends, as parts of its rate.
const ANTI_ALIASING: (f64, f64) = (0.47, 0.5);

/// Name of the random stream of the dither, the channel above its lowest byte.
const DITHER_STREAM: u64 = 0x44;

impl Phone {
    /// Records `played` through a room of this `response`, given at the rate of `played`.
    ///
    /// # Errors
    /// [`RecipeError`] when a setting lies outside its range, a fault outside the file, `played` has more than
    /// one channel or no sample, or `response` is empty.
    pub fn record(&self, played: &Signal, response: &[f64]) -> Result<Signal, RecipeError> {
        self.validate(played, response)?;
        let played_s = played.duration_s();
        let times = self.clock.times_s(self.clock.frames(played_s));
        let scene = Scene {
            sound: Interpolator::new(&self.sound(played, response)),
            rate_hz: played.rate().as_f64(),
            times,
        };
        let channels: Vec<Vec<f32>> = self
            .channels(&scene)
            .iter()
            .map(|samples| single(samples, 1.0))
            .collect();
        let count = channels.len() as f64;
        Signal::new(self.clock.rate, channels).map_err(|_| RecipeError {
            field: "channels",
            found: count,
            allowed: 1.0..=2.0,
        })
    }

    fn validate(&self, played: &Signal, response: &[f64]) -> Result<(), RecipeError> {
        require("played channels", played.channels().len() as f64, 1.0..=1.0)?;
        require("played samples", played.len() as f64, 1.0..=1e9)?;
        require("response samples", response.len() as f64, 1.0..=1e9)?;
        require("peak", self.peak, 0.0..=100.0)?;
        if let Some(StereoKind::Delayed { delay_s }) = self.stereo {
            require("stereo delay_s", delay_s, -1.0..=1.0)?;
        }
        self.loudspeaker.validate()?;
        self.clock.validate(played.duration_s())?;
        let file_s = self.clock.file_s(played.duration_s());
        self.air.validate(file_s)?;
        self.converter.validate(file_s)?;
        self.buffers.validate(file_s)
    }

    /// The sound at the microphone, at the rate of the player.
    fn sound(&self, played: &Signal, response: &[f64]) -> Vec<f64> {
        let samples: Vec<f64> = played.channels()[0].iter().map(|x| f64::from(*x)).collect();
        let rate = played.rate();
        let room = rate.samples(self.loudspeaker.ringing_s());
        let recorder = self.clock.rate.as_f64();
        let slower = recorder < rate.as_f64();
        let transfer = |hz: f64| -> Complex<f64> {
            let open = if slower {
                anti_aliasing(hz / recorder)
            } else {
                1.0
            };
            self.loudspeaker.transfer(hz) * open
        };
        let bent = self.loudspeaker.bend(&samples);
        let mut sound = convolve(&bent, response, room, rate.as_f64(), transfer);
        let peak = sound.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        if peak > 0.0 {
            for x in &mut sound {
                *x *= self.peak / peak;
            }
        }
        sound
    }

    fn channels(&self, scene: &Scene) -> Vec<Vec<f64>> {
        let left = self.analogue(scene, 0.0, 0);
        match self.stereo {
            None => vec![self.digital(left, 0)],
            Some(StereoKind::Silent) => {
                let nothing = vec![0.0; left.len()];
                vec![self.digital(nothing, 0), self.digital(left, 1)]
            }
            Some(StereoKind::Antiphase) => {
                let left = self.digital(left, 0);
                let turned = left.iter().map(|x| -x).collect();
                vec![left, turned]
            }
            Some(StereoKind::Identical) => {
                let left = self.digital(left, 0);
                vec![left.clone(), left]
            }
            Some(StereoKind::Delayed { delay_s }) => {
                let right = self.analogue(scene, delay_s, 1);
                vec![self.digital(left, 0), self.digital(right, 1)]
            }
        }
    }

    /// What a microphone hears at the instants of the clock, the sound `later_s` seconds late.
    fn analogue(&self, scene: &Scene, later_s: f64, microphone: u64) -> Vec<f64> {
        let mut samples: Vec<f64> = scene
            .times
            .iter()
            .map(|t| scene.sound.at((t - later_s) * scene.rate_hz))
            .collect();
        let seeds = (self.seed, microphone);
        self.air
            .add_to(&mut samples, &scene.times, self.clock.rate, seeds);
        samples
    }

    fn digital(&self, mut samples: Vec<f64>, channel: u64) -> Vec<f64> {
        let dither = Noise::stream(self.seed, DITHER_STREAM + (channel << 8));
        self.converter
            .convert(&mut samples, self.clock.rate, dither);
        self.buffers.apply(&mut samples, self.clock.rate);
        samples
    }
}

/// The sound and the instants at which it is taken.
struct Scene {
    sound: Interpolator,
    rate_hz: f64,
    times: Vec<f64>,
}

/// Single-precision samples, scaled.
#[expect(
    clippy::cast_possible_truncation,
    reason = "files hold single precision; the loss is the purpose"
)]
pub(super) fn single(samples: &[f64], scale: f64) -> Vec<f32> {
    samples.iter().map(|x| (x * scale) as f32).collect()
}

/// 1 below the filter's band, 0 above, a squared cosine between; the argument is the frequency over the
/// recorder's rate.
fn anti_aliasing(turns: f64) -> f64 {
    let (from, to) = ANTI_ALIASING;
    let way = ((turns.abs() - from) / (to - from)).clamp(0.0, 1.0);
    (FRAC_PI_2 * way).cos().powi(2)
}
