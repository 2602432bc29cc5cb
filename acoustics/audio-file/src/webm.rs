//! How a WebM file ends: whole or broken off, and how much of the last block is padding, Matroska's
//! `DiscardPadding` (RFC 9559, 5.1.3.5.7). The demuxer tells neither.
//!
//! Browsers write segments and clusters of unknown length. The walk therefore steps into them without minding
//! where they end: their children follow one another in the file all the same.

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const SIMPLE_BLOCK: u32 = 0xa3;
const DISCARD_PADDING: u32 = 0x75a2;

/// How a WebM file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Nanoseconds to drop at the end of the track; 0 when its last block states none.
    padding_ns: i64,
    /// Whether the last element is complete.
    pub(crate) whole: bool,
}

impl Tail {
    /// The padding in samples.
    pub(crate) fn padding(self, rate_hz: u32) -> u64 {
        let product = i128::from(self.padding_ns) * i128::from(rate_hz);
        u64::try_from((product + 500_000_000).div_euclid(1_000_000_000)).unwrap_or(0)
    }
}

/// The end of track `track`.
pub(crate) fn tail(file: &[u8], track: u32) -> Tail {
    let mut padding_ns = 0;
    let mut ours = false;
    let mut rest = file;
    while let Some((id, body, after)) = element(rest) {
        rest = after;
        match id {
            SEGMENT | CLUSTER | BLOCK_GROUP => rest = body,
            BLOCK | SIMPLE_BLOCK => {
                ours = number(body).is_some_and(|(n, _)| n == Some(u64::from(track)));
                if ours {
                    padding_ns = 0;
                }
            }
            DISCARD_PADDING if ours => padding_ns = signed(body),
            _ => {}
        }
    }
    Tail {
        padding_ns,
        whole: rest.is_empty(),
    }
}

/// Identifier, body and what follows; none where the file breaks off. The bodies of the three that hold blocks
/// run to the end of the file.
fn element(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let length = usize::try_from(bytes.first()?.leading_zeros()).ok()? + 1;
    let id_bytes = bytes.get(..length).filter(|_| length <= 4)?;
    let id = id_bytes.iter().fold(0, |n, b| (n << 8) | u32::from(*b));
    let (size, body) = number(&bytes[length..])?;
    if matches!(id, SEGMENT | CLUSTER | BLOCK_GROUP) {
        return Some((id, body, &[]));
    }
    let end = usize::try_from(size?).ok()?;
    Some((id, body.get(..end)?, &body[end..]))
}

/// A number of variable length (RFC 8794, 4) and what follows; none for "unknown", all ones.
fn number(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let first = *bytes.first()?;
    let length = usize::try_from(first.leading_zeros()).ok()? + 1;
    let field = bytes.get(..length.min(9)).filter(|f| f.len() <= 8)?;
    let marked = field.iter().fold(0, |n, b| (n << 8) | u64::from(*b));
    let mask = (1_u64 << (7 * length)) - 1;
    let value = marked & mask;
    Some((Some(value).filter(|v| *v != mask), &bytes[length..]))
}

/// A signed integer of up to eight bytes.
fn signed(body: &[u8]) -> i64 {
    match body {
        [first, rest @ ..] if rest.len() < 8 => {
            rest.iter().fold(i64::from(first.cast_signed()), |n, b| {
                (n << 8) | i64::from(*b)
            })
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x1f\x43\xb6\x75\xff\xe7\x81\x00";

    #[test]
    fn finds_the_padding_of_the_last_block_through_unknown_lengths() {
        let group = b"\xa0\x8d\xa1\x85\x81\0\0\0\x55\x75\xa2\x83\x01\x86\xa0";
        let file = [HEAD, b"\xa3\x84\x81\0\0\0", group].concat();
        assert_eq!(tail(&file, 1).padding(48_000), 5);
        assert_eq!(tail(&file, 2).padding(48_000), 0);
        let followed = [&file[..], b"\xa3\x84\x81\0\0\0"].concat();
        assert_eq!(tail(&followed, 1).padding(48_000), 0);
    }

    #[test]
    fn sees_where_the_file_breaks_off() {
        let file = [HEAD, b"\xa3\x84\x81\0\0\0"].concat();
        assert!(tail(&file, 1).whole);
        for cut in 1..6 {
            assert!(!tail(&file[..file.len() - cut], 1).whole, "{cut}");
        }
    }

    #[test]
    fn negative_and_broken_padding_is_none() {
        let negative = b"\xa0\x8b\xa1\x84\x81\0\0\0\x75\xa2\x82\xff\x00";
        let file = [HEAD, negative].concat();
        assert_eq!(tail(&file, 1).padding(48_000), 0);
        assert_eq!(tail(&[0x00, 0xff, 0x01], 1).padding(48_000), 0);
        assert_eq!(signed(&[0xff, 0xfe]), -2);
    }
}
