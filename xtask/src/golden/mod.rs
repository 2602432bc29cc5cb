//! The golden data against the libraries: recordings, decays, exact responses and speech tables of known truth.
//!
//! Read by the figures (which print what they find) and by the tests (which hold it against the limits).

pub mod decays;
pub mod exact;
pub mod recordings;
pub mod speech;

use std::path::{Path, PathBuf};

use audio_file::{DecodedAudio, Limits};
use serde::de::DeserializeOwned;

use crate::TaskError;

/// Folder of the golden data.
pub fn folder(root: &Path) -> PathBuf {
    root.join("golden/measurement")
}

/// Reads a file of expectations.
fn expectations<T: DeserializeOwned>(root: &Path, name: &str) -> Result<T, TaskError> {
    let path = folder(root).join(name);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// Reads a sound of the golden data, named relative to its folder; the real living room ships as the example.
fn sound(root: &Path, name: &str) -> Result<DecodedAudio, TaskError> {
    let path = if name == "rec/r23_living_room_real.flac" {
        root.join("examples/living-room.flac")
    } else {
        folder(root).join(name)
    };
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(audio_file::read(&bytes, &Limits::default())
        .map_err(|e| format!("{}: {e}", path.display()))?)
}
