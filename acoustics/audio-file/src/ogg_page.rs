//! Two questions to the pages of an Ogg file (RFC 3533, 6): which codec begins it, and whether its stream was ended.

/// Largest page: header, 255 segment lengths and as many segments.
const PAGE_MAX: usize = 27 + 255 + 255 * 255;

/// Flag of the page that ends a stream.
const END_OF_STREAM: u8 = 4;

/// Whether the first packet is that of Opus.
pub(crate) fn begins_opus(bytes: &[u8]) -> bool {
    let segments = bytes.get(26).map_or(0, |n| usize::from(*n));
    bytes
        .get(27 + segments..)
        .is_some_and(|body| body.starts_with(b"OpusHead"))
}

/// Whether the last page ends its stream; a recorder that was cut off leaves none that does.
pub(crate) fn is_ended(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(PAGE_MAX)..];
    let last = tail.windows(6).rev().find(|w| w.starts_with(b"OggS\0"));
    last.is_some_and(|page| page[5] & END_OF_STREAM != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_counts() {
        let running = b"OggS\0\x04....OggS\0\x00....";
        assert!(!is_ended(running));
        assert!(is_ended(&running[..10]));
        assert!(!is_ended(b"OggS"));
    }
}
