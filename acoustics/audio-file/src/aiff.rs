//! Rebuilds an AIFF of its format and its samples alone, with lengths that can be believed (Apple, AIFF 1.3 and
//! AIFF-C 1991).
//!
//! For the same reasons as WAV, see `riff`. The samples are decoded elsewhere.

use crate::mp4::{be_u16, be_u32};
use crate::read_error::ReadError;
use crate::riff::{Rebuilt, check_frame};

/// Bytes of the sound chunk before its samples: offset and block size.
const SOUND_HEADER: usize = 8;

/// Rebuilds an AIFF or AIFF-C.
///
/// # Errors
/// [`ReadError::Malformed`] for a format that makes no sense, [`ReadError::Truncated`] for a file that ends
/// before its samples.
pub(crate) fn rebuild(bytes: &[u8]) -> Result<Rebuilt, ReadError> {
    let cut = || ReadError::Truncated { bytes: bytes.len() };
    let (common, _) = find(bytes, *b"COMM").ok_or_else(cut)?;
    let (sound, stated) = find(bytes, *b"SSND").ok_or_else(cut)?;
    let (header, samples) = sound.split_at_checked(SOUND_HEADER).ok_or_else(cut)?;
    let (channels, bits) = be_u16(common, 0).zip(be_u16(common, 6)).ok_or_else(cut)?;
    check_frame(channels, bits)?;
    let frame = usize::from(channels) * usize::from(bits.div_ceil(8));
    let samples = &samples[..samples.len() - samples.len() % frame.max(1)];
    let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let pad = &[0][..common.len() & 1];
    let whole = [
        b"FORM",
        &length(20 + common.len() + pad.len() + SOUND_HEADER + samples.len())[..],
        &bytes[8..12],
        b"COMM",
        &length(common.len()),
        common,
        pad,
        b"SSND",
        &length(SOUND_HEADER + samples.len()),
        header,
        samples,
    ];
    Ok(Rebuilt {
        bytes: whole.concat(),
        truncated: stated > sound.len(),
    })
}

/// The body of a chunk, as much as is there, and its stated length.
fn find(bytes: &[u8], kind: [u8; 4]) -> Option<(&[u8], usize)> {
    let mut at = 12_usize;
    loop {
        let start = at.checked_add(8)?;
        let size = usize::try_from(be_u32(bytes, at + 4)?).ok()?;
        let end = start.checked_add(size)?;
        if bytes.get(at..at + 4)? == kind {
            return Some((&bytes[start..end.min(bytes.len())], size));
        }
        at = end.checked_add(end & 1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] =
        b"FORM\0\0\0\x32AIFFCOMM\0\0\0\x12\0\x01\0\0\0\x02\0\x10\x40\x0e\xbb\x80\0\0\0\0\0\0SSND\0\0\0\x0c\0\0\0\0\0\0\0\0abcd";

    #[test]
    fn a_whole_file_stays() {
        let rebuilt = rebuild(WHOLE).unwrap();
        assert!(!rebuilt.truncated);
        assert_eq!(rebuilt.bytes, WHOLE);
    }

    #[test]
    fn a_cut_file_ends_with_its_last_frame() {
        let rebuilt = rebuild(&WHOLE[..WHOLE.len() - 1]).unwrap();
        assert!(rebuilt.truncated);
        let (head, tail) = rebuilt.bytes.split_at(38);
        assert_eq!(head[..8], *b"FORM\0\0\0\x30");
        assert_eq!(tail, b"SSND\0\0\0\x0a\0\0\0\0\0\0\0\0ab");
        let cut = rebuild(&WHOLE[..40]);
        assert!(matches!(cut, Err(ReadError::Truncated { bytes: 40 })));
    }
}
