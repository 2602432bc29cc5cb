//! Reading the golden data of the simulation.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::TaskError;

fn place(root: &Path, name: &str) -> PathBuf {
    root.join("golden/simulation").join(name)
}

/// Reads a JSON file.
pub(super) fn read<T: DeserializeOwned>(root: &Path, name: &str) -> Result<T, TaskError> {
    let path = place(root, name);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// Names of what a folder holds without their endings, sorted.
pub(super) fn names(root: &Path, folder: &str) -> Result<Vec<String>, TaskError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place(root, folder))? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|s| s.to_str());
        names.push(stem.ok_or("a name that is not text")?.to_owned());
    }
    names.sort();
    Ok(names)
}

/// Reads a file of doubles.
pub(super) fn doubles(root: &Path, name: &str) -> Result<Vec<f64>, TaskError> {
    let path = place(root, name);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (values, _) = bytes.as_chunks::<8>();
    Ok(values.iter().map(|b| f64::from_le_bytes(*b)).collect())
}
