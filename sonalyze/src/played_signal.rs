//! The signal behind `--reference`: a layout with markers if it is one, else any signal.

use std::path::Path;

use measurement::analysis::Played;

use crate::exit::Failure;
use crate::input;

/// Reads the played signal.
///
/// # Errors
/// A file that cannot be read, is not audio, or cannot serve as reference.
pub(crate) fn read(path: &Path) -> Result<Played, Failure> {
    let named = |what: String| Failure::failed(format!("--reference {}: {what}", path.display()));
    let audio = input::load(path)?
        .audio
        .map_err(|error| named(error.to_string()))?;
    Played::recognise(&audio.signal).map_err(|fault| named(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use audio_file::{FlacBits, WavFormat, write_flac, write_wav};
    use clap::ValueEnum as _;
    use room_dsp::{Excitation, Signal};

    use super::*;
    use crate::cli::LayoutName;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn written_layouts_are_recognised() {
        for name in LayoutName::value_variants() {
            let excitation = Excitation::new(name.parameters()).unwrap();
            let flac = file(&write_flac(&excitation.signal(), FlacBits::Sixteen).unwrap());
            let played = read(flac.path()).unwrap();
            assert!(matches!(played, Played::Layout(found) if found == excitation));
        }
    }

    #[test]
    fn silence_is_refused_with_the_name_of_the_file() {
        let silence = Signal::mono(Excitation::reference().rate(), vec![0.0; 48_000]);
        let wav = file(&write_wav(&silence, WavFormat::Pcm16).unwrap());
        let refused = read(wav.path()).unwrap_err().to_string();
        assert!(refused.contains("the reference is silent"), "{refused}");
        assert!(refused.starts_with("--reference "), "{refused}");
    }
}
