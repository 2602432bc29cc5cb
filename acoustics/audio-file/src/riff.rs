//! Mends the length fields of a WAV whose recorder was cut off or streamed, so that its samples are not lost.
//!
//! RIFF by the Microsoft multimedia specification of 1991, RF64 by EBU Tech 3306. Only the chunk list is read; the samples are
//! decoded elsewhere.

use std::borrow::Cow;

use crate::read_error::ReadError;

/// Chunks that may follow an empty data chunk; anything else behind a length of zero is taken for samples.
const CHUNKS_AFTER_DATA: [&[u8; 4]; 10] = [
    b"LIST", b"id3 ", b"ID3 ", b"fact", b"bext", b"JUNK", b"PEAK", b"cue ", b"smpl", b"iXML",
];

/// `WAVE_FORMAT_EXTENSIBLE`.
const EXTENSIBLE: u16 = 0xfffe;

/// Most channels of an extensible format without positions: the demuxer fills a mask of 32 bits.
const UNPLACED_MAX: u16 = 31;

/// A file with lengths that can be believed.
#[derive(Debug)]
pub(crate) struct Mended<'a> {
    /// The file, changed only where its lengths were wrong.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Whether the stated length of the samples was missing or larger than the file.
    pub(crate) truncated: bool,
}

impl<'a> Mended<'a> {
    /// A file that needs no mending.
    pub(crate) const fn as_it_is(bytes: &'a [u8]) -> Self {
        Self {
            bytes: Cow::Borrowed(bytes),
            truncated: false,
        }
    }
}

/// Position, stated length and layout of the samples.
#[derive(Debug, Clone, Copy, Default)]
struct Data {
    start: usize,
    stated: u64,
    frame: usize,
    channels: u16,
    bits: u16,
    /// Place of a channel mask that contradicts the number of channels.
    false_mask: Option<usize>,
}

/// Mends the lengths; a file without data chunk comes back as it is, for the demuxer to refuse.
///
/// # Errors
/// [`ReadError::Malformed`] for a frame of more bytes than its length field counts.
pub(crate) fn mend(bytes: &[u8]) -> Result<Mended<'_>, ReadError> {
    let Some(data) = find_data(bytes) else {
        return Ok(Mended::as_it_is(bytes));
    };
    check_frame(data.channels, data.bits)?;
    let mut mended = mend_lengths(bytes, data);
    if let Some(at) = data.false_mask {
        if data.channels > UNPLACED_MAX {
            let what = format!("a WAV of {} channels without positions", data.channels);
            return Err(ReadError::unsupported(what));
        }
        // Zero states no positions, which the channels then take in order.
        mended.bytes.to_mut()[at..at + 4].fill(0);
    }
    Ok(mended)
}

fn mend_lengths(bytes: &[u8], data: Data) -> Mended<'_> {
    let available = bytes.len() - data.start;
    let unstated = data.stated == 0 && available > 0 && !is_chunk(&bytes[data.start..]);
    let fits = usize::try_from(data.stated)
        .ok()
        .filter(|n| *n <= available && !unstated);
    let used = fits.unwrap_or(available);
    let used = used - used % data.frame.max(1);
    let truncated = fits.is_none();
    if !truncated && riff_covers(bytes, data.start + used) && used as u64 == data.stated {
        return Mended::as_it_is(bytes);
    }
    Mended {
        bytes: Cow::Owned(rewrite(bytes, data.start, used)),
        truncated,
    }
}

/// Refuses a frame of more than 65 535 bytes: the demuxer multiplies in 16 bits.
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

/// The file up to the end of its samples, with lengths to match.
fn rewrite(bytes: &[u8], start: usize, used: usize) -> Vec<u8> {
    let end = start + used;
    let mut out = bytes[..end].to_vec();
    let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    out[..4].copy_from_slice(b"RIFF");
    out[4..8].copy_from_slice(&length(end - 8));
    out[start - 4..start].copy_from_slice(&length(used));
    out
}

fn riff_covers(bytes: &[u8], end: usize) -> bool {
    bytes.starts_with(b"RIFF")
        && u32_at(bytes, 4).is_some_and(|n| n != u32::MAX && u64::from(n) + 8 >= end as u64)
}

/// Walks the chunks up to the samples.
fn find_data(bytes: &[u8]) -> Option<Data> {
    let mut at = 12_usize;
    let mut long_length = None;
    let mut data = Data::default();
    loop {
        let size = u32_at(bytes, at.checked_add(4)?)?;
        let start = at + 8;
        match bytes.get(at..at + 4)? {
            b"fmt " => {
                data.channels = u16_at(bytes, start + 2)?;
                data.frame = usize::from(u16_at(bytes, start + 12)?);
                data.bits = u16_at(bytes, start + 14)?;
                data.false_mask = false_mask(bytes, start, data.channels);
            }
            b"ds64" => long_length = u64_at(bytes, start + 8),
            b"data" => {
                data.start = start;
                data.stated = long_length
                    .filter(|_| size == u32::MAX)
                    .unwrap_or(u64::from(size));
                return Some(data);
            }
            _ => {}
        }
        let padded = usize::try_from(size).ok()?.checked_add(1)? & !1;
        at = start.checked_add(padded)?;
    }
}

/// Place of the mask of an extensible format that does not name as many positions as there are channels.
fn false_mask(bytes: &[u8], format: usize, channels: u16) -> Option<usize> {
    let mask = u32_at(bytes, format + 20)?;
    let extensible = u16_at(bytes, format)? == EXTENSIBLE;
    (extensible && mask.count_ones() != u32::from(channels)).then_some(format + 20)
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
    fn right_lengths_stay() {
        let file = wav(8);
        let mended = mend(&file).unwrap();
        assert!(matches!(mended.bytes, Cow::Borrowed(_)));
        assert!(!mended.truncated);
    }

    #[test]
    fn wrong_lengths_become_what_is_there() {
        for stated in [0, u32::MAX, 1_000] {
            let mut file = wav(stated);
            file.push(9);
            let mended = mend(&file).unwrap();
            assert!(mended.truncated, "{stated}");
            assert_eq!(mended.bytes[..], wav(8)[..], "{stated}");
        }
    }

    #[test]
    fn a_frame_beyond_sixteen_bits_is_refused() {
        let mut file = wav(8);
        file[23] = 0x80;
        assert!(matches!(mend(&file), Err(ReadError::Malformed { .. })));
    }

    #[test]
    fn a_list_behind_no_samples_is_no_sound() {
        let mut file = wav(0);
        file.truncate(44);
        file.extend(b"LIST\x04\0\0\0INFO");
        assert!(!mend(&file).unwrap().truncated);
    }
}
