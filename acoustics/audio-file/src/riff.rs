//! Rebuilds a WAV of its format and its samples alone, with lengths that can be believed.
//!
//! RIFF by the Microsoft multimedia specification of 1991, RF64 by EBU Tech 3306. A recorder that was cut off
//! or streamed leaves false lengths, and its samples must not be lost; all other chunks could only do harm:
//! symphonia's demuxer multiplies in 16 bits and shifts by what a header says. The samples are decoded
//! elsewhere.

use crate::read_error::ReadError;

/// `WAVE_FORMAT_EXTENSIBLE`.
const EXTENSIBLE: u16 = 0xfffe;

/// Most channels of an extensible format without positions: the demuxer fills a mask of 32 bits.
const UNPLACED_MAX: u16 = 31;

/// Bytes of the longest format chunk that is read, the extensible one; and place of its channel mask.
const FORMAT_MAX: usize = 40;
const MASK: core::ops::Range<usize> = 20..24;

/// Chunks that may follow an empty data chunk; anything else behind a length of zero is taken for samples.
const CHUNKS_AFTER_DATA: [&[u8; 4]; 10] = [
    b"LIST", b"id3 ", b"ID3 ", b"fact", b"bext", b"JUNK", b"PEAK", b"cue ", b"smpl", b"iXML",
];

/// A file of format and samples alone.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// Whether the stated length of the samples was missing or larger than the file.
    pub(crate) truncated: bool,
}

/// Format chunk, samples and the stated length of these.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    format: &'a [u8],
    /// All bytes from the first sample on.
    data: &'a [u8],
    stated: u64,
}

/// Rebuilds a WAV.
///
/// # Errors
/// [`ReadError::Malformed`] and [`ReadError::Unsupported`] for formats that make no sense,
/// [`ReadError::Truncated`] for a file that ends before its samples.
pub(crate) fn rebuild(bytes: &[u8]) -> Result<Rebuilt, ReadError> {
    let parts = parts(bytes).ok_or(ReadError::Truncated { bytes: bytes.len() })?;
    let format = format(parts.format)?;
    let frame = usize::from(u16_at(&format, 12).unwrap_or(0)).max(1);
    let available = parts.data.len();
    let unstated = parts.stated == 0 && available > 0 && !is_chunk(parts.data);
    let fits = usize::try_from(parts.stated)
        .ok()
        .filter(|n| *n <= available && !unstated);
    let used = fits.unwrap_or(available);
    let samples = &parts.data[..used - used % frame];
    let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let whole = [
        b"RIFF",
        &length(20 + format.len() + samples.len())[..],
        b"WAVEfmt ",
        &length(format.len()),
        &format,
        b"data",
        &length(samples.len()),
        samples,
    ];
    Ok(Rebuilt {
        bytes: whole.concat(),
        truncated: fits.is_none(),
    })
}

/// Refuses a frame of more than 65 535 bits: demuxers multiply in 16 bits.
///
/// # Errors
/// [`ReadError::Malformed`].
pub(crate) fn check_frame(channels: u16, bits: u16) -> Result<(), ReadError> {
    match channels.checked_mul(bits) {
        Some(_) => Ok(()),
        None => Err(ReadError::malformed(format!(
            "a frame of {channels} channels of {bits} bits"
        ))),
    }
}

/// The format chunk, checked; a channel mask that names another number of positions than there are channels
/// becomes zero, which names none.
fn format(chunk: &[u8]) -> Result<Vec<u8>, ReadError> {
    let mut format = chunk[..chunk.len().min(FORMAT_MAX)].to_vec();
    let field = |at| u16_at(chunk, at);
    let (Some(tag), Some(channels), Some(bits)) = (field(0), field(2), field(14)) else {
        let what = format!("a WAV format chunk of {} bytes", chunk.len());
        return Err(ReadError::malformed(what));
    };
    check_frame(channels, bits)?;
    if tag != EXTENSIBLE {
        return Ok(format);
    }
    let mask = u32_at(chunk, MASK.start).filter(|_| format.len() == FORMAT_MAX);
    let mask = mask.ok_or_else(|| ReadError::malformed("an extensible WAV format cut short"))?;
    if mask.count_ones() != u32::from(channels) {
        if channels > UNPLACED_MAX {
            let what = format!("a WAV of {channels} channels without positions");
            return Err(ReadError::unsupported(what));
        }
        format[MASK].fill(0);
    }
    Ok(format)
}

/// Walks the chunks up to the samples.
fn parts(bytes: &[u8]) -> Option<Parts<'_>> {
    let mut at = 12_usize;
    let mut long_length = None;
    let mut format: &[u8] = &[];
    loop {
        let size = u32_at(bytes, at.checked_add(4)?)?;
        let start = at + 8;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        let body = bytes.get(start..end.min(bytes.len()))?;
        match &bytes[at..at + 4] {
            b"fmt " => format = body,
            b"ds64" => long_length = u64_at(body, 8),
            b"data" => {
                let long = long_length.filter(|_| size == u32::MAX);
                return Some(Parts {
                    format,
                    data: &bytes[start..],
                    stated: long.unwrap_or(u64::from(size)),
                });
            }
            _ => {}
        }
        at = end.checked_add(end & 1)?;
    }
}

fn is_chunk(rest: &[u8]) -> bool {
    rest.get(..4)
        .is_some_and(|id| CHUNKS_AFTER_DATA.iter().any(|known| known[..] == *id))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 16-bit mono WAV of four samples whose data chunk states `stated` bytes.
    fn wav(stated: u32) -> Vec<u8> {
        let mut out =
            b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data"
                .to_vec();
        out.extend(stated.to_le_bytes());
        out.extend([1, 0, 2, 0, 3, 0, 4, 0]);
        out
    }

    #[test]
    fn right_lengths_stay_and_other_chunks_go() {
        let rebuilt = rebuild(&wav(8)).unwrap();
        assert_eq!(rebuilt.bytes, wav(8));
        assert!(!rebuilt.truncated);
        let mut with_list = wav(8);
        with_list.splice(12..12, *b"LIST\x05\0\0\0abcde\0");
        with_list.extend(b"LIST\x04\0\0\0INFO");
        assert_eq!(rebuild(&with_list).unwrap().bytes, wav(8));
    }

    #[test]
    fn wrong_lengths_become_what_is_there() {
        for stated in [0, u32::MAX, 1_000] {
            let mut file = wav(stated);
            file.push(9);
            let rebuilt = rebuild(&file).unwrap();
            assert!(rebuilt.truncated, "{stated}");
            assert_eq!(rebuilt.bytes, wav(8), "{stated}");
        }
    }

    #[test]
    fn rf64_states_its_length_elsewhere() {
        let mut file = wav(u32::MAX);
        file[..4].copy_from_slice(b"RF64");
        let ds64 = b"ds64\x1c\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0";
        file.splice(12..12, *ds64);
        let rebuilt = rebuild(&file).unwrap();
        assert!(!rebuilt.truncated);
        assert_eq!(rebuilt.bytes, wav(8));
    }

    #[test]
    fn a_frame_beyond_sixteen_bits_is_refused() {
        let mut file = wav(8);
        file[23] = 0x80;
        assert!(matches!(rebuild(&file), Err(ReadError::Malformed { .. })));
    }

    #[test]
    fn a_list_behind_no_samples_is_no_sound() {
        let mut file = wav(0);
        file.truncate(44);
        file.extend(b"LIST\x04\0\0\0INFO");
        let rebuilt = rebuild(&file).unwrap();
        assert!(!rebuilt.truncated);
        assert_eq!(rebuilt.bytes.len(), 44);
    }

    #[test]
    fn a_mask_of_other_positions_than_channels_becomes_none() {
        let guid = *b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
        let mut chunk =
            b"\xfe\xff\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0\x16\0\x10\0\x07\0\0\x80".to_vec();
        chunk.extend(guid);
        assert_eq!(format(&chunk).unwrap()[MASK], [0; 4]);
        chunk[2] = 32;
        assert!(matches!(format(&chunk), Err(ReadError::Unsupported { .. })));
        chunk[2] = 4;
        assert_eq!(format(&chunk).unwrap()[MASK], chunk[MASK]);
    }
}
