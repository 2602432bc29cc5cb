//! Opens a container with one of symphonia's demuxers and hands out the packets of one track.
//!
//! The demuxer is chosen by the first bytes, not by symphonia's probe, which searches through noise until
//! something looks like sound.

use std::io::Cursor;

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::ProbeableFormat;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{
    MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource,
};
use symphonia::core::packet::Packet;

use crate::read_error::ReadError;

/// A demuxer that has read its headers.
pub(crate) type Reader<'a> = Box<dyn FormatReader + 'a>;

/// How the packets of a track came to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The container ended.
    Reached,
    /// The file broke off or became unreadable.
    BrokenOff,
}

/// The demuxer `R`, its headers read.
pub(crate) fn open<'a, R: ProbeableFormat<'a>>(bytes: &'a [u8]) -> Result<Reader<'a>, ReadError> {
    open_source::<R>(Box::new(Cursor::new(bytes)), bytes.len())
}

/// The same, reading from front to back, so that it neither jumps behind the end of a cut file nor compares
/// lengths with it.
pub(crate) fn open_stream<'a, R: ProbeableFormat<'a>>(
    bytes: &'a [u8],
) -> Result<Reader<'a>, ReadError> {
    let stream = ReadOnlySource::new(Cursor::new(bytes));
    open_source::<R>(Box::new(stream), bytes.len())
}

fn open_source<'a, R: ProbeableFormat<'a>>(
    source: Box<dyn MediaSource + 'a>,
    bytes: usize,
) -> Result<Reader<'a>, ReadError> {
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    R::try_probe_new(stream, FormatOptions::default())
        .map_err(|e| ReadError::from_headers(&e, bytes))
}

/// The sound track of a container.
pub(crate) fn audio_track(reader: &dyn FormatReader) -> Result<Track, ReadError> {
    reader
        .default_track(TrackType::Audio)
        .or_else(|| reader.first_track(TrackType::Audio))
        .cloned()
        .ok_or_else(|| ReadError::unsupported("a file without a sound track"))
}

/// Hands every packet of a track to `take`, from a file of `bytes` bytes.
///
/// # Errors
/// Those of `take`; [`ReadError::Malformed`] when there are more packets than bytes, as hostile tables can claim.
pub(crate) fn for_each(
    reader: &mut dyn FormatReader,
    track: u32,
    bytes: usize,
    mut take: impl FnMut(&Packet) -> Result<(), ReadError>,
) -> Result<End, ReadError> {
    for _ in 0..=bytes {
        match reader.next_packet() {
            Ok(None) => return Ok(End::Reached),
            Ok(Some(packet)) if packet.track_id == track => take(&packet)?,
            Ok(Some(_)) => {}
            Err(SymphoniaError::ResetRequired) => {
                return Err(ReadError::unsupported(
                    "a file of several recordings in a row",
                ));
            }
            Err(_) => return Ok(End::BrokenOff),
        }
    }
    Err(ReadError::malformed(format!(
        "its tables claim more packets than its {bytes} bytes can hold"
    )))
}
