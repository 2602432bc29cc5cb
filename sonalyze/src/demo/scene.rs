//! The scene of the demonstration: two loudspeakers, two microphones, and rooms whose truth is known.
//!
//! The first loudspeaker stands in a simulated room: what the phones measure there is what `sonalyze simulate` says.
//! The second one stands in a real living room, whose measured response is part of the program.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

use audio_file::Limits;
use contract::session::Listed;
use room_dsp::synthetic::Phone;
use room_dsp::{ImpulseResponse, SampleRate};

use super::air::{Air, Ear, Path};
use super::simulated;
use super::trouble::Trouble;

/// The measured response: `OpenAIR`, "Domestic living room", in the public domain; 44.1 kHz, 16 bit.
const LIVING_ROOM: &[u8] = include_bytes!("../../../golden/measurement/external/living_room_1.wav");

/// Seconds of silence before the measured response, so that nothing of its beginning is cut.
const LEAD_S: f64 = 0.05;

/// Seconds of the file in which the measured response meets the noise of its own recording. A room has no such noise:
/// the response is faded out here, and silence follows as in any room.
const FADE_S: (f64, f64) = (0.25, 0.35);

/// Level of the microphones' own noise, dB re full scale: a quiet room and an ordinary phone.
const NOISE_DB: f64 = -75.0;

/// Peak of a measurement at the microphones, re full scale.
const PEAK: f64 = 0.5;

/// The loudspeaker in the simulated room.
const SIMULATED: &str = "speaker_1";

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
    /// The scene of the demonstration; `seed` chooses rays and tail of the simulated room, and all noise.
    ///
    /// # Errors
    /// When a response cannot be made.
    pub fn demonstration(seed: u64) -> Result<Self, Trouble> {
        let loudspeakers = vec![
            listed("speaker-left", SIMULATED, "Left loudspeaker"),
            listed("speaker-right", "speaker_2", "Right loudspeaker"),
        ];
        let microphones = vec![
            listed("microphone-sofa", "mic_1", "Sofa"),
            listed("microphone-desk", "mic_2", "Desk"),
        ];
        let measured = Arc::new(living_room()?);
        let simulated = <[_; 2]>::try_from(simulated::responses(seed)?).map_err(|all| {
            Trouble::Air(format!(
                "the example room has {} microphones, not two",
                all.len()
            ))
        })?;
        let responses = [simulated, [Arc::clone(&measured), measured]];
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

    /// Where the true figures of a loudspeaker's room come from, in a word.
    pub fn origin_of_truth(speaker_slot: &str) -> &'static str {
        if speaker_slot == SIMULATED {
            "simulated"
        } else {
            "true"
        }
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
