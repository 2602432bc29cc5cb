//! Opus in Ogg (RFC 7845): pages to packets, and the end of the sound from the granule position of the last page.

use std::io::Cursor;

use ogg::{Packet, PacketReader};

use crate::collector::Keep;
use crate::decoded::{AudioFormat, DecodedAudio};
use crate::limits::Limits;
use crate::opus_head::{OpusHead, Order};
use crate::opus_stream::OpusStream;
use crate::read_error::ReadError;

/// Granule position of a page on which no packet ends (RFC 3533, 6).
const NO_GRANULE: u64 = u64::MAX;

/// What the pages say of time, in samples at 48 kHz.
#[derive(Debug, Default)]
struct Granules {
    /// Position of the first decoded sample: that of the first page less its packets.
    first: Option<i128>,
    /// Position after the last sample of the stream, from the page that ends it.
    last: Option<i128>,
}

/// Reads an Ogg Opus file.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<DecodedAudio, ReadError> {
    let mut pages = PacketReader::new(Cursor::new(bytes));
    let cut = ReadError::Truncated { bytes: bytes.len() };
    let first = next(&mut pages)?.ok_or_else(|| cut.clone())?;
    let serial = first.stream_serial();
    let head = OpusHead::parse(&first.data, Order::Little)?;
    let mut stream = OpusStream::new(head, limits)?;
    let tags = next_of(&mut pages, serial)?.ok_or(cut)?;
    if !tags.data.starts_with(b"OpusTags") {
        return Err(ReadError::malformed(
            "the second packet of Ogg Opus is no comment header",
        ));
    }
    let granules = decode(&mut pages, serial, &mut stream)?;
    let keep = sound(&granules, &stream);
    let truncated = granules.last.is_none();
    stream.finish(AudioFormat::OggOpus, keep, truncated, bytes.len())
}

/// Decodes all packets of a stream.
fn decode(
    pages: &mut PacketReader<Cursor<&[u8]>>,
    serial: u32,
    stream: &mut OpusStream<'_>,
) -> Result<Granules, ReadError> {
    let mut granules = Granules::default();
    while let Some(packet) = next_of(pages, serial)? {
        stream.push(&packet.data)?;
        let granule = packet.absgp_page();
        if packet.last_in_page() && granule != NO_GRANULE && granules.first.is_none() {
            granules.first = Some(i128::from(granule) - i128::from(stream.len()));
        }
        if packet.last_in_stream() {
            granules.last = Some(i128::from(granule)).filter(|_| granule != NO_GRANULE);
            refuse_another(pages)?;
            break;
        }
    }
    Ok(granules)
}

/// The sound: behind the pre-skip, up to the last granule position (RFC 7845, 4.4 and 4.5).
fn sound(granules: &Granules, stream: &OpusStream<'_>) -> Keep {
    let start = stream.pre_skip();
    // A file of one page may end within it, so that its first sample lies at zero, not before.
    let first = granules.first.unwrap_or(0).max(0);
    let length = granules
        .last
        .and_then(|last| u64::try_from(last - first).ok())
        .filter(|n| *n <= stream.len())
        .map(|n| n.saturating_sub(start));
    Keep { start, length }
}

/// Chained files would lose everything behind their first link.
fn refuse_another(pages: &mut PacketReader<Cursor<&[u8]>>) -> Result<(), ReadError> {
    while let Some(packet) = next(pages)? {
        if packet.first_in_stream() {
            return Err(ReadError::unsupported(
                "an Ogg file of several recordings in a row",
            ));
        }
    }
    Ok(())
}

fn next_of(
    pages: &mut PacketReader<Cursor<&[u8]>>,
    serial: u32,
) -> Result<Option<Packet>, ReadError> {
    while let Some(packet) = next(pages)? {
        if packet.stream_serial() == serial {
            return Ok(Some(packet));
        }
    }
    Ok(None)
}

/// The next packet; none at the end, also where the file breaks off within a page.
fn next(pages: &mut PacketReader<Cursor<&[u8]>>) -> Result<Option<Packet>, ReadError> {
    match pages.read_packet() {
        Ok(packet) => Ok(packet),
        Err(ogg::OggReadError::ReadError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Ok(None)
        }
        Err(e) => Err(ReadError::malformed(format!("Ogg: {e}"))),
    }
}
