//! Recordings whose truth is known, as files.

use audio_file::{FlacBits, WavFormat, write_flac, write_wav};
use room_dsp::synthetic::{Phone, RoomRecipe, room_response};
use room_dsp::{Excitation, SampleRate, Signal};

pub(crate) const RATE: SampleRate = SampleRate::STANDARD;

/// Decay time of the made room in seconds.
pub(crate) const DECAY_S: f64 = 0.5;

pub(crate) fn room() -> Vec<f64> {
    room_response(RATE, &RoomRecipe::uniform(DECAY_S, 5)).unwrap()
}

/// A phone's recording of a signal in the made room.
pub(crate) fn recording(rate: SampleRate, played: &Signal, seed: u64) -> Vec<u8> {
    let recorded = Phone::new(rate, seed)
        .delay_s(0.6)
        .after_s(1.5)
        .white_noise_db(-80.0)
        .record(played, &room())
        .unwrap();
    write_flac(&recorded, FlacBits::Sixteen).unwrap()
}

/// A recording of the default signal at 48 kHz.
pub(crate) fn of_reference(seed: u64) -> Vec<u8> {
    recording(RATE, &Excitation::reference().signal(), seed)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "files are single precision"
)]
pub(crate) fn response_wav() -> Vec<u8> {
    let samples = room().iter().map(|x| *x as f32).collect();
    write_wav(&Signal::mono(RATE, samples), WavFormat::Float32).unwrap()
}

pub(crate) fn silence_wav() -> Vec<u8> {
    write_wav(&Signal::mono(RATE, vec![0.0; 48_000]), WavFormat::Pcm16).unwrap()
}

/// A file of the golden data.
pub(crate) fn golden(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../golden/measurement/rec");
    std::fs::read(format!("{folder}/{name}.flac")).unwrap()
}
