//! A file as it comes in: bounded bytes, and what they hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use audio_file::Limits;
use measurement::analysis::Sound;

use crate::exit::Failure;

/// Reads and decodes a file, or the standard input for `-`.
///
/// # Errors
/// When it cannot be read at all; a file that is no audio is not an error here.
pub(crate) fn load(path: &Path) -> Result<Sound, Failure> {
    let limits = Limits::default();
    let bytes = bytes(path, &limits)
        .map_err(|error| Failure::failed(format!("cannot read {}: {error}", path.display())))?;
    Ok(Sound::decode(&name(path), &bytes, &limits))
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

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_by_its_name_alone() {
        let text = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(text.path(), b"abc").unwrap();
        let sound = load(text.path()).unwrap();
        assert_eq!(sound.input.file, name(text.path()));
        assert!(!sound.input.file.contains('/'));
        assert_eq!(
            sound.input.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let refused = load(Path::new("no/such/file.wav")).unwrap_err();
        assert!(
            refused.to_string().contains("no/such/file.wav"),
            "{refused}"
        );
    }
}
