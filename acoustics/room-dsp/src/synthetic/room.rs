//! The response of a made room: direct sound, specular reflections and a diffuse tail whose decay is known in
//! every octave.
//!
//! The tail is Gaussian noise, split into octaves that sum to it exactly; each is multiplied by its own
//! exponential after the split, so that its expected energy decay is the closed form `10^(-6 t / T)` (ISO
//! 3382-1:2009, 3.4). No geometry, no modes.

use super::error::{RecipeError, require};
use super::noise::Noise;
use super::octaves::{OCTAVES, weight};
use super::power;
use super::spectrum::{forward, frequency_hz, inverse};
use crate::signal::SampleRate;

/// Index of the direct sound in every made response.
pub const DIRECT_SAMPLE: usize = 480;

/// A specular reflection: one sample, of the sign of the direct sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reflection {
    /// Milliseconds after the direct sound, rounded to the nearest sample; above 0, up to the duration.
    pub delay_ms: f64,
    /// Level relative to the direct sound in decibel, -200 to 20.
    pub level_db: f64,
}

impl From<(f64, f64)> for Reflection {
    fn from((delay_ms, level_db): (f64, f64)) -> Self {
        Self { delay_ms, level_db }
    }
}

/// A second, slower decay underneath the first, as in coupled rooms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SecondSlope {
    /// Level at the start of the tail, relative to the first decay, in decibel, -200 to 20.
    pub level_db: f64,
    /// Decay time per octave in seconds, 0.01 to 100.
    pub decay_time_s: [f64; OCTAVES],
}

/// What a made room is like.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomRecipe {
    /// Decay time (60 dB) of the octaves 63 Hz to 16 kHz in seconds, 0.01 to 100.
    pub decay_time_s: [f64; OCTAVES],
    /// A second decay, if any.
    pub second_slope: Option<SecondSlope>,
    /// Energy of the direct sound over the energy of the tail, in decibel, -60 up; infinity leaves the tail out.
    pub direct_to_reverberant_db: f64,
    /// Specular reflections; their energy is not counted in the ratio above.
    pub reflections: Vec<Reflection>,
    /// Seconds from the direct sound to the start of the tail, 0 to 1.
    pub tail_delay_s: f64,
    /// Seconds from the direct sound to the end of the response, 0.01 to 60.
    pub duration_s: f64,
    /// Chooses the noise of the tail.
    pub seed: u64,
}

impl RoomRecipe {
    /// A room with the same decay time in every octave, as much direct as reverberant energy, no reflections,
    /// and a response that lasts for 1.5 decay times (90 dB).
    pub fn uniform(decay_time_s: f64, seed: u64) -> Self {
        Self {
            decay_time_s: [decay_time_s; OCTAVES],
            second_slope: None,
            direct_to_reverberant_db: 0.0,
            reflections: Vec::new(),
            tail_delay_s: 0.0,
            duration_s: 1.5 * decay_time_s,
            seed,
        }
    }

    fn validate(&self) -> Result<(), RecipeError> {
        let slow = self.second_slope.iter().flat_map(|s| s.decay_time_s);
        for time in self.decay_time_s.into_iter().chain(slow) {
            require("decay_time_s", time, 0.01..=100.0)?;
        }
        if let Some(second) = &self.second_slope {
            require("second_slope.level_db", second.level_db, -200.0..=20.0)?;
        }
        require(
            "direct_to_reverberant_db",
            self.direct_to_reverberant_db,
            -60.0..=f64::INFINITY,
        )?;
        require("tail_delay_s", self.tail_delay_s, 0.0..=1.0)?;
        require("duration_s", self.duration_s, 0.01..=60.0)?;
        for reflection in &self.reflections {
            let longest = 1000.0 * self.duration_s;
            require(
                "reflection delay_ms",
                reflection.delay_ms,
                f64::MIN_POSITIVE..=longest,
            )?;
            require("reflection level_db", reflection.level_db, -200.0..=20.0)?;
        }
        Ok(())
    }

    /// Expected power of octave `octave` of the tail, relative to the start of the first decay, `time_s`
    /// seconds after that start.
    fn envelope_power(&self, octave: usize, time_s: f64) -> f64 {
        let decay = |decay_time_s: f64| power(-60.0 * time_s / decay_time_s);
        let second = self.second_slope.as_ref().map_or(0.0, |slow| {
            power(slow.level_db) * decay(slow.decay_time_s[octave])
        });
        decay(self.decay_time_s[octave]) + second
    }
}

/// Makes the response at `rate`. The direct sound is a single 1.0 at [`DIRECT_SAMPLE`]; before it there is silence.
///
/// # Errors
/// [`RecipeError`] when a field lies outside its range.
pub fn room_response(rate: SampleRate, recipe: &RoomRecipe) -> Result<Vec<f64>, RecipeError> {
    recipe.validate()?;
    let mut response = vec![0.0; DIRECT_SAMPLE + rate.samples(recipe.duration_s) + 1];
    let start = DIRECT_SAMPLE + rate.samples(recipe.tail_delay_s);
    let length = response.len().saturating_sub(start);
    let tail = tail(rate, recipe, length);
    for (sample, value) in response.iter_mut().skip(start).zip(tail) {
        *sample += value;
    }
    response[DIRECT_SAMPLE] += 1.0;
    for reflection in &recipe.reflections {
        let index = DIRECT_SAMPLE + rate.samples(reflection.delay_ms / 1000.0);
        response[index] += super::amplitude(reflection.level_db);
    }
    Ok(response)
}

/// The diffuse tail, scaled to its exact energy.
fn tail(rate: SampleRate, recipe: &RoomRecipe, length: usize) -> Vec<f64> {
    let period = length.next_power_of_two();
    let carrier = Noise::new(recipe.seed).white(period, 0.0);
    let spectrum = forward(&carrier, period);
    let mut tail = vec![0.0; length];
    for octave in 0..OCTAVES {
        let mut bins = spectrum.clone();
        for (k, bin) in bins.iter_mut().enumerate() {
            *bin *= weight(octave, frequency_hz(k, period, rate.as_f64()));
        }
        for (n, (sample, band)) in tail.iter_mut().zip(inverse(bins)).enumerate() {
            *sample += band
                * recipe
                    .envelope_power(octave, n as f64 / rate.as_f64())
                    .sqrt();
        }
    }
    let energy: f64 = tail.iter().map(|x| x * x).sum();
    if energy > 0.0 {
        let scale = (power(-recipe.direct_to_reverberant_db) / energy).sqrt();
        for x in &mut tail {
            *x *= scale;
        }
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_sound_reflections_and_ratio_are_where_they_were_put() {
        let recipe = RoomRecipe {
            direct_to_reverberant_db: 4.0,
            reflections: vec![(7.0, -14.0).into()],
            tail_delay_s: 0.02,
            ..RoomRecipe::uniform(0.5, 3)
        };
        let response = room_response(SampleRate::STANDARD, &recipe).unwrap();
        assert_eq!(response.len(), 480 + 36_000 + 1);
        assert!((response[DIRECT_SAMPLE] - 1.0).abs() < 1e-12);
        assert!((response[480 + 336] - 10f64.powf(-0.7)).abs() < 1e-12);
        let tail = DIRECT_SAMPLE + 960;
        let silent = response[..tail].iter().filter(|x| x.abs() > 0.0).count();
        assert_eq!(silent, 2, "only the two taps sound before the tail");
        let energy: f64 = response[tail..].iter().map(|x| x * x).sum();
        assert!((10.0 * energy.log10() + 4.0).abs() < 1e-9);
    }

    #[test]
    fn an_infinite_ratio_leaves_the_direct_sound_alone() {
        let recipe = RoomRecipe {
            direct_to_reverberant_db: f64::INFINITY,
            ..RoomRecipe::uniform(0.5, 3)
        };
        let response = room_response(SampleRate::STANDARD, &recipe).unwrap();
        assert!((response.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_seed_is_a_response() {
        let made = |seed| room_response(SampleRate::STANDARD, &RoomRecipe::uniform(0.3, seed));
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }

    #[test]
    fn impossible_rooms_are_refused_with_the_value() {
        let mut recipe = RoomRecipe::uniform(0.3, 1);
        recipe.decay_time_s[4] = 0.0;
        let error = room_response(SampleRate::STANDARD, &recipe).unwrap_err();
        assert_eq!((error.field, error.found), ("decay_time_s", 0.0));
        let mut late = RoomRecipe::uniform(0.3, 1);
        late.reflections = vec![(500.0, -3.0).into()];
        let refusal = room_response(SampleRate::STANDARD, &late).unwrap_err();
        assert_eq!(
            (refusal.field, refusal.found),
            ("reflection delay_ms", 500.0)
        );
    }
}
