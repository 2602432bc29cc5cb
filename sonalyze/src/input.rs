//! A file as it comes in: its bytes, hashed, and what they hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use audio_file::{DecodedAudio, Limits, ReadError};
use contract::analysis::{self, Input};
use contract::code::FailureCode;
use sha2::{Digest as _, Sha256};

use crate::exit::Failure;

/// A file that was read; whether it is audio is another matter.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What a document says about it; the channel used is not known yet.
    pub(crate) input: Input,
    /// Its sound, or why it has none.
    pub(crate) audio: Result<DecodedAudio, ReadError>,
}

/// Reads and decodes a file, or the standard input for `-`.
///
/// # Errors
/// When it cannot be read at all; a file that is no audio is not an error here.
pub(crate) fn load(path: &Path) -> Result<Loaded, Failure> {
    let limits = Limits::default();
    let bytes = bytes(path, &limits)
        .map_err(|error| Failure::failed(format!("cannot read {}: {error}", path.display())))?;
    let audio = audio_file::read(&bytes, &limits);
    Ok(Loaded {
        input: facts(path, &bytes, audio.as_ref().ok()),
        audio,
    })
}

/// What a document says about a file that is no audio.
///
/// The error tells what happened, a semicolon, and what to do; a document has a place for each.
pub(crate) fn not_audio(error: &ReadError) -> analysis::Failure {
    let told = error.to_string();
    let (message, remedy) = told
        .rsplit_once("; ")
        .unwrap_or((&told, "send another recording"));
    analysis::Failure {
        code: FailureCode::NotAudio.as_str().to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
        data: serde_json::Value::Object(serde_json::Map::new()),
    }
}

/// One byte more than allowed is read, so that the limit is seen to be exceeded.
fn bytes(path: &Path, limits: &Limits) -> io::Result<Vec<u8>> {
    let most = limits.bytes_max as u64 + 1;
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn facts(path: &Path, bytes: &[u8], audio: Option<&DecodedAudio>) -> Input {
    let signal = audio.map(|a| &a.signal);
    Input {
        file: path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
        sha256: hex(&Sha256::digest(bytes)),
        sample_rate_hz: signal.map(|s| s.rate().hz()),
        channels: signal.and_then(|s| u32::try_from(s.channels().len()).ok()),
        channel_used: None,
        duration_s: signal.map(room_dsp::Signal::duration_s),
        lossy: audio.map(|a| a.lossy),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn a_text_is_no_audio_but_is_hashed() {
        let text = file(b"abc");
        let loaded = load(text.path()).unwrap();
        assert_eq!(
            loaded.input.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(loaded.input.sample_rate_hz, None);
        let failure = not_audio(&loaded.audio.unwrap_err());
        assert_eq!(failure.code, "NOT_AUDIO");
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
    fn a_missing_file_is_named() {
        let refused = load(Path::new("no/such/file.wav")).unwrap_err();
        assert!(
            refused.to_string().contains("no/such/file.wav"),
            "{refused}"
        );
    }

    #[test]
    fn sound_is_described() {
        let rate = room_dsp::SampleRate::new(8000).unwrap();
        let signal = room_dsp::Signal::new(rate, vec![vec![0.1; 4000], vec![0.2; 4000]]).unwrap();
        let wav = file(&audio_file::write_wav(&signal, audio_file::WavFormat::Float32).unwrap());
        let input = load(wav.path()).unwrap().input;
        assert_eq!(
            (input.sample_rate_hz, input.channels, input.duration_s),
            (Some(8000), Some(2), Some(0.5))
        );
        assert_eq!(input.lossy, Some(false));
    }
}
