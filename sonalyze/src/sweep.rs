//! `sonalyze sweep`: writes the measurement signal, and its inverse filter where asked for.

use std::io::Write as _;
use std::path::Path;

use room_dsp::{Excitation, ExcitationParameters, Segment, Signal};

use crate::cli::{Bits, Format, SweepArguments};
use crate::exit::{Exit, Failure};
use crate::output::{Destination, check_distinct};
use crate::sound;
use crate::stored_reference::all;

/// Runs the command.
///
/// # Errors
/// Parameters that make no signal, all at once; outputs that cannot be written.
pub(crate) fn run(arguments: &SweepArguments) -> Result<Exit, Failure> {
    let excitation = excitation(arguments)?;
    let out = Destination::single(&arguments.out);
    let format = arguments
        .format
        .map_or_else(|| format_of(&arguments.out), Ok)?;
    let inverse = arguments.inverse.as_deref().map(Destination::single);
    check_distinct(
        &[Some(out.clone()), inverse.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>(),
    )?;

    let signal = excitation.signal();
    out.write(&sound::encode(&signal, format, arguments.bits)?)?;
    if let Some(place) = &inverse {
        place.write(&sound::encode(
            &excitation.inverse(),
            Format::Wav,
            Bits::Float,
        )?)?;
    }
    if !arguments.quiet {
        tell(&description(&excitation, &signal, &out, inverse.as_ref()));
    }
    Ok(Exit::Done)
}

fn excitation(arguments: &SweepArguments) -> Result<Excitation, Failure> {
    let layout = arguments.layout.parameters();
    Excitation::new(ExcitationParameters {
        sample_rate: arguments.rate,
        sweep_start_hz: arguments.start_hz.unwrap_or(layout.sweep_start_hz),
        sweep_end_hz: arguments.end_hz.unwrap_or(layout.sweep_end_hz),
        sweep_duration_s: arguments.duration.unwrap_or(layout.sweep_duration_s),
        gap_after_s: arguments.gap.unwrap_or(layout.gap_after_s),
        amplitude: arguments.amplitude.unwrap_or(layout.amplitude),
        ..layout
    })
    .map_err(|faults| Failure::usage(format!("no signal can be made: {}", all(&faults))))
}

/// The format that a file's ending stands for; the standard output gets WAV.
fn format_of(out: &Path) -> Result<Format, Failure> {
    if out.as_os_str() == "-" {
        return Ok(Format::Wav);
    }
    let ending = out
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("wav" | "wave") => Ok(Format::Wav),
        Some("flac") => Ok(Format::Flac),
        Some(_) | None => Err(Failure::usage(format!(
            "{}: the ending does not name a format; use .wav or .flac, or give --format wav|flac",
            out.display()
        ))),
    }
}

fn description(
    excitation: &Excitation,
    signal: &Signal,
    out: &Destination,
    inverse: Option<&Destination>,
) -> String {
    let head = format!(
        "wrote {out}: {:.2} s, {} Hz\n",
        signal.duration_s(),
        signal.rate().hz()
    );
    let segments = excitation
        .segments()
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .concat();
    let tail = inverse.map(|place| format!("wrote {place}: the inverse filter of the sweep\n"));
    head + &segments + &tail.unwrap_or_default()
}

fn line(segment: &Segment) -> String {
    let Segment {
        name,
        start_s,
        end_s,
        frequency_hz,
        ..
    } = segment;
    let range = frequency_hz
        .map(|(from, to)| format!("  {from} to {to} Hz"))
        .unwrap_or_default();
    format!("  {start_s:7.3} to {end_s:7.3} s  {name}{range}\n")
}

/// Talk goes to the standard error; the standard output may carry the signal.
fn tell(text: &str) {
    // Nobody reads a closed standard error; the file is written all the same.
    let told = write!(anstream::stderr(), "{text}");
    drop(told);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_names_the_format() {
        assert_eq!(format_of(Path::new("a/b.WAV")), Ok(Format::Wav));
        assert_eq!(format_of(Path::new("b.flac")), Ok(Format::Flac));
        assert_eq!(format_of(Path::new("-")), Ok(Format::Wav));
        let refused = format_of(Path::new("b.mp3")).unwrap_err();
        assert_eq!(refused.exit(), Exit::Usage);
        assert!(refused.to_string().contains(".wav or .flac"), "{refused}");
    }

    #[test]
    fn a_segment_is_told_with_its_times_and_frequencies() {
        let segments = Excitation::reference().segments();
        assert_eq!(
            line(&segments[2]),
            "    2.500 to  12.500 s  measurement_sweep  20 to 20000 Hz\n"
        );
        assert_eq!(
            line(&segments[1]),
            "    0.500 to   2.500 s  post_sync_silence\n"
        );
    }
}
