//! The scene of the demonstration: two loudspeakers, two microphones, and rooms whose truth is known.
//!
//! The first loudspeaker stands in a made room: a direct sound, reflections and a tail with a decay time of its own in
//! every octave. The second one stands in a real living room, whose measured response is part of the program.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

use audio_file::Limits;
use contract::session::Listed;
use room_dsp::synthetic::{OCTAVES, Phone, Reflection, RoomRecipe, room_response};
use room_dsp::{ImpulseResponse, SampleRate};

use super::air::{Air, Ear, Path};
use super::trouble::Trouble;

/// The measured response: `OpenAIR`, "Domestic living room", in the public domain; 44.1 kHz, 16 bit.
const LIVING_ROOM: &[u8] = include_bytes!("../../../golden/measurement/external/living_room_1.wav");

/// Decay times of the made room in seconds, octaves 63 Hz to 16 kHz.
const MADE_ROOM_S: [f64; OCTAVES] = [0.95, 0.85, 0.75, 0.68, 0.62, 0.58, 0.52, 0.45, 0.38];

/// Seconds of silence before the measured response, so that nothing of its beginning is cut.
const LEAD_S: f64 = 0.05;

/// Seconds of the file in which the measured response meets the noise of its own recording. A room has no such noise:
/// the response is faded out here, and silence follows as in any room.
const FADE_S: (f64, f64) = (0.25, 0.35);

/// Level of the microphones' own noise, dB re full scale: a quiet room and an ordinary phone.
const NOISE_DB: f64 = -75.0;

/// Peak of a measurement at the microphones, re full scale.
const PEAK: f64 = 0.5;

/// Who takes part, and the air between them.
#[derive(Debug)]
pub struct Scene {
    /// Loudspeakers in the order of their turns.
    pub loudspeakers: Vec<Listed>,
    /// Microphones.
    pub microphones: Vec<Listed>,
    /// The air.
    pub air: Arc<Air>,
    truths: BTreeMap<(String, String), Arc<Vec<f64>>>,
}

impl Scene {
    /// The scene of the demonstration; `seed` chooses the tails of the made room and all noise.
    ///
    /// # Errors
    /// When a response cannot be made.
    pub fn demonstration(seed: u64) -> Result<Self, Trouble> {
        let loudspeakers = vec![
            listed("speaker-left", "speaker_1", "Left loudspeaker"),
            listed("speaker-right", "speaker_2", "Right loudspeaker"),
        ];
        let microphones = vec![
            listed("microphone-sofa", "mic_1", "Sofa"),
            listed("microphone-desk", "mic_2", "Desk"),
        ];
        let measured = Arc::new(living_room()?);
        let responses = [
            [
                made(seed, 3.0, (11.0, -9.0))?,
                made(seed + 1, -3.0, (7.0, -6.0))?,
            ],
            [Arc::clone(&measured), measured],
        ];
        let ears = [(SampleRate::STANDARD, 38.0), (cd_rate()?, -27.0)];
        Ok(Self::new(loudspeakers, microphones, &responses, ears, seed))
    }

    /// The true response from a loudspeaker's place to a microphone's.
    ///
    /// # Errors
    /// An unknown place, or a response without a sound.
    pub fn truth(&self, speaker_slot: &str, mic_slot: &str) -> Result<ImpulseResponse, Trouble> {
        let place = (speaker_slot.to_owned(), mic_slot.to_owned());
        let response = self.truths.get(&place).ok_or_else(|| {
            Trouble::Air(format!("there is no way from {speaker_slot} to {mic_slot}"))
        })?;
        let rate = SampleRate::STANDARD;
        let range_hz = (0.0, rate.as_f64() / 2.0);
        ImpulseResponse::new(rate, response.to_vec(), range_hz)
            .map_err(|error| Trouble::Air(error.to_string()))
    }

    fn new(
        loudspeakers: Vec<Listed>,
        microphones: Vec<Listed>,
        responses: &[[Arc<Vec<f64>>; 2]; 2],
        ears: [(SampleRate, f64); 2],
        seed: u64,
    ) -> Self {
        let mut paths = BTreeMap::new();
        let mut truths = BTreeMap::new();
        for (speaker, row) in loudspeakers.iter().zip(responses) {
            for ((microphone, response), travel_s) in
                microphones.iter().zip(row).zip([0.006, 0.0113])
            {
                let place = (speaker.device_id.clone(), microphone.device_id.clone());
                let response = Arc::clone(response);
                let slots = (speaker.slot_id.clone(), microphone.slot_id.clone());
                truths.insert(slots, Arc::clone(&response));
                let path = Path {
                    response,
                    travel_s,
                    peak: PEAK,
                };
                paths.insert(place, path);
            }
        }
        let ears = microphones.iter().zip(ears).zip(seed..);
        let ears = ears.map(|((microphone, (rate, skew_ppm)), own_seed)| {
            let ear = Ear {
                rate,
                skew_ppm,
                noise_db: NOISE_DB,
                seed: own_seed,
            };
            (microphone.device_id.clone(), ear)
        });
        let air = Arc::new(Air::new(SampleRate::STANDARD, paths, ears.collect()));
        Self {
            loudspeakers,
            microphones,
            air,
            truths,
        }
    }
}

fn listed(device: &str, slot: &str, label: &str) -> Listed {
    Listed {
        device_id: device.to_owned(),
        slot_id: slot.to_owned(),
        slot_label: Some(label.to_owned()),
    }
}

/// The made room at a seat: how much direct sound there is, and the delay and level of its strongest reflection.
fn made(
    seed: u64,
    direct_to_reverberant_db: f64,
    strongest: (f64, f64),
) -> Result<Arc<Vec<f64>>, Trouble> {
    let weaker = Reflection {
        delay_ms: 2.3 * strongest.0,
        level_db: strongest.1 - 4.0,
    };
    let recipe = RoomRecipe {
        decay_time_s: MADE_ROOM_S,
        direct_to_reverberant_db,
        reflections: vec![strongest.into(), weaker],
        tail_delay_s: 0.008,
        ..RoomRecipe::uniform(1.0, seed)
    };
    Ok(Arc::new(room_response(SampleRate::STANDARD, &recipe)?))
}

/// The measured response at the standard rate: the synthetic recorder is a band-limited interpolator.
fn living_room() -> Result<Vec<f64>, Trouble> {
    let audio = audio_file::read(LIVING_ROOM, &Limits::default())
        .map_err(|error| Trouble::Air(format!("the measured response cannot be read: {error}")))?;
    let recorder = Phone::new(SampleRate::STANDARD, 0).float().peak(1.0);
    let recorder = recorder.delay_s(LEAD_S).after_s(0.0);
    let response = recorder.record(&audio.signal, &[1.0])?;
    let samples = response.channels().first().into_iter().flatten();
    let faded = samples.enumerate().map(|(n, x)| {
        let time_s = n as f64 / SampleRate::STANDARD.as_f64() - LEAD_S;
        f64::from(*x) * fade(time_s)
    });
    Ok(faded.collect())
}

/// 1 before the fade, 0 after it, a squared cosine between.
fn fade(time_s: f64) -> f64 {
    let way = ((time_s - FADE_S.0) / (FADE_S.1 - FADE_S.0)).clamp(0.0, 1.0);
    (FRAC_PI_2 * way).cos().powi(2)
}

/// The rate of the second microphone: not that of the loudspeakers, as phones are.
fn cd_rate() -> Result<SampleRate, Trouble> {
    SampleRate::new(44_100).map_err(|error| Trouble::Air(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_a_truth_of_its_own_or_the_measured_one() {
        let scene = Scene::demonstration(1).unwrap();
        let truth = |s: &str, m: &str| scene.truth(s, m).unwrap();
        assert_ne!(truth("speaker_1", "mic_1"), truth("speaker_1", "mic_2"));
        assert_eq!(truth("speaker_2", "mic_1"), truth("speaker_2", "mic_2"));
        let measured = truth("speaker_2", "mic_1");
        let length_s = measured.samples().len() as f64 / 48_000.0;
        assert!((length_s - 39_431.0 / 44_100.0 - LEAD_S).abs() < 1e-3);
        let late = (LEAD_S + FADE_S.1) * 48_000.0;
        let is_silent = |(n, x): (usize, &f64)| (n as f64) < late || x.abs() < 1e-15;
        assert!(measured.samples().iter().enumerate().all(is_silent));
        let refused = scene.truth("speaker_3", "mic_1").unwrap_err().to_string();
        assert!(refused.contains("speaker_3"), "{refused}");
    }
}
