//! The signal behind a hash: what the measurement service stored when it handed the signal to a loudspeaker.
//!
//! `DIR/references/<first eight digits>/<hash>/metadata.json` holds the parameters; the signal is made from them again,
//! exactly, so that its audio files need not be read.

use std::path::{Path, PathBuf};

use room_dsp::{Excitation, ExcitationFault, ExcitationParameters, Layout, SampleRate};
use serde::Deserialize;

use crate::exit::Failure;

/// Hexadecimal digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// Digits that name the folder above.
const PREFIX_DIGITS: usize = 8;

/// The part of `metadata.json` that is needed.
#[derive(Debug, Deserialize)]
struct Metadata {
    config: Config,
}

/// Parameters under the names of the earlier services.
#[derive(Debug, Deserialize)]
struct Config {
    sample_rate: u32,
    sync_chirp_duration: f64,
    sync_chirp_f_start: f64,
    sync_chirp_f_end: f64,
    post_sync_silence: f64,
    post_sweep_silence: f64,
    sweep_duration: f64,
    sweep_f_start: f64,
    sweep_f_end: f64,
    amplitude: f64,
    fade_duration: f64,
}

/// Finds the signal with the hash `hash` under the service's data folder.
///
/// # Errors
/// A hash that is none, a signal that is not stored there, parameters that make no signal: each with what was seen.
pub(crate) fn find(data_dir: &Path, hash: &str) -> Result<Excitation, Failure> {
    let path = metadata_path(data_dir, hash)?;
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::failed(format!(
            "no stored signal with the hash {hash}: {}: {error}; give the measurement service's data folder with \
             --data-dir, or the played signal with --reference",
            path.display()
        ))
    })?;
    let metadata: Metadata = serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    excitation(&metadata.config)
        .map_err(|why| Failure::failed(format!("{}: {why}", path.display())))
}

/// A hash becomes part of a path, so it must be a hash.
fn metadata_path(data_dir: &Path, hash: &str) -> Result<PathBuf, Failure> {
    let digits = hash.to_ascii_lowercase();
    if digits.len() != HASH_DIGITS || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Failure::usage(format!(
            "--hash {hash}: a SHA-256 of {HASH_DIGITS} hexadecimal digits is needed, {} characters were given",
            hash.chars().count()
        )));
    }
    let folder = data_dir
        .join("references")
        .join(&digits[..PREFIX_DIGITS])
        .join(&digits);
    Ok(folder.join("metadata.json"))
}

fn excitation(config: &Config) -> Result<Excitation, String> {
    let sample_rate = SampleRate::new(config.sample_rate).map_err(|error| error.to_string())?;
    Excitation::new(ExcitationParameters {
        layout: Layout::Reference,
        sample_rate,
        chirp_duration_s: config.sync_chirp_duration,
        chirp_start_hz: config.sync_chirp_f_start,
        chirp_end_hz: config.sync_chirp_f_end,
        gap_before_s: config.post_sync_silence,
        sweep_duration_s: config.sweep_duration,
        sweep_start_hz: config.sweep_f_start,
        sweep_end_hz: config.sweep_f_end,
        gap_after_s: config.post_sweep_silence,
        amplitude: config.amplitude,
        fade_s: config.fade_duration,
    })
    .map_err(|faults| all(&faults))
}

/// All faults in one sentence.
pub(crate) fn all(faults: &[ExcitationFault]) -> String {
    let each: Vec<String> = faults.iter().map(ExcitationFault::to_string).collect();
    each.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "29d77cce7bf73560a0cc62215aee557b7a35b182fb5b53d1ede6c186cea98de2";

    const METADATA: &str = r#"{"audio_hash": "29d7", "sample_rate": 48000, "config": {
        "sample_rate": 48000, "sync_chirp_duration": 0.5, "sync_chirp_f_start": 2000.0, "sync_chirp_f_end": 10000.0,
        "post_sync_silence": 2.0, "post_sweep_silence": 2.0, "sweep_duration": 10.0, "sweep_f_start": 40.0,
        "sweep_f_end": 16000.0, "amplitude": 0.9, "fade_duration": 0.01}, "chirp_path": "chirp.wav"}"#;

    fn stored(metadata: &str) -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("references").join(&HASH[..8]).join(HASH);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("metadata.json"), metadata).unwrap();
        data
    }

    #[test]
    fn a_stored_signal_is_made_again() {
        let data = stored(METADATA);
        let found = find(data.path(), &HASH.to_uppercase()).unwrap();
        let expected = ExcitationParameters {
            sweep_start_hz: 40.0,
            sweep_end_hz: 16_000.0,
            ..ExcitationParameters::reference()
        };
        assert_eq!(found.parameters(), &expected);
    }

    #[test]
    fn a_hash_cannot_leave_the_folder() {
        let refused = find(Path::new("data"), "../../secret").unwrap_err();
        assert_eq!(refused.exit(), crate::exit::Exit::Usage);
        assert!(refused.to_string().contains("12 characters"), "{refused}");
    }

    #[test]
    fn an_unknown_hash_says_where_it_was_looked_for() {
        let data = stored(METADATA);
        let other = HASH.replace('2', "3");
        let refused = find(data.path(), &other).unwrap_err().to_string();
        assert!(
            refused.contains(&other[..8]) && refused.contains("--data-dir"),
            "{refused}"
        );
    }

    #[test]
    fn parameters_that_make_no_signal_are_named() {
        let data = stored(&METADATA.replace("16000.0", "40.0"));
        let refused = find(data.path(), HASH).unwrap_err().to_string();
        assert!(refused.contains("sweep_start_hz is 40"), "{refused}");
    }
}
