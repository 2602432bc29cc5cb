//! The sound track of an MP4 file: its codec and its packets (ISO/IEC 14496-12, 8.3 to 8.8).
//!
//! The tables of an upload are not to be trusted: symphonia's demuxer takes false offsets and counts for
//! granted and panics. Here every offset is checked, nothing is allocated for a claim, and a packet beyond the
//! end of the file ends the track.

use crate::mp4::{Boxes, be_u16, be_u32, boxes, child, descend};
use crate::mp4_fragments;
use crate::mp4_packets::{Packets, Stop};
use crate::mp4_tables::Tables;
use crate::packets::End;
use crate::read_error::ReadError;

/// Bytes of an audio sample entry before its boxes (12.2.3.2), and what version 1 of `QuickTime` adds.
const ENTRY: usize = 28;
const ENTRY_VERSION_1: usize = 16;

/// A codec with its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mp4Codec<'a> {
    /// The `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    Aac(&'a [u8]),
    /// The `ALACSpecificConfig`.
    Alac(&'a [u8]),
    /// The `dOps` box, which is an Opus header without magic.
    Opus(&'a [u8]),
}

/// A sound track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mp4Track<'a> {
    file: &'a [u8],
    moov: &'a [u8],
    trak: &'a [u8],
    /// Its number.
    pub(crate) id: u32,
    /// Its codec.
    pub(crate) codec: Mp4Codec<'a>,
}

impl<'a> Mp4Track<'a> {
    /// The first sound track of a file.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] without movie header, [`ReadError::Unsupported`] without a sound track that can
    /// be decoded.
    pub(crate) fn find(file: &'a [u8]) -> Result<Self, ReadError> {
        let moov = child(file, *b"moov").ok_or_else(|| {
            ReadError::malformed("the MP4 has no moov box: the recorder never finished it")
        })?;
        let trak = boxes(moov, *b"trak")
            .find(|trak| is_sound(trak))
            .ok_or_else(|| ReadError::unsupported("an MP4 without a sound track"))?;
        let broken = || ReadError::malformed("an MP4 sound track without header or description");
        let tkhd = child(trak, *b"tkhd").ok_or_else(broken)?;
        let at = if tkhd.first() == Some(&1) { 20 } else { 12 };
        let stsd = descend(trak, &[b"mdia", b"minf", b"stbl", b"stsd"]);
        let entries = stsd.and_then(|b| b.get(8..)).ok_or_else(broken)?;
        let (kind, entry) = Boxes(entries).next().ok_or_else(broken)?;
        Ok(Self {
            file,
            moov,
            trak,
            id: be_u32(tkhd, at).ok_or_else(broken)?,
            codec: codec(kind, entry)?,
        })
    }

    /// The movie header.
    pub(crate) const fn movie(&self) -> &'a [u8] {
        self.moov
    }

    /// The track's box.
    pub(crate) const fn header(&self) -> &'a [u8] {
        self.trak
    }

    /// Hands every packet to `take`: first those of the header's tables, then those of the fragments.
    ///
    /// # Errors
    /// Those of `take`; [`ReadError::Malformed`] when there are more packets than bytes.
    pub(crate) fn for_each(
        &self,
        take: impl FnMut(&'a [u8]) -> Result<(), ReadError>,
    ) -> Result<End, ReadError> {
        let mut packets = Packets::new(self.file, take);
        let in_header = Tables::find(self.trak).map_or(Ok(()), |t| t.hand_out(&mut packets));
        let all = in_header
            .and_then(|()| mp4_fragments::hand_out(self.file, self.moov, self.id, &mut packets));
        match all {
            Ok(()) => Ok(End::Reached),
            Err(Stop::BrokenOff) => Ok(End::BrokenOff),
            Err(Stop::Refused(error)) => Err(error),
        }
    }
}

fn is_sound(trak: &[u8]) -> bool {
    descend(trak, &[b"mdia", b"hdlr"]).and_then(|b| b.get(8..12)) == Some(b"soun")
}

/// The codec of a sample entry.
fn codec(kind: [u8; 4], entry: &[u8]) -> Result<Mp4Codec<'_>, ReadError> {
    let name = String::from_utf8_lossy(&kind).into_owned();
    let broken = || {
        ReadError::malformed(format!(
            "an MP4 sound track of kind {name} without configuration"
        ))
    };
    let extra = if be_u16(entry, 8) == Some(1) {
        ENTRY_VERSION_1
    } else {
        0
    };
    let boxes = entry.get(ENTRY + extra..).ok_or_else(broken)?;
    // QuickTime puts the configuration into a box of its own.
    let boxes = child(boxes, *b"wave").unwrap_or(boxes);
    match &kind {
        b"mp4a" => child(boxes, *b"esds")
            .and_then(|b| b.get(4..))
            .ok_or_else(broken)
            .and_then(|es| audio_specific_config(es).ok_or_else(broken)?),
        b"alac" => child(boxes, *b"alac")
            .and_then(|b| b.get(4..))
            .map(Mp4Codec::Alac)
            .ok_or_else(broken),
        b"Opus" => child(boxes, *b"dOps")
            .map(Mp4Codec::Opus)
            .ok_or_else(broken),
        _ => Err(ReadError::unsupported(format!(
            "codec {name} in an MP4 file"
        ))),
    }
}

/// The AAC configuration in an elementary stream descriptor (ISO/IEC 14496-1, 7.2.6); none when it is cut.
fn audio_specific_config(es: &[u8]) -> Option<Result<Mp4Codec<'_>, ReadError>> {
    let es = descriptor(es, 3)?;
    let flags = *es.get(2)?;
    let url = if flags & 0x40 == 0 {
        0
    } else {
        usize::from(*es.get(3)?) + 1
    };
    let optional = usize::from(flags >> 7) * 2 + usize::from((flags >> 5) & 1) * 2;
    let decoder = descriptor(es.get(3 + url + optional..)?, 4)?;
    let object = *decoder.first()?;
    if !matches!(object, 0x40 | 0x66..=0x68) {
        let what = format!("MPEG-4 object type {object:#x} in an MP4 file");
        return Some(Err(ReadError::unsupported(what)));
    }
    descriptor(decoder.get(13..)?, 5).map(|config| Ok(Mp4Codec::Aac(config)))
}

/// The body of the descriptor with a tag, which must come first.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (first, mut rest) = bytes.split_first()?;
    if *first != tag {
        return None;
    }
    let mut size = 0_usize;
    for _ in 0..4 {
        let (byte, after) = rest.split_first()?;
        rest = after;
        size = (size << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(&rest[..size.min(rest.len())])
}
