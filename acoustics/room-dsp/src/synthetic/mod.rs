//! Made rooms and made recordings, whose truth is known because it was put in.
//!
//! Tests, benches and figures need responses with known decay and phone recordings with known faults; this
//! module makes them, deterministically from a seed. It is slow and plain on purpose and shares no code with
//! the analysis that it judges: own random numbers, whole-length transforms, direct band-limited interpolation.
//! The sound travels in one direction:
//!
//! 1. **Loudspeaker**: distortion, then band limit.
//! 2. **Room**: convolution with the response, then the level at the microphone ([`Phone::peak`]).
//! 3. **Clock**: every sample of the file is taken from the sound at its own instant: delay, late start, skew,
//!    rate, lost samples.
//! 4. **Air and wire**: white and pink noise, hum at those same instants, clicks, direct current.
//! 5. **Converter**: gain steps, dither, quantiser with its limit, noise gate.
//! 6. **Buffers**: repeated blocks, then zeroed stretches; at last the channels are put together.
//!
//! Times of faults count in seconds of the file (sample number over nominal rate) from its first sample.
//! "Full scale" is 1.0; levels in decibel are root-mean-square values relative to 1.0 unless a method says otherwise.
//!
//! It does not model directivity, moving sources or lossy codecs.

mod air;
mod buffers;
mod clock;
mod converter;
mod error;
mod interpolate;
mod loudspeaker;
mod noise;
mod octaves;
mod phone;
mod record;
mod room;
mod spectrum;
mod speech;

pub use error::RecipeError;
pub use noise::Noise;
pub use octaves::OCTAVES;
pub use phone::{Phone, StereoKind};
pub use room::{DIRECT_SAMPLE, Reflection, RoomRecipe, SecondSlope, room_response};
pub use speech::speech_like;

/// Amplitude ratio of a level in decibel.
fn amplitude(level_db: f64) -> f64 {
    10f64.powf(level_db / 20.0)
}

/// Power ratio of a level in decibel.
fn power(level_db: f64) -> f64 {
    10f64.powf(level_db / 10.0)
}
