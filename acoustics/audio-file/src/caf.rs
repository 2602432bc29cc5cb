//! Mends the length field of a CAF that was cut off, so that its samples are not lost (Apple Core Audio Format Specification 1.0).
//!
//! Only the chunk list is read; the samples are decoded elsewhere.

use std::borrow::Cow;

use crate::riff::Mended;

/// Bytes of the file header before the first chunk.
const FILE_HEADER: usize = 8;

/// Bytes of a chunk's type and length.
const CHUNK_HEADER: usize = 12;

/// Bytes of the data chunk before its samples: the edit count.
const EDIT_COUNT: usize = 4;

/// Place of the bytes per packet in the description chunk.
const BYTES_PER_PACKET: usize = 16;

/// The file, its data chunk made to end with it when it claims more; a length of -1 means that anyway.
pub(crate) fn mend(bytes: &[u8]) -> Mended<'_> {
    let Some((start, stated, packet)) = find_data(bytes) else {
        return Mended::as_it_is(bytes);
    };
    let available = bytes.len() - start;
    if stated <= available as u64 || available < EDIT_COUNT {
        return Mended::as_it_is(bytes);
    }
    let sound = available - EDIT_COUNT;
    let used = EDIT_COUNT + sound - sound % packet.max(1);
    let mut out = bytes[..start + used].to_vec();
    out[start - 8..start].copy_from_slice(&(used as u64).to_be_bytes());
    Mended {
        bytes: Cow::Owned(out),
        truncated: true,
    }
}

/// Position of the data chunk's body, its stated length and the bytes of a packet.
fn find_data(bytes: &[u8]) -> Option<(usize, u64, usize)> {
    let mut at = FILE_HEADER;
    let mut packet = 1;
    loop {
        let start = at.checked_add(CHUNK_HEADER)?;
        let size = u64::from_be_bytes(bytes.get(at + 4..start)?.try_into().ok()?);
        match bytes.get(at..at + 4)? {
            b"desc" => {
                let field = bytes.get(start + BYTES_PER_PACKET..)?.first_chunk()?;
                packet = usize::try_from(u32::from_be_bytes(*field)).ok()?;
            }
            b"data" if size != u64::MAX => return Some((start, size, packet)),
            b"data" => return None,
            _ => {}
        }
        at = start.checked_add(usize::try_from(size).ok()?)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cut_file_is_changed() {
        let whole = b"caff\0\x01\0\0data\0\0\0\0\0\0\0\x06\0\0\0\0ab";
        assert!(!mend(whole).truncated);
        let mended = mend(&whole[..whole.len() - 1]);
        assert!(mended.truncated);
        let expected = b"caff\0\x01\0\0data\0\0\0\0\0\0\0\x05\0\0\0\0a";
        assert_eq!(mended.bytes[..], expected[..]);
        let open = b"caff\0\x01\0\0data\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0ab";
        assert!(!mend(open).truncated);
    }
}
