//! Mends the length fields of an AIFF that was cut off, so that its samples are not lost (Apple, AIFF 1.3, "Local chunks").
//!
//! Only the chunk list is read; the samples are decoded elsewhere.

use std::borrow::Cow;

use crate::read_error::ReadError;
use crate::riff::{Mended, check_frame};

/// Bytes of the sound chunk before its samples: offset and block size.
const SOUND_HEADER: usize = 8;

/// The chunks that matter here.
#[derive(Debug, Clone, Copy, Default)]
struct Chunks {
    /// Position of the sound chunk's body.
    start: usize,
    /// Its stated length.
    stated: usize,
    channels: u16,
    bits: u16,
}

/// The file, its lengths made to end with it when the sound chunk claims more.
///
/// # Errors
/// [`ReadError::Malformed`] for a frame of more bytes than its length field counts.
pub(crate) fn mend(bytes: &[u8]) -> Result<Mended<'_>, ReadError> {
    let chunks = find_sound(bytes);
    check_frame(chunks.channels, chunks.bits)?;
    let available = bytes.len().saturating_sub(chunks.start);
    if chunks.start == 0 || chunks.stated <= available || available < SOUND_HEADER {
        return Ok(Mended::as_it_is(bytes));
    }
    let start = chunks.start;
    let frame = usize::from(chunks.channels) * usize::from(chunks.bits.div_ceil(8));
    let sound = available - SOUND_HEADER;
    let used = SOUND_HEADER + sound - sound % frame.max(1);
    let mut out = bytes[..start + used].to_vec();
    let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    out[4..8].copy_from_slice(&length(start + used - 8));
    out[start - 4..start].copy_from_slice(&length(used));
    Ok(Mended {
        bytes: Cow::Owned(out),
        truncated: true,
    })
}

/// Walks the chunks up to the end of the file.
fn find_sound(bytes: &[u8]) -> Chunks {
    let mut chunks = Chunks::default();
    let mut at = 12_usize;
    while let Some(head) = bytes.get(at..at.saturating_add(8)) {
        let size = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let start = at + 8;
        match &head[..4] {
            b"COMM" => {
                chunks.channels = u16_at(bytes, start);
                chunks.bits = u16_at(bytes, start + 6);
            }
            b"SSND" => (chunks.start, chunks.stated) = (start, size),
            _ => {}
        }
        at = start.saturating_add(size.saturating_add(1) & !1);
    }
    chunks
}

/// A 16-bit field; 0 where the file breaks off.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cut_file_is_changed() {
        let whole = b"FORM\0\0\0\x1cAIFFCOMM\0\0\0\x08\0\x01\0\0\0\x02\0\x10SSND\0\0\0\x0c\0\0\0\0\0\0\0\0abcd";
        assert!(!mend(whole).unwrap().truncated);
        let mended = mend(&whole[..whole.len() - 1]).unwrap();
        let expected = b"FORM\0\0\0\x26AIFFCOMM\0\0\0\x08\0\x01\0\0\0\x02\0\x10SSND\0\0\0\x0a\0\0\0\0\0\0\0\0ab";
        assert_eq!(mended.bytes[..], expected[..]);
        assert!(!mend(&whole[..40]).unwrap().truncated);
    }
}
