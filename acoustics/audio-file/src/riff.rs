//! Mends the length fields of a WAV whose recorder was cut off or streamed, so that its samples are not lost.
//!
//! RIFF by the Microsoft multimedia specification of 1991, RF64 by EBU Tech 3306. Only the chunk list is read; the samples are
//! decoded elsewhere.

use std::borrow::Cow;

/// Chunks that may follow an empty data chunk; anything else behind a length of zero is taken for samples.
const CHUNKS_AFTER_DATA: [&[u8; 4]; 10] = [
    b"LIST", b"id3 ", b"ID3 ", b"fact", b"bext", b"JUNK", b"PEAK", b"cue ", b"smpl", b"iXML",
];

/// A WAV with lengths that can be believed.
#[derive(Debug)]
pub(crate) struct Mended<'a> {
    /// The file, changed only where its lengths were wrong.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Whether the stated length of the samples was missing or larger than the file.
    pub(crate) truncated: bool,
}

/// Position and stated length of the samples.
#[derive(Debug, Clone, Copy)]
struct Data {
    start: usize,
    stated: u64,
    frame: usize,
}

/// Mends the lengths; a file without data chunk comes back as it is, for the demuxer to refuse.
pub(crate) fn mend(bytes: &[u8]) -> Mended<'_> {
    let as_it_is = |truncated| Mended {
        bytes: Cow::Borrowed(bytes),
        truncated,
    };
    let Some(data) = find_data(bytes) else {
        return as_it_is(false);
    };
    let available = bytes.len() - data.start;
    let unstated = data.stated == 0 && available > 0 && !is_chunk(&bytes[data.start..]);
    let fits = usize::try_from(data.stated)
        .ok()
        .filter(|n| *n <= available && !unstated);
    let used = fits.unwrap_or(available);
    let used = used - used % data.frame.max(1);
    let truncated = fits.is_none();
    if !truncated && riff_covers(bytes, data.start + used) && used as u64 == data.stated {
        return as_it_is(false);
    }
    Mended {
        bytes: Cow::Owned(rewrite(bytes, data.start, used)),
        truncated,
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
    let mut frame = 1;
    let mut long_length = None;
    loop {
        let size = u32_at(bytes, at.checked_add(4)?)?;
        let start = at + 8;
        match bytes.get(at..at + 4)? {
            b"fmt " => frame = usize::from(u16_at(bytes, start + 12)?),
            b"ds64" => long_length = u64_at(bytes, start + 8),
            b"data" => {
                let stated = long_length
                    .filter(|_| size == u32::MAX)
                    .unwrap_or(u64::from(size));
                return Some(Data {
                    start,
                    stated,
                    frame,
                });
            }
            _ => {}
        }
        let padded = usize::try_from(size).ok()?.checked_add(1)? & !1;
        at = start.checked_add(padded)?;
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
    fn right_lengths_stay() {
        let file = wav(8);
        let mended = mend(&file);
        assert!(matches!(mended.bytes, Cow::Borrowed(_)));
        assert!(!mended.truncated);
    }

    #[test]
    fn wrong_lengths_become_what_is_there() {
        for stated in [0, u32::MAX, 1_000] {
            let mut file = wav(stated);
            file.push(9);
            let mended = mend(&file);
            assert!(mended.truncated, "{stated}");
            assert_eq!(mended.bytes[..], wav(8)[..], "{stated}");
        }
    }

    #[test]
    fn a_list_behind_no_samples_is_no_sound() {
        let mut file = wav(0);
        file.truncate(44);
        file.extend(b"LIST\x04\0\0\0INFO");
        assert!(!mend(&file).truncated);
    }
}
