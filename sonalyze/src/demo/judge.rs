//! The same analysis as the server's, on what only the scene knows: the true responses; and on the recordings that
//! the microphones kept, for their impulse responses.

use audio_file::{Limits, WavFormat};
use contract::analysis::{AnalysisDocument, Engine};
use measurement::analysis::{Analysis, Analyst, Played, Sound};
use room_dsp::{ImpulseResponse, Signal};
use room_metrics::EvaluationOptions;

use super::microphone::Recording;
use super::scene::Scene;
use super::trouble::Trouble;

/// Evaluates truths and recordings.
#[derive(Debug)]
pub struct Judge {
    analyst: Analyst,
}

impl Judge {
    /// Evaluates as the server does; documents name `engine`.
    pub fn new(engine: Engine) -> Self {
        Self {
            analyst: Analyst::new(EvaluationOptions::default(), engine),
        }
    }

    /// The document of the true response between two places.
    ///
    /// # Errors
    /// An unknown place, or a response that cannot be written as a sound.
    pub fn truth(
        &self,
        scene: &Scene,
        speaker_slot: &str,
        mic_slot: &str,
    ) -> Result<AnalysisDocument, Trouble> {
        let bytes = as_wav(&scene.truth(speaker_slot, mic_slot)?)?;
        let name = format!("{speaker_slot}_{mic_slot}_true.wav");
        let sound = Sound::decode(&name, &bytes, &Limits::default());
        Ok(self.analyst.analyze(sound, &Played::Response).document)
    }

    /// The impulse response of a recording of `signal`.
    ///
    /// # Errors
    /// A recording that cannot be used, with the reason.
    pub fn response(
        &self,
        recording: &Recording,
        signal: &Signal,
    ) -> Result<ImpulseResponse, Trouble> {
        let played = Played::recognise(signal).map_err(|fault| Trouble::Air(fault.to_string()))?;
        let Analysis {
            document,
            impulse_response,
        } = self.analyze(recording, &played);
        impulse_response.ok_or_else(|| {
            let why = document.failure.map(|failure| failure.message);
            Trouble::Air(format!(
                "{} has no impulse response: {}",
                recording.upload,
                why.unwrap_or_default()
            ))
        })
    }

    fn analyze(&self, recording: &Recording, played: &Played) -> Analysis {
        let sound = Sound::decode(&recording.upload, &recording.bytes, &Limits::default());
        self.analyst.analyze(sound, played)
    }
}

/// A response as 32-bit float WAV.
///
/// # Errors
/// When the format cannot hold it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "32-bit floating point is the output format"
)]
pub fn as_wav(response: &ImpulseResponse) -> Result<Vec<u8>, Trouble> {
    let samples = response.samples().iter().map(|x| *x as f32).collect();
    let signal = Signal::mono(response.rate(), samples);
    audio_file::write_wav(&signal, WavFormat::Float32)
        .map_err(|error| Trouble::Air(format!("the response cannot be written: {error}")))
}
