//! A sound that is no measurement: what a phone records when people talk while nothing is played.
//!
//! Gliding harmonics in syllables over breath noise. It has the rhythm, the spectrum and the glides of speech,
//! not its words.

use core::f64::consts::TAU;

use super::noise::Noise;
use crate::signal::{SampleRate, Signal};

/// Syllables per second, the strongest modulation of speech.
const SYLLABLES_HZ: f64 = 4.0;

/// Mean pitch in hertz and the octaves by which it glides, with the rate of gliding.
const PITCH_HZ: f64 = 140.0;
const GLIDE_OCTAVES: f64 = 0.4;
const GLIDE_HZ: f64 = 0.7;

/// Harmonics of the voice: up to about 5 kHz.
const HARMONICS: u32 = 36;

/// Level of the breath noise relative to full scale, before the sound is scaled to its peak.
const BREATH_DB: f64 = -20.0;

/// Largest magnitude of the finished sound.
const PEAK: f64 = 0.5;

/// Sound with the rhythm and spectrum of speech, one channel, peak 0.5.
pub fn speech_like(rate: SampleRate, duration_s: f64, seed: u64) -> Signal {
    let length = rate.samples(duration_s);
    let breath = Noise::stream(seed, 0x42).pink(rate, length, BREATH_DB);
    let mut voice = Noise::stream(seed, 0x56);
    let (start, glide) = (voice.uniform(), TAU * voice.uniform());
    let mut turns = 0.0;
    let mut samples = Vec::with_capacity(length);
    for (n, noise) in breath.iter().enumerate() {
        let t = n as f64 / rate.as_f64();
        let octaves = GLIDE_OCTAVES * (TAU * GLIDE_HZ * t + glide).sin();
        turns += PITCH_HZ * octaves.exp2() / rate.as_f64();
        let syllable = (TAU * (SYLLABLES_HZ * t + start)).sin().max(0.0);
        samples.push(syllable * (voiced(turns) + noise));
    }
    let peak = samples.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let scale = PEAK / peak.max(f64::MIN_POSITIVE);
    Signal::mono(rate, super::record::single(&samples, scale))
}

/// Harmonics with amplitudes 1/k at a phase in turns.
fn voiced(turns: f64) -> f64 {
    (1..=HARMONICS)
        .map(f64::from)
        .map(|k| (TAU * k * turns).sin() / k)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_pauses_between_syllables_and_keeps_its_peak() {
        let sound = speech_like(SampleRate::STANDARD, 2.0, 4);
        let samples = &sound.channels()[0];
        assert_eq!(samples.len(), 96_000);
        let peak = samples.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        assert!((peak - 0.5).abs() < 1e-6);
        let silent = samples.iter().filter(|x| x.abs() < 1e-12).count();
        assert!(
            (40_000..56_000).contains(&silent),
            "{silent} silent samples"
        );
        assert_eq!(sound, speech_like(SampleRate::STANDARD, 2.0, 4));
        assert_ne!(sound, speech_like(SampleRate::STANDARD, 2.0, 5));
    }
}
