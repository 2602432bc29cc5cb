//! The signal behind `--reference`: which excitation a file holds.
//!
//! A file is recognised by comparing its samples with each layout rendered at the file's rate. Signals of other
//! making are not recognised and refused, never taken for something they are not.

use std::path::Path;

use clap::ValueEnum as _;
use room_dsp::{Excitation, ExcitationParameters, Signal};

use crate::cli::LayoutName;
use crate::exit::Failure;
use crate::input;

/// Largest difference of a sample from the rendered layout, re full scale: above the steps of 16 bits and their dither.
const DIFFERENCE_MAX: f32 = 2e-4;

/// The excitation that a file holds.
///
/// # Errors
/// A file that cannot be read, is not audio, or holds none of the layouts.
pub(crate) fn recognise(path: &Path) -> Result<Excitation, Failure> {
    let audio = input::load(path)?
        .audio
        .map_err(|error| Failure::failed(format!("--reference {}: {error}", path.display())))?;
    layouts(&audio.signal).find(|layout| is_same(&layout.signal(), &audio.signal)).ok_or_else(|| {
        Failure::failed(format!(
            "--reference {}: {:.3} s at {} Hz are none of the layouts that `sonalyze sweep` writes without further \
             options; give the file as it was written, or name the layout with --layout",
            path.display(),
            audio.signal.duration_s(),
            audio.signal.rate().hz()
        ))
    })
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
            assert_eq!(recognise(flac.path()), Ok(excitation));
        }
    }

    #[test]
    fn another_signal_is_refused() {
        let louder = ExcitationParameters {
            amplitude: 0.91,
            ..ExcitationParameters::reference()
        };
        let signal = Excitation::new(louder).unwrap().signal();
        let refused =
            recognise(file(&write_wav(&signal, WavFormat::Float32).unwrap()).path()).unwrap_err();
        assert!(
            refused.to_string().contains("15.000 s at 48000 Hz"),
            "{refused}"
        );
    }
}
