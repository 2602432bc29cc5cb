//! The boxes of MP4 (ISO/IEC 14496-12, 4.2), as far as the edit list needs them.
//!
//! All lengths are checked against the bytes that are there; a box that claims more ends where the file ends.

/// A walk over the boxes that lie side by side.
#[derive(Debug, Clone)]
pub(crate) struct Boxes<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.0.get(4..8)?.try_into().ok()?;
        let (header, size) = match be_u32(self.0, 0)? {
            0 => (8, self.0.len()),
            1 => (16, usize::try_from(be_u64(self.0, 8)?).ok()?),
            n => (8, usize::try_from(n).ok()?),
        };
        let end = size.min(self.0.len());
        let body = self.0.get(header..end)?;
        self.0 = &self.0[end..];
        Some((kind, body))
    }
}

/// The bodies of all boxes of a kind among `body`'s children.
pub(crate) fn boxes(body: &[u8], kind: [u8; 4]) -> impl Iterator<Item = &[u8]> {
    Boxes(body).filter(move |(k, _)| *k == kind).map(|(_, b)| b)
}

/// The first box of a kind among `body`'s children.
pub(crate) fn child(body: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(body, kind).next()
}

/// The box at the end of a path of kinds.
pub(crate) fn descend<'a>(body: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(body, |b, kind| child(b, **kind))
}

/// A 16-bit field.
pub(crate) fn be_u16(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(field.try_into().ok()?))
}

/// A 32-bit field.
pub(crate) fn be_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(field.try_into().ok()?))
}

/// A 64-bit field.
pub(crate) fn be_u64(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(field.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_boxes_and_survives_false_lengths() {
        let file = b"\0\0\0\x0cfreeabcd\0\0\0\x10moov\0\0\0\x08trak\xff\xff\xff\xffmdatxy";
        let kinds: Vec<_> = Boxes(file).map(|(k, b)| (k, b.len())).collect();
        assert_eq!(kinds, [(*b"free", 4), (*b"moov", 8), (*b"mdat", 2)]);
        assert_eq!(descend(file, &[b"moov", b"trak"]), Some(&[][..]));
        assert_eq!(Boxes(b"\0\0\0\x04free").count(), 0);
        assert_eq!(Boxes(b"\0\0\0\x01free\0\0\0").count(), 0);
    }
}
