//! Impulse responses as one WAV file: a channel for each pair, and for each channel of an ambisonic microphone.

use std::f32::consts::PI;

use audio_file::{WavFormat, write_wav};
use room_dsp::Signal;
use room_simulation::Simulation;

use crate::cli::Amplitude;
use crate::exit::Failure;

/// The file's bytes: channels of the pairs in their order, shorter ones filled up with silence.
///
/// # Errors
/// Channels or samples that the format cannot hold.
pub(super) fn wav(found: &Simulation, amplitude: Amplitude) -> Result<Vec<u8>, Failure> {
    let channels = || found.pairs.iter().flat_map(|pair| &pair.channels);
    let longest = channels().map(Vec::len).max().unwrap_or(0);
    let factor = match amplitude {
        Amplitude::Distance => 1.0,
        Amplitude::Pressure => (4.0 * PI).recip(),
    };
    let filled = channels().map(|samples| {
        let mut own: Vec<f32> = samples.iter().map(|x| factor * x).collect();
        own.resize(longest, 0.0);
        own
    });
    let Some(rate) = found.pairs.first().map(|pair| pair.rate) else {
        return Err(Failure::failed(
            "there is no pair whose response could be written",
        ));
    };
    let refused = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("--rir: {error}; ask for fewer pairs"))
    };
    let signal = Signal::new(rate, filled.collect()).map_err(|error| refused(&error))?;
    write_wav(&signal, WavFormat::Float32).map_err(|error| refused(&error))
}
