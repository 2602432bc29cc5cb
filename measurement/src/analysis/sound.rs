//! A file as it comes in: its bytes, hashed, and what they hold.

use audio_file::{DecodedAudio, Limits, Quantity, ReadError};
use contract::analysis::{self, Input};
use contract::code::FailureCode;
use room_dsp::Signal;
use sha2::{Digest as _, Sha256};

/// Bytes that were read; whether they are audio is another matter.
#[derive(Debug)]
pub struct Sound {
    /// What a document says about the file; the channel used is not known yet.
    pub input: Input,
    /// What it holds, or why it holds nothing.
    pub audio: Result<DecodedAudio, ReadError>,
}

impl Sound {
    /// Decodes the bytes of a file; `name` goes into the document and has no meaning.
    pub fn decode(name: &str, bytes: &[u8], limits: &Limits) -> Self {
        let audio = audio_file::read(bytes, limits);
        let signal = audio.as_ref().ok().map(|a| &a.signal);
        let input = Input {
            file: name.to_owned(),
            sha256: hex(&Sha256::digest(bytes)),
            sample_rate_hz: signal.map(|s| s.rate().hz()),
            channels: signal.and_then(|s| u32::try_from(s.channels().len()).ok()),
            channel_used: None,
            duration_s: signal.map(Signal::duration_s),
            lossy: audio.as_ref().ok().map(|a| a.lossy),
        };
        Self { input, audio }
    }
}

/// What a document says about a file that is no audio, or too much of it.
///
/// The error tells what happened, a semicolon, and what to do; a document has a place for each.
pub fn not_audio(error: &ReadError) -> analysis::Failure {
    let too_long = matches!(
        error,
        ReadError::LimitExceeded {
            what: Quantity::DurationS | Quantity::Samples,
            ..
        }
    );
    let code = if too_long {
        FailureCode::TooLong
    } else {
        FailureCode::NotAudio
    };
    let told = error.to_string();
    let (message, remedy) = told
        .rsplit_once("; ")
        .unwrap_or((&told, "send another recording"));
    analysis::Failure {
        code: code.as_str().to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
        data: serde_json::Value::Object(serde_json::Map::new()),
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use audio_file::{WavFormat, write_wav};
    use room_dsp::SampleRate;

    use super::*;

    fn decoded(bytes: &[u8]) -> Sound {
        Sound::decode("a", bytes, &Limits::default())
    }

    #[test]
    fn a_text_is_no_audio_but_is_hashed() {
        let sound = decoded(b"abc");
        assert_eq!(
            sound.input.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(sound.input.sample_rate_hz, None);
        let failure = not_audio(&sound.audio.unwrap_err());
        assert_eq!(failure.code, "NOT_AUDIO");
    }

    #[test]
    fn too_much_audio_is_audio() {
        let signal = Signal::mono(SampleRate::STANDARD, vec![0.1; 100]);
        let bytes = write_wav(&signal, WavFormat::Pcm16).unwrap();
        let limits = Limits {
            samples_max: 99,
            ..Limits::default()
        };
        let failure = not_audio(&audio_file::read(&bytes, &limits).unwrap_err());
        assert_eq!(failure.code, "TOO_LONG");
        assert!(failure.message.contains("99"), "{}", failure.message);
    }

    #[test]
    fn what_happened_and_what_to_do_are_told_once_each() {
        let errors = [
            ReadError::Empty { bytes: 0 },
            ReadError::NotAudio {
                first_bytes: vec![1],
            },
            ReadError::Unsupported {
                codec: "AC-3; E-AC-3".to_owned(),
            },
            ReadError::Truncated { bytes: 12 },
            ReadError::Malformed {
                reason: "no samples; no end".to_owned(),
                at_sample: Some(3),
            },
        ];
        for error in &errors {
            let failure = not_audio(error);
            assert_eq!(
                format!("{}; {}", failure.message, failure.remedy),
                error.to_string()
            );
            assert!(failure.remedy.contains("send"), "{}", failure.remedy);
            assert!(!failure.message.contains("send"), "{}", failure.message);
        }
    }

    #[test]
    fn sound_is_described() {
        let rate = SampleRate::new(8000).unwrap();
        let signal = Signal::new(rate, vec![vec![0.1; 4000], vec![0.2; 4000]]).unwrap();
        let input = decoded(&write_wav(&signal, WavFormat::Float32).unwrap()).input;
        assert_eq!(
            (input.sample_rate_hz, input.channels, input.duration_s),
            (Some(8000), Some(2), Some(0.5))
        );
        assert_eq!(input.lossy, Some(false));
    }
}
