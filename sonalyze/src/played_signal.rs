//! The signal behind `--reference`: a layout with markers if it is one, else any signal.
//!
//! A file is recognised by comparing its samples with each layout rendered at the file's rate: then chirps tell
//! clock and losses. Any other signal is divided as it is.

use std::path::Path;

use clap::ValueEnum as _;
use room_dsp::{Excitation, ExcitationParameters, ReferenceAnalyzer, Signal};

use crate::cli::LayoutName;
use crate::exit::Failure;
use crate::input;

/// Largest difference of a sample from the rendered layout, re full scale: above the steps of 16 bits and their dither.
const DIFFERENCE_MAX: f32 = 2e-4;

/// What was played.
#[derive(Debug)]
pub(crate) enum Played {
    /// A layout with its markers.
    Layout(Excitation),
    /// Any other signal.
    Signal(Box<ReferenceAnalyzer>),
}

/// Reads the played signal.
///
/// # Errors
/// A file that cannot be read, is not audio, or cannot serve as reference.
pub(crate) fn read(path: &Path) -> Result<Played, Failure> {
    let named = |what: String| Failure::failed(format!("--reference {}: {what}", path.display()));
    let audio = input::load(path)?
        .audio
        .map_err(|error| named(error.to_string()))?;
    if let Some(layout) = layouts(&audio.signal).find(|l| is_same(&l.signal(), &audio.signal)) {
        return Ok(Played::Layout(layout));
    }
    ReferenceAnalyzer::new(&audio.signal)
        .map(|analyzer| Played::Signal(Box::new(analyzer)))
        .map_err(|fault| named(fault.to_string()))
}

/// All layouts that fit into the signal's rate.
fn layouts(signal: &Signal) -> impl Iterator<Item = Excitation> {
    let sample_rate = signal.rate();
    LayoutName::value_variants().iter().filter_map(move |name| {
        Excitation::new(ExcitationParameters {
            sample_rate,
            ..name.parameters()
        })
        .ok()
    })
}

fn is_same(rendered: &Signal, found: &Signal) -> bool {
    let rendered = &rendered.channels()[0];
    found.channels().iter().any(|channel| {
        channel.len() == rendered.len()
            && channel
                .iter()
                .zip(rendered)
                .all(|(a, b)| (a - b).abs() <= DIFFERENCE_MAX)
    })
}

#[cfg(test)]
mod tests {
    use audio_file::{FlacBits, WavFormat, write_flac, write_wav};

    use super::*;

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
    fn another_signal_is_taken_as_it_is_and_silence_refused() {
        let louder = ExcitationParameters {
            amplitude: 0.91,
            ..ExcitationParameters::reference()
        };
        let signal = Excitation::new(louder).unwrap().signal();
        let wav = file(&write_wav(&signal, WavFormat::Float32).unwrap());
        assert!(matches!(read(wav.path()).unwrap(), Played::Signal(_)));
        let silence = Signal::mono(signal.rate(), vec![0.0; 48_000]);
        let refused = read(file(&write_wav(&silence, WavFormat::Pcm16).unwrap()).path());
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("the reference is silent")
        );
    }
}
