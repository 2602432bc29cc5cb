//! Which part of an MP4 track is the sound: its edit list (ISO/IEC 14496-12, 8.6.6), or else the iTunes gapless note.
//!
//! The demuxer hands out every packet from the first, with the encoder's priming samples; the edit list says
//! how many of them to drop.

use crate::collector::Keep;
use crate::mp4::{be_u32, be_u64, boxes, child, descend};
use crate::read_error::ReadError;

/// Media time of an edit that shows nothing.
const EMPTY_EDIT: u64 = u64::MAX;

/// One entry of an edit list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edit {
    /// In units of the movie's time scale; 0 means to the end.
    duration: u64,
    /// In units of the track's time scale.
    media_time: u64,
}

/// The part of a track that is the sound, in samples at `rate_hz`; none when the file does not say.
///
/// # Errors
/// [`ReadError::Unsupported`] when the track is cut into several parts.
pub(crate) fn sound(moov: &[u8], track: &[u8], rate_hz: u32) -> Result<Option<Keep>, ReadError> {
    let edits = descend(track, &[b"edts", b"elst"]).map_or_else(Vec::new, edits);
    let mut shown = edits.iter().filter(|e| e.media_time != EMPTY_EDIT);
    match (shown.next(), shown.count()) {
        (None, _) => Ok(gapless_note(moov)),
        (Some(edit), 0) => Ok(keep(*edit, moov, track, rate_hz)),
        (Some(_), more) => Err(ReadError::unsupported(format!(
            "an MP4 track cut into {} parts by its edit list",
            more + 1
        ))),
    }
}

/// Start and length of an edit in samples.
fn keep(edit: Edit, moov: &[u8], track: &[u8], rate_hz: u32) -> Option<Keep> {
    let movie_scale = time_scale(child(moov, *b"mvhd")?)?;
    let media = descend(track, &[b"mdia", b"mdhd"])?;
    let media_scale = time_scale(media)?;
    let start = rescale(edit.media_time, rate_hz, media_scale);
    let stated = Some(edit.duration)
        .filter(|d| *d > 0)
        .map(|d| rescale(d, rate_hz, movie_scale));
    let total = rescale(media_duration(media).unwrap_or(0), rate_hz, media_scale);
    let remaining = total.checked_sub(start).filter(|n| *n > 0);
    let length = match (stated, remaining) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Some(Keep { start, length })
}

/// `time` units of 1/`scale` seconds in samples, rounded up so that no sound is cut by a coarse scale.
fn rescale(time: u64, rate_hz: u32, scale: u32) -> u64 {
    let product = u128::from(time) * u128::from(rate_hz);
    u64::try_from(product.div_ceil(u128::from(scale.max(1)))).unwrap_or(u64::MAX)
}

/// Time scale of mvhd (8.2.2) and mdhd (8.4.2).
fn time_scale(header: &[u8]) -> Option<u32> {
    be_u32(header, if header.first() == Some(&1) { 20 } else { 12 }).filter(|n| *n > 0)
}

/// Duration of mdhd; none when unknown.
fn media_duration(header: &[u8]) -> Option<u64> {
    if header.first() == Some(&1) {
        be_u64(header, 24).filter(|n| *n != u64::MAX)
    } else {
        be_u32(header, 16).filter(|n| *n != u32::MAX).map(u64::from)
    }
}

/// Entries of elst that lie within the box, whatever count it claims.
fn edits(elst: &[u8]) -> Vec<Edit> {
    let long = elst.first() == Some(&1);
    let count = be_u32(elst, 4).and_then(|n| usize::try_from(n).ok());
    let entries = elst.get(8..).unwrap_or_default();
    entries
        .chunks_exact(if long { 20 } else { 12 })
        .take(count.unwrap_or(0))
        .filter_map(|e| if long { long_edit(e) } else { short_edit(e) })
        .collect()
}

fn long_edit(entry: &[u8]) -> Option<Edit> {
    Some(Edit {
        duration: be_u64(entry, 0)?,
        media_time: be_u64(entry, 8)?,
    })
}

fn short_edit(entry: &[u8]) -> Option<Edit> {
    let media_time = be_u32(entry, 4)?;
    Some(Edit {
        duration: u64::from(be_u32(entry, 0)?),
        media_time: if media_time == u32::MAX {
            EMPTY_EDIT
        } else {
            u64::from(media_time)
        },
    })
}

/// The `iTunSMPB` note: zero, priming, padding and length in samples, as hexadecimal words.
fn gapless_note(moov: &[u8]) -> Option<Keep> {
    let items = descend(moov, &[b"udta", b"meta"])?.get(4..)?;
    let text = boxes(child(items, *b"ilst")?, *b"----")
        .find(|item| child(item, *b"name").is_some_and(|n| n.ends_with(b"iTunSMPB")))
        .and_then(|item| child(item, *b"data")?.get(8..))?;
    let mut words = core::str::from_utf8(text).ok()?.split_ascii_whitespace();
    let start = u64::from_str_radix(words.nth(1)?, 16).ok()?;
    let length = u64::from_str_radix(words.nth(1)?, 16).ok()?;
    Some(Keep {
        start,
        length: Some(length),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes()[..], &kind, body].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_be_bytes()).collect()
    }

    /// A movie of scale 1 000 with a track of scale 48 000 and `duration`, and the given edits.
    fn movie(duration: u32, edits: &[u32], extra: &[u8]) -> Vec<u8> {
        let entries = u32::try_from(edits.len() / 3).unwrap();
        let elst = boxed(*b"elst", &[words(&[0, entries]), words(edits)].concat());
        let mdhd = boxed(*b"mdhd", &words(&[0, 0, 0, 48_000, duration]));
        let trak = [boxed(*b"edts", &elst), boxed(*b"mdia", &mdhd)];
        let moov = [
            boxed(*b"mvhd", &words(&[0, 0, 0, 1_000, 0])),
            boxed(*b"trak", &trak.concat()),
            extra.to_vec(),
        ];
        moov.concat()
    }

    fn found(moov: &[u8]) -> Result<Option<Keep>, ReadError> {
        sound(moov, child(moov, *b"trak").unwrap(), 48_000)
    }

    #[test]
    fn one_edit_gives_start_and_length() {
        let file = movie(25_000, &[500, u32::MAX, 1, 500, 1_024, 1], b"");
        let keep = found(&file).unwrap();
        let expected = Keep {
            start: 1_024,
            length: Some(25_000 - 1_024),
        };
        assert_eq!(keep, Some(expected));
        let longer = movie(50_000, &[500, 1_024, 1], b"");
        let length = found(&longer).unwrap().and_then(|part| part.length);
        assert_eq!(length, Some(24_000));
    }

    #[test]
    fn an_open_edit_runs_to_the_end() {
        let file = movie(0, &[0, 2_112, 1], b"");
        let keep = found(&file).unwrap();
        let expected = Keep {
            start: 2_112,
            length: None,
        };
        assert_eq!(keep, Some(expected));
    }

    #[test]
    fn several_edits_are_refused_and_none_is_unknown() {
        let file = movie(50_000, &[10, 0, 1, 10, 9_000, 1], b"");
        assert!(matches!(found(&file), Err(ReadError::Unsupported { .. })));
        assert_eq!(found(&movie(0, &[], b"")), Ok(None));
    }

    #[test]
    fn the_gapless_note_counts_where_no_edit_does() {
        let text = b"\0\0\0\x01\0\0\0\0 00000000 00000840 000001CA 00000000000056F6 00000000";
        let item = [
            boxed(*b"mean", b"\0\0\0\0com.apple.iTunes"),
            boxed(*b"name", b"\0\0\0\0iTunSMPB"),
            boxed(*b"data", text),
        ];
        let ilst = boxed(*b"ilst", &boxed(*b"----", &item.concat()));
        let meta = boxed(*b"meta", &[&[0; 4][..], &ilst].concat());
        let file = movie(0, &[], &boxed(*b"udta", &meta));
        let expected = Keep {
            start: 0x840,
            length: Some(0x56f6),
        };
        assert_eq!(found(&file), Ok(Some(expected)));
    }
}
