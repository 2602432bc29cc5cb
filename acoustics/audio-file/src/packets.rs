//! Opens a container with symphonia's demuxer for it and hands out the packets of one track.
//!
//! The demuxer is chosen by the first bytes, not by symphonia's probe, which searches through noise until something looks like sound.

use std::io::Cursor;

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::ProbeableFormat;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::packet::Packet;
use symphonia::default::formats::{
    AdtsReader, AiffReader, CafReader, FlacReader, IsoMp4Reader, MkvReader, MpaReader, OggReader,
    WavReader,
};

use crate::read_error::ReadError;
use crate::sniff::Container;

/// How the packets of a track came to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The container ended.
    Reached,
    /// The file broke off or became unreadable.
    BrokenOff,
}

/// The demuxer of a container, its headers read.
pub(crate) fn open(
    container: Container,
    bytes: &[u8],
) -> Result<Box<dyn FormatReader + '_>, ReadError> {
    let source = MediaSourceStream::new(
        Box::new(Cursor::new(bytes)),
        MediaSourceStreamOptions::default(),
    );
    let options = FormatOptions::default();
    match container {
        Container::Wav => WavReader::try_probe_new(source, options),
        Container::Aiff => AiffReader::try_probe_new(source, options),
        Container::Caf => CafReader::try_probe_new(source, options),
        Container::Flac => FlacReader::try_probe_new(source, options),
        Container::Mp3 => MpaReader::try_probe_new(source, options),
        Container::Adts => AdtsReader::try_probe_new(source, options),
        Container::Ogg => OggReader::try_probe_new(source, options),
        Container::Mp4 => IsoMp4Reader::try_probe_new(source, options),
        Container::Matroska => MkvReader::try_probe_new(source, options),
    }
    .map_err(|e| ReadError::from_headers(&e, bytes.len()))
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
